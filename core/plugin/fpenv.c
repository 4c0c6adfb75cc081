/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The floating-point environment around foreign code.  glibc's fenv_t on
 * x86-64 holds the x87 control word and MXCSR; elsewhere the effect is probed.
 */
#include "plugin/fpenv.h"

#include <float.h>
#include <stdbool.h>
#include <stddef.h>

/* Volatile on both sides: compilers move arithmetic across fesetenv. */
static bool flushes_subnormals(void) {
  volatile double tiny = DBL_MIN;
  volatile double half = tiny / 2;
  return half <= 0;
}

#if defined(__x86_64__) && defined(__GLIBC__)
#define MXCSR_CONTROL 0xffc0u /* all but the sticky exception flags */

static bool controls_differ(const fenv_t *a, const fenv_t *b) {
  unsigned mxcsr = (a->__mxcsr ^ b->__mxcsr) & MXCSR_CONTROL;
  return mxcsr != 0 || a->__control_word != b->__control_word;
}
#else
static bool controls_differ(const fenv_t *a, const fenv_t *b) {
  (void)a, (void)b;
  return false;
}
#endif

void fpenv_save(fenv_t *saved) {
  fegetenv(saved);
}

const char *fpenv_restore(const fenv_t *saved) {
  fenv_t now;
  fegetenv(&now);
  int rounding = fegetround();
  bool flushing = flushes_subnormals(), differs = controls_differ(&now, saved);
  fesetenv(saved);
  if (flushing != flushes_subnormals()) return "flush-to-zero is switched on";
  if (rounding != fegetround()) return "the rounding mode is changed";
  return differs ? "the control word is changed" : NULL;
}
