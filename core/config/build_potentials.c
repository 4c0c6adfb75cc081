/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of potentials in a config, and what they need of the rest of the
 * pipeline.  What a combination is made of is in build_combine.c. */
#include <kac/sdk.h>

#include "config/build.h"
#include "sampler/combine.h"
#include "sampler/path.h"
#include "sampler/twist.h"

static bool add_potential(struct build *build, const struct node *group,
                          size_t i) {
  struct section_potential *keys = &build->potentials[i];
  struct spec_potential *to = &build->spec->potentials[i];
  const char *prefix = build_prefix(build, "potentials", i);
  if (!prefix) return false;
  to->instance = build_potential(build, group, prefix, SECTION_POTENTIAL,
                                 SECTION_COMBINED, keys);
  if (!to->instance) return false;
  to->mode = (enum potential_mode)keys->mode;
  to->at_x0hat = keys->at != 0;
  to->strength = keys->strength;
  /* In the keys, so that whoever shows settings shows it. */
  if (to->mode == MODE_GUIDE && !keys->has_guide) keys->guide = 1;
  to->guide = keys->guide;
  to->jacobian_exact = keys->jacobian == 0;
  to->every = keys->every;
  to->samples = keys->samples;
  to->spread = keys->spread;
  if (keys->at_steps.n > 0 && (keys->has_every || keys->has_window)) {
    struct place at = build_key(group, "at_steps", group->at);
    build_error(build, at,
                "at_steps names the steps one by one: it goes without every "
                "and window");
    return build_also(build, group, "every window", at);
  }
  return build_window(build, &keys->window, group, &to->from, &to->to);
}

bool build_potentials(struct build *build) {
  const struct node *list = build->top.potentials;
  struct spec *spec = build->spec;
  bool is_good = true;
  size_t n;
  if (!build_list(build, list, "potentials", PATH_MAX_TERMS, &n)) return false;
  build->potentials = build_take(build, n, sizeof *build->potentials);
  spec->potentials = build_take(build, n, sizeof *spec->potentials);
  if (!build->potentials || !spec->potentials) return false;
  for (size_t i = 0; i < n; i++)
    is_good = add_potential(build, list->child[i], i) && is_good;
  spec->n_potentials = is_good ? n : 0;
  return is_good;
}

/* --- once the grid of times is known -------------------------------------- */
static const char *const mode_names[] = {"rate",  "integral", "difference",
                                         "max",   "sum",      "current",
                                         "final", "guide"};

/* at_steps = [4, 8] as a flag for every grid time. */
static bool set_steps(struct build *build, size_t j) {
  const struct spec *spec = build->spec;
  const kac_array *steps = &build->potentials[j].at_steps;
  struct spec_potential *to = &build->spec->potentials[j];
  struct place at = build_key_of(build, to->instance, "at_steps");
  if (steps->n == 0) return true;
  unsigned char *is_step = build_take(build, spec->n_steps + 1, 1);
  if (!is_step) return false;
  for (size_t i = 0; i < steps->n; i++) {
    double step = steps->data[i];
    if (!(step >= 1 && step <= (double)spec->n_steps) || step != floor(step))
      return build_error(build, at,
                         "at_steps: %g is no number of a step, which are 1 ... "
                         "%zu",
                         step, spec->n_steps);
    if (is_step[(size_t)step])
      return build_error(build, at, "at_steps: %g is given twice", step);
    is_step[(size_t)step] = 1;
  }
  to->is_step = is_step;
  return true;
}

static bool check_x0hat(struct build *build, const struct spec_potential *p) {
  const struct spec *spec = build->spec;
  struct place at = build_key_of(build, p->instance, "at mode");
  if (p->mode == MODE_RATE || p->mode == MODE_INTEGRAL) {
    build_error(build, at,
                "mode = \"%s\" stands at x: at = \"x0hat\" is for difference, "
                "max, sum, current and guides",
                mode_names[p->mode]);
    return build_also(build, build->groups[p->instance->number], "at mode", at);
  }
  for (int k = 0; k <= BUILD_PROBES; k++) {
    double progress = k / (double)BUILD_PROBES;
    double sum = build_sum_of_powers(spec, progress);
    if (sum > 0) continue;
    at = build_key_of(build, p->instance, "at");
    build_error(build, at,
                "at = \"x0hat\" needs powers with a positive sum: it is %g at "
                "progress %g",
                sum, progress);
    return build_also_at(build, "the target",
                         spec->n_terms > 0 ? build->term_at[0] : at, at);
  }
  if (p->guide == 0 || !p->jacobian_exact ||
      build_every_score(build, KAC_Q_VJP, "a VJP",
                        build_key_of(build, p->instance, "jacobian guide"),
                        "a guide through x0hat (jacobian = \"exact\")"))
    return true;
  diag_hint(build->diag,
            "set jacobian = \"identity\": the gradient at x0hat as it is, a "
            "cruder guide to the same target");
  return false;
}

/* Of a combination, the part that has none is named. */
static bool needs_gradient(struct build *build, const struct instance *instance,
                           const char *keys, const char *reason) {
  const struct instance *lacking = combine_lacking(instance, KAC_Q_DPHI);
  return !lacking || build_needs(build, lacking, KAC_Q_DPHI, "the gradient",
                                 build_key_of(build, lacking, keys), reason);
}

/* The last look is kept for the modes that look at committed points. */
static bool check_previous(struct build *build,
                           const struct spec_potential *p) {
  const kac_component *component = p->instance->component;
  bool is_guide = p->guide != 0;
  if (!(component->needs & KAC_Q_PREV)) return true;
  if (twist_is_twist(p->mode) && !is_guide) return true;
  return build_error(build, p->instance->at,
                     "potential '%s' (%s) needs the previous point, which %s "
                     "does not have: it is for difference, max, sum, current "
                     "and final without a guide",
                     p->instance->id, component->name,
                     is_guide ? "a guide" : mode_names[p->mode]);
}

/* Bytes of its own per particle, or of one of its parts. */
static bool keeps_state(const struct instance *instance) {
  const struct combine *combine = combine_of(instance);
  if (instance->plan.pstate_bytes > 0) return true;
  for (size_t k = 0; combine && k < combine->n; k++)
    if (keeps_state(combine->child[k])) return true;
  return false;
}

/* Draws look ahead from the denoised mean on the way; they have no gradient,
 * and what is drawn was never a point of the particle's. */
static bool check_samples(struct build *build, struct spec_potential *p) {
  struct place at = build_key_of(build, p->instance, "samples spread");
  const kac_component *component = p->instance->component;
  if (p->samples == 0 && p->spread > 0)
    return build_error(build, at,
                       "spread is the width of the draws: set samples");
  if (p->samples == 0) return true;
  const struct node *group = build->groups[p->instance->number];
  if (!p->at_x0hat || !twist_is_twist(p->mode) || p->mode == MODE_FINAL) {
    build_error(build, at,
                "samples are drawn around the denoised mean: they need at = "
                "\"x0hat\" and mode = \"difference\", \"max\", \"sum\" or "
                "\"current\"");
    return build_also(build, group, "at mode", at);
  }
  if (p->guide != 0) {
    build_error(build, at,
                "a guide has no gradient through samples: use two entries, one "
                "that guides (mode = \"guide\") and one with samples");
    return build_also(build, group, "guide mode", at);
  }
  if (keeps_state(p->instance) || component->needs & KAC_Q_PREV)
    return build_error(build, at,
                       "samples are not for potential '%s' (%s), which "
                       "remembers where a particle was",
                       p->instance->id, component->name);
  p->sigma_data = build_sigma_data(build);
  if (p->spread > 0 || p->sigma_data > 0) return true;
  return build_error(build, at,
                     "samples need the width of the data, which no score "
                     "model of the target knows: set spread, or sigma_data of "
                     "path");
}

/* A mode that looks everywhere, or nowhere on the way, has no steps to choose;
 * a guide has, of which it then takes all. */
static bool check_looks(struct build *build, const struct spec_potential *p,
                        const struct section_potential *keys) {
  struct place at =
      build_key_of(build, p->instance, "every window at_steps mode");
  struct place every = build_key_of(build, p->instance, "every mode");
  const struct node *group = build->groups[p->instance->number];
  bool is_path = p->mode == MODE_RATE || p->mode == MODE_INTEGRAL;
  bool is_final = p->mode == MODE_FINAL;
  bool is_chosen =
      p->every != 1 || p->from > 0 || p->to < 1 || keys->at_steps.n > 0;
  if (is_chosen && (is_path || (is_final && p->guide == 0))) {
    build_error(
        build, at,
        "mode = \"%s\" %s: every, window and at_steps are for the modes "
        "that steer by weights%s",
        mode_names[p->mode],
        is_path ? "follows the whole path" : "looks once, after the last step",
        is_path ? "" : " on the way, and for guides");
    return build_also(build, group, "mode", at);
  }
  if (p->every != 1 && (is_final || p->mode == MODE_GUIDE)) {
    build_error(
        build, every,
        "every is for looks that weigh, and %s acts on every step of "
        "its window, or of at_steps",
        is_final ? "the guide of mode = \"final\"" : "mode = \"guide\"");
    return build_also(build, group, "mode", every);
  }
  return true;
}

static bool check_potential(struct build *build, struct spec_potential *p,
                            const struct section_potential *keys) {
  bool is_good = check_looks(build, p, keys);
  if (p->mode == MODE_RATE)
    is_good = needs_gradient(build, p->instance, "mode", "mode = \"rate\"") &&
              is_good;
  if (p->guide != 0)
    is_good =
        needs_gradient(build, p->instance, "guide mode", "a guide") && is_good;
  is_good = check_previous(build, p) && is_good;
  is_good = check_samples(build, p) && is_good;
  return (!p->at_x0hat || check_x0hat(build, p)) && is_good;
}

/* docs/methods.md section 4: what these modes add on the way they take back
 * at the end, all at once. */
static void warn_heavy(struct build *build, const struct spec_potential *p) {
  bool is_heavy =
      p->mode == MODE_MAX || p->mode == MODE_SUM || p->mode == MODE_CURRENT;
  double strongest = 0;
  for (int k = 0; k <= BUILD_PROBES; k++)
    strongest =
        fmax(strongest, fabs(ramp_at(&p->strength, k / (double)BUILD_PROBES)));
  if (is_heavy && p->every == 1 && !p->is_step && strongest > 0)
    diag_warn(
        build->diag, build_key_of(build, p->instance, "mode"),
        "mode = \"%s\" at every step has heavy tails where strength "
        "times phi exceeds 1, with a strength of %.3g where phi varies by "
        "more than %.3g: set every, or mode = \"difference\"",
        mode_names[p->mode], strongest, 1 / strongest);
}

/* Settings that make a potential that steers do less than it seems to. */
static void warn_idle(struct build *build, size_t j) {
  const struct spec *spec = build->spec;
  const struct spec_potential *p = &spec->potentials[j];
  bool is_looked_at = p->mode == MODE_FINAL || spec->n_steps == 1;
  if (!twist_is_twist(p->mode)) return;
  for (size_t k = 1; k < spec->n_steps && !is_looked_at; k++)
    is_looked_at = twist_is_due(spec, j, k);
  if (!is_looked_at)
    diag_warn(
        build->diag, build_key_of(build, p->instance, "every window"),
        "looked at after the last step only, as with mode = \"final\": no "
        "other step of %zu lies in its every and window",
        spec->n_steps);
  if (!ramp_is_constant(&p->strength) && ramp_at(&p->strength, 1) == 0)
    diag_warn(build->diag, build_key_of(build, p->instance, "strength"),
              "strength ends at 0, and the last one makes the target: "
              "potential '%s' leaves it as it is, exp(0 phi) = 1, and steers "
              "on the way alone; where phi is -inf there, particles die all "
              "the same, and log Z and averages are biased",
              p->instance->id);
}

bool build_check_potentials(struct build *build) {
  struct spec *spec = build->spec;
  bool is_good = true;
  for (size_t j = 0; j < spec->n_potentials; j++) {
    is_good = set_steps(build, j) && is_good;
    is_good =
        check_potential(build, &spec->potentials[j], &build->potentials[j]) &&
        is_good;
    warn_heavy(build, &spec->potentials[j]);
    if (is_good) warn_idle(build, j);
  }
  return is_good;
}
