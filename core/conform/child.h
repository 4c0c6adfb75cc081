/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A function in a process of its own, which may crash, hang, exit, fork or
 * print without harm to this one. */
#ifndef KAC_CORE_CHILD_H
#define KAC_CORE_CHILD_H
#include <stdbool.h>
#include <stddef.h>

enum child_end {
  CHILD_DONE,
  CHILD_EXITED,
  CHILD_KILLED,
  CHILD_LATE,
  CHILD_FLOODS, /* it printed and printed */
  CHILD_NONE
};
struct child {
  enum child_end end;
  int number; /* exit status, or signal */
  double seconds;
  char printed[512]; /* the first of what it wrote to stdout and stderr */
};

/* Runs work(context) with a limit in seconds; what `context` points to must be
 * shared memory (child_share) to bring anything back.  CHILD_NONE: there is no
 * process to be had.  All that the child has started is killed at the end. */
struct child child_run(void (*work)(void *), void *context, double limit);
/* Ends the child that work() runs in by exit() rather than _exit(), so that
 * what runs at the end of a process is seen as well. */
_Noreturn void child_exit(void);
/* Zeroed memory that children write for their parents, or NULL. */
void *child_share(size_t bytes);
void child_unshare(void *block, size_t bytes);

#endif
