/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A message put together in a signal handler. */
#include "plugin/crash_text.h"

#include <errno.h>
#include <unistd.h>

void crash_text_put(struct crash_text *text, const char *more) {
  while (*more && text->n + 1 < sizeof text->at) text->at[text->n++] = *more++;
}

static void put_digits(struct crash_text *text, uint64_t value, unsigned base) {
  char digits[24], *at = digits + sizeof digits - 1;
  *at = '\0';
  do *--at = "0123456789abcdef"[value % base];
  while ((value /= base) > 0);
  crash_text_put(text, at);
}

void crash_text_count(struct crash_text *text, uint64_t value) {
  put_digits(text, value, 10);
}

void crash_text_address(struct crash_text *text, uint64_t value) {
  crash_text_put(text, "0x");
  put_digits(text, value, 16);
}

void crash_text_write(struct crash_text *text) {
  text->at[text->n++] = '\n'; /* crash_text_put leaves room */
  for (size_t done = 0; done < text->n;) {
    ssize_t n = write(STDERR_FILENO, text->at + done, text->n - done);
    if (n > 0)
      done += (size_t)n;
    else if (n == 0 || errno != EINTR)
      return;
  }
}
