/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compares the end of a run with reference values, whichever are given, and
 * reports results:
 *   log_z        log_z_error (estimate - exact), log_z_zscore
 *   mean, var    mean_error, var_error, and *_zscore with replicates
 *   modes        modes_found: modes whose mass is at least a tenth of the
 *                reference mass (of 1/n without masses); mode_masses.  A
 *                particle counts for its nearest centre or, given
 *                mode_variance v, for each mode by its responsibility
 *                w_m N(x; c_m, v) / sum: for overlapping Gaussian modes the
 *                exact masses of q^p then have closed forms
 *   masses       total_variation = sum |mass - reference| / 2
 *   samples      energy_distance = 2 E|x - y| - E|x - x'| - E|y - y'|, over
 *                pairs of different points: unbiased, so it may be negative
 * Particles count as in estimate.h; above max_points of them (or of samples),
 * max_points are picked systematically with offset 1/2, without randomness.
 *
 * Szekely and Rizzo 2013, J. Stat. Plan. Inference 143, 1249.  Check: x = 0 and
 * 1 against samples 0 and 3: 2 (0 + 3 + 1 + 2)/4 - 1 - 3 = -1. */
#include "estimate.h"

struct config {
  kac_array log_z, mean, var, modes, masses, samples, ref_weights;
  kac_array mode_weights;
  double mode_variance;
  int64_t max_points;
};

static const kac_param params[] = {
    KAC_ARRAY(struct config, log_z, 0, "one", "", "exact log Z, one number"),
    KAC_ARRAY(struct config, mean, 0, "d?", "", "exact mean"),
    KAC_ARRAY(struct config, var, 0, "d?", "", "exact variances"),
    KAC_ARRAY(struct config, modes, 0, "m,d", "", "centres of the modes"),
    KAC_ARRAY(struct config, masses, 0, "m", "", "exact masses of the modes"),
    KAC_ARRAY(struct config, mode_weights, 0, "m", "",
              "weights of the modes in the responsibilities, default equal"),
    KAC_REAL(struct config, mode_variance, 0, 0, 1e300, "x^2",
             "variance of the modes: count by responsibility; 0: by nearest"),
    KAC_ARRAY(struct config, samples, 0, "s,d", "", "samples of the target"),
    KAC_ARRAY(struct config, ref_weights, 0, "s", "",
              "weights of the samples, equal if not given"),
    KAC_INT(struct config, max_points, 2000, 2, 100000, "",
            "points at most that the energy distance looks at on each side")};

struct point {
  const double *x;
  double weight;
};
struct cloud {
  struct point *points; /* max_points */
  size_t n;
};
struct state {
  const kac_host *host;
  struct config cfg;
  struct estimate estimate;
  double *mass, *share; /* per mode */
  double *error;        /* n_real */
  struct cloud ours, theirs;
};

static kac_status check_weights(const kac_array *a, const char *name,
                                kac_error *err) {
  double sum = 0;
  for (size_t i = 0; i < a->n; i++) {
    if (!(a->data[i] >= 0))
      return kac_fail(err, KAC_EINVAL, "%s[%zu] is %g, expected at least 0",
                      name, i, a->data[i]);
    sum += a->data[i];
  }
  if (a->n == 0 || sum > 0) return KAC_OK;
  return kac_fail(err, KAC_EINVAL, "%s sum to %g, expected more than 0", name,
                  sum);
}

static size_t n_rows(const kac_array *a) {
  return a->n > 0 ? a->shape[0] : 0;
}

/* What create allocates: numbers and points. */
static size_t n_numbers(const struct config *cfg, const kac_plan *io) {
  return 2 * n_rows(&cfg->modes) + io->space->n_real;
}

static size_t n_points(const struct config *cfg) {
  return cfg->samples.n > 0 ? (size_t)cfg->max_points : 0;
}

static kac_status plan(const void *config, kac_plan *io, kac_error *err) {
  const struct config *cfg = config;
  kac_owns(io, n_numbers(cfg, io), sizeof(double));
  kac_owns(io, 2 * n_points(cfg), sizeof(struct point));
  estimate_owns(io, io->space->n_real);
  if (cfg->log_z.n + cfg->mean.n + cfg->var.n + cfg->modes.n + cfg->samples.n ==
      0)
    return kac_fail(err, KAC_EINVAL,
                    "nothing to compare with: expected one of log_z, mean, "
                    "var, modes, samples");
  if (cfg->log_z.n > 1)
    return kac_fail(err, KAC_EINVAL, "log_z has %zu numbers, expected 1",
                    cfg->log_z.n);
  if (cfg->masses.n > 0 && cfg->modes.n == 0)
    return kac_fail(err, KAC_EINVAL, "masses are given without modes");
  if (cfg->mode_weights.n > 0 && !(cfg->mode_variance > 0))
    return kac_fail(err, KAC_EINVAL,
                    "mode_weights are given without mode_variance");
  if (cfg->ref_weights.n > 0 && cfg->samples.n == 0)
    return kac_fail(err, KAC_EINVAL, "ref_weights are given without samples");
  kac_status status = check_weights(&cfg->masses, "masses", err);
  if (status == KAC_OK)
    status = check_weights(&cfg->mode_weights, "mode_weights", err);
  if (status != KAC_OK) return status;
  return check_weights(&cfg->ref_weights, "ref_weights", err);
}

static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *io, void **self, kac_error *err) {
  const struct config *cfg = config;
  size_t n_modes = n_rows(&cfg->modes), n_some = n_points(cfg);
  struct state *state = host->alloc(host, sizeof *state);
  double *numbers = host->alloc(host, n_numbers(cfg, io) * sizeof *numbers);
  struct point *points = host->alloc(host, (2 * n_some + 1) * sizeof *points);
  if (!state || !numbers || !points)
    return kac_fail(err, KAC_ENOMEM, "no memory for %zu modes and %zu points",
                    n_modes, n_some);
  *state = (struct state){.host = host,
                          .cfg = *cfg,
                          .mass = numbers,
                          .share = numbers + n_modes,
                          .error = numbers + 2 * n_modes,
                          .ours = {.points = points},
                          .theirs = {.points = points + n_some}};
  *self = state;
  return estimate_create(&state->estimate, host, io, err);
}

static kac_status report(const struct state *state, const char *key,
                         const double *value, size_t n, kac_error *err) {
  return state->host->result(state->host, key, value, n, err);
}

static kac_status compare_log_z(const struct state *state,
                                const kac_frame *frame, kac_error *err) {
  if (state->cfg.log_z.n == 0) return KAC_OK;
  double error = frame->log_z_mean - state->cfg.log_z.data[0];
  kac_status status = report(state, "log_z_error", &error, 1, err);
  if (status != KAC_OK || frame->n_replicates < 2) return status;
  double zscore = error / frame->log_z_err;
  return report(state, "log_z_zscore", &zscore, 1, err);
}

/* keys: of the error and of the z-score. */
static kac_status compare_moment(struct state *state, const kac_array *exact,
                                 const double *value, const double *value_err,
                                 const char *const keys[2], kac_error *err) {
  const struct estimate *e = &state->estimate;
  if (exact->n == 0) return KAC_OK;
  for (size_t k = 0; k < e->n_real; k++)
    state->error[k] = value[k] - kac_at(exact, k);
  kac_status status = report(state, keys[0], state->error, e->n_real, err);
  if (status != KAC_OK || e->n_replicates < 2) return status;
  for (size_t k = 0; k < e->n_real; k++) state->error[k] /= value_err[k];
  return report(state, keys[1], state->error, e->n_real, err);
}

static double distance2(const double *a, const double *b, size_t d) {
  double sum = 0;
  for (size_t k = 0; k < d; k++) sum += (a[k] - b[k]) * (a[k] - b[k]);
  return sum;
}

static size_t nearest(const kac_array *modes, const double *x, size_t d) {
  size_t best = 0;
  double least = KAC_INF;
  for (size_t m = 0; m < modes->shape[0]; m++) {
    double far = distance2(x, modes->data + m * d, d);
    if (far < least) best = m;
    if (far < least) least = far;
  }
  return best;
}

/* mass += weight * responsibilities of the modes for x. */
static void share_out(struct state *state, const double *x, double weight) {
  const struct config *cfg = &state->cfg;
  size_t n = n_rows(&cfg->modes), d = state->estimate.n_real;
  for (size_t m = 0; m < n; m++)
    state->share[m] =
        (cfg->mode_weights.n > 0 ? log(cfg->mode_weights.data[m]) : 0) -
        distance2(x, cfg->modes.data + m * d, d) / (2 * cfg->mode_variance);
  double total = kac_logsumexp(state->share, n);
  for (size_t m = 0; m < n; m++)
    state->mass[m] += weight * exp(state->share[m] - total);
}

static void measure_masses(struct state *state, const kac_crows *x) {
  const struct estimate *e = &state->estimate;
  size_t n = e->n_particles * e->n_replicates;
  int is_soft = state->cfg.mode_variance > 0;
  memset(state->mass, 0, n_rows(&state->cfg.modes) * sizeof *state->mass);
  for (size_t i = 0; i < n; i++) {
    const double *row = kac_row(x, i);
    if (e->weight[i] == 0) continue;
    if (is_soft)
      share_out(state, row, e->weight[i]);
    else
      state->mass[nearest(&state->cfg.modes, row, e->n_real)] += e->weight[i];
  }
}

static kac_status compare_modes(struct state *state, const kac_frame *frame,
                                kac_error *err) {
  const kac_array *masses = &state->cfg.masses;
  size_t n = n_rows(&state->cfg.modes);
  if (n == 0) return KAC_OK;
  measure_masses(state, &frame->x);
  double sum = 0, found = 0, variation = 0;
  for (size_t m = 0; m < masses->n; m++) sum += masses->data[m];
  for (size_t m = 0; m < n; m++) {
    double exact = masses->n > 0 ? masses->data[m] / sum : 1 / (double)n;
    found += state->mass[m] > 0 && state->mass[m] >= 0.1 * exact;
    variation += 0.5 * fabs(state->mass[m] - exact);
  }
  if (state->estimate.is_extinct) variation = KAC_NAN;
  kac_status status = report(state, "mode_masses", state->mass, n, err);
  if (status == KAC_OK) status = report(state, "modes_found", &found, 1, err);
  if (status != KAC_OK || masses->n == 0) return status;
  return report(state, "total_variation", &variation, 1, err);
}

/* At most `max` of n rows with weights that sum to 1; weight NULL: equal. */
static void pick(struct cloud *cloud, const kac_crows *x, const double *weight,
                 size_t n, size_t max) {
  double sum = 0, passed = 0, m = (double)max, before = 0;
  for (size_t i = 0; i < n; i++) sum += weight ? weight[i] : 1;
  cloud->n = 0;
  for (size_t i = 0; i < n; i++) {
    passed += weight ? weight[i] : 1;
    double share = (weight ? weight[i] : 1) / sum;
    double below = n <= max ? 0 : floor(passed / sum * m + 0.5);
    if (n > max) share = (below - before) / m;
    before = below;
    if (share > 0 && cloud->n < max)
      cloud->points[cloud->n++] = (struct point){kac_row(x, i), share};
  }
}

static double mean_distance(const struct cloud *a, const struct cloud *b,
                            size_t d) {
  double sum = 0, pairs = 0;
  for (size_t i = 0; i < a->n; i++)
    for (size_t j = 0; j < b->n; j++) {
      if (a == b && i == j) continue;
      double weight = a->points[i].weight * b->points[j].weight;
      sum += weight * sqrt(distance2(a->points[i].x, b->points[j].x, d));
      pairs += weight;
    }
  return pairs > 0 ? sum / pairs : 0;
}

static kac_status compare_samples(struct state *state, const kac_frame *frame,
                                  kac_error *err) {
  const kac_array *samples = &state->cfg.samples;
  const struct estimate *e = &state->estimate;
  size_t d = e->n_real, max = (size_t)state->cfg.max_points;
  if (samples->n == 0) return KAC_OK;
  const kac_crows rows = {.real = samples->data, .ld = d};
  const double *weight =
      state->cfg.ref_weights.n > 0 ? state->cfg.ref_weights.data : NULL;
  double energy = KAC_NAN;
  if (!e->is_extinct) {
    pick(&state->ours, &frame->x, e->weight, e->n_particles * e->n_replicates,
         max);
    pick(&state->theirs, &rows, weight, samples->shape[0], max);
    energy = 2 * mean_distance(&state->ours, &state->theirs, d) -
             mean_distance(&state->ours, &state->ours, d) -
             mean_distance(&state->theirs, &state->theirs, d);
  }
  return report(state, "energy_distance", &energy, 1, err);
}

static kac_status record(void *self, const kac_frame *frame, kac_error *err) {
  static const char *const mean_keys[] = {"mean_error", "mean_zscore"};
  static const char *const var_keys[] = {"var_error", "var_zscore"};
  struct state *state = self;
  struct estimate *e = &state->estimate;
  if (!(frame->flags & KAC_FRAME_FINAL)) return KAC_OK;
  kac_status status = estimate_weights(e, frame, err);
  if (status != KAC_OK) return status;
  estimate_moments(e, &frame->x);
  status = compare_log_z(state, frame, err);
  if (status == KAC_OK)
    status = compare_moment(state, &state->cfg.mean, e->mean, e->mean_err,
                            mean_keys, err);
  if (status == KAC_OK)
    status = compare_moment(state, &state->cfg.var, e->var, e->var_err,
                            var_keys, err);
  if (status == KAC_OK) status = compare_modes(state, frame, err);
  if (status == KAC_OK) status = compare_samples(state, frame, err);
  return status;
}

static const kac_observer_ops ops = {.struct_size = sizeof ops,
                                     .record = record};

static const char *const cites[] = {
    "Szekely and Rizzo 2013, Energy statistics: a class of statistics based on "
    "distances, J. Stat. Plan. Inference 143, 1249",
    NULL};

static const kac_component compare = {
    KAC_COMPONENT(KAC_OBSERVER, "compare",
                  "the end of a run against a reference", struct config, params,
                  kac_observer_ops, ops),
    .doc =
        "Errors and z-scores against exact values: log Z, moments, mode "
        "masses, and the energy distance to reference samples.",
    .cites = cites, .plan = plan, .create = create};
KAC_MODULE(compare)
