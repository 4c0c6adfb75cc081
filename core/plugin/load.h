/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dlopen one file and judge what it says about itself: file rights, ELF, entry
 * symbol, ABI numbers, floating-point environment, parameter tables. */
#ifndef KAC_CORE_LOAD_H
#define KAC_CORE_LOAD_H
#include "plugin/search.h"

/* NULL with the reason in `why` (one line, no place: the caller adds it).
 * `overrides`, which may be NULL, may allow what others can change. */
struct module *load_module(struct arena *arena, const char *path,
                           struct overrides *overrides, char *why,
                           size_t why_bytes);
/* The laws that a component must obey before any of it is called. */
bool load_check_component(const kac_component *component, char *why,
                          size_t why_bytes);

#endif
