/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Says neither that it advances nor that it keeps a law. */
#include "kernel.h"

static const kac_integrator_ops ops = {sizeof ops, 0, KAC_Q_B | KAC_Q_S,
                                       healthy_kernel, NULL};
static const kac_component component = {
    KAC_COMPONENT(KAC_INTEGRATOR, ANIMAL, "of the zoo", struct config, params,
                  kac_integrator_ops, ops)};
KAC_MODULE(component)
