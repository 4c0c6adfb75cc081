/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The order of things: `loads` says of what kind the plugin is; where no
 * instance can be made, the laws that need one are not asked. */
#include "conform/conform.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conform/empty_folder.h"
#include "output/json.h"
#include "plugin/search.h"

/* --- one law ---------------------------------------------------------------
 */
/* What crosses to the other process and back. */
struct shared {
  const struct trial_options *options;
  const struct law *law;
  struct verdict verdict;
  char folder[EMPTY_FOLDER_MAX];
};

static bool judge(const struct shared *shared, struct trial *trial,
                  struct verdict *verdict) {
  struct trial_wish wish = {.dim = shared->options->dim};
  *trial = (struct trial){.options = shared->options, .verdict = verdict};
  if (!(shared->law->flags & LAW_ALONE) &&
      !trial_open(trial, shared->options, verdict->kind, &wish, verdict))
    return trial_broken(trial, "no instance of it: %s", trial_messages(trial));
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
  if (getpid() == self) shared->verdict = verdict;
}

static void tell_end(struct verdict *verdict, const struct child *child,
                     double limit) {
  char how[200];
  const char *said = child->printed[0] ? ": " : "";
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
  snprintf(verdict->text, sizeof verdict->text, "%s%s%s", how, said,
           child->printed);
}

static bool applies(const struct conform *conform, const struct law *law) {
  return conform->about.kind == 0 ||
         (law->kinds & 1u << conform->about.kind) != 0;
}

static struct outcome ask_law(const struct conform *conform,
                              const struct law *law, struct shared *shared) {
  const struct conform_options *options = conform->options;
  struct outcome outcome = {.law = law};
  if (!applies(conform, law)) {
    outcome.verdict.code = VERDICT_SKIPPED;
    snprintf(outcome.verdict.text, sizeof outcome.verdict.text,
             "it is no law of %ss", kind_names[conform->about.kind]);
    return outcome;
  }
  *shared = (struct shared){
      .options = &options->trial, .law = law, .verdict = conform->about};
  if (law->flags & LAW_FOLDER) empty_folder_make(shared->folder);
  if (options->in_process) {
    double begin = run_seconds();
    judge_here(shared);
    outcome.seconds = run_seconds() - begin;
  } else {
    struct child child = child_run(judge_here, shared, options->limit);
    outcome.seconds = child.seconds;
    if (child.end != CHILD_DONE)
      tell_end(&shared->verdict, &child, options->limit);
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

/* Without an instance there is nothing more to ask. */
static bool is_stop(const struct conform *conform,
                    const struct outcome *outcome) {
  return !conform->options->only && outcome->verdict.code == VERDICT_BROKEN &&
         strcmp(outcome->law->name, "creates") == 0;
}

static void count(struct conform *conform, const struct outcome *outcome) {
  conform->n_kept += outcome->verdict.code == VERDICT_KEPT;
  conform->n_broken += outcome->verdict.code == VERDICT_BROKEN;
  conform->n_skipped += outcome->verdict.code == VERDICT_SKIPPED;
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
    struct outcome outcome = ask_law(conform, &laws[k], shared);
    bool is_loaded = outcome.verdict.code == VERDICT_KEPT;
    if (is_first) conform->about = outcome.verdict;
    conform->about.code = VERDICT_NONE;
    conform->about.text[0] = '\0';
    if (is_first && is_loaded && !is_asked(conform, &laws[0])) continue;
    conform->outcomes[conform->n++] = outcome;
    count(conform, &outcome);
    if (each) each(context, conform, &outcome);
    if (is_first && outcome.verdict.kind == 0) break;
    if (is_stop(conform, &outcome)) break;
  }
  child_unshare(shared, sizeof *shared);
  return true;
}

void conform_free(struct conform *conform) {
  free(conform->outcomes);
  *conform = (struct conform){0};
}

/* --- words -----------------------------------------------------------------
 */
static const char *const words[] = {"none", "kept", "broken", "skipped"};

/* Messages of the host end their lines. */
static size_t trimmed(const char *text) {
  size_t n = strlen(text);
  while (n > 0 && text[n - 1] == '\n') n--;
  return n;
}

void conform_line(FILE *out, const struct conform *conform,
                  const struct outcome *outcome) {
  const struct verdict *verdict = &outcome->verdict;
  bool is_broken = verdict->code == VERDICT_BROKEN;
  if (outcome == &conform->outcomes[0] || conform->n == 1) {
    if (conform->about.kind)
      fprintf(out, "%s '%s' %s\n", kind_names[conform->about.kind],
              conform->about.name, conform->about.version);
  }
  fprintf(out, "  %-10s %s", outcome->law->name,
          is_broken                          ? "BROKEN"
          : verdict->code == VERDICT_SKIPPED ? "skipped"
                                             : "kept");
  if (verdict->code == VERDICT_KEPT)
    fprintf(out, "     %.2f s\n", outcome->seconds);
  else
    fprintf(out, "  %.*s\n", (int)trimmed(verdict->text), verdict->text);
  if (is_broken)
    fprintf(out, "             the law: %s\n             %s\n",
            outcome->law->promise, outcome->law->advice);
  fflush(out);
}

static const struct outcome *first_broken(const struct conform *conform) {
  for (size_t k = 0; k < conform->n; k++)
    if (conform->outcomes[k].verdict.code == VERDICT_BROKEN)
      return &conform->outcomes[k];
  return NULL;
}

/* The command line that asks the law again. */
static void tell_again(FILE *out, const struct conform *conform,
                       const struct outcome *broken) {
  const struct trial_options *trial = &conform->options->trial;
  const char *config = trial->keys ? trial->keys : trial->config;
  fprintf(out, "again, alone: kac test %s --seed %llu --only %s", trial->plugin,
          (unsigned long long)trial->seed, broken->law->name);
  if (config) fprintf(out, " --config '%s'", config);
  for (size_t i = 0; i < trial->n_sets; i++)
    fprintf(out, " --set '%s'", trial->sets[i]);
  if (trial->dim != 2) fprintf(out, " --dim %zu", trial->dim);
  if (trial->particles > 0) fprintf(out, " --particles %zu", trial->particles);
  if (trial->spread < 1 || trial->spread > 1)
    fprintf(out, " --spread %g", trial->spread);
  if (trial->points) fprintf(out, " --points '%s'", trial->points);
  fputc('\n', out);
}

void conform_summary(FILE *out, const struct conform *conform) {
  const struct outcome *broken = first_broken(conform);
  unsigned long long seed = (unsigned long long)conform->options->trial.seed;
  fprintf(out, "%zu laws kept, %zu broken, %zu skipped (seed %llu)\n",
          conform->n_kept, conform->n_broken, conform->n_skipped, seed);
  if (broken && is_stop(conform, broken))
    fputs("the other laws need an instance and were not asked\n", out);
  if (broken) tell_again(out, conform, broken);
}

void conform_json(FILE *out, const struct conform *conform) {
  struct json json;
  json_start(&json, out);
  json_object(&json, NULL);
  json_string(&json, "plugin", conform->options->trial.plugin);
  json_string(&json, "kind", kind_names[conform->about.kind]);
  json_string(&json, "name", conform->about.name);
  json_count(&json, "seed", conform->options->trial.seed);
  json_array(&json, "laws");
  for (size_t k = 0; k < conform->n; k++) {
    const struct outcome *outcome = &conform->outcomes[k];
    json_object(&json, NULL);
    json_string(&json, "law", outcome->law->name);
    json_string(&json, "verdict", words[outcome->verdict.code]);
    json_string(
        &json, "why",
        outcome->verdict.code == VERDICT_KEPT ? NULL : outcome->verdict.text);
    json_number(&json, "seconds", outcome->seconds);
    json_end(&json);
  }
  json_end(&json);
  json_count(&json, "kept", conform->n_kept);
  json_count(&json, "broken", conform->n_broken);
  json_count(&json, "skipped", conform->n_skipped);
  json_end(&json);
  fputc('\n', out);
}
