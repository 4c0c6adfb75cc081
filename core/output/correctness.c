/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See correctness.h. */
#include "output/correctness.h"

#include <stdarg.h>
#include <string.h>

#include "sampler/twist.h"

/* What is known of the deaths on the way: nothing against them, that the end
 * need not have said the same, that it did not. */
enum finding { FOUND_NOTHING, FOUND_DOUBT, FOUND_BIAS };

static enum finding finding_of(const struct activity *activity) {
  return activity->n_revived > 0 || activity->n_lost > 0 ? FOUND_BIAS
         : activity->n_revivable > 0                     ? FOUND_DOUBT
                                                         : FOUND_NOTHING;
}

static enum finding worst_finding(const struct spec *spec,
                                  const struct run_result *result) {
  enum finding worst = FOUND_NOTHING;
  for (size_t j = 0; j < spec->n_potentials; j++) {
    enum finding finding = finding_of(&result->activity[j]);
    worst = finding > worst ? finding : worst;
  }
  return worst;
}

enum correctness correctness_found(const struct spec *spec,
                                   const struct run_result *result) {
  bool is_lowered = spec->correctness < UNCORRECTED &&
                    worst_finding(spec, result) > FOUND_NOTHING;
  return is_lowered ? UNCORRECTED : spec->correctness;
}

__attribute__((format(printf, 2, 3))) static void append(char *text,
                                                         const char *format,
                                                         ...) {
  size_t used = strlen(text);
  va_list args;
  va_start(args, format);
  vsnprintf(text + used, CORRECTNESS_BYTES - used, format, args);
  va_end(args);
}

/* "potential 'wall' (run.cfg:12)", appended. */
static void append_name(char *text, const struct instance *instance) {
  append(text, "potential '%s'", instance->id);
  if (!instance->at.file) return;
  append(text, " (%s", instance->at.file);
  if (instance->at.line > 0) append(text, ":%d", instance->at.line);
  append(text, ")");
}

const char *correctness_reason(const struct spec *spec,
                               const struct run_result *result, char *text) {
  enum finding worst = worst_finding(spec, result);
  const char *between = "";
  text[0] = '\0';
  if (worst == FOUND_NOTHING) {
    append(text, "%s%s", spec->correctness_reason,
           result->n_died > 0 ? "; for the paths that never met -inf" : "");
    return text;
  }
  append(
      text, "biased by -inf on the way%s: ",
      worst == FOUND_DOUBT ? ", unless every end from there has it too" : "");
  for (size_t j = 0; j < spec->n_potentials; j++) {
    if (finding_of(&result->activity[j]) == FOUND_NOTHING) continue;
    append(text, "%s", between);
    append_name(text, spec->potentials[j].instance);
    between = ", ";
  }
  append(text, "; for the paths that never met it: %s",
         spec->correctness_reason);
  return text;
}

/* 0 phi is 0 also where phi is -inf: the end forgives what the way did not. */
static bool ends_at_zero(const struct spec_potential *potential) {
  return twist_is_twist(potential->mode) &&
         ramp_at(&potential->strength, 1) == 0;
}

void correctness_warn(FILE *out, const struct spec *spec,
                      const struct run_result *result) {
  for (size_t j = 0; j < spec->n_potentials; j++) {
    const struct activity *activity = &result->activity[j];
    enum finding finding = finding_of(activity);
    char name[CORRECTNESS_BYTES] = "";
    append_name(name, spec->potentials[j].instance);
    if (finding != FOUND_NOTHING && ends_at_zero(&spec->potentials[j]))
      fprintf(out,
              "warning: log Z and averages are biased: %s gave %llu particles "
              "the weight zero on the way, but its strength ends at 0, so that "
              "the target does not ask for that: what they would have weighed "
              "is missing; end at a strength above 0 if the wall is meant, and "
              "if not, give it a finite slope\n",
              name, (unsigned long long)activity->n_refused);
    else if (activity->n_lost > 0)
      fprintf(out,
              "warning: log Z and averages are biased: %s, of mode \"rate\", "
              "gave %llu particles the weight zero on the way, and paths that "
              "come back to where it is finite are lost; use mode = \"final\" "
              "for a wall, or a finite slope\n",
              name, (unsigned long long)activity->n_lost);
    else if (finding == FOUND_BIAS)
      fprintf(out,
              "warning: log Z and averages are biased: %s gave particles the "
              "weight zero on the way, and for %llu of those that were still "
              "there phi of the end is finite: what they would have weighed is "
              "missing\n",
              name, (unsigned long long)activity->n_revived);
    else if (finding == FOUND_DOUBT)
      fprintf(out,
              "warning: log Z and averages are biased, unless every end from "
              "there has -inf too: %s gave %llu particles the weight zero on "
              "the way where its value at the end is finite, at the point or "
              "at a draw of the end\n",
              name, (unsigned long long)activity->n_revivable);
  }
}
