/* SPDX-License-Identifier: MIT */
/* An observer for kac: looks at the particles during a run and reports.  Say
 * here what it is and one number that a reader can check by hand.  This one
 * measures the mean distance from the origin at the end of a run,
 *
 *   E|x| = sum_r Z_r m_r / sum_r Z_r,  m_r the weighted mean of replicate r,
 *
 * which is unbiased above and below where an average of the m_r is not.
 *
 * Check: one replicate, x = (3, 4) and (0, 0) with equal weights: 2.5. */
#include <kac/sdk.h>

/* What the user may set.  The host fills this from the pipeline's text. */
struct config {
  double scale;
};

/* One row per key: struct, member, default, smallest, largest, unit, meaning.
 * Types, ranges, misspelt keys and `kac info` all come from here. */
static const kac_param params[] = {
    KAC_REAL(struct config, scale, 1, 1e-9, 1e9, "",
             "distances are multiplied by this"),
};

/* What lives from the start to the end of a run. */
struct state {
  const kac_host *host;
  double scale;
};

/* Once before a run.  host->alloc gives zeroed memory that the host frees;
 * what else there is (plan->space, plan->n_particles) stands in the plan. */
static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *plan, void **self, kac_error *err) {
  const struct config *cfg = config;
  struct state *state = host->alloc(host, sizeof *state);
  (void)plan;
  if (!state) return kac_fail(err, KAC_ENOMEM, "no memory");
  state->host = host;
  state->scale = cfg->scale;
  *self = state;
  return KAC_OK;
}

/* Mean of one replicate; rows of weight zero may hold anything. */
static double mean_of(const kac_frame *frame, size_t replicate) {
  size_t first = replicate * frame->n_particles;
  double level = kac_logsumexp(frame->logw + first, frame->n_particles);
  double mean = 0;
  for (size_t i = first; i < first + frame->n_particles; i++) {
    const double *x = kac_row(&frame->x, i);
    double square = 0, weight = exp(frame->logw[i] - level);
    if (!(weight > 0)) continue;
    for (size_t j = 0; j < frame->space->n_real; j++) square += x[j] * x[j];
    mean += weight * sqrt(square);
  }
  return mean;
}

/* At the start (step 0) and after every step, with all replicates end to end.
 * Results stand in the table at the end and in run.json; files come from
 * host->open_output. */
static kac_status record(void *self, const kac_frame *frame, kac_error *err) {
  const struct state *state = self;
  if (!(frame->flags & KAC_FRAME_FINAL)) return KAC_OK;
  double all = kac_logsumexp(frame->log_z, frame->n_replicates), distance = 0;
  for (size_t r = 0; r < frame->n_replicates; r++) {
    double share = exp(frame->log_z[r] - all); /* of an extinct one: 0 */
    if (share > 0) distance += share * mean_of(frame, r);
  }
  distance *= state->scale;
  return state->host->result(state->host, "distance", &distance, 1, err);
}

static const kac_observer_ops ops = {.struct_size = sizeof ops,
                                     .record = record};
static const kac_component component = {
    KAC_COMPONENT(KAC_OBSERVER, "my_plugin", "mean distance from the origin",
                  struct config, params, kac_observer_ops, ops),
    .create = create};
KAC_MODULE(component)
