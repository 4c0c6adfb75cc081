/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Gaussian kernel of an integrator, tried before a run on one row, the
 * state (1, ..., 1), as if the data were Gaussian around 0 with the width that
 * the models report.  Nothing that a run lends is there yet, so whoever asks
 * for it fails, and is judged by the run itself. */
#include <kac/sdk.h>

#include "config/build.h"
#include "plugin/crash.h"
#include "sampler/path.h"
#include "sampler/run.h"

static kac_status no_field(const kac_block *block, kac_field_io *io,
                           kac_error *err) {
  (void)block, (void)io;
  return kac_fail(err, KAC_EUNSUPPORTED, "there is no field before a run");
}

static kac_status no_coeffs(const kac_block *block, double t, kac_coeffs *c,
                            kac_error *err) {
  (void)block, (void)t, (void)c;
  return kac_fail(err, KAC_EUNSUPPORTED, "there is no schedule before a run");
}

static void no_draws(const kac_block *block, uint32_t draw, double *out,
                     size_t ld, size_t n_col) {
  (void)draw;
  for (size_t i = 0; i < block->n; i++)
    for (size_t k = 0; k < n_col; k++) out[i * ld + k] = 0.5;
}

static const kac_calls nothing = {sizeof nothing, 0,        no_field,
                                  no_coeffs,      no_draws, no_draws};

/* The path and its field b x, S x at one grid time; false: the schedule has
 * nothing to say there, which others report. */
static bool set_point(struct build_trial *trial, double t, kac_coeffs *c,
                      struct build_point *point) {
  const struct spec *spec = trial->build->spec;
  struct worker worker = {.spec = spec};
  struct site site = {.worker = &worker, .n = 1, .is_probe = true};
  struct path_point path;
  if (!path_at(&site, t, &path)) return false;
  *c = path.c;
  double width = c->alpha * trial->sigma_data;
  double variance = c->sigma * c->sigma + width * width;
  point->progress = path.progress;
  point->precision = variance > 0 ? path.sum_p / variance : 0;
  point->b = -path.sum_p * c->f - 0.5 * c->g2 * point->precision +
             (1 - path.sum_p) * path.kappa;
  return true;
}

static void fill(double *row, size_t n, double value) {
  for (size_t k = 0; k < n; k++) row[k] = value;
}

static struct build_kernel try_kernel(const struct build_trial *trial,
                                      const kac_coeffs *c0,
                                      const kac_coeffs *c1,
                                      const struct build_point *point) {
  const struct build_kernel unknown = {KAC_NAN, KAC_NAN};
  struct instance *instance = trial->entry->instance;
  const kac_integrator_ops *ops = instance->component->ops;
  size_t d = trial->build->spec->space.n_real;
  double *row = trial->rows, zero = 0;
  double s2 = c0->sigma * c0->sigma;
  if (!row) return unknown;
  fill(row, d, 1);
  fill(row + d, d, point->b);
  fill(row + 2 * d, d, -point->precision);
  fill(row + 3 * d, d, (1 - s2 * point->precision) / c0->alpha);
  kac_field_io f = {.struct_size = sizeof f,
                    .want = ops->needs_field,
                    .t = c0->t,
                    .t_next = c1->t,
                    .x = {row, d, NULL, 0},
                    .b = row + d,
                    .s = row + 2 * d,
                    .x0 = row + 3 * d,
                    .ld = d,
                    .logpi = &zero};
  kac_kernel_io io = {.struct_size = sizeof io,
                      .c0 = c0,
                      .c1 = c1,
                      .x = f.x,
                      .f = &f,
                      .mean = row + 4 * d,
                      .ld = d};
  kac_block block = {.struct_size = sizeof block,
                     .n = 1,
                     .space = &trial->build->spec->space,
                     .scratch = trial->scratch,
                     .host = &nothing};
  kac_error err = {.row = -1};
  struct crash_site before = crash_enter_instance(instance);
  kac_status status = ops->kernel(instance->config, &block, &io, &err);
  crash_enter(before);
  if (status != KAC_OK) return unknown;
  return (struct build_kernel){io.mean[0], io.var};
}

bool build_trial_open(struct build *build, const struct spec_integrator *entry,
                      struct build_trial *trial) {
  struct instance *instance = entry->instance;
  size_t d = build->spec->space.n_real;
  *trial = (struct build_trial){
      .build = build, .entry = entry, .sigma_data = build_sigma_data(build)};
  if (!run_ops(entry)->kernel || instance->component->create) return false;
  trial->rows = build_take(build, 5 * d, sizeof *trial->rows);
  trial->scratch = build_take(build, instance->plan.scratch_bytes, 1);
  return trial->rows && trial->scratch;
}

void build_trial_step(struct build_trial *trial, size_t step) {
  const struct spec *spec = trial->build->spec;
  double t0 = spec->t[step], t1 = spec->t[step + 1], t = 0.5 * (t0 + t1);
  struct build_point middle;
  kac_coeffs c;
  trial->down = trial->up = (struct build_kernel){KAC_NAN, KAC_NAN};
  if (!set_point(trial, t, &c, &middle) ||
      !set_point(trial, t0, &trial->c0, &trial->p0) ||
      !set_point(trial, t1, &trial->c1, &trial->p1))
    return;
  double zeta = ramp_at(&trial->entry->noise, middle.progress);
  double eps = 0.5 * zeta * zeta;
  /* As in a run: with densities both kernels have the noise of the middle. */
  bool is_density = spec->weights == WEIGHTS_DENSITY;
  if (!is_density) zeta = ramp_at(&trial->entry->noise, trial->p0.progress);
  trial->c0.eps = is_density ? eps * c.g2 : 0.5 * zeta * zeta * trial->c0.g2;
  trial->c1.eps = trial->c0.eps;
  trial->down = try_kernel(trial, &trial->c0, &trial->c1, &trial->p0);
  trial->up = try_kernel(trial, &trial->c1, &trial->c0, &trial->p1);
}
