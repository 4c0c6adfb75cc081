/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exponential integrator in the denoised mean: DDIM, DPM-Solver++ and their
 * SDE versions in one Gaussian kernel.  With y = x/alpha, r = sigma/alpha,
 * b = -f x + (g2/2) B, z2 = 2 eps/g2 and the two denoised means
 * D_B = (x + sigma^2 B)/alpha, D_S = (x + sigma^2 S)/alpha, the SDE is linear
 * in log r but for D:
 *   down, h = log(r0/r1):  dy = (D_B + z2 D_S - (1 + z2) y) dh + noise
 *     y1 = e^{-(1+z2)h} y0 + (1 - e^{-(1+z2)h}) D,  D = (D_B + z2 D_S)/(1+z2)
 *     var = sigma1^2 (1 - e^{-2 z2 h})
 *   up (reversed kernel), h = log(r1/r0):  dy = ((1 - z2) y + E) dh + noise
 *     y1 = e^{(1-z2)h} y0 + (e^{(1-z2)h} - 1)/(1-z2) E,  E = z2 D_S - D_B
 *     var = sigma1^2 (1 - e^{-2 z2 h})
 * noise being sqrt(2 z2) r dW.  order = 2 extrapolates D to the middle of the
 * step from its previous value: D + (D - D_prev) h/(2 h_prev), which is
 * DPM-Solver++(2M).  Exact for a point mass at any step, for any z2.
 *
 * Song et al. 2021, arXiv 2010.02502 (z2 = 0, order 1); Lu et al. 2022, arXiv
 * 2211.01095.  Check: EDM, x = 2 at sigma = 2, data at 1: one step to
 * sigma = 1 has mean 1.5 and var 0 (z2 = 0), mean 1.25 and var 0.75 (z2 = 1).
 */
#include <kac/sdk.h>

struct config {
  int64_t order;
};

static const kac_param params[] = {KAC_INT(
    struct config, order, 1, 1, 2, "",
    "1: DDIM and SDE-DPM-Solver++(1); 2: DPM-Solver++(2M), which extrapolates "
    "the denoised mean from the step before")};

/* mean = decay x + gain D with D = dx x + db b + ds S. */
struct move {
  double decay, gain, var, dx, db, ds;
  double h, r0;
  int is_down;
};

/* Per particle, order 2: r and D of the previous step; r = 0 means none. */
static kac_status plan(const void *config, kac_plan *io, kac_error *err) {
  (void)err;
  if (((const struct config *)config)->order == 2)
    io->pstate_bytes = (1 + io->space->n_real) * sizeof(double);
  return KAC_OK;
}

static kac_status check(const kac_coeffs *c0, const kac_coeffs *c1,
                        kac_error *err) {
  if (!(c0->g2 > 0))
    return kac_fail(err, KAC_EINVAL,
                    "g^2 is %g at t = %g, expected > 0: an exponential "
                    "integrator needs a schedule that noises",
                    c0->g2, c0->t);
  if (!(c0->sigma > 0) || !(c0->alpha > 0))
    return kac_fail(err, KAC_EINVAL,
                    "sigma is %g and alpha %g at t = %g, expected both > 0",
                    c0->sigma, c0->alpha, c0->t);
  if (!(c1->alpha > 0))
    return kac_fail(err, KAC_EINVAL, "alpha is %g at t = %g, expected > 0",
                    c1->alpha, c1->t);
  return KAC_OK;
}

static void set_down(struct move *m, const kac_coeffs *c0, const kac_coeffs *c1,
                     double z2) {
  m->h = log(m->r0 / (c1->sigma / c1->alpha)); /* infinite at sigma1 = 0 */
  m->decay = c1->alpha / c0->alpha * exp(-(1 + z2) * m->h);
  m->gain = -c1->alpha * expm1(-(1 + z2) * m->h);
  double scale = c0->sigma * c0->sigma / (c0->alpha * (1 + z2));
  m->db = scale * 2 / c0->g2;
  m->ds = scale * z2;
  m->dx = 1 / c0->alpha + m->db * c0->f;
}

static void set_up(struct move *m, const kac_coeffs *c0, const kac_coeffs *c1,
                   double z2) {
  m->h = log(c1->sigma / c1->alpha / m->r0);
  double growth = (1 - z2) * m->h;
  double phi = fabs(growth) > 1e-300 ? expm1(growth) / (1 - z2) : m->h;
  m->decay = c1->alpha / c0->alpha * exp(growth);
  m->gain = c1->alpha * phi;
  double scale = c0->sigma * c0->sigma / c0->alpha;
  m->db = -scale * 2 / c0->g2;
  m->ds = scale * z2;
  m->dx = (z2 - 1) / c0->alpha + m->db * c0->f;
}

static struct move set_move(const kac_coeffs *c0, const kac_coeffs *c1) {
  struct move m = {.is_down = c1->t <= c0->t, .r0 = c0->sigma / c0->alpha};
  double z2 = 2 * c0->eps / c0->g2;
  if (m.is_down)
    set_down(&m, c0, c1, z2);
  else
    set_up(&m, c0, c1, z2);
  /* z2 h is 0 times infinity for the ODE into sigma = 0. */
  double spread = z2 > 0 ? -expm1(-2 * z2 * m.h) : 0;
  m.var = c1->sigma * c1->sigma * spread;
  return m;
}

KAC_CLONES
static void first_order(const kac_kernel_io *io, const struct move *m, size_t n,
                        size_t d) {
  double ax = m->decay + m->gain * m->dx;
  double ab = m->gain * m->db, as = m->gain * m->ds;
  for (size_t i = 0; i < n; i++) {
    const double *restrict x = io->x.real + i * io->x.ld;
    const double *restrict b = io->f->b + i * io->f->ld;
    const double *restrict s = io->f->s + i * io->f->ld;
    double *restrict mean = io->mean + i * io->ld;
    for (size_t k = 0; k < d; k++) mean[k] = ax * x[k] + ab * b[k] + as * s[k];
  }
}

/* Extrapolation weight h/(2 h_prev) of a row, 0 where there is no usable
 * previous step: the first one, a step up before, or a last one to r = 0. */
static double extrapolation(const struct move *m, const unsigned char *state) {
  double r_prev;
  memcpy(&r_prev, state, sizeof r_prev);
  if (!(r_prev > m->r0) || !isfinite(m->h)) return 0;
  return 0.5 * m->h / log(r_prev / m->r0);
}

static void second_order(const kac_block *block, const kac_kernel_io *io,
                         const struct move *m) {
  size_t d = block->space->n_real, bytes = sizeof(double);
  for (size_t i = 0; i < block->n; i++) {
    unsigned char *state = block->pstate + i * block->pstate_stride;
    const double *x = io->x.real + i * io->x.ld;
    const double *b = io->f->b + i * io->f->ld, *s = io->f->s + i * io->f->ld;
    double *mean = io->mean + i * io->ld, ahead = extrapolation(m, state);
    for (size_t k = 0; k < d; k++) {
      double now = m->dx * x[k] + m->db * b[k] + m->ds * s[k], prev;
      memcpy(&prev, state + (1 + k) * bytes, bytes);
      memcpy(state + (1 + k) * bytes, &now, bytes);
      mean[k] = m->decay * x[k] + m->gain * (now + ahead * (now - prev));
    }
    memcpy(state, &m->r0, bytes);
  }
}

static kac_status kernel(const void *self, const kac_block *block,
                         kac_kernel_io *io, kac_error *err) {
  const struct config *cfg = self;
  kac_status status = check(io->c0, io->c1, err);
  if (status != KAC_OK) return status;
  struct move m = set_move(io->c0, io->c1);
  if (!isfinite(m.decay) || !isfinite(m.gain))
    return kac_fail(err, KAC_ENUMERIC,
                    "the step from t = %g to %g is not finite: sigma/alpha "
                    "goes from %g to %g",
                    io->c0->t, io->c1->t, m.r0, io->c1->sigma / io->c1->alpha);
  if (cfg->order == 2 && block->pstate && m.is_down)
    second_order(block, io, &m);
  else
    first_order(io, &m, block->n, block->space->n_real);
  io->var = m.var;
  return KAC_OK;
}

static const kac_integrator_ops ops = {.struct_size = sizeof ops,
                                       .role = KAC_ADVANCES,
                                       .needs_field = KAC_Q_B | KAC_Q_S,
                                       .kernel = kernel};

static const char *const cites[] = {
    "Song, Meng and Ermon 2021, Denoising diffusion implicit models, arXiv "
    "2010.02502",
    "Lu, Zhou, Bao, Chen, Li and Zhu 2022, DPM-Solver++, arXiv 2211.01095",
    NULL};

static const kac_component exponential = {
    KAC_COMPONENT(KAC_INTEGRATOR, "exponential",
                  "DDIM and DPM-Solver++, ODE and SDE, in the denoised mean",
                  struct config, params, kac_integrator_ops, ops),
    .doc =
        "One field per step. Exact where the denoised mean is constant, so "
        "it takes larger steps than euler_maruyama; works down to "
        "sigma = 0. Needs a schedule that noises (g > 0).",
    .cites = cites, .plan = plan};
KAC_MODULE(exponential)
