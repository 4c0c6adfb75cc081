/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signals that end a run in good order: at the next step. */
#ifndef KAC_CORE_STOP_H
#define KAC_CORE_STOP_H
#include <signal.h>

/* SIGINT, SIGTERM and SIGHUP (if not ignored) set *flag to their number; the
 * second one of a kind ends the process at once.  SIGPIPE is ignored, so that
 * a closed pipe is a write error like others. */
volatile sig_atomic_t *stop_install(void);

#endif
