/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What must hold between the parts of a pipeline: who needs what of whom. */
#include <kac/sdk.h>

#include "config/build.h"
#include "config/schema_value.h"
#include "sampler/convert.h"
#include "sampler/path.h"
#include "sampler/run.h"

double build_sum_of_powers(const struct spec *spec, double progress) {
  double sum = 0;
  for (size_t i = 0; i < spec->n_terms; i++)
    sum += ramp_at(&spec->terms[i].power, progress);
  return sum;
}

static bool sums_to_one(const struct spec *spec) {
  for (int k = 0; k <= BUILD_PROBES; k++)
    if (fabs(build_sum_of_powers(spec, k / (double)BUILD_PROBES) - 1) > 1e-12)
      return false;
  return true;
}

/* The target is one model itself: nothing to correct along the way. */
bool build_is_plain(const struct spec *spec) {
  bool has_rate = false;
  for (size_t j = 0; j < spec->n_potentials; j++)
    has_rate = has_rate || spec->potentials[j].mode == MODE_RATE;
  return !has_rate && spec->n_terms <= 1 &&
         (spec->n_terms == 0 || sums_to_one(spec));
}

bool build_needs(struct build *build, const struct instance *from, uint64_t bit,
                 const char *what, struct place at, const char *reason) {
  if (instance_provides(from) & bit) return true;
  return build_error(build, at, "%s needs %s, and %s '%s' (%s) has none",
                     reason, what, kind_names[from->component->kind], from->id,
                     from->component->name);
}

bool build_every_score(struct build *build, uint64_t bit, const char *what,
                       struct place at, const char *reason) {
  const struct spec *spec = build->spec;
  bool is_good = true;
  for (size_t i = 0; i < spec->n_terms; i++)
    is_good = build_needs(build, spec->terms[i].score, bit, what, at, reason) &&
              is_good;
  return is_good;
}

static struct place path_key(const struct build *build, const char *keys) {
  return build_key(build->top.path, keys, build->path_at);
}

static struct place term_key(const struct build *build, size_t i,
                             const char *keys) {
  const struct node *list = build->top.target;
  return build_key(list ? list->child[i] : NULL, keys, build->term_at[i]);
}

static bool check_terms(struct build *build) {
  const struct spec *spec = build->spec;
  bool is_good = true;
  for (size_t i = 0; i < spec->n_terms; i++) {
    const struct spec_term *term = &spec->terms[i];
    struct place at = build->term_at[i];
    if (!convert_choice(instance_provides(term->score)))
      is_good = build_error(build, at,
                            "score '%s' gives none of score, x0, eps, velocity",
                            term->score->id);
    if (!ramp_is_constant(&term->power))
      is_good = build_needs(build, term->score, KAC_Q_LOGP, "the log-density",
                            term_key(build, i, "power"),
                            "a power that changes in time") &&
                is_good;
  }
  if (spec->weights == WEIGHTS_DENSITY)
    is_good = build_every_score(build, KAC_Q_LOGP, "the log-density",
                                path_key(build, "weights"),
                                "weights = \"density\"") &&
              is_good;
  return is_good;
}

bool build_has_guide(const struct spec *spec) {
  for (size_t j = 0; j < spec->n_potentials; j++)
    if (spec->potentials[j].guide != 0) return true;
  return false;
}

static bool has_noise(const struct ramp *noise) {
  for (int k = 0; k < BUILD_PROBES; k++)
    if (!(ramp_at(noise, k / (double)BUILD_PROBES) > 0)) return false;
  return true;
}

/* A kernel that takes its noise from the noising chain knows no zeta. */
static bool check_own_noise(struct build *build,
                            const struct spec_integrator *entry) {
  if (!(run_ops(entry)->role & KAC_OWN_NOISE)) return true;
  for (int k = 0; k <= BUILD_PROBES; k++) {
    double progress = k / (double)BUILD_PROBES;
    double zeta = ramp_at(&entry->noise, progress);
    if (zeta == 1) continue;
    return build_error(build, entry->instance->at,
                       "'%s' has the noise of the noising chain: noise must "
                       "be 1, and it is %g at progress %g; exponential and "
                       "euler_maruyama take any noise",
                       entry->instance->component->name, zeta, progress);
  }
  return true;
}

/* A law that knows nothing of the target is right for one model alone. */
static bool check_own_law(struct build *build,
                          const struct spec_integrator *entry) {
  struct place at = entry->instance->at;
  if (!(run_ops(entry)->role & KAC_OWN_LAW) || build_is_plain(build->spec))
    return true;
  build_error(build, at,
              "'%s' draws from a law of its own, which a composed target or a "
              "potential in mode \"rate\" does not change: the target must be "
              "one model at power 1, or none",
              entry->instance->component->name);
  return build_also_at(build, "the target",
                       build->spec->n_terms > 0 ? build->term_at[0] : at, at);
}

/* Who asks for a kernel with a density. */
static void also_asked(struct build *build, struct place at) {
  const struct spec *spec = build->spec;
  if (spec->weights == WEIGHTS_DENSITY) {
    build_also(build, build->top.path, "weights", at);
    return;
  }
  for (size_t j = 0; j < spec->n_potentials; j++)
    if (spec->potentials[j].guide != 0)
      build_also(build, build->groups[spec->potentials[j].instance->number],
                 "guide mode", at);
}

static bool check_advancing(struct build *build,
                            const struct spec_integrator *entry) {
  const struct spec *spec = build->spec;
  struct place at = entry->instance->at, weights = path_key(build, "weights");
  bool is_kernel = run_ops(entry)->kernel != NULL, is_good = true;
  const char *name = entry->instance->component->name;
  bool is_density = spec->weights == WEIGHTS_DENSITY;
  const char *who = is_density ? "weights = \"density\"" : "a guide";
  if (!is_density && !build_has_guide(spec)) return true;
  if (is_density && weights.line == 0) at = weights; /* the command line's */
  if (!is_kernel)
    is_good =
        build_error(build, at,
                    "%s needs a Gaussian kernel, and integrator '%s' "
                    "has none; euler_maruyama, exponential and ancestral have",
                    who, name);
  if (!is_kernel) also_asked(build, at);
  if (!has_noise(&entry->noise)) {
    at = build_key_of(build, entry->instance, "noise");
    is_good = build_error(build, at,
                          "%s needs noise > 0 at every step: a move without "
                          "noise has no density",
                          who);
    also_asked(build, at);
  }
  return is_good && (!is_density || build_has_density(build, entry));
}

bool build_is_at_rest(const struct build *build) {
  const struct spec *spec = build->spec;
  for (size_t k = 0; k <= spec->n_steps; k++) {
    kac_coeffs c;
    kac_error err;
    if (path_coeffs(spec->schedule, spec->t[k], &c, &err) != KAC_OK ||
        c.f != 0 || c.g2 != 0)
      return false;
  }
  return true;
}

/* Which integrator advances at a progress; NULL: none. */
static const struct spec_integrator *advancing(
    const struct spec *spec, double progress,
    const struct spec_integrator **other) {
  const struct spec_integrator *found = NULL;
  *other = NULL;
  for (size_t i = 0; i < spec->n_integrators; i++) {
    const struct spec_integrator *entry = &spec->integrators[i];
    if (!(run_ops(entry)->role & KAC_ADVANCES) ||
        !run_is_active(entry, progress))
      continue;
    *other = found;
    found = entry;
  }
  return found;
}

static bool check_order(struct build *build) {
  const struct spec *spec = build->spec;
  bool is_resting = build_is_at_rest(build);
  for (size_t k = 0; k < spec->n_steps; k++) {
    const struct spec_integrator *other;
    double progress = path_progress(spec, spec->t[k]);
    const struct spec_integrator *entry = advancing(spec, progress, &other);
    if (other)
      return build_error(
          build, build_key_of(build, entry->instance, "window plugin"),
          "two integrators advance at t = %g: this one and the one at %s; set "
          "their windows apart",
          spec->t[k],
          schema_place_text(
              build->pipeline->arena,
              build_key_of(build, other->instance, "window plugin")));
    if (!entry && !is_resting)
      return build_error(build, build->top.integrators->at,
                         "no integrator advances at t = %g; only a schedule "
                         "at rest (static) goes without",
                         spec->t[k]);
  }
  return true;
}

/* Nothing moves a mean that a guide could shift. */
static bool check_guided(struct build *build) {
  const struct spec *spec = build->spec;
  for (size_t j = 0; j < spec->n_potentials && !run_advances(spec); j++) {
    const struct spec_potential *potential = &spec->potentials[j];
    const struct node *group = build->groups[potential->instance->number];
    if (potential->guide == 0) continue;
    return build_error(build,
                       build_key(group, "guide mode", potential->instance->at),
                       "a guide needs an integrator that advances: invariant "
                       "moves have no mean to shift");
  }
  return true;
}

static bool check_integrators(struct build *build) {
  const struct spec *spec = build->spec;
  bool is_good = true;
  for (size_t i = 0; i < spec->n_integrators; i++) {
    const struct spec_integrator *entry = &spec->integrators[i];
    struct place at = entry->instance->at;
    bool is_move = (run_ops(entry)->role & KAC_INVARIANT) != 0;
    if (!is_move) is_good = check_advancing(build, entry) && is_good;
    is_good = check_own_noise(build, entry) && is_good;
    is_good = check_own_law(build, entry) && is_good;
    if (!is_move && entry->repeat != 1)
      is_good =
          build_error(build, build_key_of(build, entry->instance, "repeat"),
                      "repeat is for invariant moves, and '%s' advances",
                      entry->instance->component->name);
    if (run_ops(entry)->needs_field & KAC_Q_LOGPI)
      is_good = build_every_score(build, KAC_Q_LOGP, "the log-density", at,
                                  "this move") &&
                is_good;
  }
  return is_good && check_order(build) && check_guided(build);
}

static double known_sigma_data(const struct spec *spec) {
  double largest = 0;
  for (size_t i = 0; i < spec->n_terms; i++)
    largest = fmax(largest, spec->terms[i].score->plan.sigma_data);
  return largest;
}

double build_sigma_data(const struct build *build) {
  double given = build->path.sigma_data;
  return given > 0 ? given : known_sigma_data(build->spec);
}

/* A factor beyond which the given value is a slip more likely than a choice. */
static const double FAR = 3;

static void warn_sigma_data(struct build *build, double known) {
  double given = build->path.sigma_data;
  if (!(given > 0) || !(known > 0) ||
      (given <= FAR * known && known <= FAR * given))
    return;
  diag_warn(build->diag, path_key(build, "sigma_data"),
            "sigma_data = %g is far from the %g that the models report: the "
            "matched frame is made for data of that rms radius per coordinate",
            given, known);
}

/* Only needed where the powers do not sum to 1; too large a value falls back
 * to the noise frame, too small a one is ruinous: the largest counts. */
static bool set_frame(struct build *build) {
  struct spec *spec = build->spec;
  double known = known_sigma_data(spec);
  bool is_used =
      !sums_to_one(spec) && spec->n_terms > 0 && !build_is_at_rest(build);
  spec->frame = (enum frame)build->path.frame;
  spec->sigma_data = build_sigma_data(build);
  if (spec->frame == FRAME_NOISE) return true;
  if (is_used) warn_sigma_data(build, known);
  if (spec->sigma_data > 0) return true;
  if (!is_used) {
    spec->frame = FRAME_NOISE;
    return true;
  }
  build_error(build, path_key(build, "frame"),
              "the matched frame needs sigma_data, and no score model of the "
              "target knows it");
  diag_hint(build->diag,
            "path = { sigma_data = ...; }: the rms radius per coordinate of "
            "the data; or frame = \"noise\"");
  return false;
}

bool build_rules(struct build *build) {
  bool is_good = check_terms(build);
  is_good = build_check_potentials(build) && is_good;
  is_good = check_integrators(build) && is_good;
  is_good = set_frame(build) && is_good;
  return build_population_rules(build) && is_good;
}
