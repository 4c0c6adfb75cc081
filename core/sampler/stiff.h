/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How stiff the potentials of mode "rate" are for the steps of a run. */
#ifndef KAC_CORE_STIFF_H
#define KAC_CORE_STIFF_H
#include "sampler/run.h"

/* Before a step: at some of them, updates run->stiff. [main] */
void stiff_probe(struct run *run);

#endif
