/* SPDX-License-Identifier: GPL-3.0-or-later */
/* samples.npz: the weighted samples of a run. */
#ifndef KAC_CORE_SAMPLES_H
#define KAC_CORE_SAMPLES_H
#include "sampler/engine.h"

/* Rows, replicates end to end: x (rows, d) or (rows, bodies, dim), logw,
 * replicate, lineage, phi (rows, potentials) if there are any, logp (rows,
 * scores) if it was kept.  Per replicate: log_z, ess and, where it is known,
 * log_z_start. */
bool samples_write(int fd, const struct spec *spec,
                   const struct run_result *result, struct fault *fault);

#endif
