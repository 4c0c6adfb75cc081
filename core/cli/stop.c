/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signals that end a run in good order. */
#include "cli/stop.h"

#include <stddef.h>

/* A signal handler has no other way to tell what came. */
static volatile sig_atomic_t stop_signal;

static void on_signal(int number) {
  stop_signal = number;
}

static void catch_signal(int number) {
  struct sigaction action = {.sa_handler = on_signal}, before;
  sigemptyset(&action.sa_mask);
  action.sa_flags = (int)SA_RESETHAND | SA_RESTART;
  /* Under nohup, or in the background of a plain shell, it stays ignored. */
  if (sigaction(number, NULL, &before) == 0 && before.sa_handler == SIG_IGN)
    return;
  sigaction(number, &action, NULL);
}

volatile sig_atomic_t *stop_install(void) {
  stop_signal = 0;
  signal(SIGPIPE, SIG_IGN);
  catch_signal(SIGINT);
  catch_signal(SIGTERM);
  catch_signal(SIGHUP);
  return &stop_signal;
}
