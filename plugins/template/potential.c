/* SPDX-License-Identifier: MIT */
/* A potential for kac.  Say here what it is: the formula, where it comes from,
 * and one number that a reader can check by hand.
 *
 *   log phi(x) = -stiffness/2 sum_i (x_i - center)^2
 *
 * Check: stiffness = 2, center = 1, x = (1, 4): log phi = -9.
 *
 * A potential is only a function.  Where it is evaluated, how it enters the
 * weights, its strength and whether it guides are keys of the pipeline, which
 * the host handles. */
#include <kac/sdk.h>

/* What the user may set.  The host fills this from the pipeline's text. */
struct config {
  double stiffness, center;
};

/* One row per key: struct, member, default, smallest, largest, unit, meaning.
 * Types, ranges, misspelt keys and `kac info` all come from here. */
static const kac_param params[] = {
    KAC_REAL(struct config, stiffness, 1, 0, 1e9, "1/length^2",
             "curvature of -log phi"),
    KAC_REAL(struct config, center, 0, -1e9, 1e9, "length", "where phi is 1"),
};

/* Called for a block of rows, on several threads at once: `self` is the filled
 * config and must not be written.  Row i starts at kac_row(&io->x, i).  -inf is
 * a legal answer ("impossible"), NaN and +inf are errors; for other trouble
 * return kac_fail_row(err, KAC_ENUMERIC, i, "distance %g is negative", r). */
static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  const struct config *cfg = self;
  (void)err;
  for (size_t i = 0; i < block->n; i++) {
    const double *x = kac_row(&io->x, i);
    double sum = 0;
    for (size_t j = 0; j < block->space->n_real; j++) {
      double delta = x[j] - cfg->center;
      sum += delta * delta;
      /* The gradient, wanted by guides and by mode = "rate". */
      if (io->want & KAC_Q_DPHI)
        io->dphi[i * io->ld + j] = -cfg->stiffness * delta;
    }
    if (io->want & KAC_Q_PHI) io->phi[i] = -0.5 * cfg->stiffness * sum;
  }
  return KAC_OK;
}

/* Name (also the file's), summary, config, table, what eval gives, eval.
 * Without a gradient: KAC_Q_PHI alone, and drop the lines that write dphi. */
KAC_POTENTIAL_PLUGIN("my_plugin", "harmonic, about one center", struct config,
                     params, KAC_Q_PHI | KAC_Q_DPHI, eval)
