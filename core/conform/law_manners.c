/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Laws of good manners: a plugin shares its process with the host and with
 * other plugins, and leaves it as it found it. */
#define _GNU_SOURCE
#include <fenv.h>
#include <kac/sdk.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conform/laws.h"
#include "plugin/fpenv.h"

/* --- manners ---------------------------------------------------------------
 */
static const int signals[] = {SIGINT,  SIGTERM, SIGSEGV, SIGFPE,
                              SIGCHLD, SIGABRT, SIGPIPE, SIGALRM};
enum { N_SIGNALS = sizeof signals / sizeof *signals };

enum { MOST_VARIABLES = 512 };
struct surroundings {
  char folder[4096], locale[256];
  locale_t of_thread;
  mode_t mask;
  struct sigaction action[N_SIGNALS];
  sigset_t blocked;
  bool has_timer;
  size_t n_threads, n_files;
  char *environment[MOST_VARIABLES];
};

extern char **environ;

static void copy_environment(char *copy[MOST_VARIABLES]) {
  for (size_t k = 0; environ && environ[k] && k < MOST_VARIABLES - 1; k++)
    copy[k] = strdup(environ[k]);
}

/* The name and value that one has and the other has not, or NULL. */
static const char *missing_in(char *const *have, char *const *other) {
  for (; *have; have++) {
    char *const *same = other;
    while (*same && strcmp(*same, *have) != 0) same++;
    if (!*same) return *have;
  }
  return NULL;
}

static bool is_running(const struct itimerval *timer) {
  return timer->it_value.tv_sec > 0 || timer->it_value.tv_usec > 0;
}

static bool has_timer(void) {
  struct itimerval timer;
  return (getitimer(ITIMER_REAL, &timer) == 0 && is_running(&timer)) ||
         (getitimer(ITIMER_VIRTUAL, &timer) == 0 && is_running(&timer)) ||
         (getitimer(ITIMER_PROF, &timer) == 0 && is_running(&timer));
}

static void look_around(struct surroundings *at) {
  *at = (struct surroundings){0};
  if (!getcwd(at->folder, sizeof at->folder)) at->folder[0] = '\0';
  snprintf(at->locale, sizeof at->locale, "%s", setlocale(LC_ALL, NULL));
  at->of_thread = uselocale((locale_t)0);
  at->mask = umask(0);
  umask(at->mask);
  for (size_t k = 0; k < N_SIGNALS; k++)
    sigaction(signals[k], NULL, &at->action[k]);
  at->has_timer = has_timer();
  sigprocmask(SIG_BLOCK, NULL, &at->blocked);
  at->n_threads = law_count_entries("/proc/self/task");
  at->n_files = law_count_entries("/proc/self/fd");
  copy_environment(at->environment);
}

static bool compare_signals(struct trial *trial,
                            const struct surroundings *before,
                            const struct surroundings *after) {
  for (size_t k = 0; k < N_SIGNALS; k++)
    if (before->action[k].sa_handler != after->action[k].sa_handler)
      return trial_broken(trial, "it changed what signal %d (%s) does",
                          signals[k], strsignal(signals[k]));
  for (int k = 1; k < SIGRTMIN; k++)
    if (sigismember(&before->blocked, k) != sigismember(&after->blocked, k))
      return trial_broken(trial, "it changed whether signal %d (%s) is blocked",
                          k, strsignal(k));
  return true;
}

static bool compare(struct trial *trial, const struct surroundings *before,
                    const struct surroundings *after) {
  off_t printed = lseek(STDOUT_FILENO, 0, SEEK_END);
  if (strcmp(before->folder, after->folder) != 0)
    return trial_broken(trial, "it changed the working directory to %.200s",
                        after->folder);
  if (strcmp(before->locale, after->locale) != 0)
    return trial_broken(trial, "it changed the locale to %.100s",
                        after->locale);
  if (before->of_thread != after->of_thread)
    return trial_broken(trial, "it changed the locale of its thread");
  if (before->mask != after->mask)
    return trial_broken(trial, "it changed the umask to %03o",
                        (unsigned)after->mask);
  if (before->n_threads < after->n_threads)
    return trial_broken(trial, "it left %zu threads running",
                        after->n_threads - before->n_threads);
  if (before->n_files < after->n_files)
    return trial_broken(trial, "it left %zu files open",
                        after->n_files - before->n_files);
  if (before->n_files > after->n_files)
    return trial_broken(trial, "it closed %zu files that are not its own",
                        before->n_files - after->n_files);
  if (!before->has_timer && after->has_timer)
    return trial_broken(trial, "it set a timer, which will send a signal");
  const char *variable = missing_in(after->environment, before->environment);
  if (!variable) variable = missing_in(before->environment, after->environment);
  if (variable)
    return trial_broken(trial, "it changed the environment: %.200s", variable);
  if (waitpid(-1, NULL, WNOHANG) >= 0)
    return trial_broken(trial, "it made another process");
  if (printed > 0)
    return trial_broken(trial, "it printed: the host's log is there for texts");
  return compare_signals(trial, before, after);
}

static bool live(struct trial *trial) {
  struct trial_wish wish = {.dim = trial->options->dim};
  struct trial tried;
  bool is_open = trial_open(&tried, trial->options, trial->verdict->kind, &wish,
                            trial->verdict);
  if (is_open)
    law_use(&tried);
  else
    trial_unopened(trial, &tried, "no instance of it: ");
  trial_close(&tried);
  fflush(stdout);
  fflush(stderr);
  return is_open;
}

/* A library may keep threads that it starts once in a process, as libtorch
 * does for devices; those of the plugin's own come with every life. */
bool law_manners(struct trial *trial) {
  struct surroundings before, after;
  look_around(&before);
  if (!live(trial)) return false;
  look_around(&after);
  if (before.n_threads < after.n_threads) {
    if (!live(trial)) return false;
    if (law_count_entries("/proc/self/task") <= after.n_threads)
      before.n_threads = after.n_threads;
  }
  return compare(trial, &before, &after);
}

/* --- floating point --------------------------------------------------------
 */
/* From before the first look at it: a schedule is asked as it is checked. */
bool law_fpenv(struct trial *trial) {
  fenv_t before;
  struct trial tried;
  struct trial_wish wish = {.dim = trial->options->dim};
  const char *when = "it was created", *changed;
  fpenv_save(&before);
  bool is_open = trial_open(&tried, trial->options, trial->verdict->kind, &wish,
                            trial->verdict);
  changed = fpenv_restore(&before);
  if (is_open && !changed) {
    when = "a call";
    law_use(&tried);
    changed = fpenv_restore(&before);
  }
  if (!is_open && !changed)
    trial_unopened(trial, &tried, "no instance of it: ");
  trial_close(&tried);
  if (is_open && !changed) {
    when = "it was destroyed";
    changed = fpenv_restore(&before);
  }
  if (changed) return trial_broken(trial, "%s after %s", changed, when);
  return is_open;
}
