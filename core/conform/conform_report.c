/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `kac test` says about its verdicts, to people and to machines: what was
 * seen, where to look, and the command that asks again. */
#include <stdlib.h>
#include <string.h>

#include "conform/conform.h"
#include "output/json.h"
#include "plugin/search.h"

static const char *const words[] = {"none", "kept", "broken", "skipped"};

/* Messages of the host end their lines. */
static size_t trimmed(const char *text) {
  size_t n = strlen(text);
  while (n > 0 && text[n - 1] == '\n') n--;
  return n;
}

static bool is_broken(const struct outcome *outcome) {
  return outcome->verdict.code == VERDICT_BROKEN;
}

/* --- asking again ----------------------------------------------------------
 */
/* The command line that asks the law again. */
static void write_again(FILE *out, const struct conform *conform,
                        const struct outcome *broken) {
  const struct trial_options *trial = &conform->options->trial;
  const char *config = trial->keys ? trial->keys : trial->config;
  fprintf(out, "kac test %s --seed %llu --only %s", trial->plugin,
          (unsigned long long)trial->seed, broken->law->name);
  if (config) fprintf(out, " --config '%s'", config);
  for (size_t i = 0; i < trial->n_sets; i++)
    fprintf(out, " --set '%s'", trial->sets[i]);
  if (trial->dim != 2) fprintf(out, " --dim %zu", trial->dim);
  if (trial->particles > 0) fprintf(out, " --particles %zu", trial->particles);
  if (trial->spread < 1 || trial->spread > 1)
    fprintf(out, " --spread %g", trial->spread);
  if (trial->points) fprintf(out, " --points '%s'", trial->points);
}

/* --- where to look ---------------------------------------------------------
 */
static bool has_broken(const struct conform *conform, const char *law) {
  for (size_t k = 0; k < conform->n; k++)
    if (strcmp(conform->outcomes[k].law->name, law) == 0)
      return is_broken(&conform->outcomes[k]);
  return false;
}

static void advise_on_end(FILE *out, const struct conform *conform,
                          const struct outcome *outcome) {
  if (outcome->end == CHILD_KILLED) {
    fputs("in a debugger: gdb --args ", out);
    write_again(out, conform, outcome);
    fputs(" --in-process", out);
  } else if (outcome->end == CHILD_LATE) {
    fputs(
        "an endless loop or a lock that stays locked; or long work, which "
        "--timeout S gives more time",
        out);
  } else if (outcome->end == CHILD_FLOODS) {
    fputs("print nothing: host->log is there for texts", out);
  } else if (outcome->end == CHILD_NONE) {
    fputs("there is no memory, or too many processes: ulimit -u", out);
  } else {
    fputs(
        "a plugin does not end the process: return a kac_status, with "
        "kac_fail and a reason",
        out);
  }
}

/* How a process ended says more than the law that was asked in it; and what is
 * different each time cannot be compared. */
static void advise(FILE *out, const struct conform *conform,
                   const struct outcome *outcome) {
  const struct law *law = outcome->law;
  const struct verdict *verdict = &outcome->verdict;
  if (outcome->end != CHILD_DONE && law == &laws[0])
    fputs(
        "a constructor, a C++ static or kac_module_v1() does it, before kac "
        "has called anything else",
        out);
  else if (outcome->is_at_exit)
    fputs(law->advice, out);
  else if (outcome->end != CHILD_DONE)
    advise_on_end(out, conform, outcome);
  else if (verdict->advice)
    fputs(verdict->advice, out);
  else if ((law->flags & LAW_COMPARES) && has_broken(conform, "repeats"))
    fputs("the law `repeats` is broken, and this may be the same: begin there",
          out);
  else
    fputs(law->advice, out);
}

/* --- for people ------------------------------------------------------------
 */
void conform_line(FILE *out, const struct conform *conform,
                  const struct outcome *outcome) {
  const struct verdict *verdict = &outcome->verdict;
  if (outcome == &conform->outcomes[0] || conform->n == 1) {
    if (conform->about.kind)
      fprintf(out, "%s '%s' %s\n", kind_names[conform->about.kind],
              conform->about.name, conform->about.version);
  }
  fprintf(out, "  %-10s %s", outcome->law->name,
          is_broken(outcome)                 ? "BROKEN"
          : verdict->code == VERDICT_SKIPPED ? "skipped"
                                             : "kept");
  if (verdict->code == VERDICT_KEPT)
    fprintf(out, "     %.2f s\n", outcome->seconds);
  else
    fprintf(out, "  %.*s\n", (int)trimmed(verdict->text), verdict->text);
  if (is_broken(outcome)) {
    fprintf(out, "             the law: %s\n             ",
            outcome->law->promise);
    advise(out, conform, outcome);
    fputc('\n', out);
  }
  if (verdict->warning[0])
    fprintf(out, "             warning: %s\n", verdict->warning);
  fflush(out);
}

static const struct outcome *first_broken(const struct conform *conform) {
  for (size_t k = 0; k < conform->n; k++)
    if (is_broken(&conform->outcomes[k])) return &conform->outcomes[k];
  return NULL;
}

void conform_summary(FILE *out, const struct conform *conform) {
  const struct outcome *broken = first_broken(conform);
  unsigned long long seed = (unsigned long long)conform->options->trial.seed;
  fprintf(out, "%zu laws kept, %zu broken, %zu skipped (seed %llu)\n",
          conform->n_kept, conform->n_broken, conform->n_skipped, seed);
  if (conform->n > 0 &&
      conform_is_stop(conform, &conform->outcomes[conform->n - 1]))
    fputs("the other laws need an instance and were not asked\n", out);
  if (!broken) return;
  fputs("again, alone: ", out);
  write_again(out, conform, broken);
  fputc('\n', out);
}

/* --- for machines ----------------------------------------------------------
 */
typedef void write_fn(FILE *, const struct conform *, const struct outcome *);

/* A string of what `write` writes, of broken laws. */
static void json_written(struct json *json, const char *key, write_fn *write,
                         const struct conform *conform,
                         const struct outcome *outcome) {
  char *text = NULL;
  size_t n;
  FILE *memory = is_broken(outcome) ? open_memstream(&text, &n) : NULL;
  if (memory) write(memory, conform, outcome);
  bool is_whole = memory && fclose(memory) == 0;
  json_string(json, key, is_whole ? text : NULL);
  free(text);
}

static void json_outcome(struct json *json, const struct conform *conform,
                         const struct outcome *outcome) {
  const struct verdict *verdict = &outcome->verdict;
  json_object(json, NULL);
  json_string(json, "law", outcome->law->name);
  json_string(json, "promise", outcome->law->promise);
  json_string(json, "verdict", words[verdict->code]);
  json_string(json, "why",
              verdict->code == VERDICT_KEPT ? NULL : verdict->text);
  json_written(json, "advice", advise, conform, outcome);
  json_written(json, "again", write_again, conform, outcome);
  json_string(json, "warning", verdict->warning[0] ? verdict->warning : NULL);
  json_number(json, "seconds", outcome->seconds);
  json_end(json);
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
  for (size_t k = 0; k < conform->n; k++)
    json_outcome(&json, conform, &conform->outcomes[k]);
  json_end(&json);
  json_count(&json, "kept", conform->n_kept);
  json_count(&json, "broken", conform->n_broken);
  json_count(&json, "skipped", conform->n_skipped);
  json_end(&json);
  fputc('\n', out);
}
