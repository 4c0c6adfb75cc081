/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Laws of score models and potentials: what they offer beside each other must
 * belong together. */
#include <kac/sdk.h>
#include <stdlib.h>

#include "conform/laws.h"
#include "conform/slopes.h"

/* A law with a sheet of points. */
typedef bool with_sheet(struct trial *, const struct sheet *);

static bool with_points(struct trial *trial, with_sheet *look) {
  struct sheet sheet;
  bool is_kept = sheet_open(&sheet, trial) && look(trial, &sheet);
  sheet_close(&sheet);
  return is_kept;
}

static bool offers(const struct trial *trial, uint64_t bits) {
  return (instance_provides(trial->instance) & bits) == bits;
}

static double dot(const double *a, const double *b, size_t n) {
  double sum = 0;
  for (size_t k = 0; k < n; k++) sum += a[k] * b[k];
  return sum;
}

static double length(const double *a, size_t n) {
  return sqrt(dot(a, a, n));
}

/* --- the gradient of a scalar ----------------------------------------------
 */
struct pair { /* a scalar, and the vector that should be its gradient */
  uint64_t scalar, vector;
  const char *scalar_name, *vector_name;
};

static bool compare_gradient(struct trial *trial, const struct sheet *sheet,
                             const struct pair *pair, struct slopes *slopes,
                             struct batch *batch) {
  size_t d = slopes->d, n_smooth = 0;
  if (!slopes_take(slopes, trial, sheet, pair->scalar) ||
      !sheet_ask_for(sheet, trial, 0, sheet->n, pair->vector, batch))
    return false;
  for (size_t i = 0; i < sheet->n; i++) {
    const double *vector = batch->out[0].values + i * batch->out[0].ld;
    double claimed = dot(vector, slopes->u + i * d, d);
    bool is_flat = fabs(slopes->fourth[i]) <= 1e-12 && length(vector, d) > 1e-6;
    if (!is_flat && !slopes_is_smooth(slopes, i, 0)) continue;
    n_smooth++;
    if (!slopes_agree(slopes, i, 0, claimed, length(vector, d)))
      return trial_broken(trial,
                          "row %zu: along a direction %s says %.6g, "
                          "differences of %s say %.6g",
                          i, pair->vector_name, claimed, pair->scalar_name,
                          slopes->fourth[i]);
  }
  if (n_smooth > 0) return true;
  return trial_skipped(trial, "%s is flat or not smooth at all %zu points",
                       pair->scalar_name, sheet->n);
}

static bool judge_gradient(struct trial *trial, const struct sheet *sheet,
                           const struct pair *pair) {
  struct slopes slopes;
  struct batch batch = {0};
  bool is_kept = slopes_open(&slopes, trial, sheet, 1, SIZE_MAX) &&
                 compare_gradient(trial, sheet, pair, &slopes, &batch);
  batch_free(&batch);
  slopes_close(&slopes);
  return is_kept;
}

static bool look_dphi(struct trial *trial, const struct sheet *sheet) {
  static const struct pair pair = {KAC_Q_PHI, KAC_Q_DPHI, "phi", "dphi"};
  return judge_gradient(trial, sheet, &pair);
}

static bool look_score(struct trial *trial, const struct sheet *sheet) {
  static const struct pair pair = {KAC_Q_LOGP, KAC_Q_SCORE, "logp", "score"};
  return judge_gradient(trial, sheet, &pair);
}

/* phi at times t + steps * h, a column for each. */
static bool ask_at_times(struct trial *trial, const struct sheet *sheet,
                         const double *steps, size_t n_steps, double h,
                         double *phi) {
  bool is_good = true;
  for (size_t s = 0; is_good && s < n_steps; s++) {
    struct batch batch = {0};
    double t = sheet_time(trial) + steps[s] * h;
    is_good = batch_new(&batch, trial, sheet->n, sheet->row, sheet->x,
                        KAC_Q_PHI, t) &&
              batch_ask(&batch);
    for (size_t i = 0; is_good && i < sheet->n; i++)
      phi[i * n_steps + s] = batch.out[0].values[i];
    batch_free(&batch);
  }
  return is_good;
}

static bool look_dphi_dt(struct trial *trial, const struct sheet *sheet) {
  static const double steps[4] = {1, -1, 2, -2};
  const struct spec *spec = trial->spec;
  double phi[4 * 64], h = 1e-3 * (spec->t[0] - spec->t[spec->n_steps]);
  struct batch batch = {0};
  bool is_kept =
      ask_at_times(trial, sheet, steps, 4, h, phi) &&
      sheet_ask_for(sheet, trial, 0, sheet->n, KAC_Q_DPHI_DT, &batch);
  for (size_t i = 0; is_kept && i < sheet->n; i++) {
    const double *f = phi + 4 * i;
    double claimed = batch.out[0].values[i], second = (f[0] - f[1]) / (2 * h);
    double fourth = (8 * (f[0] - f[1]) - (f[2] - f[3])) / (12 * h);
    bool is_smooth = fabs(fourth - second) <= 2e-3 * fabs(fourth) + 1e-9;
    double allowed = 0.01 * fabs(fourth) + 1e-7 * (1 + fabs(f[0]));
    if (is_smooth && !(fabs(claimed - fourth) <= allowed))
      is_kept = trial_broken(trial,
                             "row %zu: dphi_dt says %.6g, differences of phi "
                             "in t say %.6g",
                             i, claimed, fourth);
  }
  batch_free(&batch);
  return is_kept;
}

bool law_gradient(struct trial *trial) {
  bool has_slope = offers(trial, KAC_Q_PHI | KAC_Q_DPHI);
  bool has_rate = offers(trial, KAC_Q_PHI | KAC_Q_DPHI_DT);
  if (!has_slope && !has_rate)
    return trial_skipped(trial, "it offers no gradient");
  return (!has_rate || with_points(trial, look_dphi_dt)) &&
         (!has_slope || with_points(trial, look_dphi));
}

bool law_score(struct trial *trial) {
  if (!offers(trial, KAC_Q_LOGP | KAC_Q_SCORE))
    return trial_skipped(trial, "it does not offer both logp and score");
  return with_points(trial, look_score);
}

/* --- divergence ------------------------------------------------------------
 */
enum { MOST_AXES = 64 };

/* trace += d score_k / d x_k, and whether the differences tell at each row. */
static bool add_axis(struct trial *trial, const struct sheet *sheet, size_t k,
                     double *trace, double *size, bool *is_smooth) {
  struct slopes slopes;
  size_t d = trial->spec->space.n_real;
  bool is_good = slopes_open(&slopes, trial, sheet, d, k) &&
                 slopes_take(&slopes, trial, sheet, KAC_Q_SCORE);
  for (size_t i = 0; is_good && i < sheet->n; i++) {
    double slope = slopes.fourth[i * d + k];
    trace[i] += slope;
    size[i] += fabs(slope);
    is_smooth[i] =
        is_smooth[i] && isfinite(slope) &&
        fabs(slope - slopes.second[i * d + k]) <= 2e-3 * fabs(slope) + 1e-9;
  }
  slopes_close(&slopes);
  return is_good;
}

static bool look_divergence(struct trial *trial, const struct sheet *sheet) {
  size_t d = trial->spec->space.n_real, n_smooth = 0;
  double trace[64] = {0}, size[64] = {0};
  bool is_smooth[64], is_kept = true;
  struct batch batch = {0};
  for (size_t i = 0; i < sheet->n; i++) is_smooth[i] = true;
  for (size_t k = 0; is_kept && k < d; k++)
    is_kept = add_axis(trial, sheet, k, trace, size, is_smooth);
  is_kept =
      is_kept && sheet_ask_for(sheet, trial, 0, sheet->n, KAC_Q_DIV, &batch);
  for (size_t i = 0; is_kept && i < sheet->n; i++) {
    double claimed = batch.out[0].values[i];
    n_smooth += is_smooth[i];
    if (is_smooth[i] && fabs(claimed - trace[i]) > 0.01 * size[i] + 1e-8)
      is_kept = trial_broken(trial,
                             "row %zu: div is %.6g, the trace of the score's "
                             "differences %.6g",
                             i, claimed, trace[i]);
  }
  batch_free(&batch);
  if (is_kept && n_smooth == 0)
    return trial_skipped(trial, "the score is not smooth at these points");
  return is_kept;
}

bool law_divergence(struct trial *trial) {
  if (!offers(trial, KAC_Q_DIV | KAC_Q_SCORE))
    return trial_skipped(trial, "it does not offer both div and score");
  if (trial->spec->space.flags & KAC_MEAN_FREE)
    return trial_skipped(trial, "not in a space without centre of mass");
  if (trial->spec->space.n_real > MOST_AXES)
    return trial_skipped(trial, "too many dimensions for differences");
  return with_points(trial, look_divergence);
}

/* --- vector-Jacobian product -----------------------------------------------
 */
/* x0hat from what the model gives, by Tweedie's formula where it must be. */
static double tweedie(const kac_coeffs *c, double x, double score) {
  return (x + c->sigma * c->sigma * score) / c->alpha;
}

static bool coeffs_here(struct trial *trial, kac_coeffs *c) {
  struct site site = {
      .worker = &trial->run.workers[0], .n = 1, .is_probe = true};
  return call_coeffs(&site, sheet_time(trial), c) ||
         trial_broken(trial, "the schedule fails: %s",
                      trial->run.workers[0].fault.text);
}

static bool compare_vjp(struct trial *trial, const struct sheet *sheet,
                        const kac_coeffs *c, struct slopes *slopes,
                        struct batch *batch) {
  bool has_x0 = offers(trial, KAC_Q_X0);
  size_t d = slopes->d;
  if (!slopes_take(slopes, trial, sheet, has_x0 ? KAC_Q_X0 : KAC_Q_SCORE) ||
      !sheet_ask_for(sheet, trial, 0, sheet->n, KAC_Q_VJP, batch))
    return false;
  for (size_t i = 0; i < sheet->n; i++) {
    const double *v = batch->v + i * batch->ld, *u = slopes->u + i * d;
    const double *pulled = batch->out[0].values + i * batch->out[0].ld;
    double claimed = dot(pulled, u, d), told = 0, size = 0;
    for (size_t k = 0; k < d; k++) {
      double part = slopes->fourth[i * d + k];
      if (!has_x0) part = tweedie(c, u[k], part);
      told += v[k] * part;
      size += fabs(v[k] * part);
    }
    if (!isfinite(told) || fabs(claimed - told) <= 0.01 * size + 1e-6) continue;
    return trial_broken(trial,
                        "row %zu: <vjp(v), u> is %.6g, <v, d x0hat/dx u> by "
                        "differences %.6g",
                        i, claimed, told);
  }
  return true;
}

static bool look_vjp(struct trial *trial, const struct sheet *sheet) {
  struct slopes slopes;
  struct batch batch = {0};
  kac_coeffs c;
  size_t d = trial->spec->space.n_real;
  bool is_kept = slopes_open(&slopes, trial, sheet, d, SIZE_MAX) &&
                 coeffs_here(trial, &c) &&
                 compare_vjp(trial, sheet, &c, &slopes, &batch);
  batch_free(&batch);
  slopes_close(&slopes);
  return is_kept;
}

bool law_vjp(struct trial *trial) {
  if (!offers(trial, KAC_Q_VJP) ||
      !(instance_provides(trial->instance) & (KAC_Q_X0 | KAC_Q_SCORE)))
    return trial_skipped(trial, "it offers no vjp");
  return with_points(trial, look_vjp);
}

/* --- forms of one model ----------------------------------------------------
 */
/* What a form should be where the score is s (docs/methods.md section 1). */
static double form_of(uint64_t bit, const kac_coeffs *c, double x, double s) {
  if (bit == KAC_Q_X0) return tweedie(c, x, s);
  if (bit == KAC_Q_EPS) return -c->sigma * s;
  return c->f * x - 0.5 * c->g2 * s;
}

static bool compare_form(struct trial *trial, const struct batch *all,
                         const struct output *score, const struct output *form,
                         const kac_coeffs *c) {
  for (size_t i = 0; i < all->n; i++)
    for (size_t k = 0; k < all->d; k++) {
      double x = all->x[i * all->ld + k], s = score->values[i * score->ld + k];
      double told = form->values[i * form->ld + k];
      double right = form_of(form->bit, c, x, s);
      double size =
          fabs(right) + fabs(x) * (form->bit == KAC_Q_X0 ? 1 / c->alpha : 1);
      if (fabs(told - right) <= 1e-3 * size) continue;
      return trial_broken(trial,
                          "%s[%zu] of row %zu is %.6g, and %.6g follows from "
                          "the score at alpha = %.4g, sigma = %.4g",
                          form->name, k, i, told, right, c->alpha, c->sigma);
    }
  return true;
}

static bool look_forms(struct trial *trial, const struct sheet *sheet) {
  struct batch all = {0};
  kac_coeffs c;
  const struct output *score = NULL;
  uint64_t forms = KAC_Q_SCORE | KAC_Q_X0 | KAC_Q_EPS | KAC_Q_VELOCITY;
  bool is_kept =
      coeffs_here(trial, &c) &&
      sheet_ask_for(sheet, trial, 0, sheet->n,
                    forms & instance_provides(trial->instance), &all);
  for (size_t k = 0; k < all.n_out; k++)
    if (all.out[k].bit == KAC_Q_SCORE) score = &all.out[k];
  for (size_t k = 0; is_kept && score && k < all.n_out; k++)
    if (&all.out[k] != score)
      is_kept = compare_form(trial, &all, score, &all.out[k], &c);
  batch_free(&all);
  return is_kept;
}

bool law_denoised(struct trial *trial) {
  uint64_t others = KAC_Q_X0 | KAC_Q_EPS | KAC_Q_VELOCITY;
  if (!offers(trial, KAC_Q_SCORE) ||
      !(instance_provides(trial->instance) & others))
    return trial_skipped(trial, "it offers one form alone");
  size_t middle = trial->step, steps[] = {middle, 0, trial->spec->n_steps - 1};
  bool is_kept = true;
  for (size_t k = 0; is_kept && k < 3; k++) {
    trial->step = steps[k];
    is_kept = with_points(trial, look_forms);
  }
  trial->step = middle;
  return is_kept;
}

/* --- bytes of a particle ---------------------------------------------------
 */
static void move_state(const struct batch *from, struct batch *to,
                       const size_t *source) {
  size_t stride = from->pstate_stride;
  for (size_t i = 0; i < to->n; i++)
    memcpy(to->pstate + i * stride, from->pstate + source[i] * stride, stride);
}

/* Look, move the rows with their bytes, look again; and the same with the rows
 * left where they are. */
static bool look_state(struct trial *trial, const struct sheet *sheet) {
  struct sheet turned = {.n = sheet->n};
  struct batch first = {0}, moved = {0};
  size_t d = trial->spec->space.n_real, n = sheet->n, column;
  const char *name;
  turned.x = memory_alloc(n * d * sizeof *turned.x);
  if (!turned.x) return trial_broken(trial, "no memory for points");
  for (size_t i = 0; i < n; i++) {
    turned.row[i] = (i * 37 + 11) % n;
    memcpy(turned.x + i * d, sheet->x + turned.row[i] * d,
           d * sizeof *turned.x);
  }
  bool is_kept =
      sheet_ask(sheet, trial, 0, n, &first) &&
      batch_new(&moved, trial, n, turned.row, turned.x, first.want, first.t);
  if (is_kept) move_state(&first, &moved, turned.row);
  is_kept = is_kept && batch_ask(&first) && batch_ask(&moved);
  for (size_t i = 0; is_kept && i < n; i++)
    if (!batch_same(&moved, i, &first, turned.row[i], &name, &column))
      is_kept = trial_broken(trial,
                             "%s[%zu] of row %zu changes when the row has "
                             "moved with its bytes",
                             name, column, i);
  if (is_kept && batch_spill(&moved, &name))
    is_kept =
        trial_broken(trial, "more than pstate_bytes = %zu of a row are written",
                     trial->instance->plan.pstate_bytes);
  batch_free(&first);
  batch_free(&moved);
  sheet_close(&turned);
  return is_kept;
}

/* A trial call: the point may be rejected, and has no bytes. */
static bool look_in_trial(struct trial *trial, const struct sheet *sheet) {
  struct batch batch = {0};
  bool is_kept = batch_new(&batch, trial, sheet->n, sheet->row, sheet->x,
                           batch_bits(trial), sheet_time(trial)) ||
                 trial_broken(trial, "no memory for a batch");
  free(batch.pstate);
  batch.pstate = NULL;
  is_kept = is_kept && batch_ask(&batch);
  batch_free(&batch);
  return is_kept;
}

bool law_state(struct trial *trial) {
  if (trial->instance->plan.pstate_bytes == 0)
    return trial_skipped(trial, "it keeps no bytes per particle");
  return with_points(trial, look_state) && with_points(trial, look_in_trial);
}
