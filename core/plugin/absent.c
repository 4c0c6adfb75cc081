/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of plugins that need an optional library: one row each, with the
 * macro in which configure says what became of it. */
#include "plugin/absent.h"

#include <kac/plugin.h>
#include <stdio.h>
#include <string.h>

/* An enum absent_state each; a build without configure has everything. */
#ifndef KAC_ABSENT_PNG
#define KAC_ABSENT_PNG 0
#endif
#ifndef KAC_ABSENT_PYTHON
#define KAC_ABSENT_PYTHON 0
#endif
#ifndef KAC_ABSENT_TORCH
#define KAC_ABSENT_TORCH 0
#endif

static const struct absent optional[] = {
    {KAC_SCORE, "python", KAC_ABSENT_PYTHON, "python", "Python", "python3-dev"},
    {KAC_POTENTIAL, "python", KAC_ABSENT_PYTHON, "python", "Python",
     "python3-dev"},
    {KAC_OBSERVER, "image", KAC_ABSENT_PNG, "png", "libpng", "libpng-dev"},
    {KAC_SCORE, "torch", KAC_ABSENT_TORCH, "torch", "libtorch", "libtorch-dev"},
    {KAC_POTENTIAL, "torch", KAC_ABSENT_TORCH, "torch", "libtorch",
     "libtorch-dev"},
};

const struct absent *absent_get(size_t i) {
  for (size_t k = 0; k < sizeof optional / sizeof *optional; k++)
    if (optional[k].state != ABSENT_NOT && i-- == 0) return &optional[k];
  return NULL;
}

const struct absent *absent_find(uint32_t kind, const char *name) {
  const struct absent *absent;
  for (size_t i = 0; (absent = absent_get(i)); i++)
    if ((kind == 0 || absent->kind == kind) && strcmp(absent->name, name) == 0)
      return absent;
  return NULL;
}

void absent_reason(const struct absent *absent, char *text, size_t bytes) {
  if (absent->state == ABSENT_SWITCHED_OFF)
    snprintf(text, bytes,
             "built with --without-%s; configure again without that",
             absent->option);
  else
    snprintf(text, bytes, "built without %s; install %s and configure again",
             absent->library, absent->package);
}
