/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ancestral sampling, the step of DDPM: the Gaussian kernel of x_s given x_t
 * and the denoised mean D.  With a = alpha_t/alpha_s, v = sigma_t^2 - a^2
 * sigma_s^2 and the ratio q = a^2 sigma_s^2/sigma_t^2 in [0, 1):
 *
 *   mean = a sigma_s^2/sigma_t^2 x + alpha_s v/sigma_t^2 D
 *        = alpha_s/alpha_t q x + alpha_s (1 - q) D
 *   var  = sigma_s^2 v/sigma_t^2 = sigma_s^2 (1 - q)   "small": data a point
 *        = v = sigma_t^2 (1 - q)                       "large": data N(0, I)
 *        = small + (alpha_s (1 - q))^2 C               "exact"
 *
 * where C = c sigma_t^2/(alpha_t^2 c + sigma_t^2) is the variance of x_0 given
 * x_t for data N(m, c I): then the kernel is that of the time-reversed chain,
 * and the law at the end is that of the data after any number of steps.
 *
 * D is the mean of the two denoised means of the drift b + (g^2/2) S,
 *   D = x/alpha + sigma^2/(2 alpha) (2 (b + f x)/g^2 + S),
 * which is x0hat where the target is one model and the right one elsewhere.
 * Asked backwards it is the noising chain itself, N(a x, v).  The noise is that
 * of the chain, which zeta does not change.
 *
 * Ho, Jain and Abbeel 2020, arXiv 2006.11239, eq. 6 and 7 and section 3.2.
 * Check: EDM, x = 2 at sigma = 2, D = 1, a step to sigma = 1: mean 1.25, var
 * 0.75 (small), 3 (large), 1.2 with c = 1 (exact). */
#include <kac/sdk.h>

struct config {
  int64_t variance;
  double data_variance;
};
enum { SMALL, LARGE, EXACT };

static const kac_param params[] = {
    KAC_CHOICE(struct config, variance, SMALL, "small|large|exact",
               "of the step: right where the data are a point, or N(0, I), "
               "or N(m, data_variance I)"),
    KAC_REAL(struct config, data_variance, 0, 0, 1e300, "x^2",
             "variance of the data per coordinate (variance = \"exact\")")};

static kac_status plan(const void *config, kac_plan *plan, kac_error *err) {
  const struct config *cfg = config;
  (void)plan;
  if (cfg->variance == EXACT && !(cfg->data_variance > 0))
    return kac_fail(err, KAC_EINVAL,
                    "variance = \"exact\" needs data_variance above 0, the "
                    "variance of Gaussian data; for other data it is unknown: "
                    "use \"small\"");
  if (cfg->variance != EXACT && cfg->data_variance > 0)
    return kac_fail(err, KAC_EINVAL,
                    "data_variance = %g is for variance = \"exact\"",
                    cfg->data_variance);
  return KAC_OK;
}

static kac_status check(const kac_coeffs *from, const kac_coeffs *to,
                        kac_error *err) {
  if (!(from->alpha > 0) || !(to->alpha > 0))
    return kac_fail(err, KAC_EINVAL,
                    "alpha is %g at t = %g and %g at t = %g, expected both > 0",
                    from->alpha, from->t, to->alpha, to->t);
  const kac_coeffs *noisy = from->t >= to->t ? from : to;
  if (!(noisy->sigma > 0) || (noisy == from && !(noisy->g2 > 0)))
    return kac_fail(err, KAC_EINVAL,
                    "sigma is %g and g^2 %g at t = %g, expected both > 0: the "
                    "step of a noising chain needs a schedule that noises",
                    noisy->sigma, noisy->g2, noisy->t);
  return KAC_OK;
}

/* q of the header, for a step between two noise levels. */
static kac_status ratio(const kac_coeffs *noisy, const kac_coeffs *clean,
                        double *q, kac_error *err) {
  double r = clean->sigma / clean->alpha * (noisy->alpha / noisy->sigma);
  *q = r * r;
  if (*q < 1) return KAC_OK;
  return kac_fail(err, KAC_ENUMERIC,
                  "sigma/alpha is %g at t = %g and %g at t = %g: it must grow "
                  "with t",
                  clean->sigma / clean->alpha, clean->t,
                  noisy->sigma / noisy->alpha, noisy->t);
}

static double variance(const struct config *cfg, const kac_coeffs *t,
                       const kac_coeffs *s, double q) {
  double t2 = t->sigma * t->sigma, gain = s->alpha * (1 - q);
  if (cfg->variance == LARGE) return t2 * (1 - q);
  double small = s->sigma * s->sigma * (1 - q);
  if (cfg->variance == SMALL) return small;
  double c = cfg->data_variance;
  return small + gain * gain * (c * t2 / (t->alpha * t->alpha * c + t2));
}

/* mean = ax x + ab b + as S for rows of d numbers. */
KAC_CLONES
static void mix(const kac_kernel_io *io, size_t n, size_t d, double ax,
                double ab, double as) {
  for (size_t i = 0; i < n; i++) {
    const double *restrict x = io->x.real + i * io->x.ld;
    const double *restrict b = io->f->b + i * io->f->ld;
    const double *restrict s = io->f->s + i * io->f->ld;
    double *restrict mean = io->mean + i * io->ld;
    for (size_t k = 0; k < d; k++) mean[k] = ax * x[k] + ab * b[k] + as * s[k];
  }
}

KAC_CLONES
static void scale(const kac_kernel_io *io, size_t n, size_t d, double a) {
  for (size_t i = 0; i < n; i++) {
    const double *restrict x = io->x.real + i * io->x.ld;
    double *restrict mean = io->mean + i * io->ld;
    for (size_t k = 0; k < d; k++) mean[k] = a * x[k];
  }
}

static kac_status noising(const kac_block *block, kac_kernel_io *io,
                          kac_error *err) {
  const kac_coeffs *s = io->c0, *t = io->c1;
  double q;
  kac_status status = ratio(t, s, &q, err);
  if (status != KAC_OK) return status;
  scale(io, block->n, block->space->n_real, t->alpha / s->alpha);
  io->var = t->sigma * t->sigma * (1 - q);
  return KAC_OK;
}

static kac_status kernel(const void *self, const kac_block *block,
                         kac_kernel_io *io, kac_error *err) {
  const kac_coeffs *t = io->c0, *s = io->c1;
  double q;
  kac_status status = check(t, s, err);
  if (status != KAC_OK) return status;
  if (s->t > t->t) return noising(block, io, err);
  status = ratio(t, s, &q, err);
  if (status != KAC_OK) return status;
  double gain = s->alpha * (1 - q); /* of D */
  double half = gain * t->sigma * t->sigma / (2 * t->alpha);
  double ab = 2 * half / t->g2;
  double ax = s->alpha / t->alpha * q + gain / t->alpha + ab * t->f;
  mix(io, block->n, block->space->n_real, ax, ab, half);
  io->var = variance(self, t, s, q);
  return KAC_OK;
}

static const kac_integrator_ops ops = {.struct_size = sizeof ops,
                                       .role = KAC_ADVANCES | KAC_OWN_NOISE,
                                       .needs_field = KAC_Q_B | KAC_Q_S,
                                       .kernel = kernel};

static const char *const cites[] = {
    "Ho, Jain and Abbeel 2020, Denoising diffusion probabilistic models, "
    "arXiv 2006.11239",
    NULL};

static const kac_component ancestral = {
    KAC_COMPONENT(KAC_INTEGRATOR, "ancestral",
                  "DDPM: the reverse kernel of the noising chain",
                  struct config, params, kac_integrator_ops, ops),
    .doc =
        "One field per step; works down to sigma = 0. variance = \"small\" is "
        "exponential of order 1 with noise = 1. noise must be 1: fewer or "
        "more noise is what exponential is for. Where the variance is 0 (a "
        "step to sigma = 0 with \"small\") there is no guide and no density.",
    .cites = cites, .plan = plan};
KAC_MODULE(ancestral)
