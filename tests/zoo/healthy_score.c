/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nothing is wrong with it. */
#include "score.h"
SCORE(healthy_eval, NULL, NULL, NULL)
