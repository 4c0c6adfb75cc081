/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Srinivasan sampling process: every particle has floor(n w_i) or ceil(n w_i)
 * offspring, negatively associated, which makes it consistent for every
 * function, whatever the order of the particles.  One particle with fraction a
 * is carried; it meets the next one, with fraction b, and one of the two is
 * settled so that both keep their means:
 *   s = a + b < 1:  one keeps s, the carried one with probability a/s, and the
 *                   other is settled at its floor;
 *   s >= 1:         one is settled at its ceiling, the carried one with
 *                   probability (1 - b)/(2 - s), and the other keeps s - 1.
 *
 * Gerber, Chopin and Whiteley 2019, Ann. Stat. 47, 2236.  Check: w = (.25,
 * .75), n_out = 2: two offspring of 1 with probability 1/2, else one each. */
#include "weights.h"

struct config {
  int64_t order;
};
enum { ORDER_INDEX, ORDER_MEAN_PARTITION };

static const kac_param params[] = {KAC_CHOICE(
    struct config, order, ORDER_INDEX, "index|mean_partition",
    "order in which particles meet: as they are, or those below the mean "
    "weight first")};

static kac_status plan(const void *config, kac_plan *io, kac_error *err) {
  (void)err;
  size_t bytes = sizeof(uint32_t);
  if (((const struct config *)config)->order == ORDER_MEAN_PARTITION)
    bytes += sizeof(double) + sizeof(uint32_t);
  io->scratch_bytes = io->n_particles * bytes;
  return KAC_OK;
}

static size_t n_uniform(const void *self, size_t n_in, size_t n_out) {
  (void)self;
  (void)n_out;
  return n_in > 1 ? n_in - 1 : 1;
}

/* Numbers of offspring; returns the particle that was carried last. */
KAC_CLONES
static size_t count_offspring(const double *w, size_t n, double scale,
                              const double *u, uint32_t *count) {
  double v = w[0] * scale, a = v - (double)(int64_t)v;
  size_t carried = 0;
  count[0] = (uint32_t)(int64_t)v;
  for (size_t i = 1; i < n; i++) {
    v = w[i] * scale;
    int64_t whole = (int64_t)v;
    double b = v - (double)whole, s = a + b;
    count[i] = (uint32_t)whole;
    int is_full = s >= 1;
    double against = is_full ? 2 - s : s, chance = is_full ? 1 - b : a;
    int is_carried = u[i - 1] * against < chance;
    /* Settled is whom the ceiling falls to, or who does not keep s. */
    size_t settled = is_carried == is_full ? carried : i;
    carried = carried + i - settled;
    count[settled] += (uint32_t)is_full;
    a = is_full ? s - 1 : s;
  }
  return carried;
}

static void place(const uint32_t *count, size_t n_in, uint32_t *ancestor,
                  size_t n_out) {
  size_t k = 0;
  memset(ancestor, 0, n_out * sizeof *ancestor);
  for (size_t i = 0; i < n_in && k < n_out; i++) {
    ancestor[k] = (uint32_t)i;
    k += count[i];
  }
  fill_forward(ancestor, n_out);
}

/* The fractions add up to an integer but for rounding, so that the one carried
 * last ends at 0 or at 1: the total says which. */
static void sweep(const double *w, size_t n_in, double total, const double *u,
                  uint32_t *count, uint32_t *ancestor, size_t n_out) {
  size_t sum = 0;
  size_t last = count_offspring(w, n_in, (double)n_out / total, u, count);
  for (size_t i = 0; i < n_in; i++) sum += count[i];
  if (!(w[last] > 0)) last = weights_last(w, n_in);
  if (sum < n_out) count[last] += (uint32_t)(n_out - sum);
  place(count, n_in, ancestor, n_out);
}

static kac_status resample(const void *self, kac_resample_io *io,
                           kac_error *err) {
  const struct config *cfg = self;
  double total = 0, *sorted = io->scratch;
  kac_status status = weights_check(io, &total, err);
  if (status != KAC_OK) return status;
  if (cfg->order == ORDER_INDEX) {
    sweep(io->w, io->n_in, total, io->u, io->scratch, io->ancestor, io->n_out);
    return KAC_OK;
  }
  uint32_t *order = (uint32_t *)(void *)(sorted + io->n_in);
  mean_partition(io->w, io->n_in, total, sorted, order);
  sweep(sorted, io->n_in, total, io->u, order + io->n_in, io->ancestor,
        io->n_out);
  for (size_t k = 0; k < io->n_out; k++)
    io->ancestor[k] = order[io->ancestor[k]];
  return KAC_OK;
}

static const kac_resampler_ops ops = {sizeof ops, 0, n_uniform, resample};

static const char *const cites[] = {
    "Gerber, Chopin and Whiteley 2019, Negative association, ordering and "
    "convergence of resampling methods, Ann. Stat. 47, 2236",
    NULL};

static const kac_component ssp = {
    KAC_COMPONENT(KAC_RESAMPLER, "ssp", "Srinivasan sampling process",
                  struct config, params, kac_resampler_ops, ops),
    .doc =
        "floor or ceil of n w offspring like systematic, with proven "
        "consistency in any order of the particles; one uniform each.",
    .cites = cites, .plan = plan};
KAC_MODULE(ssp)
