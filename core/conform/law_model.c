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

static const double *row_of(const struct batch *batch, size_t i) {
  return batch->out[0].values + i * batch->out[0].ld;
}

/* The part of the vector along row i's direction. */
static double along(const struct batch *batch, const struct slopes *slopes,
                    size_t i) {
  return dot(row_of(batch, i), slopes->u + i * slopes->d, slopes->d);
}

static bool compare_gradient(struct trial *trial, const struct sheet *sheet,
                             const struct pair *pair, struct slopes *slopes,
                             struct batch *batch) {
  size_t d = slopes->d, wrong = SIZE_MAX;
  struct slopes_rows rows = {0};
  if (!slopes_take(slopes, trial, sheet, pair->scalar) ||
      !sheet_ask_for(sheet, trial, 0, sheet->n, pair->vector, batch))
    return false;
  for (size_t i = 0; i < sheet->n; i++) {
    const struct slope *slope = &slopes->slope[i];
    double size = length(row_of(batch, i), d);
    bool is_flat = fabs(slope->fourth) <= 1e-12 && size > 1e-6;
    if (!is_flat && !slopes_is_smooth(slope->gap, slope->fourth, 0)) {
      rows.n_rough += isfinite(slope->fourth) ? 1 : 0;
      continue;
    }
    rows.n_smooth++;
    if (wrong == SIZE_MAX &&
        !slopes_agree(slope, along(batch, slopes, i), size))
      wrong = i;
  }
  if (!slopes_tell(trial, &rows, pair->scalar_name)) return false;
  return wrong == SIZE_MAX ||
         trial_broken(trial,
                      "row %zu: along a direction %s says %.6g, "
                      "differences of %s say %.6g",
                      wrong, pair->vector_name, along(batch, slopes, wrong),
                      pair->scalar_name, slopes->slope[wrong].fourth);
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
                         double h, double *phi) {
  bool is_good = true;
  for (size_t s = 0; is_good && s < SLOPES_POINTS; s++) {
    struct batch batch = {0};
    double t = sheet_time(trial) + slopes_steps[s] * h;
    is_good = batch_new(&batch, trial, sheet->n, sheet->row, sheet->x,
                        KAC_Q_PHI, t) &&
              batch_ask(&batch);
    for (size_t i = 0; is_good && i < sheet->n; i++)
      phi[i * SLOPES_POINTS + s] = batch.out[0].values[i];
    batch_free(&batch);
  }
  return is_good;
}

static bool compare_rate(struct trial *trial, const struct sheet *sheet,
                         const double *phi, double h,
                         const struct batch *batch) {
  struct slopes_rows rows = {0};
  size_t wrong = SIZE_MAX;
  for (size_t i = 0; i < sheet->n; i++) {
    const double *f = phi + i * SLOPES_POINTS;
    struct slope slope = slopes_of(f, h);
    bool is_smooth = slopes_is_smooth(slope.gap, slope.fourth, 1e-9);
    double allowed = 0.01 * fabs(slope.fourth) + 1e-7 * (1 + fabs(f[0]));
    rows.n_rough += !is_smooth && isfinite(slope.fourth);
    rows.n_smooth += is_smooth;
    if (is_smooth && wrong == SIZE_MAX &&
        !(fabs(row_of(batch, i)[0] - slope.fourth) <= allowed))
      wrong = i;
  }
  if (!slopes_tell(trial, &rows, "phi in t")) return false;
  return wrong == SIZE_MAX ||
         trial_broken(
             trial,
             "row %zu: dphi_dt says %.6g, differences of phi in t say %.6g",
             wrong, row_of(batch, wrong)[0],
             slopes_of(phi + wrong * SLOPES_POINTS, h).fourth);
}

static bool look_dphi_dt(struct trial *trial, const struct sheet *sheet) {
  const struct spec *spec = trial->spec;
  double phi[SLOPES_POINTS * 64];
  double h = 1e-3 * (spec->t[0] - spec->t[spec->n_steps]);
  struct batch batch = {0};
  bool is_kept =
      ask_at_times(trial, sheet, h, phi) &&
      sheet_ask_for(sheet, trial, 0, sheet->n, KAC_Q_DPHI_DT, &batch) &&
      compare_rate(trial, sheet, phi, h, &batch);
  batch_free(&batch);
  return is_kept;
}

bool law_gradient(struct trial *trial) {
  bool has_slope = offers(trial, KAC_Q_PHI | KAC_Q_DPHI);
  bool has_rate = offers(trial, KAC_Q_PHI | KAC_Q_DPHI_DT);
  if (!has_slope && !has_rate)
    return trial_skipped(trial, "it offers no gradient");
  /* What cannot be judged in x may be wrong in t all the same. */
  bool is_slope_kept = !has_slope || with_points(trial, look_dphi);
  if (trial->verdict->code == VERDICT_BROKEN) return false;
  bool is_rate_kept = !has_rate || with_points(trial, look_dphi_dt);
  return is_slope_kept && is_rate_kept;
}

bool law_score(struct trial *trial) {
  if (!offers(trial, KAC_Q_LOGP | KAC_Q_SCORE))
    return trial_skipped(trial, "it does not offer both logp and score");
  return with_points(trial, look_score);
}

/* --- divergence ------------------------------------------------------------
 */
enum { MOST_AXES = 64 };

struct traces { /* of the score's derivatives, by row */
  double trace[64], size[64];
  bool is_rough[64];
};

static bool add_axis(struct trial *trial, const struct sheet *sheet, size_t k,
                     struct traces *to) {
  struct slopes slopes;
  size_t d = trial->spec->space.n_real;
  bool is_good = slopes_open(&slopes, trial, sheet, d, k) &&
                 slopes_take(&slopes, trial, sheet, KAC_Q_SCORE);
  for (size_t i = 0; is_good && i < sheet->n; i++) {
    struct slope slope = slopes.slope[i * d + k];
    to->trace[i] += slope.fourth;
    to->size[i] += fabs(slope.fourth);
    if (!slopes_is_smooth(slope.gap, slope.fourth, 1e-9))
      to->is_rough[i] = true;
  }
  slopes_close(&slopes);
  return is_good;
}

static bool compare_trace(struct trial *trial, const struct sheet *sheet,
                          const struct traces *traces,
                          const struct batch *batch) {
  struct slopes_rows rows = {0};
  size_t wrong = SIZE_MAX;
  for (size_t i = 0; i < sheet->n; i++) {
    double off = fabs(row_of(batch, i)[0] - traces->trace[i]);
    bool is_smooth = !traces->is_rough[i] && isfinite(traces->trace[i]);
    rows.n_smooth += is_smooth;
    rows.n_rough += !is_smooth && isfinite(traces->trace[i]);
    if (is_smooth && wrong == SIZE_MAX && off > 0.01 * traces->size[i] + 1e-8)
      wrong = i;
  }
  if (!slopes_tell(trial, &rows, "the score")) return false;
  return wrong == SIZE_MAX ||
         trial_broken(trial,
                      "row %zu: div is %.6g, the trace of the score's "
                      "differences %.6g",
                      wrong, row_of(batch, wrong)[0], traces->trace[wrong]);
}

static bool look_divergence(struct trial *trial, const struct sheet *sheet) {
  struct traces traces = {0};
  struct batch batch = {0};
  bool is_kept = true;
  for (size_t k = 0; is_kept && k < trial->spec->space.n_real; k++)
    is_kept = add_axis(trial, sheet, k, &traces);
  is_kept = is_kept &&
            sheet_ask_for(sheet, trial, 0, sheet->n, KAC_Q_DIV, &batch) &&
            compare_trace(trial, sheet, &traces, &batch);
  batch_free(&batch);
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

/* Row i: the derivative of x0hat along u, as far as differences tell it. */
struct pulled {
  double claimed, told, size; /* <vjp(v), u>, <v, d x0hat/dx u> */
  bool is_smooth, is_finite;
};

static struct pulled pull(const struct slopes *slopes, const kac_coeffs *c,
                          bool has_x0, const struct batch *batch, size_t i) {
  size_t d = slopes->d;
  const double *v = batch->v + i * batch->ld, *u = slopes->u + i * d;
  struct pulled row = {.claimed = dot(row_of(batch, i), u, d)};
  double along_v[SLOPES_POINTS] = {0};
  for (size_t k = 0; k < d; k++) {
    const double *value = slopes->values + (i * d + k) * SLOPES_POINTS;
    double part = slopes->slope[i * d + k].fourth;
    if (!has_x0) part = tweedie(c, u[k], part);
    row.told += v[k] * part;
    row.size += fabs(v[k] * part);
    for (size_t s = 0; s < SLOPES_POINTS; s++) along_v[s] += v[k] * value[s];
  }
  double gap = slopes_of(along_v, slopes->h).gap;
  if (!has_x0) gap *= c->sigma * c->sigma / c->alpha;
  row.is_finite = isfinite(row.told);
  row.is_smooth = row.is_finite && slopes_is_smooth(gap, row.size, 1e-7);
  return row;
}

static bool compare_vjp(struct trial *trial, const struct sheet *sheet,
                        const kac_coeffs *c, struct slopes *slopes,
                        struct batch *batch) {
  bool has_x0 = offers(trial, KAC_Q_X0);
  struct slopes_rows rows = {0};
  struct pulled wrong = {0};
  size_t at = SIZE_MAX;
  if (!slopes_take(slopes, trial, sheet, has_x0 ? KAC_Q_X0 : KAC_Q_SCORE) ||
      !sheet_ask_for(sheet, trial, 0, sheet->n, KAC_Q_VJP, batch))
    return false;
  for (size_t i = 0; i < sheet->n; i++) {
    struct pulled row = pull(slopes, c, has_x0, batch, i);
    rows.n_smooth += row.is_smooth;
    rows.n_rough += row.is_finite && !row.is_smooth;
    if (!row.is_smooth || at != SIZE_MAX ||
        fabs(row.claimed - row.told) <= 0.01 * row.size + 1e-6)
      continue;
    wrong = row;
    at = i;
  }
  if (!slopes_tell(trial, &rows, "x0hat")) return false;
  return at == SIZE_MAX ||
         trial_broken(trial,
                      "row %zu: <vjp(v), u> is %.6g, <v, d x0hat/dx u> by "
                      "differences %.6g",
                      at, wrong.claimed, wrong.told);
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
