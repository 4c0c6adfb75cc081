/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A message put together in a signal handler: no memory is asked for, nothing
 * of stdio is used, and it leaves in one piece. */
#ifndef KAC_CORE_CRASH_TEXT_H
#define KAC_CORE_CRASH_TEXT_H
#include <stddef.h>
#include <stdint.h>

struct crash_text {
  size_t n;
  char at[8192]; /* two paths fit; what does not is left out */
};

void crash_text_put(struct crash_text *text, const char *more);
void crash_text_count(struct crash_text *text, uint64_t value);
/* As 0x1f. */
void crash_text_address(struct crash_text *text, uint64_t value);
/* To standard error, with the end of the line, in one write if it takes it. */
void crash_text_write(struct crash_text *text);

#endif
