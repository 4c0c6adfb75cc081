/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a run says of itself: the frame of a step, and the result at the end. */
#ifndef KAC_CORE_RESULT_H
#define KAC_CORE_RESULT_H
#include "sampler/run.h"

/* Per-replicate arrays of the frames, allocated before the loop. */
struct frame_arrays {
  double *log_z, *ess, *unique, *log_pairs;
};
bool frame_arrays_new(struct frame_arrays *arrays, size_t n_replicates);
void frame_arrays_free(struct frame_arrays *arrays);
/* The frame after `steps_done` steps; its pointers live until the next. */
kac_frame result_frame(const struct run *run, const struct frame_arrays *arrays,
                       uint64_t steps_done);
/* Fills *result from the run's end; false: no memory, or a potential failed
 * (then a worker has the fault).  Takes x and lineage over. */
bool result_take(struct run *run, struct run_result *result);

#endif
