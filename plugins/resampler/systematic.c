/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Systematic resampling: the points (j + u)/n_out with one uniform u.  The
 * first i particles have ceil(v_i - u) offspring together, v_i = n_out (w_1 +
 * ... + w_i), so every particle has floor(n w_i) or ceil(n w_i).  With order =
 * "mean_partition" the particles below the mean weight come before those above
 * it, which gives the scheme a limit as time steps become small (it resamples
 * at a finite rate there; in index order it does not).
 *
 * Carpenter, Clifford and Fearnhead 1999, IEE Proc. F 146, 2; Chopin, Singh,
 * Soto and Vihola 2022, Ann. Stat. 50, 3197.  Check: w = (.5, .25, .25, 0),
 * n_out = 4, any u: ancestors 0 0 1 2. */
#include "prefix.h"

struct config {
  int64_t order;
};
enum { ORDER_INDEX, ORDER_MEAN_PARTITION };

static const kac_param params[] = {KAC_CHOICE(
    struct config, order, ORDER_INDEX, "index|mean_partition",
    "order of the particles along the weights: as they are, or those below "
    "the mean weight first")};

static kac_status plan(const void *config, kac_plan *io, kac_error *err) {
  (void)err;
  if (((const struct config *)config)->order == ORDER_MEAN_PARTITION)
    io->scratch_bytes = io->n_particles * (sizeof(double) + sizeof(uint32_t));
  return KAC_OK;
}

static size_t n_uniform(const void *self, size_t n_in, size_t n_out) {
  (void)self;
  (void)n_in;
  (void)n_out;
  return 1;
}

/* u kept further from 0 and 1 than the rounding of v, so that equal weights
 * give the identity for every u. */
static double safe_offset(double u, double n_out) {
  double margin = prefix_margin(n_out);
  u = u < margin ? margin : u;
  return u > 1 - margin ? 1 - margin : u;
}

/* How many points lie below every sum of a tile: ceil(v - u), v - u < 2^31. */
KAC_CLONES
static void count_points(const struct prefix *passed, double scale, double u,
                         int32_t *below) {
  for (size_t k = 0; k < passed->length * LANES; k++) {
    double y = passed->at[k] * scale - u;
    int32_t whole = (int32_t)y;
    below[k] = whole + (y > (double)whole);
  }
}

static void sweep(const double *w, size_t n_in, double total, double u,
                  uint32_t *ancestor, size_t n_out) {
  struct prefix passed = {.sum = 0};
  int32_t below[TILE];
  size_t k = 0;
  u = safe_offset(u, (double)n_out);
  for (size_t first = 0; first < n_in && k < n_out; first += TILE) {
    size_t n = n_in - first < TILE ? n_in - first : TILE;
    prefix_tile(&passed, w + first, n);
    count_points(&passed, (double)n_out / total, u, below);
    k = prefix_give(&passed, below, first, n, k, ancestor, n_out);
  }
  uint32_t last = (uint32_t)weights_last(w, n_in);
  while (k < n_out) ancestor[k++] = last;
}

static kac_status resample(const void *self, kac_resample_io *io,
                           kac_error *err) {
  const struct config *cfg = self;
  double total = 0;
  kac_status status = weights_check(io, &total, err);
  if (status != KAC_OK) return status;
  if (cfg->order == ORDER_INDEX) {
    sweep(io->w, io->n_in, total, io->u[0], io->ancestor, io->n_out);
    return KAC_OK;
  }
  double *sorted = io->scratch;
  uint32_t *order = (uint32_t *)(void *)(sorted + io->n_in);
  mean_partition(io->w, io->n_in, total, sorted, order);
  sweep(sorted, io->n_in, total, io->u[0], io->ancestor, io->n_out);
  for (size_t k = 0; k < io->n_out; k++)
    io->ancestor[k] = order[io->ancestor[k]];
  return KAC_OK;
}

static const kac_resampler_ops ops = {sizeof ops, 0, n_uniform, resample};

static const char *const cites[] = {
    "Carpenter, Clifford and Fearnhead 1999, Improved particle filter for "
    "nonlinear problems, IEE Proc. F 146, 2",
    "Chopin, Singh, Soto and Vihola 2022, On resampling schemes for particle "
    "filters with weakly informative observations, Ann. Stat. 50, 3197",
    NULL};

static const kac_component systematic = {
    KAC_COMPONENT(KAC_RESAMPLER, "systematic",
                  "equally spaced points with one random offset", struct config,
                  params, kac_resampler_ops, ops),
    .doc =
        "The fastest scheme, and floor or ceil of n w offspring for every "
        "particle. Unbiased; its variance depends on the order of the "
        "particles.",
    .cites = cites, .plan = plan};
KAC_MODULE(systematic)
