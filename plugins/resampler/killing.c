/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Killing: particle i survives in its place with probability w_i/max w, else
 * it is replaced by a multinomial draw from all.  Few particles move when the
 * weights are nearly equal, so it has a limit as time steps become small.
 * Offspring: w_i/m + (n - 1/m) w_i = n w_i, m = max w.
 *
 * Del Moral 2004, Feynman-Kac Formulae, section 2.5; Chopin, Singh, Soto and
 * Vihola 2022, Ann. Stat. 50, 3197.  Check: equal weights give the identity. */
#include "draws.h"

static kac_status plan(const void *config, kac_plan *io, kac_error *err) {
  (void)config;
  (void)err;
  io->scratch_bytes = 2 * io->n_particles * sizeof(uint32_t);
  return KAC_OK;
}

static size_t n_uniform(const void *self, size_t n_in, size_t n_out) {
  (void)self;
  (void)n_out;
  return 2 * n_in;
}

/* The dead slots go to *dead in order; the heaviest particle never dies, so
 * that there are at most n - 1 of them. */
static size_t select_survivors(const kac_resample_io *io, uint32_t *dead) {
  double max = 0;
  size_t n_dead = 0;
  for (size_t i = 0; i < io->n_in; i++) max = io->w[i] > max ? io->w[i] : max;
  for (size_t i = 0; i < io->n_in; i++) {
    io->ancestor[i] = (uint32_t)i;
    dead[n_dead] = (uint32_t)i;
    n_dead += io->u[i] < io->w[i] / max ? 0 : 1;
  }
  return n_dead;
}

static kac_status resample(const void *self, kac_resample_io *io,
                           kac_error *err) {
  (void)self;
  double total = 0;
  if (io->n_in != io->n_out)
    return kac_fail(err, KAC_EUNSUPPORTED,
                    "%zu particles in and %zu out, expected the same number: "
                    "killing replaces particles in their places",
                    io->n_in, io->n_out);
  kac_status status = weights_check(io, &total, err);
  if (status != KAC_OK) return status;
  uint32_t *dead = io->scratch, *drawn = dead + io->n_in;
  size_t n_dead = select_survivors(io, dead);
  if (n_dead == 0) return KAC_OK;
  draw_sorted(io->w, io->n_in, total, io->u + io->n_in, n_dead, drawn);
  for (size_t k = 0; k < n_dead; k++) io->ancestor[dead[k]] = drawn[k];
  return KAC_OK;
}

static const kac_resampler_ops ops = {sizeof ops, 0, n_uniform, resample};

static const char *const cites[] = {
    "Del Moral 2004, Feynman-Kac Formulae, Springer, section 2.5",
    "Chopin, Singh, Soto and Vihola 2022, On resampling schemes for particle "
    "filters with weakly informative observations, Ann. Stat. 50, 3197",
    NULL};

static const kac_component killing = {
    .struct_size = sizeof(kac_component),
    .kind = KAC_RESAMPLER,
    .name = "killing",
    .version = "1.0",
    .summary = "each particle survives with probability w/max w",
    .doc =
        "Moves few particles when weights are nearly equal: for resampling "
        "at every step. Needs as many particles out as in.",
    .cites = cites,
    .spans = KAC_SPAN_REAL | KAC_SPAN_TOKEN,
    .param_size = sizeof(kac_param),
    .plan = plan,
    .ops = &ops};
KAC_MODULE(killing)
