/* SPDX-License-Identifier: GPL-3.0-or-later */
/* In which file an address of code lies.  Asked of /proc, with system calls
 * alone: dladdr and dl_iterate_phdr take the loader's lock, which whoever
 * crashed may hold, and a table kept while loading would know neither a file
 * whose constructor is still running nor what plugins load themselves. */
#ifndef KAC_CORE_CRASH_MAPS_H
#define KAC_CORE_CRASH_MAPS_H
#include <stdbool.h>
#include <stdint.h>

struct crash_place {
  const char *path; /* until the next crash_maps_read */
  uintptr_t offset; /* as addr2line and objdump count */
  bool is_own;      /* of kac or a library that it was linked with */
  bool is_kac;      /* of kac itself */
};

/* What is there now is kac's own. [main], before any plugin is loaded */
void crash_maps_own(void);
/* What is there now, by one thread at a time.  Returns where the memory that
 * holds the address ends; 0: there is none. */
uintptr_t crash_maps_read(uintptr_t address);
/* False if no file has code there. */
bool crash_maps_find(uintptr_t address, struct crash_place *place);

#endif
