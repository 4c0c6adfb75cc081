/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Terms of the target whose scores are heads of one network, so that one call
 * evaluates all of them: kac_score_ops.eval_group. */
#ifndef KAC_CORE_GROUP_H
#define KAC_CORE_GROUP_H
#include "sampler/path.h"

/* path->leader, group_size and value_slot.  The scores have been created; if
 * not, each is alone. */
void group_find(struct path *path);
/* How many terms there may be in groups of more than one: known before the
 * scores are created. */
size_t group_most(const struct spec *spec);
/* Evaluates the group of a leader; asks[i] is what term i is asked. [worker] */
bool group_eval(const struct site *site, size_t leader, kac_score_io *asks);

#endif
