/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nothing is wrong with it. */
#include "observer.h"
OBSERVER(healthy_create, healthy_begin, healthy_record)
