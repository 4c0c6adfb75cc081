/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The law of kernels for short steps, ahead and back: to first order in the
 * step, mean = x + b du + eps S |du| and var = 2 eps |du|.  The host weighs a
 * move by the kernel that leads back (docs/methods.md section 3). */
#include <kac/sdk.h>
#include <stdlib.h>

#include "conform/ask.h"
#include "conform/laws.h"

struct drift { /* at the rows of a sheet */
  double *b, *s;
  double eps, step;
};

static bool take_drift(struct trial *trial, const struct sheet *sheet,
                       struct drift *drift) {
  size_t n = sheet->n, d = trial->spec->space.n_real;
  struct site site = {
      .worker = &trial->run.workers[0], .n = n, .is_probe = true};
  struct path_point here;
  kac_field_io f = {.struct_size = sizeof f,
                    .want = KAC_Q_B | KAC_Q_S,
                    .t = sheet_time(trial),
                    .t_next = sheet_time(trial) - drift->step,
                    .x = {sheet->x, d, NULL, 0},
                    .b = drift->b,
                    .s = drift->s,
                    .ld = d};
  if (!path_at(&site, f.t, &here) || !path_field(&site, &f))
    return trial_broken(trial, "no field: %s", site.worker->fault.text);
  drift->eps = run_coeffs(&here, ask_entry(trial)).eps;
  return true;
}

/* The worst of b du + eps S |du| may be this much off. */
#define RELATIVE 0.05

static bool compare_row(struct trial *trial, const struct batch *batch,
                        const struct drift *drift, size_t i, double du) {
  const double *x = batch->x + i * batch->ld;
  const double *mean = batch->out[0].values + i * batch->out[0].ld;
  double size = 0;
  for (size_t k = 0; k < batch->d; k++)
    size += fabs(drift->b[i * batch->d + k]) +
            drift->eps * fabs(drift->s[i * batch->d + k]);
  for (size_t k = 0; k < batch->d; k++) {
    double right = drift->b[i * batch->d + k] * du +
                   drift->eps * drift->s[i * batch->d + k] * fabs(du);
    if (!(fabs(mean[k] - x[k] - right) <=
          RELATIVE * size * fabs(du) + 1e-12 * fabs(x[k])))
      return trial_broken(trial,
                          "a short step %s moves x[%zu] of row %zu by %.4g du, "
                          "expected %.4g du",
                          du > 0 ? "ahead" : "back", k, i,
                          (mean[k] - x[k]) / du, right / du);
  }
  double var = batch->out[1].values[i], expected = 2 * drift->eps * fabs(du);
  return fabs(var - expected) <= RELATIVE * expected ||
         trial_broken(trial, "a short step %s has var = %.4g, expected %.4g",
                      du > 0 ? "ahead" : "back", var, expected);
}

static bool look_step(struct trial *trial, const struct sheet *sheet,
                      const struct drift *drift, double du) {
  struct batch batch = {0};
  double t = sheet_time(trial);
  bool is_kept =
      batch_new(&batch, trial, sheet->n, sheet->row, sheet->x, ASK_MOVE, t) ||
      trial_broken(trial, "no memory for a batch");
  batch.t_next = t - du;
  is_kept = is_kept && batch_ask(&batch);
  for (size_t i = 0; is_kept && i < sheet->n; i++)
    is_kept = compare_row(trial, &batch, drift, i, du);
  batch_free(&batch);
  return is_kept;
}

bool law_reversed(struct trial *trial) {
  const struct spec *spec = trial->spec;
  const kac_integrator_ops *ops = trial->component->ops;
  struct sheet sheet = {0};
  struct drift drift = {.step = 1e-4 * (spec->t[0] - spec->t[spec->n_steps])};
  if (!ops->kernel) return trial_skipped(trial, "it has no kernel");
  if (ops->role & KAC_OWN_LAW)
    return trial_skipped(trial, "it has a law of its own (KAC_OWN_LAW)");
  bool is_kept = sheet_open(&sheet, trial);
  size_t bytes = sheet.n * spec->space.n_real * sizeof(double);
  drift.b = memory_alloc(bytes);
  drift.s = memory_alloc(bytes);
  is_kept = is_kept && ((drift.b && drift.s) ||
                        trial_broken(trial, "no memory for a field"));
  is_kept = is_kept && take_drift(trial, &sheet, &drift) &&
            look_step(trial, &sheet, &drift, drift.step) &&
            look_step(trial, &sheet, &drift, -drift.step);
  free(drift.b);
  free(drift.s);
  sheet_close(&sheet);
  return is_kept;
}
