/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The healthy potential of the zoo that looks back: log phi = -max |x|^2 of all
 * looks at a particle, with the maximum in the particle's own bytes. */
#ifndef KAC_ZOO_MEMORY_H
#define KAC_ZOO_MEMORY_H
#include "potential.h"

KAC_INLINE kac_status memory_plan(const void *config, kac_plan *plan,
                                  kac_error *err) {
  (void)config, (void)err;
  plan->pstate_bytes = sizeof(double);
  return KAC_OK;
}

/* One more look at row i, whose memory is at `at` (NULL: none). */
KAC_INLINE double memory_look(const struct config *cfg,
                              const kac_potential_io *io, size_t i, size_t d,
                              unsigned char *at) {
  double worst = 0, now = -harmonic(cfg, kac_row(&io->x, i), d);
  if (at) memcpy(&worst, at, sizeof worst);
  if (now > worst) worst = now;
  if (at && !(io->flags & KAC_TRIAL)) memcpy(at, &worst, sizeof worst);
  return -worst;
}

#define MEMORY(EVAL)                                                    \
  static const kac_potential_ops ops = {sizeof ops, 0, EVAL};           \
  static const kac_component component = {                              \
      KAC_COMPONENT(KAC_POTENTIAL, ANIMAL, "of the zoo", struct config, \
                    params, kac_potential_ops, ops),                    \
      .provides = KAC_Q_PHI, .plan = memory_plan};                      \
  KAC_MODULE(component)

#endif
