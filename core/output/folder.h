/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The output folder itself: made if missing, opened once, held by a lock that
 * the kernel drops when the process ends in whatever way. */
#ifndef KAC_CORE_FOLDER_H
#define KAC_CORE_FOLDER_H
#include "plugin/instance.h"

struct folder_lock {
  int dir, lock; /* -1: not open */
  bool is_made;  /* by us: removed again if it stays empty */
};

/* False with *fault: EXIT_IN_USE if another process holds the lock. */
bool folder_open(struct folder_lock *lock, const char *folder,
                 struct fault *fault);
/* Removes the temporary files of runs that were killed.  The lock is held, so
 * no other run is at work here; files of processes that live stay. */
void folder_sweep(const struct folder_lock *lock);
/* `keep`: leave a folder that we have made. */
void folder_close(struct folder_lock *lock, const char *folder, bool keep);

#endif
