/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What does not apply is "-" in the table and null in JSON. */
#include "model/model_report.h"

#include <kac/sdk.h>

static const char *name_of_fit(const struct points_from *from) {
  if (from->data.n == 0) return "gaussian";
  return from->baseline.is_full ? "linear" : "diagonal";
}

/* --- text ------------------------------------------------------------------
 */
static void print_number(FILE *out, double value) {
  if (isnan(value))
    fprintf(out, " %9s", "-");
  else
    fprintf(out, " %9.3g", value);
}

static double worst_form(const struct measure *at) {
  double worst = KAC_NAN;
  for (size_t i = 0; i < MEASURE_FORMS; i++)
    if (!isnan(at->form[i]) && !(at->form[i] <= worst)) worst = at->form[i];
  return worst;
}

static void print_head(FILE *out, const struct study *study,
                       const struct points_from *from) {
  const struct instance *score = study->score;
  size_t n_data = from->data.n / from->spec->space.n_real;
  fprintf(out, "score '%s', %s %s, sigma_data ", score->id,
          score->component->name, score->component->version);
  if (study->knows_sigma_data)
    fprintf(out, "%.4g\n", study->sigma_data);
  else
    fprintf(out, "not known\n");
  if (from->data.n == 0)
    fprintf(out,
            "points  %zu of N(0, alpha^2 sigma_data^2 + sigma^2)\n"
            "fit     off the score of that law, as a part of it; counts "
            "where marked *\n",
            from->n);
  else
    fprintf(out,
            "points  %zu of %zu rows of data, noised\n"
            "fit     mean square error of x0hat over that of the best "
            "%slinear denoiser\n",
            from->n, n_data, from->baseline.is_full ? "" : "coordinatewise ");
}

static void print_times(FILE *out, const struct study *study) {
  fprintf(out, "\n%10s %9s %9s %9s %9s  %9s %9s %9s %9s\n", "t", "alpha",
          "sigma", "signal", "fit", "asymmetry", "logp", "forms", "vjp");
  for (size_t k = 0; k < study->n_times; k++) {
    const struct measure *at = &study->at[k];
    print_number(out, at->t);
    print_number(out, at->alpha);
    print_number(out, at->sigma);
    print_number(out, at->signal);
    print_number(out, at->fit);
    fputc(study->is_judged[k] ? '*' : ' ', out);
    print_number(out, at->asymmetry);
    print_number(out, at->logp);
    print_number(out, worst_form(at));
    print_number(out, at->vjp);
    fputc('\n', out);
  }
}

static void print_choices(FILE *out, const struct study *study) {
  fprintf(out, "\nparameterisation       fit    excess\n");
  for (size_t i = 0; i < study->n_choices; i++) {
    const struct study_choice *choice = &study->choice[i];
    const char *alias = study_alias(study, i);
    char name[64];
    snprintf(name, sizeof name, "%s%s%s%s", choice->name, alias ? " (" : "",
             alias ? alias : "", alias ? ")" : "");
    fprintf(out, "  %-14s", name);
    print_number(out, choice->fit);
    print_number(out, choice->excess);
    fprintf(out, "%s%s", i == study->used ? "  in use" : "",
            i == study->best ? "  best" : "");
    fprintf(out, "%s%s\n", choice->why[0] ? "  not possible: " : "",
            choice->why);
  }
}

void model_report_text(FILE *out, const struct study *study,
                       const struct points_from *from) {
  print_head(out, study, from);
  print_times(out, study);
  if (!isnan(study->fit))
    fprintf(out, "\nfit over all times %.3g\n", study->fit);
  if (study->n_choices > 0) print_choices(out, study);
}

/* --- JSON ------------------------------------------------------------------
 */
static void put_time(struct json *json, const struct study *study, size_t k) {
  const struct measure *at = &study->at[k];
  json_object(json, NULL);
  json_number(json, "t", at->t);
  json_number(json, "alpha", at->alpha);
  json_number(json, "sigma", at->sigma);
  json_number(json, "signal", at->signal);
  json_number(json, "fit", at->fit);
  json_bool(json, "counts", study->is_judged[k]);
  json_number(json, "asymmetry", at->asymmetry);
  json_number(json, "logp", at->logp);
  for (size_t i = 0; i < MEASURE_FORMS; i++)
    json_number(json, measure_forms[i].name, at->form[i]);
  json_number(json, "vjp", at->vjp);
  json_end(json);
}

static void put_choices(struct json *json, const struct study *study) {
  json_array(json, "parameterisations");
  for (size_t i = 0; i < study->n_choices; i++) {
    const struct study_choice *choice = &study->choice[i];
    json_object(json, NULL);
    json_string(json, "name", choice->name);
    json_string(json, "is", study_alias(study, i));
    json_number(json, "fit", choice->fit);
    json_number(json, "excess", choice->excess);
    json_string(json, "why_not", choice->why[0] ? choice->why : NULL);
    json_end(json);
  }
  json_end(json);
  json_string(json, "used", study->choice[study->used].name);
  json_string(json, "best", study->choice[study->best].name);
  json_bool(json, "is_wrong", study->is_wrong);
}

void model_report_json(struct json *json, const struct study *study,
                       const struct points_from *from) {
  json_object(json, NULL);
  json_string(json, "id", study->score->id);
  json_string(json, "plugin", study->score->component->name);
  json_number(json, "sigma_data",
              study->knows_sigma_data ? study->sigma_data : KAC_NAN);
  json_string(json, "against", name_of_fit(from));
  json_number(json, "fit", study->fit);
  json_array(json, "times");
  for (size_t k = 0; k < study->n_times; k++) put_time(json, study, k);
  json_end(json);
  if (study->n_choices > 0) put_choices(json, study);
  json_end(json);
}
