/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nothing is wrong with it: a parabola of coordinates that are rounded to eight
 * bits, as bfloat16 has them; its gradient is that of the parabola. */
#include "potential.h"

static double coarse(double x) {
  int exponent;
  double mantissa = frexp(x, &exponent);
  return ldexp(rint(ldexp(mantissa, 8)), exponent - 8);
}

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  double k = ((const struct config *)self)->stiffness;
  (void)err;
  for (size_t i = 0; i < block->n; i++) {
    const double *x = kac_row(&io->x, i);
    double sum = 0;
    for (size_t j = 0; j < block->space->n_real; j++) {
      sum += coarse(x[j]) * coarse(x[j]);
      if (io->want & KAC_Q_DPHI) io->dphi[i * io->ld + j] = -k * x[j];
    }
    if (io->want & KAC_Q_PHI) io->phi[i] = -0.5 * k * sum;
  }
  return KAC_OK;
}
POTENTIAL(eval, NULL, NULL, NULL)
