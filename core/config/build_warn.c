/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Warnings about a pipeline that is allowed and rarely meant: what has no
 * effect, what cannot have a right answer, and what will be very noisy.  The
 * last two are judged as if the data were Gaussian (build_trial.c). */
#include <kac/sdk.h>

#include "config/build.h"
#include "sampler/path.h"
#include "sampler/run.h"
#include "sampler/twist.h"

/* --- what has no effect ---------------------------------------------------
 */
static bool is_used(const struct spec *spec, const struct instance *score) {
  if (spec->start.score == score || spec->keeps_logp) return true;
  for (size_t i = 0; i < spec->n_terms; i++)
    if (spec->terms[i].score == score) return true;
  return false;
}

static void warn_unused(struct build *build) {
  const struct spec *spec = build->spec;
  for (size_t i = 0; i < spec->n_scores; i++)
    if (!is_used(spec, spec->scores[i]))
      diag_warn(build->diag, spec->scores[i]->at,
                "score '%s' is not used: neither target nor start names it",
                spec->scores[i]->id);
}

static bool is_zero(const struct ramp *ramp) {
  for (int k = 0; k <= BUILD_PROBES; k++)
    if (ramp_at(ramp, k / (double)BUILD_PROBES) != 0) return false;
  for (size_t k = 0; ramp->shape == RAMP_TABLE && k < ramp->n; k++)
    if (ramp->value[k] != 0) return false;
  return true;
}

static void warn_potential(struct build *build, size_t j) {
  const struct spec_potential *p = &build->spec->potentials[j];
  struct place jacobian = build_key_of(build, p->instance, "jacobian");
  bool is_given = !p->jacobian_exact;
  if (p->mode == MODE_GUIDE && p->guide == 0)
    diag_warn(build->diag, build_key_of(build, p->instance, "guide"),
              "guide is 0, and mode = \"guide\" does nothing else: potential "
              "'%s' has no effect",
              p->instance->id);
  if (p->mode == MODE_FINAL && p->guide == 0 && p->at_x0hat)
    diag_warn(build->diag, build_key_of(build, p->instance, "at mode"),
              "at = \"x0hat\" has no effect: mode = \"final\" looks at x after "
              "the last step, and potential '%s' does not guide",
              p->instance->id);
  if (is_zero(&p->strength))
    diag_warn(build->diag, build_key_of(build, p->instance, "strength"),
              "strength is 0 everywhere: potential '%s' has no effect",
              p->instance->id);
  if (is_given && p->guide == 0)
    diag_warn(build->diag, jacobian,
              "jacobian is an approximation for guides, and potential '%s' "
              "does not guide: set "
              "guide",
              p->instance->id);
  else if (is_given && !p->at_x0hat)
    diag_warn(build->diag, jacobian,
              "jacobian is an approximation for guides at = \"x0hat\": that of "
              "potential '%s' "
              "is at x, where there is none",
              p->instance->id);
}

static void warn_guide(struct build *build, size_t j) {
  const struct spec *spec = build->spec;
  const struct spec_potential *p = &spec->potentials[j];
  if (p->guide == 0 || spec->adapt > 0) return;
  for (size_t k = 0; k < spec->n_steps; k++) {
    double progress = path_progress(spec, spec->t[k]);
    if (twist_guides(p, k, progress) && run_advancing(spec, progress)) return;
  }
  diag_warn(build->diag,
            build_key_of(build, p->instance, "window at_steps guide mode"),
            "the guide of potential '%s' never acts: none of the %zu steps "
            "begins in its window at a progress where an integrator advances",
            p->instance->id, spec->n_steps);
}

/* --- what has no right answer ---------------------------------------------
 */
static struct place powers_place(const struct build *build) {
  const struct node *list = build->top.target;
  return build_key(list ? list->child[0] : NULL, "power", build->term_at[0]);
}

static bool has_rate(const struct spec *spec) {
  for (size_t j = 0; j < spec->n_potentials; j++)
    if (spec->potentials[j].mode == MODE_RATE) return true;
  return false;
}

/* Sum of power/variance at a time, the precision of a Gaussian composition;
 * powers alone where a model does not know its width. */
static double precision(const struct spec *spec, const kac_coeffs *c,
                        double progress) {
  double sum = 0, powers = 0;
  bool is_known = true;
  for (size_t i = 0; i < spec->n_terms; i++) {
    double p = ramp_at(&spec->terms[i].power, progress);
    double width = c->alpha * spec->terms[i].score->plan.sigma_data;
    is_known = is_known && width > 0;
    powers += p;
    sum += p / (c->sigma * c->sigma + width * width);
  }
  return is_known ? sum : powers;
}

/* Powers that sum to 0 or less: finite only if a negative power belongs to the
 * wider tail.  A width says little of a mixture's tail, so that with a sum
 * above 0 there is nothing to be known. */
static void warn_infinite(struct build *build) {
  const struct spec *spec = build->spec;
  if (spec->n_terms == 0 || has_rate(spec)) return;
  for (size_t k = 0; k <= BUILD_PROBES; k++) {
    size_t at = (size_t)((double)spec->n_steps * (double)k / BUILD_PROBES);
    double progress = path_progress(spec, spec->t[at]);
    double sum = build_sum_of_powers(spec, progress);
    kac_coeffs c;
    kac_error err;
    if (sum > 0 ||
        path_coeffs(spec->schedule, spec->t[at], &c, &err) != KAC_OK ||
        precision(spec, &c, progress) > 0)
      continue;
    diag_warn(build->diag, powers_place(build),
              "the powers sum to %g at t = %g: the target has no finite "
              "integral there, where tails are alike, and log Z and weights "
              "mean nothing",
              sum, spec->t[at]);
    return;
  }
}

/* docs/methods.md section 3: at zeta^2 <= 1 - 1/p the weighted target is not
 * the attracting solution; the matched frame cures that for a Gaussian only.
 * For several models of alike width p is the sum of their powers. */
static void warn_stability(struct build *build,
                           const struct spec_integrator *entry) {
  const struct spec *spec = build->spec;
  const char *what = spec->n_terms > 1 ? "a product with powers that sum to"
                                       : "annealing to power";
  for (int k = 0; k <= BUILD_PROBES; k++) {
    double progress = k / (double)BUILD_PROBES;
    double p = build_sum_of_powers(spec, progress);
    double zeta = ramp_at(&entry->noise, progress);
    if (!run_is_active(entry, progress) || p <= 1 || zeta * zeta > 1 - 1 / p)
      continue;
    diag_warn(build->diag, build_key_of(build, entry->instance, "noise"),
              "noise^2 = %.3g <= 1 - 1/p = %.3g: %s %g is unstable in the "
              "noise frame, and in the matched frame for all but a Gaussian; "
              "raise noise",
              zeta * zeta, 1 - 1 / p, what, p);
    return;
  }
}

/* --- what will be very noisy ----------------------------------------------
 * Steps that a warning is about, and how bad it is there. */
struct worst {
  size_t step;
  double value;
};

static void note(struct worst *worst, size_t step, double value) {
  if (value > worst->value) *worst = (struct worst){step, value};
}

/* Step times the rate at which the drift pulls Gaussian data together; above 1
 * the mean goes beyond the middle. */
static double length_of(const struct build_trial *trial, bool is_tried) {
  const kac_coeffs *c0 = &trial->c0;
  if (is_tried) return 1 - trial->down.slope;
  double rate = c0->eps * trial->p0.precision - trial->p0.b;
  return (c0->t - trial->c1.t) * rate;
}

/* E[w^2]/E[w]^2 - 1 of one step's weight pi' B / (pi P), per dimension and for
 * Gaussians in (x, x') as a log; infinite if its exponent is not a well. */
static double log_spread(const struct build_trial *trial) {
  double a0 = trial->p0.precision, a1 = trial->p1.precision;
  double vf = trial->down.var, vb = trial->up.var;
  double mf = trial->down.slope, mb = trial->up.slope;
  if (!(a0 > 0 && a1 > 0 && vf > 0 && vb > 0)) return 0;
  double xx = 2 / vb - a0 - mf * mf / vf;
  double yy = 2 * a1 + 2 * mb * mb / vb - 1 / vf;
  double xy = mf / vf - 2 * mb / vb, det = xx * yy - xy * xy;
  if (!(xx > 0 && det > 0)) return KAC_INF;
  return log(a1 / vb * sqrt(vf / a0 / det));
}

static void warn_long(struct build *build, const struct worst *worst) {
  const double *t = build->spec->t + worst->step;
  if (worst->value <= 1) return;
  diag_warn(build->diag, build_key(build->top.time, "steps", build->time_at),
            "steps are too long for these weights: from t = %g to %g is %.3g "
            "times what Gaussian data of the models' width relax in, and 1 is "
            "the most a step can follow; take more steps, or another spacing",
            t[0], t[1], worst->value);
}

/* ESS of one step's weights, part of N, below which it is told. */
static const double LEAST_ESS = 0.01;

static void warn_spread(struct build *build, struct build_trial *trial,
                        const struct worst *worst) {
  char what[64] = "infinite variance";
  if (worst->value <= -log(LEAST_ESS)) return;
  build_trial_step(trial, worst->step);
  if (worst->value < KAC_INF)
    snprintf(what, sizeof what, "an ESS of %.1g of the particles",
             exp(-worst->value));
  diag_warn(build->diag, build_key(build->top.path, "weights", build->path_at),
            "weights = \"density\" of the step from t = %g to %g have %s for "
            "Gaussian data of the models' width: its kernel has variance %.3g, "
            "the reversed one %.3g; take more steps there, another noise, or "
            "another kernel",
            trial->c0.t, trial->c1.t, what, trial->down.var, trial->up.var);
}

/* Noise this many times as wide as the data. */
static const double NOISY = 10;

/* At x a potential judges the noise first, and its verdicts on it are weights
 * that mean nothing and have to be paid back. */
static void warn_noisy(struct build *build, size_t j) {
  const struct spec *spec = build->spec;
  const struct spec_potential *p = &spec->potentials[j];
  double width = build_sigma_data(build);
  if (p->at_x0hat || p->mode == MODE_FINAL || !twist_is_twist(p->mode)) return;
  for (size_t k = 1; k < spec->n_steps && width > 0; k++) {
    kac_coeffs c;
    kac_error err;
    double strength = ramp_at(&p->strength, path_progress(spec, spec->t[k]));
    if (!twist_is_due(spec, j, k) || strength == 0) continue;
    if (path_coeffs(spec->schedule, spec->t[k], &c, &err) != KAC_OK ||
        !(c.sigma > NOISY * width))
      return;
    diag_warn(build->diag, build_key_of(build, p->instance, "at mode"),
              "phi at x is looked at from step %zu on, where the noise is %.3g "
              "times as wide as the data: it says little of the end there, and "
              "its weights are lost again; set at = \"x0hat\", or window",
              k, c.sigma / width);
    return;
  }
}

/* Steps of a long run are looked at here and there, the last one always. */
enum { MOST_NUMBERS = 1 << 20, MOST_STEPS = 2048 };

static void warn_steps(struct build *build,
                       const struct spec_integrator *entry) {
  const struct spec *spec = build->spec;
  struct worst length = {0}, spread = {0};
  struct build_trial trial;
  bool is_tried = build_trial_open(build, entry, &trial);
  size_t most = MOST_NUMBERS / spec->space.n_real + 1;
  size_t n = most < MOST_STEPS ? most : MOST_STEPS;
  size_t stride = spec->n_steps / n + 1;
  if (!(trial.sigma_data > 0) || (run_ops(entry)->role & KAC_OWN_LAW)) return;
  for (size_t k = (spec->n_steps - 1) % stride; k < spec->n_steps;
       k += stride) {
    if (!run_is_active(entry, path_progress(spec, spec->t[k]))) continue;
    build_trial_step(&trial, k);
    if (spec->weights == WEIGHTS_RATE)
      note(&length, k, length_of(&trial, is_tried));
    else if (is_tried)
      note(&spread, k, spec->space.n_dof * log_spread(&trial));
  }
  warn_long(build, &length);
  warn_spread(build, &trial, &spread);
}

void build_warn(struct build *build) {
  const struct spec *spec = build->spec;
  bool is_weighed = spec->weights != WEIGHTS_OFF && spec->n_terms > 0 &&
                    (spec->weights == WEIGHTS_DENSITY || !build_is_plain(spec));
  warn_unused(build);
  for (size_t j = 0; j < spec->n_potentials; j++) {
    warn_potential(build, j);
    warn_guide(build, j);
    warn_noisy(build, j);
  }
  warn_infinite(build);
  for (size_t i = 0; is_weighed && i < spec->n_integrators; i++) {
    const struct spec_integrator *entry = &spec->integrators[i];
    if (!(run_ops(entry)->role & KAC_ADVANCES)) continue;
    warn_stability(build, entry);
    warn_steps(build, entry);
  }
}
