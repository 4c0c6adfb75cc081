/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What call.c and call_score.c share and nobody else needs. */
#ifndef KAC_CORE_CALL_INNER_H
#define KAC_CORE_CALL_INNER_H
#include "plugin/crash.h"
#include "sampler/call.h"

/* Both set the worker's fault, unless there is one, and are false.  row: in the
 * block, or -1. */
bool call_fail(const struct site *site, const struct instance *instance,
               enum exit_code code, int64_t row, const char *text);
/* A plugin's own error: known codes keep their meaning, others are a broken
 * contract. */
bool call_refused(const struct site *site, const struct instance *instance,
                  kac_status status, kac_error *err);
/* Outputs are marked on the first step only: a plugin that writes all of them
 * there does so later, and marking costs a pass over memory. */
void call_mark(const struct site *site, double *values, size_t ld,
               size_t n_col);
/* Into a plugin and out again: its lock if it is SERIAL, and its name for the
 * case that it crashes. */
struct crash_site call_enter(const struct site *site,
                             struct instance *instance);
void call_leave(struct instance *instance, struct crash_site before);

#endif
