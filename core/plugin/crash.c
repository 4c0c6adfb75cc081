/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See crash.h.  The handler only writes and dies: nothing after a crash can be
 * trusted, so nothing is saved. */
#include "plugin/crash.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

/* The sanitizer has handlers and stacks of its own. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_OWN_HANDLERS 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define HAS_OWN_HANDLERS 1
#endif

/* The one mutable state of the process: a signal handler has no argument. */
static _Thread_local struct crash_site running;

struct crash_site crash_enter(struct crash_site site) {
  struct crash_site before = running;
  running = site;
  return before;
}

#if defined(HAS_OWN_HANDLERS)
void crash_thread(void) {}

void crash_install(void) {}
#else
static _Thread_local unsigned char stack[65536];

/* Only what may be called in a signal handler from here on. */
static void put(const char *text) {
  ssize_t unused = write(STDERR_FILENO, text, strlen(text));
  (void)unused;
}

static void put_number(uint64_t value) {
  char digits[24], *at = digits + sizeof digits - 1;
  *at = '\0';
  do *--at = (char)('0' + value % 10);
  while ((value /= 10) > 0);
  put(at);
}

static const char *name_of(int number) {
  switch (number) {
    case SIGSEGV:
      return "SIGSEGV, an invalid memory access";
    case SIGBUS:
      return "SIGBUS, an invalid memory access";
    case SIGFPE:
      return "SIGFPE, an arithmetic error";
    case SIGILL:
      return "SIGILL, an illegal instruction";
    default:
      return "SIGABRT, a failed assertion or abort()";
  }
}

static void put_place(const struct place *at) {
  put(at->file ? at->file : "kac");
  if (at->line > 0) {
    put(":");
    put_number((uint64_t)at->line);
  }
}

static void put_site(void) {
  const struct instance *instance = running.instance;
  put(instance->id);
  put(" '");
  put(instance->component->name);
  put("' (");
  put(instance->module->path);
  put(") crashed");
  if (running.step < 0) return;
  put(running.step > 0 ? " at step " : " at the start");
  if (running.step > 0) put_number((uint64_t)running.step);
  put(", rows ");
  put_number(running.row0);
  put(" to ");
  put_number(running.row0 + running.n_rows - (running.n_rows > 0));
}

static void on_crash(int number) {
  if (running.instance) {
    put_place(&running.instance->at);
    put(": error: ");
    put_site();
  } else {
    put("kac: error: kac itself crashed, outside of any plugin");
  }
  put(": ");
  put(name_of(number));
  put("\n");
  raise(number); /* SA_RESETHAND: now it kills */
}

void crash_thread(void) {
  stack_t alternative = {.ss_sp = stack, .ss_size = sizeof stack};
  sigaltstack(&alternative, NULL);
}

void crash_install(void) {
  static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
  struct sigaction action = {.sa_handler = on_crash,
                             .sa_flags = (int)(SA_ONSTACK | SA_RESETHAND)};
  sigemptyset(&action.sa_mask);
  crash_thread();
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
    sigaction(numbers[i], &action, NULL);
}
#endif
