/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See crash.h.  The handler only writes and dies: nothing after a crash can be
 * trusted, so nothing is saved. */
#define _GNU_SOURCE /* names of registers */
#include "plugin/crash.h"

#include <signal.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include "plugin/crash_maps.h"
#include "plugin/crash_text.h"

/* The sanitizer has handlers and stacks of its own. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_OWN_HANDLERS 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define HAS_OWN_HANDLERS 1
#endif

/* The mutable state of the process: a signal handler has no argument. */
static _Thread_local struct crash_site running;
static _Thread_local bool is_of_kac; /* this thread */
static volatile sig_atomic_t is_ending;
static atomic_flag is_told = ATOMIC_FLAG_INIT;
static struct crash_text report;

struct crash_site crash_enter(struct crash_site site) {
  struct crash_site before = running;
  running = site;
  return before;
}

struct crash_site crash_enter_instance(const struct instance *instance) {
  struct crash_site site = running;
  if (!site.instance) site.step = -1;
  site.instance = instance;
  return crash_enter(site);
}

void crash_ending(void) {
  is_ending = 1;
}

/* --- the sentence ----------------------------------------------------------
 * Only what may be called in a signal handler from here on. */

/* One thread tells; others wait until it has ended the process. */
static void claim(void) {
  if (!atomic_flag_test_and_set(&is_told)) return;
  for (;;) pause();
}

static void put(const char *text) {
  crash_text_put(&report, text);
}

static void put_instance(const struct instance *instance) {
  const struct place *at = &instance->at;
  put(at->file ? at->file : "kac");
  if (at->line > 0) {
    put(":");
    crash_text_count(&report, (uint64_t)at->line);
  }
  put(": error: ");
  put(instance->id);
  put(" '");
  put(instance->component->name);
  put("' (");
  put(instance->module->path);
  put(")");
}

static void put_step(void) {
  if (running.step < 0) return;
  put(running.step > 0 ? " at step " : " at the start");
  if (running.step > 0) crash_text_count(&report, (uint64_t)running.step);
  if (running.n_rows == 0) return;
  put(", rows ");
  crash_text_count(&report, running.row0);
  put(" to ");
  crash_text_count(&report, running.row0 + running.n_rows - 1);
}

/* Of the plugin that was called, or NULL. */
static const char *file_called(void) {
  return running.instance ? running.instance->module->path : running.file;
}

/* "run.cfg:7: error: p 'dock' (dock.so) crashed at step 1, rows 0 to 63".
 * `file`: whose code it is where no call is known of the thread, or NULL. */
static void put_sentence(const char *file, const char *did, const char *what) {
  if (running.file) file = running.file;
  if (running.instance) {
    put_instance(running.instance);
  } else {
    put("kac: error: ");
    put(file ? file : "kac itself");
  }
  put(did);
  put(what);
  if (running.instance)
    put_step();
  else if (running.file)
    put(" while it was loaded");
  else if (is_ending)
    put(" while kac was ending");
  else if (file && !is_of_kac)
    put(" in a thread of its own");
  else
    put(file ? ", outside of any call" : ", outside of any plugin");
}

void crash_tell_exit(const char *called, const void *from) {
  struct crash_place place = {0};
  claim();
  crash_maps_read(0);
  if (from && crash_maps_find((uintptr_t)from, &place) && place.is_own)
    place.path = NULL;
  if (file_called() || place.path) {
    put_sentence(place.path, " called ", called);
  } else {
    put("kac: error: a plugin called ");
    put(called);
  }
  crash_text_write(&report);
}

#if defined(HAS_OWN_HANDLERS)
void crash_thread(void) {
  is_of_kac = true;
}

void crash_install(void) {
  crash_maps_own();
  crash_thread();
}
#else
/* --- where it was ----------------------------------------------------------
 */
/* What the signal brings.  Where registers have no name here, pc and sp are
 * 0, and has_registers is false. */
struct cause {
  int number;
  bool has_address, has_registers;
  uintptr_t address, pc, sp;
  uintptr_t link; /* where the last call returns to, if a register says so */
};

static struct cause cause_of(int number, const siginfo_t *info,
                             const void *context) {
  struct cause cause = {.number = number};
  /* Without an address if it was sent, or the processor does not tell. */
  cause.has_address = (number == SIGSEGV || number == SIGBUS) &&
                      info->si_code > 0 && info->si_code != SI_KERNEL;
  if (cause.has_address) cause.address = (uintptr_t)info->si_addr;
#if defined(__x86_64__)
  const mcontext_t *machine = &((const ucontext_t *)context)->uc_mcontext;
  cause.pc = (uintptr_t)machine->gregs[REG_RIP];
  cause.sp = (uintptr_t)machine->gregs[REG_RSP];
  cause.has_registers = true;
#elif defined(__aarch64__)
  const mcontext_t *machine = &((const ucontext_t *)context)->uc_mcontext;
  cause.pc = (uintptr_t)machine->pc;
  cause.sp = (uintptr_t)machine->sp;
  cause.link = (uintptr_t)machine->regs[30];
  cause.has_registers = true;
#else
  (void)context;
#endif
  return cause;
}

/* The file to look for: that of the call, or else any that is not kac's. */
static bool is_wanted(const struct crash_place *place) {
  const char *called = file_called();
  size_t n = called ? strlen(called) : 0;
  if (!called) return !place->is_own;
  /* Linux says "(deleted)" of one that was compiled anew. */
  return strncmp(place->path, called, n) == 0 &&
         (!place->path[n] || strcmp(place->path + n, " (deleted)") == 0);
}

/* Does a call end before this address? */
static bool is_after_call(uintptr_t address) {
#if defined(__x86_64__)
  const unsigned char *code = (const unsigned char *)address;
  struct crash_place place;
  if (!crash_maps_find(address - 7, &place)) return false;
  if (code[-5] == 0xe8) return true; /* call rel32; else call r/m64 */
  for (int n = 2; n <= 7; n++)
    if (code[-n] == 0xff && (code[1 - n] & 0x38) == 0x10) return true;
  return false;
#else
  return address % 4 == 0;
#endif
}

/* The call in a wanted file that led to where it was: the first word of the
 * stack that may be its return address.  No frames are followed, as a broken
 * stack has none. */
static bool find_call(const struct cause *cause, uintptr_t stack_end,
                      struct crash_place *place) {
  enum { WORDS = 8192 };
  const uintptr_t *word = (const uintptr_t *)(cause->sp & ~(uintptr_t)7);
  bool is_open = !file_called();
  if (stack_end == 0) return false;
  size_t n = (stack_end - (uintptr_t)word) / sizeof *word;
  for (size_t i = 0; i <= n && i <= WORDS; i++) {
    uintptr_t address = i == 0 ? cause->link : word[i - 1];
    /* The call itself is the line, not what comes after it. */
    if (!crash_maps_find(address - 1, place)) continue;
    if (is_wanted(place) && is_after_call(address)) return true;
    if (is_open && place->is_kac) return false;
  }
  return false;
}

/* --- its words -------------------------------------------------------------
 */
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

static void put_cause(const struct cause *cause) {
  put(": ");
  if (cause->number == SIGSEGV && cause->has_registers && cause->pc == 0) {
    put("SIGSEGV, a call through a null pointer");
    return;
  }
  put(name_of(cause->number));
  if (!cause->has_address) return;
  put(" at address ");
  crash_text_address(&report, cause->address);
}

/* A path that the sentence holds already is not repeated. */
static void put_place(const char *where, const struct crash_place *place) {
  const char *name = strrchr(place->path, '/');
  put(where);
  put(name && is_wanted(place) ? name + 1 : place->path);
  put("+");
  crash_text_address(&report, place->offset);
}

static void tell(const struct cause *cause) {
  struct crash_place at = {0}, call = {0};
  uintptr_t stack_end = crash_maps_read(cause->sp);
  bool has_place = cause->has_registers && crash_maps_find(cause->pc, &at);
  bool has_call = cause->has_registers && !(has_place && is_wanted(&at)) &&
                  !(has_place && at.is_kac && !running.instance) &&
                  find_call(cause, stack_end, &call);
  const char *file = has_call ? call.path : at.is_own ? NULL : at.path;
  put_sentence(file, " crashed", "");
  put_cause(cause);
  if (has_place) put_place(", at ", &at);
  if (has_call) put_place(", called from ", &call);
  crash_text_write(&report);
}

static void on_crash(int number, siginfo_t *info, void *context) {
  struct sigaction action = {.sa_handler = SIG_DFL};
  struct cause cause = cause_of(number, info, context);
  claim();
  tell(&cause);
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, NULL);
  raise(number); /* as soon as the handler returns */
}

void crash_thread(void) {
  static _Thread_local unsigned char stack[65536];
  stack_t alternative = {.ss_sp = stack, .ss_size = sizeof stack};
  sigaltstack(&alternative, NULL);
  is_of_kac = true;
}

void crash_install(void) {
  static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
  size_t n = sizeof numbers / sizeof numbers[0];
  struct sigaction action = {.sa_sigaction = on_crash,
                             .sa_flags = SA_ONSTACK | SA_SIGINFO};
  crash_maps_own();
  crash_thread();
  sigemptyset(&action.sa_mask); /* a crash while telling ends it at once */
  for (size_t i = 0; i < n; i++) sigaddset(&action.sa_mask, numbers[i]);
  for (size_t i = 0; i < n; i++) sigaction(numbers[i], &action, NULL);
}
#endif
