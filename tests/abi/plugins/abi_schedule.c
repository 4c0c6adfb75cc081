/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A schedule of ABI 1.0: alpha = exp(-t), sigma^2 = 1 - alpha^2. */
#include <kac/sdk.h>

struct config {
  double t_last, t_first;
};
static const kac_param params[] = {
    KAC_REAL(struct config, t_last, 0.01, 0, 1, "", "t at the end"),
    KAC_REAL(struct config, t_first, 3, 1, 10, "", "t at the start")};

static kac_status range(const void *self, double *t_min, double *t_max,
                        kac_error *err) {
  const struct config *cfg = self;
  (void)err;
  *t_min = cfg->t_last;
  *t_max = cfg->t_first;
  return KAC_OK;
}

static kac_status coeffs(const void *self, double t, kac_coeffs *c,
                         kac_error *err) {
  (void)self, (void)err;
  c->alpha = exp(-t);
  c->sigma = sqrt(1 - exp(-2 * t));
  c->dalpha = -c->alpha;
  c->dsigma = exp(-2 * t) / c->sigma;
  return KAC_OK;
}

static const kac_schedule_ops ops = {
    .struct_size = sizeof ops, .range = range, .coeffs = coeffs};
static const kac_component component = {
    KAC_COMPONENT(KAC_SCHEDULE, "abi_schedule", "Ornstein-Uhlenbeck",
                  struct config, params, kac_schedule_ops, ops)};
KAC_MODULE(component)
