/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What batch.c and ask.c share: one call of a plugin of each kind. */
#ifndef KAC_CORE_ASK_H
#define KAC_CORE_ASK_H
#include "conform/batch.h"

#define ASK_MOVE (1ull << 60) /* `want` of an integrator: a step */

/* Where an integrator stands in its pipeline. */
const struct spec_integrator *ask_entry(const struct trial *trial);
bool ask_is_kernel(const struct trial *trial);
bool ask_is_move_at_rest(const struct trial *trial);
/* A broken law unless a call has succeeded. */
bool batch_judge(struct batch *batch, kac_status status);

#endif
