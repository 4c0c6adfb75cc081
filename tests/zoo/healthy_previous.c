/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nothing is wrong with it. */
#include "previous.h"
PREVIOUS(previous_eval)
