/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a component must say about itself before any of it is called: sizes,
 * name, texts, parameter table, and the functions that its kind requires. */
#ifndef KAC_CORE_COMPONENT_H
#define KAC_CORE_COMPONENT_H
#include <kac/plugin.h>

#include "plugin/reason.h"

/* "a score", "an integrator", ... for messages. */
const char *component_kind_phrase(uint32_t kind);
/* The i-th function that no component of the kind can do without, or NULL; an
 * integrator has none by itself: it needs kernel or step. */
const char *component_required(uint32_t kind, size_t i);
bool component_check(const kac_component *component, struct reason why);

#endif
