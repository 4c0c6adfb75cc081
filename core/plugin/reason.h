/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why a plugin is refused: one line in the caller's buffer. */
#ifndef KAC_CORE_REASON_H
#define KAC_CORE_REASON_H
#include <stdbool.h>
#include <stddef.h>

struct reason {
  char *text;
  size_t bytes;
};

/* Writes the reason and returns false, so that a check ends in
 * `return reason_give(why, "...")`. */
bool reason_give(struct reason why, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
