/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Points are drawn once for each t; the model as it is configured is measured
 * there, and then every parameterisation that it could have is tried on the
 * same points with an instance of its own. */
#include "model/study.h"

#include <kac/sdk.h>

#include "model/verdict.h"
#include "plugin/table.h"

struct setting_up {
  const struct points_from *from;
  struct study *study;
  size_t n_times, time[POINTS_MAX_TIMES];
  struct points points[POINTS_MAX_TIMES];
  struct arena *arena;
  struct fault fault;
};

/* --- the fit over all times ------------------------------------------------
 */
/* Gaussian points say something of a model where noise hides the data, data do
 * wherever there is noise.  Where no time is noisy enough, the first stands for
 * all. */
static void choose_times(struct setting_up *up) {
  bool has_data = up->from->data.n > 0, *is_judged = up->study->is_judged;
  size_t n_judged = 0;
  for (size_t k = 0; k < up->n_times; k++) {
    const struct points *points = &up->points[k];
    is_judged[k] = points->c.sigma > 0 && (has_data || points->signal <= 0.5);
    n_judged += is_judged[k];
  }
  if (n_judged == 0) is_judged[0] = up->points[0].c.sigma > 0;
}

static double geometric_mean(const struct setting_up *up, const double *fit) {
  double sum = 0;
  size_t n = 0;
  for (size_t k = 0; k < up->n_times; k++) {
    if (!up->study->is_judged[k]) continue;
    sum += log(fit[k] > 1e-12 ? fit[k] : 1e-12);
    n++;
  }
  return n > 0 ? exp(sum / (double)n) : KAC_NAN;
}

/* --- the model as it is configured -----------------------------------------
 */
/* A fault of an instance begins with its place. */
static bool fail(const struct setting_up *up, const struct fault *fault,
                 struct place at, double t, struct diag *diag) {
  const char *error = strstr(fault->text, ": error: ");
  diag_error(diag, fault->code, at, "%s",
             error ? error + strlen(": error: ") : fault->text);
  if (isfinite(t))
    diag_hint(diag, "score '%s' was asked at t = %g", up->study->score->id, t);
  return false;
}

static bool measure_times(struct setting_up *up, struct diag *diag) {
  struct study *study = up->study;
  double fit[POINTS_MAX_TIMES];
  struct probe probe;
  bool is_good = probe_open(&probe, up->from->spec, study->score);
  if (!is_good)
    fault_set(&probe.worker.fault, EXIT_RESOURCE, "no memory for '%s'",
              study->score->id);
  for (size_t k = 0; k < up->n_times && is_good; k++) {
    is_good = measure_all(&probe, &up->points[k], up->time[k], &study->at[k]);
    fit[k] = study->at[k].fit;
    if (!is_good)
      fail(up, probe_fault(&probe), study->score->at, up->points[k].c.t, diag);
  }
  if (is_good) study->fit = geometric_mean(up, fit);
  probe_close(&probe);
  return is_good;
}

/* --- other parameterisations -----------------------------------------------
 */
static const kac_param *find_key(const kac_component *component) {
  for (size_t i = 0; i < component->n_params; i++) {
    const kac_param *param = table_row(component, i);
    if (param->type == KAC_T_CHOICE &&
        strcmp(param->name, "parameterisation") == 0)
      return param;
  }
  return NULL;
}

static size_t split(struct arena *arena, const char *choices,
                    struct study_choice *to) {
  size_t n = 0;
  char *at = arena_copy(arena, choices);
  while (at && n < STUDY_MAX_CHOICES) {
    to[n++].name = at;
    at = strchr(at, '|');
    if (at) *at++ = '\0';
  }
  return n;
}

static void explain(struct study_choice *choice, const char *text) {
  const char *error = strstr(text, ": error: ");
  const char *from = error ? error + strlen(": error: ") : text;
  snprintf(choice->why, sizeof choice->why, "%.*s", (int)strcspn(from, "\n"),
           from);
}

static void fit_choice(struct setting_up *up, struct instance *score,
                       struct study_choice *choice) {
  double fit[POINTS_MAX_TIMES];
  struct measure measure;
  struct probe probe;
  bool is_good = probe_open(&probe, up->from->spec, score);
  if (!is_good) explain(choice, "no memory");
  for (size_t k = 0; k < up->n_times && is_good; k++) {
    if (!up->study->is_judged[k]) continue;
    is_good = measure_fit(&probe, &up->points[k], &measure);
    if (!is_good) explain(choice, probe_fault(&probe)->text);
    fit[k] = measure.fit;
    choice->error[k] = measure.error;
  }
  choice->fit = is_good ? geometric_mean(up, fit) : KAC_NAN;
  probe_close(&probe);
}

/* An instance that differs in one setting.  What it complains of is a reason,
 * not an error. */
static bool try_choice(struct setting_up *up, const kac_param *key, size_t i,
                       struct study_choice *choice) {
  const struct instance *original = up->study->score;
  size_t bytes = original->component->config_size;
  int64_t value = (int64_t)i;
  struct instance copy = {.component = original->component,
                          .module = original->module,
                          .id = original->id,
                          .at = original->at,
                          .number = original->number,
                          .origin = original->origin,
                          .config = arena_alloc(up->arena, bytes),
                          .is_silent = true};
  struct diag *diag = diag_new();
  choice->fit = KAC_NAN;
  if (!copy.config || !diag) {
    diag_free(diag);
    return false;
  }
  memcpy(copy.config, original->config, bytes);
  memcpy((char *)copy.config + key->offset, &value, sizeof value);
  if (instance_plan(&copy, &original->plan, diag) &&
      instance_create(&copy, NULL, diag)) {
    fit_choice(up, &copy, choice);
    instance_destroy(&copy);
  } else {
    explain(choice, diag_text(diag));
  }
  diag_free(diag);
  return true;
}

/* --- which reading is right ------------------------------------------------
 */
/* 1 over (d x0hat/d F)^2 |F|^2, F the output that is wanted by this reading of
 * data of width w: it turns errors of x0hat into parts of F.  r = sigma/alpha;
 * v as of a schedule with alpha^2 + sigma^2 = 1, edm Karras et al. 2022, whose
 * F has the size 1.  What is not known is weighed as edm. */
static double weight_of(const char *reading, const struct points *points) {
  double r2 =
      points->c.sigma * points->c.sigma / (points->c.alpha * points->c.alpha);
  double w2 = points->sigma_data * points->sigma_data, s2 = r2 / (1 + r2);
  if (strcmp(reading, "eps") == 0 || strcmp(reading, "score") == 0)
    return 1 / r2;
  if (strcmp(reading, "x0") == 0) return 1 / w2;
  if (strcmp(reading, "v") == 0) return 1 / (s2 * (1 - s2 + s2 * w2));
  return (r2 + w2) / (r2 * w2);
}

static double least_error(const struct study *study, size_t k) {
  double least = KAC_INF;
  for (size_t i = 0; i < study->n_choices; i++)
    if (isfinite(study->choice[i].fit) && study->choice[i].error[k] < least)
      least = study->choice[i].error[k];
  return least;
}

static double excess_of(const struct setting_up *up, size_t i) {
  const struct study *study = up->study;
  const struct study_choice *choice = &study->choice[i];
  const char *alias = study_alias(study, i);
  double sum = 0;
  size_t n = 0;
  if (!isfinite(choice->fit)) return KAC_NAN;
  for (size_t k = 0; k < up->n_times; k++) {
    if (!study->is_judged[k]) continue;
    sum += (choice->error[k] - least_error(study, k)) *
           weight_of(alias ? alias : choice->name, &up->points[k]);
    n++;
  }
  return sum / (double)n;
}

/* A reading that is the same as the one in use is no better. */
static void judge_choices(struct setting_up *up) {
  struct study *study = up->study;
  bool has_data = up->from->data.n > 0;
  double limit = has_data ? STUDY_EXCESS_DATA : STUDY_EXCESS_LAW;
  study->best = study->used;
  for (size_t i = 0; i < study->n_choices; i++)
    study->choice[i].excess = excess_of(up, i);
  for (size_t i = 0; i < study->n_choices; i++)
    if (study->choice[i].excess < study->choice[study->best].excess)
      study->best = i;
  double used = study->choice[study->used].excess;
  study->is_wrong =
      used >= limit && used >= STUDY_CLEAR * study->choice[study->best].excess;
}

static bool try_choices(struct setting_up *up) {
  struct study *study = up->study;
  const kac_param *key = find_key(study->score->component);
  int64_t used;
  if (!key || !isfinite(study->fit)) return true;
  memcpy(&used, (const char *)study->score->config + key->offset, sizeof used);
  study->n_choices = split(up->arena, key->text, study->choice);
  if (used < 0 || (size_t)used >= study->n_choices) return false;
  study->used = (size_t)used;
  for (size_t i = 0; i < study->n_choices; i++) {
    struct study_choice *choice = &study->choice[i];
    if (i != study->used && !try_choice(up, key, i, choice)) return false;
    if (i != study->used) continue;
    choice->fit = study->fit;
    for (size_t k = 0; k < up->n_times; k++)
      choice->error[k] = study->at[k].error;
  }
  judge_choices(up);
  return true;
}

const char *study_alias(const struct study *study, size_t choice) {
  if (strcmp(study->choice[choice].name, "file") != 0) return NULL;
  for (size_t i = 0; i < study->n_choices; i++)
    if (i != choice &&
        fabs(study->choice[i].fit - study->choice[choice].fit) <= 0)
      return study->choice[i].name;
  return NULL;
}

/* --- all -------------------------------------------------------------------
 */
static bool draw_points(struct setting_up *up, struct diag *diag) {
  up->n_times = points_times(up->from->spec, up->time);
  for (size_t k = 0; k < up->n_times; k++)
    if (!points_new(&up->points[k], up->from, up->study->sigma_data,
                    up->time[k], &up->fault))
      return fail(up, &up->fault, up->from->spec->schedule->at, KAC_NAN, diag);
  return true;
}

static void set_sigma_data(struct study *study,
                           const struct points_from *from) {
  double known = study->score->plan.sigma_data;
  if (!(known > 0)) known = from->spec->sigma_data;
  study->knows_sigma_data = known > 0;
  study->sigma_data = known > 0 ? known : 1;
}

bool study_model(struct study *study, const struct points_from *from,
                 size_t place, struct arena *arena, struct diag *diag) {
  struct setting_up up = {.from = from, .study = study, .arena = arena};
  *study = (struct study){
      .score = from->spec->scores[place], .place = place, .fit = KAC_NAN};
  set_sigma_data(study, from);
  if (!instance_create(study->score, NULL, diag)) return false;
  bool is_good = draw_points(&up, diag);
  if (is_good) {
    study->n_times = up.n_times;
    choose_times(&up);
    is_good = measure_times(&up, diag);
  }
  if (is_good && !try_choices(&up)) {
    diag_error(diag, EXIT_RESOURCE, study->score->at, "no memory");
    is_good = false;
  }
  for (size_t k = 0; k < up.n_times; k++) points_free(&up.points[k]);
  if (is_good) verdict_give(study, from, diag);
  return is_good;
}
