/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A look at a file's ELF header before dlopen sees it: a text file, another
 * architecture or a truncated copy is named, and cannot kill us by SIGBUS. */
#ifndef KAC_CORE_ELF_H
#define KAC_CORE_ELF_H
#include "plugin/reason.h"

/* Is the open file of `size` bytes a whole shared library for this machine? */
bool elf_check(int fd, size_t size, struct reason why);

#endif
