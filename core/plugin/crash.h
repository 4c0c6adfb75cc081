/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is running, so that a plugin that crashes or leaves is named before the
 * process dies of the signal as it would have anyway. */
#ifndef KAC_CORE_CRASH_H
#define KAC_CORE_CRASH_H
#include "plugin/instance.h"

struct crash_site { /* what a thread is doing; all NULL: host code */
  const struct instance *instance;
  int64_t step; /* from 1; 0: at the start; -1: none */
  size_t row0, n_rows;
  const char *file; /* that is being loaded */
};

/* Handlers for SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT. [main]  Nothing
 * under the address sanitizer, which tells more.  Whatever is loaded later is
 * not kac's own. */
void crash_install(void);
/* A stack of its own for the handler: a stack may be what overflowed.  Once on
 * every thread; crash_install does it for the main thread. */
void crash_thread(void);
/* All work is done: what crashes now is a destructor. [main] */
void crash_ending(void);

/* What this thread does from now on; returns what it did before, to be given
 * back afterwards.  Costs two nanoseconds. [any] */
struct crash_site crash_enter(struct crash_site site);
/* The same for a call without rows of its own: within a call of another
 * instance, step and rows are those of that one. [any] */
struct crash_site crash_enter_instance(const struct instance *instance);

/* Says that this thread leaves the process by `called`, "exit()"; `from`: an
 * address of the caller's code, or NULL. [any] */
void crash_tell_exit(const char *called, const void *from);

#endif
