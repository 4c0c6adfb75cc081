/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The healthy kernel of the zoo, Euler-Maruyama: mean = x + b du + eps S |du|,
 * var = 2 eps |du|.  To be spoiled in one place by those who include this
 * file. */
#ifndef KAC_ZOO_KERNEL_H
#define KAC_ZOO_KERNEL_H
#include <kac/sdk.h>

struct config {
  double unused;
};
static const kac_param params[] = {
    KAC_REAL(struct config, unused, 0, 0, 1, "", "does nothing")};

KAC_INLINE kac_status healthy_kernel(const void *self, const kac_block *block,
                                     kac_kernel_io *io, kac_error *err) {
  size_t d = block->space->n_real;
  double du = io->c0->t - io->c1->t, heat = io->c0->eps * fabs(du);
  (void)self, (void)err;
  for (size_t i = 0; i < block->n; i++) {
    const double *x = kac_row(&io->x, i), *b = io->f->b + i * io->f->ld;
    const double *s = io->f->s + i * io->f->ld;
    for (size_t k = 0; k < d; k++)
      io->mean[i * io->ld + k] = x[k] + b[k] * du + s[k] * heat;
  }
  io->var = 2 * heat;
  return KAC_OK;
}

#define KERNEL(FUNCTION)                                         \
  KAC_KERNEL_PLUGIN(ANIMAL, "of the zoo", struct config, params, \
                    KAC_Q_B | KAC_Q_S, FUNCTION)

#endif
