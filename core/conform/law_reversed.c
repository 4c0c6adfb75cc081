/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The law of kernels for short steps, ahead and back: to first order in the
 * step, mean = x + b du + eps S |du| and var = 2 eps |du|.  The host weighs a
 * move by the kernel that leads back (docs/methods.md section 3).
 *
 * A kernel tells exact numbers, so that rates are compared to 1e-3: what is of
 * second order in the step goes as two steps are extrapolated to none.  Where b
 * and S nearly cancel, or one is nearly zero, a factor would not be seen: each
 * is also made up with the other at zero. */
#include <kac/sdk.h>
#include <stdlib.h>

#include "conform/ask.h"
#include "conform/laws.h"

#define RELATIVE 1e-3
/* Of the run: the square of a step is below 1e-6, and what float32 leaves in a
 * rate below 1e-3. */
#define STEP 2e-4

struct rates { /* per unit of time, at the rows of a sheet */
  const char *where;
  double *b, *s;  /* the field that is lent */
  double *moving; /* of the mean */
  double spreading, eps, g2, step;
};

/* --- the field -------------------------------------------------------------
 */
static bool take_field(struct trial *trial, const struct sheet *sheet,
                       struct rates *rates) {
  size_t n = sheet->n, d = trial->spec->space.n_real;
  struct site site = {
      .worker = &trial->run.workers[0], .n = n, .is_probe = true};
  struct path_point here;
  kac_field_io f = {.struct_size = sizeof f,
                    .want = KAC_Q_B | KAC_Q_S,
                    .t = sheet_time(trial),
                    .t_next = sheet_time(trial) - rates->step,
                    .x = {sheet->x, d, NULL, 0},
                    .b = rates->b,
                    .s = rates->s,
                    .ld = d};
  if (!path_at(&site, f.t, &here) || !path_field(&site, &f))
    return trial_broken(trial, "no field: %s", site.worker->fault.text);
  kac_coeffs c = run_coeffs(&here, ask_entry(trial));
  rates->eps = c.eps;
  rates->g2 = c.g2;
  return true;
}

/* Of the size that fields have, b = g2 S/2 being that of noising. */
static void make_up(struct trial *trial, size_t n, double *field, double size) {
  const kac_space *space = &trial->spec->space;
  size_t d = space->n_real;
  struct rng_key key = rng_key(trial->options->seed, USE_MODEL, 6);
  rng_normal(key, (struct rng_address){0}, n, field, d, d);
  if (space->flags & KAC_MEAN_FREE) call_project(space, n, field, d);
  for (size_t k = 0; k < n * d; k++) field[k] *= size;
}

/* --- what a kernel does with it --------------------------------------------
 */
/* moving += weight (mean - x)/|du|, and the same of the variance. */
static bool add_step(struct trial *trial, const struct sheet *sheet,
                     struct rates *rates, double du, double weight) {
  struct batch batch = {0};
  double t = sheet_time(trial), by = weight / fabs(du);
  bool is_kept =
      batch_new(&batch, trial, sheet->n, sheet->row, sheet->x, ASK_MOVE, t) ||
      trial_broken(trial, "no memory for a batch");
  batch.t_next = t - du;
  batch.b = rates->b;
  batch.s = rates->s;
  is_kept = is_kept && batch_ask(&batch);
  for (size_t i = 0; is_kept && i < batch.n; i++)
    for (size_t k = 0; k < batch.d; k++)
      rates->moving[i * batch.d + k] +=
          by * (batch.out[0].values[i * batch.out[0].ld + k] -
                batch.x[i * batch.ld + k]);
  if (is_kept) rates->spreading += by * batch.out[1].values[0];
  batch_free(&batch);
  return is_kept;
}

static bool judge_row(struct trial *trial, const struct rates *rates, size_t i,
                      double way) {
  size_t d = trial->spec->space.n_real;
  const double *b = rates->b + i * d, *s = rates->s + i * d;
  double size = 0;
  for (size_t k = 0; k < d; k++) size += fabs(b[k]) + rates->eps * fabs(s[k]);
  for (size_t k = 0; k < d; k++) {
    double right = way * b[k] + rates->eps * s[k];
    double told = rates->moving[i * d + k];
    if (!(fabs(told - right) <= RELATIVE * size + 1e-6 * rates->g2))
      return trial_broken(trial,
                          "a short step %s%s moves x[%zu] of row %zu by %.6g "
                          "|du|, expected %.6g |du|",
                          way > 0 ? "ahead" : "back", rates->where, k, i, told,
                          right);
  }
  return true;
}

static bool judge_spread(struct trial *trial, const struct rates *rates,
                         double way) {
  double right = 2 * rates->eps, told = rates->spreading;
  return fabs(told - right) <= RELATIVE * right + 1e-6 * rates->g2 ||
         trial_broken(trial,
                      "a short step %s has var = %.6g |du|, expected %.6g |du|",
                      way > 0 ? "ahead" : "back", told, right);
}

static bool look_way(struct trial *trial, const struct sheet *sheet,
                     struct rates *rates, double way) {
  size_t bytes = sheet->n * trial->spec->space.n_real * sizeof(double);
  memset(rates->moving, 0, bytes);
  rates->spreading = 0;
  bool is_kept = add_step(trial, sheet, rates, way * rates->step, -1) &&
                 add_step(trial, sheet, rates, 0.5 * way * rates->step, 2) &&
                 judge_spread(trial, rates, way);
  for (size_t i = 0; is_kept && i < sheet->n; i++)
    is_kept = judge_row(trial, rates, i, way);
  return is_kept;
}

/* A chain with a noise of its own may lead back by noising, which is -b + eps S
 * where the field is the model's and needs none. */
static bool look_ways(struct trial *trial, const struct sheet *sheet,
                      struct rates *rates) {
  const kac_integrator_ops *ops = trial->component->ops;
  bool is_own = rates->where[0] && (ops->role & KAC_OWN_NOISE);
  return look_way(trial, sheet, rates, 1) &&
         (is_own || look_way(trial, sheet, rates, -1));
}

/* The field of the model, and made up ones where nothing else of it is used. */
static bool look_fields(struct trial *trial, const struct sheet *sheet,
                        struct rates *rates) {
  const kac_integrator_ops *ops = trial->component->ops;
  double size = rates->g2 > 0 ? 0.5 * rates->g2 : 1;
  rates->where = "";
  if (!look_ways(trial, sheet, rates)) return false;
  if (ops->needs_field & ~(KAC_Q_B | KAC_Q_S)) return true;
  rates->where = " where S = 0";
  make_up(trial, sheet->n, rates->b, size);
  make_up(trial, sheet->n, rates->s, 0);
  if (!look_ways(trial, sheet, rates)) return false;
  rates->where = " where b = 0";
  make_up(trial, sheet->n, rates->b, 0);
  make_up(trial, sheet->n, rates->s, 1);
  return look_ways(trial, sheet, rates);
}

bool law_reversed(struct trial *trial) {
  const struct spec *spec = trial->spec;
  const kac_integrator_ops *ops = trial->component->ops;
  struct sheet sheet = {0};
  struct rates rates = {.step = STEP * (spec->t[0] - spec->t[spec->n_steps])};
  if (!ops->kernel) return trial_skipped(trial, "it has no kernel");
  if (ops->role & KAC_OWN_LAW)
    return trial_skipped(trial, "it has a law of its own (KAC_OWN_LAW)");
  bool is_kept = sheet_open(&sheet, trial);
  size_t bytes = sheet.n * spec->space.n_real * sizeof(double);
  rates.b = memory_alloc(bytes);
  rates.s = memory_alloc(bytes);
  rates.moving = memory_alloc(bytes);
  is_kept = is_kept && ((rates.b && rates.s && rates.moving) ||
                        trial_broken(trial, "no memory for a field"));
  is_kept = is_kept && take_field(trial, &sheet, &rates) &&
            look_fields(trial, &sheet, &rates);
  free(rates.b);
  free(rates.s);
  free(rates.moving);
  sheet_close(&sheet);
  return is_kept;
}
