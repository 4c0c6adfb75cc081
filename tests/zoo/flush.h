/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bad manners that C has no word for. */
#ifndef KAC_ZOO_FLUSH_H
#define KAC_ZOO_FLUSH_H
#include <stdint.h>

static inline void flush_subnormals(void) {
#if defined(__x86_64__)
  __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8040u);
#elif defined(__aarch64__)
  uint64_t fpcr;
  __asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
  __asm__ volatile("msr fpcr, %0" : : "r"(fpcr | 1u << 24));
#endif
}

#endif
