/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The floating-point environment around foreign code.  A shared object linked
 * with -ffast-math switches on flush-to-zero as it is loaded, for the whole
 * thread and for all that it starts later; the host notices and undoes it. */
#ifndef KAC_CORE_FPENV_H
#define KAC_CORE_FPENV_H
#include <fenv.h>

void fpenv_save(fenv_t *saved);
/* NULL if rounding, masks and flushing are as saved (flags may differ), else
 * what has changed; it is restored. */
const char *fpenv_restore(const fenv_t *saved);

#endif
