/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The laws of a parameter table, checked before the host fills a config struct
 * from it, and the one way to walk it (rows may be longer than ours). */
#ifndef KAC_CORE_TABLE_H
#define KAC_CORE_TABLE_H
#include <kac/plugin.h>

#include "plugin/reason.h"

enum { TABLE_MAX = 256, TABLE_NAME_MAX = 64 };

const kac_param *table_row(const kac_component *component, size_t i);
/* [a-z][a-z0-9_]*, at most TABLE_NAME_MAX bytes; NULL is not a name. */
bool table_is_name(const char *name);
/* Number of choices in "a|b|c", 0 if one of them is empty or there is none. */
size_t table_choices(const char *text);
/* Choice i and its length; i < table_choices(text). */
const char *table_choice(const char *text, size_t i, size_t *length);
/* The i-th key that no plugin may declare, or no potential; NULL behind the
 * last one. */
const char *table_reserved(size_t i);
const char *table_reserved_by_potentials(size_t i);
bool table_check(const kac_component *component, struct reason why);

#endif
