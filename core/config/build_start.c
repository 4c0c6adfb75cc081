/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The law at t_max, and how right the answer of a run will be. */
#include <kac/sdk.h>

#include "config/build.h"
#include "sampler/path.h"
#include "sampler/run.h"
#include "sampler/twist.h"

static struct place key(const struct build *build, const char *keys) {
  return build_key(build->top.start, keys, build->start_at);
}

static bool set_prior(struct build *build) {
  struct spec *spec = build->spec;
  kac_coeffs c;
  kac_error err = {.row = -1};
  double sum = build_sum_of_powers(spec, 0);
  if (path_coeffs(spec->schedule, spec->t[0], &c, &err) != KAC_OK)
    return build_error(build, spec->schedule->at, "schedule: %s", err.msg);
  if (!(c.sigma > 0))
    return build_error(build, key(build, "law"),
                       "start: the prior has variance sigma(t_max)^2, and "
                       "sigma = %g; give another law",
                       c.sigma);
  if (spec->n_terms == 0)
    return build_error(build, key(build, "law"),
                       "start: there is no score model, so there is no prior; "
                       "add scores, or give another law");
  if (!(sum > 0))
    return build_error(build, key(build, "law"),
                       "start: the prior needs powers with a positive sum at "
                       "t_max, it is %g; give another law",
                       sum);
  spec->start.variance = c.sigma * c.sigma / sum;
  return true;
}

static bool set_file(struct build *build) {
  const struct spec_start *start = &build->spec->start;
  if (start->rows.n == 0)
    return build_error(build, key(build, "law"),
                       "start: law = \"file\" needs the key file");
  size_t rows = build->spec->n_particles * build->spec->n_replicates;
  if (start->rows.shape[0] < rows)
    diag_warn(build->diag, key(build, "file"),
              "start: %zu rows for %zu particles are used again and again: "
              "replicates are not independent, and error bars too small",
              start->rows.shape[0], rows);
  return true;
}

static bool set_score(struct build *build) {
  struct spec_start *start = &build->spec->start;
  start->score =
      build_find_score(build, build->start.law, key(build, "law"), "start");
  if (!start->score) {
    diag_hint(build->diag, "a law is prior, gaussian, file or a score's id");
    return false;
  }
  if ((instance_provides(start->score) & KAC_Q_SAMPLE) &&
      ((const kac_score_ops *)start->score->component->ops)->sample)
    return true;
  return build_error(build, key(build, "law"),
                     "start: score '%s' (%s) cannot draw samples",
                     start->score->id, start->score->component->name);
}

/* Invariant moves at t_max. */
static size_t count_moves(const struct spec *spec) {
  size_t n = 0;
  for (size_t i = 0; i < spec->n_integrators; i++)
    n += (run_ops(&spec->integrators[i])->role & KAC_INVARIANT) != 0 &&
         run_is_active(&spec->integrators[i], 0);
  return n;
}

/* In a mean-free state only what is left without its centre counts. */
static bool centre_mean(struct build *build) {
  const kac_space *space = &build->spec->space;
  kac_array *mean = &build->spec->start.mean;
  if (mean->n == 0 || !(space->flags & KAC_MEAN_FREE)) return true;
  double *data = build_take(build, space->n_real, sizeof *data);
  if (!data) return false;
  for (size_t j = 0; j < space->n_real; j++) data[j] = kac_at(mean, j);
  call_project(space, 1, data, space->n_real);
  *mean = (kac_array){data, space->n_real, 1, {space->n_real}};
  return true;
}

bool build_start(struct build *build) {
  struct spec_start *start = &build->spec->start;
  const char *law = build->start.law;
  *start = (struct spec_start){.mean = build->start.mean,
                               .variance = build->start.variance,
                               .rows = build->start.rows,
                               .logp = build->start.logp,
                               .burn_in = build->start.burn_in};
  bool is_gaussian = strcmp(law, "gaussian") == 0;
  struct place at = key(build, "mean mean_file variance law");
  if (!is_gaussian && (start->mean.n > 0 || build->start.has_variance)) {
    build_error(build, at,
                "start: mean and variance are for law = \"gaussian\"");
    return build_also(build, build->top.start, "law", at);
  }
  at = key(build, "file logp logp_file law");
  if (strcmp(law, "file") != 0 && (start->rows.n > 0 || start->logp.n > 0)) {
    build_error(build, at, "start: file and logp are for law = \"file\"");
    return build_also(build, build->top.start, "law", at);
  }
  if (start->burn_in > 0 && count_moves(build->spec) == 0)
    return build_error(build, key(build, "burn_in"),
                       "start: burn_in needs an invariant move (mala, "
                       "langevin) that is active at t_max");
  start->law = is_gaussian                 ? START_GAUSSIAN
               : strcmp(law, "prior") == 0 ? START_PRIOR
               : strcmp(law, "file") == 0  ? START_FILE
                                           : START_SCORE;
  if (start->law == START_PRIOR) return set_prior(build);
  if (start->law == START_FILE) return set_file(build);
  return start->law == START_GAUSSIAN ? centre_mean(build) : set_score(build);
}

static const struct instance *approximate_move(const struct spec *spec) {
  for (size_t i = 0; i < spec->n_integrators; i++)
    if (run_ops(&spec->integrators[i])->role & KAC_APPROXIMATE)
      return spec->integrators[i].instance;
  return NULL;
}

static bool has_integral(const struct spec *spec) {
  for (size_t j = 0; j < spec->n_potentials; j++)
    if (spec->potentials[j].mode == MODE_INTEGRAL) return true;
  return false;
}

static bool has_unknown_start(const struct spec *spec) {
  return spec->start.law == START_FILE && spec->start.logp.n == 0;
}

static void set(struct build *build, enum correctness correctness,
                const char *reason) {
  build->spec->correctness = correctness;
  build->spec->correctness_reason = reason;
}

/* docs/methods.md: what the weights are exact for, and what they are not. */
static void classify(struct build *build) {
  const struct spec *spec = build->spec;
  bool is_plain = build_is_plain(spec);
  const struct instance *move = approximate_move(spec);
  if (spec->resampler.is_biased)
    set(build, GREEDY,
        arena_format(build->pipeline->arena,
                     "resampler '%s' copies by rank, not by weight: not a "
                     "sample of the target; log Z not estimated",
                     spec->resampler.instance->component->name));
  else if (spec->best_of_n)
    set(build, GREEDY,
        "best_of_n keeps one particle of each replicate: not a sample of the "
        "target; log Z not estimated");
  else if (spec->weights == WEIGHTS_OFF && !is_plain)
    set(build, UNCORRECTED,
        "weights = \"off\": the composed drift alone does not sample the "
        "target");
  else if (move)
    set(build, DISCRETISED,
        arena_format(build->pipeline->arena,
                     "'%s' leaves the target invariant only as its step goes "
                     "to 0",
                     move->component->name));
  else if (is_plain && has_integral(spec))
    set(build, DISCRETISED,
        "the integral of a potential is a sum over steps, with an error of "
        "first order in the step");
  else if (has_unknown_start(spec))
    set(build, DISCRETISED,
        "nobody says what law the rows of start.file have (logp): they are "
        "taken for the target at t_max, which no step size mends");
  else if (is_plain)
    set(build, EXACT, "weights are exact for the law of the sampler that runs");
  else if (spec->start.burn_in > 0 && !run_advances(spec))
    set(build, EXACT,
        "weights are exact ratios of densities from the start on, whose own "
        "law (burn_in) is approximate");
  else if (spec->weights == WEIGHTS_DENSITY || !run_advances(spec))
    set(build, EXACT, "weights are exact ratios of densities at any step");
  else
    set(build, DISCRETISED,
        "the weight rate is integrated with an error of first order in the "
        "step");
}

void build_correctness(struct build *build) {
  const struct spec *spec = build->spec;
  classify(build);
  if (!(spec->adapt > 0) || spec->correctness > ADAPTIVE) return;
  const char *more = spec->correctness == DISCRETISED
                         ? arena_format(build->pipeline->arena, "; and %s",
                                        spec->correctness_reason)
                         : "";
  set(build, ADAPTIVE,
      arena_format(build->pipeline->arena,
                   "the times are chosen from the particles: log Z is "
                   "consistent, not exactly unbiased (run again with the "
                   "times of run.json as time.grid for that)%s",
                   more ? more : ""));
}
