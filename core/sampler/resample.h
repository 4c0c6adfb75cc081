/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Weights of all replicates; then resampling where it is due. */
#ifndef KAC_CORE_RESAMPLE_H
#define KAC_CORE_RESAMPLE_H
#include "sampler/run.h"

/* w, totals, log Z and ESS of every replicate from its log-weights. */
void resample_reduce(struct run *run);
/* Failures are left in the workers' faults. */
void resample_population(struct run *run);
/* Per thread. */
size_t resample_scratch_bytes(const struct spec *spec);

#endif
