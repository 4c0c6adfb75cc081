/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A component in words, as JSON, and as a config group, all from the same
 * const data that the host fills configs from. */
#ifndef KAC_CORE_DESCRIBE_H
#define KAC_CORE_DESCRIBE_H
#include <kac/plugin.h>
#include <stdio.h>

void describe_text(FILE *out, const kac_component *component, const char *path);
void describe_json(FILE *out, const kac_component *component, const char *path);
/* Ready to paste: every key, the plugin's and the host's, its default, its doc
 * as a comment. */
void describe_template(FILE *out, const kac_component *component);

#endif
