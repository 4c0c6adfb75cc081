/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plugins that this build does without because a library was not found or was
 * not wanted: `kac list` and a config that names one say why, and what to do.
 * configure tells which (m4/kac_optional.m4). */
#ifndef KAC_CORE_ABSENT_H
#define KAC_CORE_ABSENT_H
#include <stddef.h>
#include <stdint.h>

enum absent_state { ABSENT_NOT, ABSENT_NOT_FOUND, ABSENT_SWITCHED_OFF };
struct absent {
  uint32_t kind; /* KAC_SCORE, ... */
  const char *name;
  enum absent_state state;
  const char *option;  /* of configure: --with-OPTION */
  const char *library; /* as people call it */
  const char *package; /* as Debian calls it */
};

/* The i-th optional plugin that is absent; NULL behind the last one. */
const struct absent *absent_get(size_t i);
/* kind 0: any.  NULL: it is not absent, or unknown. */
const struct absent *absent_find(uint32_t kind, const char *name);
/* "built without Python; install python3-dev and configure again" */
void absent_reason(const struct absent *absent, char *text, size_t bytes);

#endif
