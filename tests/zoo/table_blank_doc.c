/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Says nothing of its parameter. */
#include "potential.h"

static const kac_param table[] = {
    KAC_REAL(struct config, stiffness, 1, 0, 100, "", " ")};
KAC_POTENTIAL_PLUGIN(ANIMAL, "of the zoo", struct config, table,
                     KAC_Q_PHI | KAC_Q_DPHI, healthy_eval)
