/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A call that is stopped at any instruction while another thread makes a whole
 * call of its own: what threads do to each other at the worst of moments, which
 * two of them side by side hardly ever meet, and one processor never. */
#ifndef KAC_CORE_PREEMPT_H
#define KAC_CORE_PREEMPT_H
#include <stdbool.h>
#include <stddef.h>

/* Enough for some thousand stops where a call takes microseconds. */
#define PREEMPT_SECONDS 0.75

struct preempt {
  bool (*prepare)(void *side);  /* all but the call; false: no memory */
  void (*call)(void *side);     /* the plugin, once */
  bool (*is_right)(void *side); /* is it what it gives when it is alone? */
  void *stopped, *whole;        /* the sides: here, and on the other thread */
  double seconds; /* four times as many if few calls are stopped */
};

/* Calls `stopped` over and over, until it has been stopped some thousand times
 * or the time is up.  True: all answers of both sides were right.  A call that
 * holds a lock is let go after a while. */
bool preempt_run(const struct preempt *preempt);

#endif
