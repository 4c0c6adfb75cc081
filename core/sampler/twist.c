/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See twist.h.  Everything is in the log domain; -inf is a verdict that
 * stands: dead stays dead. */
#include "sampler/twist.h"

#include <kac/sdk.h>

#include "sampler/compose.h"
#include "sampler/deaths.h"
#include "sampler/sampled.h"

/* A potential's numbers in a row: psi, one of memory (at the end: phi; of the
 * dead before it: the grid time at which this potential gave the weight zero,
 * or 0 if another had), and for those who ask for it whether there was a look,
 * and at which point. */
enum { PSI, MEMORY, PER_TWIST, SEEN = PER_TWIST, PREVIOUS };

bool twist_is_twist(enum potential_mode mode) {
  return mode == MODE_DIFFERENCE || mode == MODE_MAX || mode == MODE_SUM ||
         mode == MODE_CURRENT || mode == MODE_FINAL;
}

static bool keeps_previous(const struct spec_potential *potential) {
  return (potential->instance->component->needs & KAC_Q_PREV) != 0;
}

static bool has_sum(const struct spec *spec, size_t j) {
  return spec->potentials[j].guide != 0 || path_has_part(spec, j);
}

/* Doubles per row of one potential; its sum comes last. */
static size_t width(const struct spec *spec, size_t j) {
  const struct spec_potential *potential = &spec->potentials[j];
  size_t n = has_sum(spec, j) ? 1 : 0;
  if (!twist_is_twist(potential->mode)) return n;
  return n + (keeps_previous(potential) ? PREVIOUS + spec->space.n_real
                                        : PER_TWIST);
}

static size_t offset(const struct spec *spec, size_t j) {
  size_t sum = 0;
  for (size_t k = 0; k < j; k++) sum += width(spec, k);
  return sum;
}

size_t twist_sum(const struct spec *spec, size_t j) {
  return offset(spec, j + 1) - 1;
}

/* The last number of a row is its total. */
size_t twist_size(const struct spec *spec) {
  return spec->n_potentials > 0 ? offset(spec, spec->n_potentials) + 1 : 0;
}

void twist_start(const struct spec *spec, size_t n, double *twist) {
  size_t stride = twist_size(spec);
  memset(twist, 0, n * stride * sizeof *twist);
  for (size_t j = 0; j < spec->n_potentials; j++)
    for (size_t i = 0; spec->potentials[j].mode == MODE_MAX && i < n; i++)
      twist[i * stride + offset(spec, j) + MEMORY] = -KAC_INF;
}

void twist_count(const struct spec *spec, size_t n, const double *before,
                 const double *logw, bool is_first, double *twist) {
  size_t stride = twist_size(spec);
  for (size_t i = 0; i < n; i++) {
    if (logw[i] == -KAC_INF) continue;
    double change = is_first ? logw[i] : logw[i] - before[i];
    twist[(i + 1) * stride - 1] += change;
  }
}

double twist_total(const struct spec *spec, const double *twist) {
  return twist[twist_size(spec) - 1];
}

double twist_given(const struct spec *spec, size_t j, const double *twist) {
  enum potential_mode mode = spec->potentials[j].mode;
  if (path_in_densities(spec, j)) return KAC_NAN;
  double psi = twist_is_twist(mode) ? twist[offset(spec, j) + PSI] : 0;
  return has_sum(spec, j) ? psi + twist[twist_sum(spec, j)] : psi;
}

double twist_final_phi(const struct spec *spec, size_t j, const double *twist) {
  return twist[offset(spec, j) + MEMORY];
}

bool twist_needs_x0(const struct spec *spec) {
  for (size_t j = 0; j < spec->n_potentials; j++)
    if (spec->potentials[j].at_x0hat) return true;
  return false;
}

/* Is the step that leads to grid time k one of those that were asked for? */
static bool is_chosen(const struct spec *spec, size_t j, size_t k) {
  const struct spec_potential *potential = &spec->potentials[j];
  if (potential->is_step) return potential->is_step[k];
  double progress = path_progress(spec, spec->t[k]);
  return k % (size_t)potential->every == 0 && progress >= potential->from &&
         progress <= potential->to;
}

bool twist_is_due(const struct spec *spec, size_t j, size_t k) {
  enum potential_mode mode = spec->potentials[j].mode;
  if (!twist_is_twist(mode)) return false;
  return k == spec->n_steps || (mode != MODE_FINAL && is_chosen(spec, j, k));
}

bool twist_needs_field(const struct spec *spec, size_t k) {
  if (k == spec->n_steps) return false;
  for (size_t j = 0; j < spec->n_potentials; j++)
    if (spec->potentials[j].at_x0hat && twist_is_due(spec, j, k)) return true;
  return false;
}

/* lambda * phi, where lambda = 0 switches off even a verdict of -inf. */
static double scaled(double lambda, double phi) {
  return lambda == 0 ? 0 : lambda * phi;
}

static double next_psi(enum potential_mode mode, bool is_last, double lambda,
                       double phi, double *row) {
  double term = scaled(lambda, phi);
  if (is_last || mode == MODE_DIFFERENCE) return term;
  if (mode == MODE_CURRENT) return row[PSI] + term;
  if (mode == MODE_SUM && !(lambda == 0 && phi == -KAC_INF)) row[MEMORY] += phi;
  if (mode == MODE_MAX && phi > row[MEMORY]) row[MEMORY] = phi;
  return row[PSI] + scaled(lambda, row[MEMORY]);
}

static void add_to_weights(const struct site *site, size_t j, size_t k,
                           double lambda, const double *phi, double *twist,
                           double *logw) {
  const struct spec *spec = site->worker->spec;
  struct activity *activity = &site->worker->activity[j];
  size_t stride = twist_size(spec);
  enum potential_mode mode = spec->potentials[j].mode;
  bool is_last = k == spec->n_steps;
  activity->n_looked += site->n;
  for (size_t i = 0; i < site->n; i++) {
    double *row = twist + i * stride;
    if (row[PSI] > -KAC_INF) {
      double psi = next_psi(mode, is_last, lambda, phi[i], row);
      bool is_fatal = psi == -KAC_INF && logw[i] > -KAC_INF;
      activity->n_acted += psi < row[PSI] || psi > row[PSI];
      activity->n_refused += is_fatal;
      if (psi == -KAC_INF) row[MEMORY] = is_fatal ? (double)k : 0;
      logw[i] += psi - row[PSI];
      row[PSI] = psi;
    }
    if (is_last) row[MEMORY] = phi[i];
  }
}

/* The points, densely, of those who died of a potential at grid time k. */
static size_t gather_dead(const struct site *site, size_t k,
                          const double *numbers, const double *from,
                          double *to) {
  const struct spec *spec = site->worker->spec;
  size_t d = spec->space.n_real, stride = twist_size(spec), n = 0;
  for (size_t i = 0; i < site->n; i++) {
    const double *row = numbers + i * stride;
    if (row[PSI] > -KAC_INF || (size_t)row[MEMORY] != k) continue;
    memcpy(to + n++ * d, from + i * d, d * sizeof *to);
  }
  return n;
}

static double end_strength(const struct spec *spec, size_t j) {
  double progress = path_progress(spec, spec->t[spec->n_steps]);
  return ramp_at(&spec->potentials[j].strength, progress);
}

/* A look of potential j on the way, and the numbers that it left. */
struct look {
  size_t j, k;
  const struct path_point *at;
  const double *x, *x0hat, *numbers;
};

/* phi = the larger of itself and what the end would give at points of the n
 * that have died. */
static void ask_at(const struct site *site, const struct look *look,
                   const double *points, size_t n, double *phi) {
  double *other = phi + site->n, *rows = other + site->n;
  gather_dead(site, look->k, look->numbers, points, rows);
  deaths_ask(site, look->j, n, rows, other);
  for (size_t i = 0; i < n; i++) phi[i] = fmax(phi[i], other[i]);
}

/* Was -inf the last word on those who have just died of it?  The potential is
 * asked for the value that the end would have where they are, and where it
 * looked, their denoised mean; and at a draw of the end around there, since a
 * wall gives the same point no other answer. */
static void doubt_deaths(const struct site *site, const struct look *look) {
  const struct spec *spec = site->worker->spec;
  const struct spec_potential *potential = &spec->potentials[look->j];
  size_t d = spec->space.n_real;
  double *phi = site->worker->field_scratch, *rows = phi + 2 * site->n;
  double *drawn = rows + site->n * d, lambda = end_strength(spec, look->j);
  if (deaths_remembers(potential->instance)) return;
  size_t n = gather_dead(site, look->k, look->numbers, look->x, rows);
  deaths_ask(site, look->j, n, rows, phi);
  const double *points = potential->at_x0hat ? look->x0hat : look->x;
  if (potential->at_x0hat) ask_at(site, look, points, n, phi);
  if (deaths_draw(site, look->j, look->at, points, drawn))
    ask_at(site, look, drawn, n, phi);
  struct activity *activity = &site->worker->activity[look->j];
  for (size_t i = 0; i < n; i++)
    activity->n_revivable += scaled(lambda, phi[i]) > -KAC_INF;
}

/* Would a row have a weight if only the end counted? */
static bool is_good_end(const struct spec *spec, const double *strength,
                        const double *row) {
  for (size_t j = 0; j < spec->n_potentials; j++) {
    if (!twist_is_twist(spec->potentials[j].mode)) continue;
    if (scaled(strength[j], twist_final_phi(spec, j, row)) == -KAC_INF)
      return false;
  }
  return true;
}

/* After the last look: those who died before it and have a good end. */
static void count_revived(const struct site *site, const double *strength,
                          const double *twist) {
  struct worker *worker = site->worker;
  const struct spec *spec = worker->spec;
  for (size_t i = 0; i < site->n; i++) {
    const double *row = twist + i * twist_size(spec);
    bool is_revived = false;
    if (!is_good_end(spec, strength, row)) continue;
    for (size_t j = 0; j < spec->n_potentials; j++) {
      if (!twist_is_twist(spec->potentials[j].mode)) continue;
      bool is_guilty = row[offset(spec, j) + PSI] == -KAC_INF;
      worker->activity[j].n_revived += is_guilty;
      is_revived = is_revived || is_guilty;
    }
    worker->n_revived += is_revived;
  }
}

/* Where the last look was: all rows have had one, or none has. */
static kac_crows previous(const struct spec_potential *potential,
                          const double *twist, size_t stride) {
  bool is_known = keeps_previous(potential) && twist[SEEN] > 0;
  return (kac_crows){is_known ? twist + PREVIOUS : NULL, stride, NULL, 0};
}

static void keep_previous(const kac_crows *x, size_t n, size_t d, double *twist,
                          size_t stride) {
  for (size_t i = 0; i < n; i++) {
    twist[i * stride + SEEN] = 1;
    memcpy(twist + i * stride + PREVIOUS, kac_row(x, i), d * sizeof *twist);
  }
}

/* What potential j says of the rows, at the end of x and not of draws. */
static bool evaluate(const struct site *site, size_t j, size_t k,
                     const struct path_point *at, const double *x,
                     const double *x0hat, double *twist, double **phi) {
  const struct spec *spec = site->worker->spec;
  const struct spec_potential *potential = &spec->potentials[j];
  size_t d = spec->space.n_real, stride = twist_size(spec);
  bool is_last = k == spec->n_steps;
  if (potential->samples > 0 && !is_last)
    return sampled_value(site, j, at, x0hat, phi);
  *phi = site->worker->twist_scratch;
  bool is_at_x = is_last || !potential->at_x0hat;
  kac_potential_io io = {.struct_size = sizeof io,
                         .flags = is_last ? KAC_FINAL : 0,
                         .want = KAC_Q_PHI,
                         .t = at->c.t,
                         .x = {is_at_x ? x : x0hat, d, NULL, 0},
                         .x_prev = previous(potential, twist, stride),
                         .phi = *phi};
  if (!call_potential(site, potential->instance, &io)) return false;
  if (keeps_previous(potential))
    keep_previous(&io.x, site->n, d, twist, stride);
  return true;
}

bool twist_update(const struct site *site, size_t k,
                  const struct path_point *at, const double *x,
                  const double *x0hat, double *twist, double *logw) {
  const struct spec *spec = site->worker->spec;
  bool is_last = k == spec->n_steps;
  for (size_t j = 0; j < spec->n_potentials; j++) {
    double *phi, *numbers = twist + offset(spec, j);
    const uint64_t *n_refused = &site->worker->activity[j].n_refused;
    uint64_t n_before = *n_refused;
    if (!twist_is_due(spec, j, k)) continue;
    if (!evaluate(site, j, k, at, x, x0hat, numbers, &phi)) return false;
    if (!call_strength(site, spec->potentials[j].instance, at->strength[j],
                       phi))
      return false;
    add_to_weights(site, j, k, at->strength[j], phi, numbers, logw);
    if (!is_last && *n_refused > n_before)
      doubt_deaths(site, &(struct look){j, k, at, x, x0hat, numbers});
  }
  if (is_last) count_revived(site, at->strength, twist);
  return true;
}

bool twist_verdict(const struct site *site, const struct path_point *at,
                   const double *x, double *logw) {
  const struct spec *spec = site->worker->spec;
  double *phi = site->worker->field_scratch;
  for (size_t j = 0; j < spec->n_potentials; j++) {
    if (spec->potentials[j].mode != MODE_RATE || !(at->strength[j] > 0))
      continue;
    if (!call_phi(site, spec->potentials[j].instance, KAC_FINAL, at->c.t, x,
                  phi))
      return false;
    for (size_t i = 0; i < site->n; i++) {
      if (phi[i] > -KAC_INF) continue;
      site->worker->activity[j].n_refused += logw[i] > -KAC_INF;
      logw[i] = -KAC_INF;
    }
  }
  return true;
}

bool twist_guides(const struct spec_potential *potential, size_t step,
                  double progress) {
  if (potential->guide == 0) return false;
  if (potential->is_step) return potential->is_step[step + 1];
  return progress >= potential->from && progress <= potential->to;
}

/* What guide j is paid for moving the means along `way`, before it does. */
static void pay(const struct spec *spec, const struct guided *move, size_t j,
                const double *way, double scale, size_t n) {
  size_t d = spec->space.n_real, stride = twist_size(spec);
  for (size_t i = 0; i < n && move->var > 0; i++) {
    const double *e = move->noise + i * d, *before = move->shift + i * d;
    double sum = 0;
    for (size_t k = 0; k < d; k++) {
      double m = scale * way[i * d + k];
      sum += m * (e[k] + before[k] + 0.5 * m);
    }
    move->twist[i * stride + twist_sum(spec, j)] -= sum / move->var;
  }
}

bool twist_guide(const struct site *site, const struct path_point *at,
                 const struct guided *move, bool *any) {
  const struct spec *spec = site->worker->spec;
  size_t d = spec->space.n_real, n = site->n;
  double *gradient = move->scratch, *pulled = move->scratch + n * d;
  struct site trial = *site;
  trial.pstate = NULL;
  *any = false;
  for (size_t j = 0; j < spec->n_potentials; j++) {
    const struct spec_potential *potential = &spec->potentials[j];
    double scale = potential->guide * at->strength[j] * move->var;
    const double *x = potential->at_x0hat ? move->x0hat : move->x;
    if (!twist_guides(potential, site->step, at->progress)) continue;
    kac_potential_io io = {.struct_size = sizeof io,
                           .flags = KAC_TRIAL,
                           .want = KAC_Q_DPHI,
                           .t = at->c.t,
                           .x = {x, d, NULL, 0},
                           .dphi = gradient,
                           .ld = d};
    if (!call_potential(&trial, potential->instance, &io)) return false;
    if (potential->mode == MODE_GUIDE)
      path_count(site, j, scale, NULL, gradient);
    bool is_pulled = potential->at_x0hat && potential->jacobian_exact;
    if (is_pulled && !path_pull_back(&trial, at, move->x, gradient, pulled))
      return false;
    double *way = is_pulled ? pulled : gradient;
    if (spec->space.flags & KAC_MEAN_FREE)
      call_project(&spec->space, n, way, d);
    pay(spec, move, j, way, scale, n);
    compose_add(move->shift, way, scale, n * d);
    *any = true;
  }
  return true;
}
