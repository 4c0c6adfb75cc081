/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program defines the functions that end a process: a symbol of the program
 * comes before that of libc, for plugins as well.  _exit() has no handlers, and
 * where two threads call exit() at once, one of them ends the process while the
 * other is in the first handler.  A bare system call is not seen. */
#define _GNU_SOURCE /* RTLD_NEXT, syscall */
#include "cli/leave.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "plugin/crash.h"

/* What is defined here is to be seen by others. */
#define FOR_ALL __attribute__((visibility("default")))

typedef void leave_fn(int);

/* The process that runs a command, or 0. */
static pid_t running;
/* Those of libc. */
static leave_fn *next_exit, *next_quick_exit;

static _Noreturn void end(int status) {
  for (;;) syscall(SYS_exit_group, status);
}

/* A child that a plugin has forked is its own affair. */
static void refuse(const char *called, const void *from) {
  if (running == 0 || running != getpid()) return;
  crash_tell_exit(called, from);
  end(EXIT_PLUGIN);
}

FOR_ALL void exit(int status) {
  refuse("exit()", __builtin_return_address(0));
  if (next_exit) next_exit(status);
  end(status);
}

FOR_ALL void quick_exit(int status) {
  refuse("quick_exit()", __builtin_return_address(0));
  if (next_quick_exit) next_quick_exit(status);
  end(status);
}

FOR_ALL void _exit(int status) {
  refuse("_exit()", __builtin_return_address(0));
  end(status);
}

FOR_ALL void _Exit(int status) {
  refuse("_Exit()", __builtin_return_address(0));
  end(status);
}

/* That of libc, which errx() and others of its functions call. */
static void on_exit_inside(void) {
  refuse("exit()", NULL);
}

static leave_fn *find_next(const char *name) {
  void *symbol = dlsym(RTLD_NEXT, name);
  leave_fn *next;
  memcpy(&next, &symbol, sizeof next); /* POSIX's way to a function */
  return next;
}

void leave_watch(void) {
  next_exit = find_next("exit");
  next_quick_exit = find_next("quick_exit");
  atexit(on_exit_inside);
}

void leave_forbid(void) {
  running = getpid();
}

void leave_allow(void) {
  running = 0;
}
