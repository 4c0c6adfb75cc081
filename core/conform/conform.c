/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The order of things: `loads` says of what kind the plugin is; where no
 * instance can be made, the laws that need one are not asked. */
#include "conform/conform.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conform/empty_folder.h"
#include "plugin/search.h"

/* --- one law ---------------------------------------------------------------
 */
/* What crosses to the other process and back. */
struct shared {
  const struct trial_options *options;
  const struct law *law;
  struct verdict verdict;
  bool is_here; /* in no process of its own */
  char folder[EMPTY_FOLDER_MAX];
};

static bool judge(const struct shared *shared, struct trial *trial,
                  struct verdict *verdict) {
  struct trial_wish wish = {.dim = shared->options->dim};
  *trial = (struct trial){.options = shared->options, .verdict = verdict};
  if (!(shared->law->flags & LAW_ALONE) &&
      !trial_open(trial, shared->options, verdict->kind, &wish, verdict)) {
    trial_unopened(trial, trial, "no instance of it: ");
    return trial_advise(trial, "the law `creates` asks for just that");
  }
  trial->folder = shared->folder;
  bool is_kept = shared->law->is_kept(trial);
  if (!(shared->law->flags & LAW_SETTINGS)) return is_kept;
  return law_elsewhere(trial, shared->law->is_kept, is_kept);
}

/* A copy of the process that the plugin has made comes to a verdict as well,
 * and may not give it. */
static void judge_here(void *context) {
  struct shared *shared = context;
  struct verdict verdict = shared->verdict;
  struct trial trial;
  pid_t self = getpid();
  if (judge(shared, &trial, &verdict)) verdict.code = VERDICT_KEPT;
  trial_close(&trial);
  if (getpid() != self) return;
  shared->verdict = verdict;
  if ((shared->law->flags & LAW_EXITS) && verdict.code == VERDICT_KEPT &&
      !shared->is_here)
    child_exit();
}

static void tell_end(struct verdict *verdict, const struct child *child,
                     double limit) {
  char how[200];
  const char *said = child->printed[0] ? ": " : "";
  const char *when =
      verdict->code == VERDICT_KEPT ? "as the process ended, " : "";
  if (child->end == CHILD_NONE)
    snprintf(how, sizeof how, "no process could be started");
  else if (child->end == CHILD_LATE)
    snprintf(how, sizeof how, "not done after %g s, and killed", limit);
  else if (child->end == CHILD_FLOODS)
    snprintf(how, sizeof how, "it prints without end, and was killed");
  else if (child->end == CHILD_KILLED)
    snprintf(how, sizeof how, "it died of signal %d (%s)", child->number,
             strsignal(child->number));
  else
    snprintf(how, sizeof how, "it called exit(%d)", child->number);
  verdict->code = VERDICT_BROKEN;
  snprintf(verdict->text, sizeof verdict->text, "%s%s%s%s", when, how, said,
           child->printed);
}

static bool applies(const struct conform *conform, const struct law *law) {
  return conform->about.kind == 0 ||
         (law->kinds & 1u << conform->about.kind) != 0;
}

static struct outcome skipped(const struct law *law, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static struct outcome skipped(const struct law *law, const char *format, ...) {
  struct outcome outcome = {.law = law, .verdict.code = VERDICT_SKIPPED};
  va_list args;
  va_start(args, format);
  vsnprintf(outcome.verdict.text, sizeof outcome.verdict.text, format, args);
  va_end(args);
  return outcome;
}

static void ask_in_child(const struct conform_options *options,
                         struct shared *shared, struct outcome *outcome) {
  struct child child = child_run(judge_here, shared, options->limit);
  outcome->seconds = child.seconds;
  outcome->end = child.end;
  if (child.end == CHILD_DONE) return;
  outcome->is_at_exit = shared->verdict.code == VERDICT_KEPT;
  tell_end(&shared->verdict, &child, options->limit);
}

static struct outcome ask_law(const struct conform *conform,
                              const struct law *law, struct shared *shared) {
  const struct conform_options *options = conform->options;
  struct outcome outcome = {.law = law};
  if (!applies(conform, law))
    return skipped(law, "it is no law of %ss", kind_names[conform->about.kind]);
  *shared = (struct shared){.options = &options->trial,
                            .law = law,
                            .verdict = conform->about,
                            .is_here = options->in_process};
  if (law->flags & LAW_FOLDER) empty_folder_make(shared->folder);
  if (options->in_process) {
    double begin = run_seconds();
    judge_here(shared);
    outcome.seconds = run_seconds() - begin;
  } else {
    ask_in_child(options, shared, &outcome);
  }
  empty_folder_remove(shared->folder);
  outcome.verdict = shared->verdict;
  return outcome;
}

/* --- all of them -----------------------------------------------------------
 */
const struct law *conform_find(const char *name) {
  for (size_t k = 0; k < n_laws; k++)
    if (strcmp(laws[k].name, name) == 0) return &laws[k];
  return NULL;
}

static bool is_asked(const struct conform *conform, const struct law *law) {
  const char *only = conform->options->only;
  return only ? strcmp(only, law->name) == 0 : applies(conform, law);
}

bool conform_is_stop(const struct conform *conform,
                     const struct outcome *outcome) {
  return !conform->options->only && outcome->verdict.code != VERDICT_KEPT &&
         strcmp(outcome->law->name, "creates") == 0;
}

/* Did an ordinary call end the process? */
static bool is_bad_end(const struct outcome *outcome) {
  return outcome->end != CHILD_DONE && !outcome->is_at_exit &&
         !(outcome->law->flags & (LAW_QUIET | LAW_VARIES));
}

/* Two laws whose processes ended alike: so would the others', each after the
 * time it is given.  False: there are no two. */
static bool find_bad_ends(const struct conform *conform,
                          const struct outcome *pair[2]) {
  for (size_t i = 0; i < conform->n; i++)
    for (size_t j = 0; is_bad_end(&conform->outcomes[i]) && j < i; j++) {
      pair[0] = &conform->outcomes[j];
      pair[1] = &conform->outcomes[i];
      if (is_bad_end(pair[0]) && pair[0]->end == pair[1]->end) return true;
    }
  return false;
}

static struct outcome ask_or_skip(const struct conform *conform,
                                  const struct law *law,
                                  struct shared *shared) {
  const struct outcome *pair[2];
  if ((law->flags & LAW_QUIET) || !find_bad_ends(conform, pair))
    return ask_law(conform, law, shared);
  return skipped(law, "not asked: calls ended '%s' and '%s' already, %s",
                 pair[0]->law->name, pair[1]->law->name,
                 pair[0]->end == CHILD_LATE ? "by the time limit"
                                            : "and the process with them");
}

static void count(struct conform *conform, const struct outcome *outcome) {
  conform->n_kept += outcome->verdict.code == VERDICT_KEPT;
  conform->n_broken += outcome->verdict.code == VERDICT_BROKEN;
  conform->n_skipped += outcome->verdict.code == VERDICT_SKIPPED;
  conform->n_untold += outcome->verdict.is_untold;
}

bool conform_run(struct conform *conform, const struct conform_options *options,
                 void (*each)(void *, const struct conform *,
                              const struct outcome *),
                 void *context) {
  *conform = (struct conform){.options = options};
  conform->outcomes = calloc(n_laws, sizeof *conform->outcomes);
  struct shared *shared = child_share(sizeof *shared);
  if (!conform->outcomes || !shared) {
    child_unshare(shared, sizeof *shared);
    return false;
  }
  for (size_t k = 0; k < n_laws; k++) {
    bool is_first = k == 0; /* all others need to know the kind */
    if (!is_first && !is_asked(conform, &laws[k])) continue;
    struct outcome outcome = ask_or_skip(conform, &laws[k], shared);
    bool is_loaded = outcome.verdict.code == VERDICT_KEPT;
    if (is_first) conform->about = outcome.verdict;
    conform->about.code = VERDICT_NONE;
    conform->about.text[0] = conform->about.warning[0] = '\0';
    conform->about.advice = NULL;
    conform->about.is_untold = false;
    if (is_first && is_loaded && !is_asked(conform, &laws[0])) continue;
    conform->outcomes[conform->n++] = outcome;
    count(conform, &outcome);
    if (each) each(context, conform, &outcome);
    if (is_first && outcome.verdict.kind == 0) break;
    if (conform_is_stop(conform, &outcome)) break;
  }
  child_unshare(shared, sizeof *shared);
  return true;
}

void conform_free(struct conform *conform) {
  free(conform->outcomes);
  *conform = (struct conform){0};
}
