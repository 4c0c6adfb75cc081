/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why a plugin is refused: one line in the caller's buffer. */
#include "plugin/reason.h"

#include <stdarg.h>
#include <stdio.h>

bool reason_give(struct reason why, const char *format, ...) {
  va_list args;
  va_start(args, format);
  vsnprintf(why.text, why.bytes, format, args);
  va_end(args);
  return false;
}
