/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Laws of schedules: four numbers that are two functions and their
 * derivatives. */
#include <kac/sdk.h>

#include "conform/laws.h"

enum { POINTS = 33 };

static bool ask_range(struct trial *trial, double *t_min, double *t_max) {
  const kac_schedule_ops *ops = trial->component->ops;
  kac_error err = {.row = -1};
  struct crash_site before = trial_enter(trial);
  kac_status status = ops->range(trial->instance->self, t_min, t_max, &err);
  crash_enter(before);
  err.msg[sizeof err.msg - 1] = '\0';
  if (status != KAC_OK)
    return trial_broken(trial, "range fails with status %d: %s", (int)status,
                        err.msg[0] ? err.msg : "no message");
  if (!isfinite(*t_min) || !isfinite(*t_max) || !(*t_min < *t_max))
    return trial_broken(trial, "the range is from %g to %g", *t_min, *t_max);
  return true;
}

static bool ask(struct trial *trial, double t, kac_coeffs *c) {
  const kac_schedule_ops *ops = trial->component->ops;
  kac_error err = {.row = -1};
  *c = (kac_coeffs){.struct_size = sizeof *c,
                    .t = t,
                    .alpha = KAC_NAN,
                    .sigma = KAC_NAN,
                    .dalpha = KAC_NAN,
                    .dsigma = KAC_NAN};
  struct crash_site before = trial_enter(trial);
  kac_status status = ops->coeffs(trial->instance->self, t, c, &err);
  crash_enter(before);
  err.msg[sizeof err.msg - 1] = '\0';
  if (status != KAC_OK)
    return trial_broken(trial, "coeffs at t = %g fails with status %d: %s", t,
                        (int)status, err.msg[0] ? err.msg : "no message");
  if (!(c->alpha > 0) || !isfinite(c->alpha) || !(c->sigma >= 0) ||
      !isfinite(c->sigma))
    return trial_broken(trial,
                        "alpha = %g, sigma = %g at t = %g: expected finite "
                        "alpha > 0 and sigma >= 0",
                        c->alpha, c->sigma, t);
  return true;
}

/* A claimed derivative against that of fourth order: at 1e-4 of the range its
 * own error is below 1e-8 even where sigma is a root of t. */
static bool judge(struct trial *trial, const char *name, double t,
                  double claimed, const double f[4], double h, double size) {
  double told = (8 * (f[0] - f[1]) - (f[2] - f[3])) / (12 * h);
  return fabs(claimed - told) <= 1e-5 * fabs(told) + 1e-6 * size ||
         trial_broken(trial, "%s is %.8g at t = %g, differences say %.8g", name,
                      claimed, t, told);
}

/* g2 = d sigma^2/dt - 2 f sigma^2 where a schedule fills it itself. */
static bool judge_g2(struct trial *trial, const kac_coeffs *c, double size) {
  double f = c->dalpha / c->alpha;
  double g2 = 2 * c->sigma * (c->dsigma - f * c->sigma);
  if (c->g2 < 0 || c->g2 > 0)
    if (fabs(c->g2 - g2) > 1e-6 * (fabs(g2) + size))
      return trial_broken(trial,
                          "g2 is %.8g at t = %g; from alpha and sigma follows "
                          "%.8g",
                          c->g2, c->t, g2);
  return g2 >= -1e-9 * size ||
         trial_broken(trial,
                      "g2 = %.4g at t = %g: noise is taken away as t grows", g2,
                      c->t);
}

static bool judge_point(struct trial *trial, double t, double h,
                        double length) {
  static const double steps[4] = {1, -1, 2, -2};
  double alpha[4], sigma[4];
  kac_coeffs c, near;
  if (!ask(trial, t, &c)) return false;
  for (size_t s = 0; s < 4; s++) {
    if (!ask(trial, t + steps[s] * h, &near)) return false;
    alpha[s] = near.alpha;
    sigma[s] = near.sigma;
  }
  return judge(trial, "dalpha", t, c.dalpha, alpha, h, c.alpha / length) &&
         judge(trial, "dsigma", t, c.dsigma, sigma, h, c.sigma / length) &&
         judge_g2(trial, &c, c.sigma * c.sigma / length);
}

/* Inside: at the ends dsigma may be infinite. */
bool law_consistent(struct trial *trial) {
  double t_min, t_max;
  if (!ask_range(trial, &t_min, &t_max)) return false;
  double length = t_max - t_min, h = 1e-4 * length;
  for (size_t k = 1; k < POINTS - 1; k++) {
    double t = t_min + length * (double)k / (POINTS - 1);
    if (!judge_point(trial, t, h, length)) return false;
  }
  return true;
}

bool schedule_use(struct trial *trial) {
  double t_min, t_max;
  kac_coeffs c;
  if (!ask_range(trial, &t_min, &t_max)) return false;
  for (size_t k = 0; k <= 4; k++)
    if (!ask(trial, t_min + (t_max - t_min) * (double)k / 4, &c)) return false;
  return true;
}

/* Upwards, and downwards again. */
bool schedule_repeats(struct trial *trial) {
  double t_min, t_max, other_min, other_max;
  kac_coeffs c[POINTS], again;
  if (!ask_range(trial, &t_min, &t_max) ||
      !ask_range(trial, &other_min, &other_max))
    return false;
  if (other_min < t_min || other_min > t_min || other_max < t_max ||
      other_max > t_max)
    return trial_broken(trial,
                        "the range is from %.17g to %.17g, and a second time "
                        "from %.17g to %.17g",
                        t_min, t_max, other_min, other_max);
  for (size_t k = 0; k < POINTS; k++)
    if (!ask(trial, t_min + (t_max - t_min) * (double)k / (POINTS - 1), &c[k]))
      return false;
  for (size_t k = POINTS; k-- > 0;) {
    if (!ask(trial, c[k].t, &again)) return false;
    if (memcmp(&again, &c[k], sizeof again) != 0)
      return trial_broken(trial, "coeffs at t = %g are others a second time",
                          c[k].t);
  }
  return true;
}

bool law_monotone(struct trial *trial) {
  double t_min, t_max, before = -1;
  if (!ask_range(trial, &t_min, &t_max)) return false;
  for (size_t k = 0; k < POINTS; k++) {
    double t = t_min + (t_max - t_min) * (double)k / (POINTS - 1);
    kac_coeffs c;
    if (!ask(trial, k + 1 < POINTS ? t : t_max, &c)) return false;
    double ratio = c.sigma / c.alpha;
    if (ratio < before * (1 - 1e-12))
      return trial_broken(
          trial,
          "sigma/alpha falls from %.6g to %.6g at t = %g: there "
          "must be more noise at larger t",
          before, ratio, t);
    before = ratio;
  }
  return true;
}
