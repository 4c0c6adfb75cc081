/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The healthy score of score.h with data of width 1 unless it has been said,
 * where a variance preserving schedule has variance 1 at all times. */
#ifndef KAC_ZOO_UNIT_H
#define KAC_ZOO_UNIT_H
#include "score.h"

static const kac_param unit_params[] = {
    KAC_REAL(struct config, width, 1, 0.1, 10, "", "width of the data")};

#define UNIT(PROVIDES, EVAL)                                                  \
  static const kac_score_ops ops = {.struct_size = sizeof ops, .eval = EVAL}; \
  static const kac_component component = {                                    \
      KAC_COMPONENT(KAC_SCORE, ANIMAL, "of the zoo", struct config,           \
                    unit_params, kac_score_ops, ops),                         \
      .provides = PROVIDES};                                                  \
  KAC_MODULE(component)

#endif
