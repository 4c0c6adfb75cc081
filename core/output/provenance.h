/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the numbers of a run come from: plugin files, citations, command,
 * build and machine.  Each function writes one key of run.json. */
#ifndef KAC_CORE_PROVENANCE_H
#define KAC_CORE_PROVENANCE_H
#include <time.h>

#include "output/json.h"
#include "sampler/spec.h"

/* "plugins": per file name, kind, version, abi, path, size, sha256. */
void provenance_plugins(struct json *json, const struct spec *spec);
/* "citations": what the plugins ask to be cited, each once. */
void provenance_citations(struct json *json, const struct spec *spec);
/* "command_line" and "started" (UTC). */
void provenance_command(struct json *json, int argc, char *const *argv,
                        time_t started);
/* "derived": what defaults such as 0 came to in this run. */
void provenance_derived(struct json *json, const struct spec *spec);
void provenance_build(struct json *json);
void provenance_host(struct json *json, size_t n_threads);

#endif
