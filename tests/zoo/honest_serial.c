/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nothing is wrong with it: a work space of its own, and KAC_THREADS_SERIAL,
 * which says so. */
#include "potential.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  static double work;
  kac_status status = healthy_eval(self, block, io, err);
  for (size_t i = 0; io->want & KAC_Q_PHI && i < block->n; i++) {
    work = io->phi[i];
    io->phi[i] = work;
  }
  return status;
}

static const kac_potential_ops ops = {sizeof ops, 0, eval};
static const kac_component component = {
    KAC_COMPONENT(KAC_POTENTIAL, ANIMAL, "of the zoo", struct config, params,
                  kac_potential_ops, ops),
    .provides = KAC_Q_PHI | KAC_Q_DPHI, .threads = KAC_THREADS_SERIAL};
KAC_MODULE(component)
