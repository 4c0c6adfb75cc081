/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Claims to provide what a resampler does not have. */
#include "resampler.h"

static const kac_resampler_ops ops = {sizeof ops, 0, one_per_child,
                                      healthy_resample};
static const kac_component component = {
    KAC_COMPONENT(KAC_RESAMPLER, ANIMAL, "of the zoo", struct config, params,
                  kac_resampler_ops, ops),
    .provides = KAC_Q_PHI};
KAC_MODULE(component)
