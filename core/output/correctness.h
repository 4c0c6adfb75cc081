/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a run turned out to be exact for.  The class of the config says what
 * its weights are made for; a -inf on the way that the end would not have said
 * lowers it, in the table and in run.json alike (docs/methods.md section 7). */
#ifndef KAC_CORE_CORRECTNESS_H
#define KAC_CORE_CORRECTNESS_H
#include <stdio.h>

#include "sampler/engine.h"

enum { CORRECTNESS_BYTES = 2048 }; /* of a reason; a longer one is cut */

enum correctness correctness_found(const struct spec *spec,
                                   const struct run_result *result);
/* Its reason, into CORRECTNESS_BYTES of text; returns text. */
const char *correctness_reason(const struct spec *spec,
                               const struct run_result *result, char *text);
/* Of the potentials that gave a weight of zero too early, one line each. */
void correctness_warn(FILE *out, const struct spec *spec,
                      const struct run_result *result);

#endif
