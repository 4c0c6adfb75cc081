/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When populations are resampled: the looks of the config, and what is seen. */
#ifndef KAC_CORE_TRIGGER_H
#define KAC_CORE_TRIGGER_H
#include "sampler/run.h"

/* Is the population looked at when grid index k = 1 ... n_steps is reached? */
bool trigger_is_look(const struct spec *spec, size_t k);
/* Is the trigger met for a replicate after the move of `step`? */
bool trigger_is_due(const struct spec *spec, size_t step,
                    const struct replicate *replicate);
/* The conditional ESS of every replicate since the last look, where the config
 * asks for it; and the weights of this look, for the next one. */
void trigger_measure(struct run *run);
void trigger_remember(struct run *run);

#endif
