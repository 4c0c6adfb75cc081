/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several proposals per particle and step: docs/methods.md section 5. */
#ifndef KAC_CORE_CHILDREN_H
#define KAC_CORE_CHILDREN_H
#include "sampler/move.h"

/* Doubles of scratch per thread for blocks of n rows; 0 without children. */
size_t children_scratch(const struct spec *spec,
                        const struct population_needs *needs, size_t n);
/* In place of move_propose: each row becomes one of its spec->n_children
 * proposals, chosen by weight, with their mean weight. [worker] */
bool children_move(struct run *run, const struct site *site,
                   struct move_rows *rows);

#endif
