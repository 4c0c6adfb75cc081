/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model that contradicts itself is a broken plugin; a parameterisation that
 * is not the one that fits is a wrong setting.  A poor fit alone may be the
 * training's fault, and is a warning. */
#include "model/verdict.h"

#include <math.h>
#include <string.h>

#include "plugin/table.h"

/* Where the setting was made, or the model itself. */
static struct place place_of(const struct study *study) {
  const struct instance *score = study->score;
  const kac_component *component = score->component;
  for (size_t i = 0; i < component->n_params; i++) {
    const kac_param *param = table_row(component, i);
    if (strcmp(param->name, "parameterisation") == 0 && score->origin &&
        score->origin[i].file)
      return score->origin[i];
  }
  return score->at;
}

static void hint_choice(const struct study *study, size_t choice,
                        struct diag *diag) {
  const char *name = study->choice[choice].name;
  diag_hint(diag,
            "set parameterisation = \"%s\", or --set "
            "scores[%zu].parameterisation=%s",
            name, study->place, name);
}

static const char *times_text(double used, double best, char text[32]) {
  if (best > 1e-6 * used)
    snprintf(text, 32, "%.3g times", used / best);
  else
    snprintf(text, 32, "over 1e6 times");
  return text;
}

static void judge_choice(const struct study *study, struct diag *diag) {
  const struct study_choice *used = &study->choice[study->used];
  const struct study_choice *best = &study->choice[study->best];
  const char *alias = study_alias(study, study->used);
  /* Excesses are squares of relative errors; that of the best may be < 0. */
  double off = sqrt(used->excess), least = sqrt(fmax(best->excess, 0));
  char times[32];
  diag_error(diag, EXIT_CONFIG, place_of(study),
             "score '%s': parameterisation \"%s\"%s%s%s is in use, and \"%s\" "
             "fits %s better: what the network gives is off by %.3g of what it "
             "should be, against %.3g",
             study->score->id, used->name, alias ? " (" : "",
             alias ? alias : "", alias ? ")" : "", best->name,
             times_text(off, least, times), off, least);
  hint_choice(study, study->best, diag);
}

/* Noise alone seldom decides. */
static void suspect_choice(const struct study *study, struct diag *diag) {
  const struct study_choice *used = &study->choice[study->used];
  double least = fmax(study->choice[study->best].excess, 0);
  size_t best = study->used;
  if (used->excess >= STUDY_EXCESS_DOUBT &&
      used->excess >= STUDY_DOUBT * least) {
    diag_warn(diag, place_of(study),
              "score '%s': in noise, what the network gives is off by %.3g of "
              "what it should be for parameterisation \"%s\", the one in use, "
              "and by %.3g for \"%s\"; --data can tell which is right",
              study->score->id, sqrt(used->excess), used->name, sqrt(least),
              study->choice[study->best].name);
    return;
  }
  for (size_t i = 0; i < study->n_choices; i++)
    if (study->choice[i].fit < study->choice[best].fit) best = i;
  if (!(study->fit >= STUDY_DOUBT * study->choice[best].fit)) return;
  diag_warn(diag, place_of(study),
            "score '%s': in noise, parameterisation \"%s\" comes nearer to the "
            "Gaussian than \"%s\", the one in use (%.3g against %.3g); --data "
            "can tell which is right",
            study->score->id, study->choice[best].name,
            study->choice[study->used].name, study->choice[best].fit,
            study->fit);
}

/* The largest of one column, and when. */
struct worst {
  double value, t;
};

static void look(struct worst *worst, double value, double t) {
  if (value > worst->value) *worst = (struct worst){value, t};
}

static void judge_contract(const struct study *study, struct diag *diag) {
  struct worst logp = {0}, vjp = {0}, form[MEASURE_FORMS] = {{0}};
  const struct instance *score = study->score;
  for (size_t k = 0; k < study->n_times; k++) {
    const struct measure *at = &study->at[k];
    look(&logp, at->logp, at->t);
    look(&vjp, at->vjp, at->t);
    for (size_t i = 0; i < MEASURE_FORMS; i++)
      look(&form[i], at->form[i], at->t);
  }
  if (logp.value > STUDY_TOLERANCE)
    diag_error(diag, EXIT_PLUGIN, score->at,
               "score '%s': its score is not the gradient of its log-density: "
               "they differ by a part of %.3g at t = %g",
               score->id, logp.value, logp.t);
  if (vjp.value > STUDY_TOLERANCE)
    diag_error(diag, EXIT_PLUGIN, score->at,
               "score '%s': its vjp is not the derivative of its x0hat: they "
               "differ by a part of %.3g at t = %g",
               score->id, vjp.value, vjp.t);
  for (size_t i = 0; i < MEASURE_FORMS; i++)
    if (form[i].value > STUDY_TOLERANCE)
      diag_error(diag, EXIT_PLUGIN, score->at,
                 "score '%s': its %s means another score: they differ by a "
                 "part of %.3g at t = %g",
                 score->id, measure_forms[i].name, form[i].value, form[i].t);
}

/* Where noise hides the data an error of a prediction of noise is a large one
 * of x0hat, and means little. */
static void judge_fit(const struct study *study, struct diag *diag) {
  const struct instance *score = study->score;
  double sum = 0;
  size_t n = 0;
  for (size_t k = 0; k < study->n_times; k++) {
    const struct measure *at = &study->at[k];
    if (!(at->signal >= 0.05) || !(at->fit > 0)) continue;
    sum += log(at->fit);
    n++;
  }
  if (n == 0 || sum <= log(1.1) * (double)n) return;
  diag_warn(diag, score->at,
            "score '%s': the mean square error of its denoised mean is %.3g "
            "times that of the best linear denoiser where signal is 0.05 or "
            "more; a trained model is below 1",
            score->id, exp(sum / (double)n));
}

static void judge_law(const struct study *study, struct diag *diag) {
  const struct instance *score = study->score;
  const struct measure *first = &study->at[0];
  if (isnan(study->fit)) return; /* at rest there is no such law */
  if (!study->knows_sigma_data)
    diag_warn(diag, score->at,
              "score '%s': the width of its data is not known, and taken as 1: "
              "set sigma_data of path, or give --data",
              score->id);
  if (first->signal < 0.05 && first->fit > 0.3)
    diag_warn(diag, score->at,
              "score '%s': at t = %g, where noise hides the data, it is off "
              "the score of N(0, alpha^2 sigma_data^2 + sigma^2) by a part of "
              "%.3g; %s",
              score->id, first->t, first->fit,
              first->fit < 10
                  ? "is this the schedule that it was trained with?"
                  : "that is no score of noised data: is it an energy by "
                    "itself?");
}

static void judge_width(const struct study *study,
                        const struct points_from *from, struct diag *diag) {
  double data = from->baseline.radius, model = study->sigma_data;
  if (!study->knows_sigma_data || fabs(log(data / model)) < log(1.5)) return;
  diag_warn(diag, study->score->at,
            "score '%s': sigma_data is %.4g, that of the data %.4g",
            study->score->id, model, data);
}

void verdict_give(const struct study *study, const struct points_from *from,
                  struct diag *diag) {
  if (study->is_wrong) judge_choice(study, diag);
  judge_contract(study, diag);
  if (study->is_wrong) return; /* the rest follows from that */
  if (from->data.n == 0) {
    judge_law(study, diag);
    if (study->n_choices > 0) suspect_choice(study, diag);
  } else {
    judge_width(study, from, diag);
    judge_fit(study, diag);
  }
}
