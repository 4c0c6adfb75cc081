/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Heun's predictor-corrector for dx = (b + eps S) du + sqrt(2 eps) dW, the
 * noise drawn once:
 *   dW = sqrt((eps0 + eps1) |du|) xi
 *   guess = x + a(t0, x) + dW,   x' = x + (a(t0, x) + a(t1, guess))/2 + dW
 * with a = b du + eps S |du|.  Order 2 for the ODE, weak order 2 for the SDE
 * because its noise is additive.  Into a point with sigma = 0, where a score
 * need not exist, the predictor is the step (as in Karras et al. 2022).
 *
 * Kloeden and Platen 1992, section 15.1; Karras et al. 2022, arXiv 2206.00364.
 * Check: dx = -x du from x = 1 with du = 0.1 gives 0.905. */
#include <kac/sdk.h>

struct stage {
  const double *b, *s;
  size_t ld;
  double heat; /* eps |du| */
};

static kac_status plan(const void *config, kac_plan *io, kac_error *err) {
  (void)config;
  (void)err;
  io->scratch_bytes = 4 * io->block * io->space->n_real * sizeof(double);
  return KAC_OK;
}

/* guess = x + a(t0, x) + dW; the noise is scaled where it lies. */
KAC_CLONES
static void predict(const kac_rows *x, const struct stage *at, size_t n,
                    size_t d, double du, double amplitude, double *noise,
                    double *guess) {
  for (size_t i = 0; i < n; i++) {
    const double *row = x->real + i * x->ld;
    const double *b = at->b + i * at->ld, *s = at->s + i * at->ld;
    for (size_t k = 0; k < d; k++) {
      noise[i * d + k] *= amplitude;
      guess[i * d + k] =
          row[k] + b[k] * du + s[k] * at->heat + noise[i * d + k];
    }
  }
}

KAC_CLONES
static void correct(const kac_rows *x, const struct stage at[2], size_t n,
                    size_t d, double du, const double *noise) {
  for (size_t i = 0; i < n; i++) {
    double *row = x->real + i * x->ld;
    const double *b0 = at[0].b + i * at[0].ld, *s0 = at[0].s + i * at[0].ld;
    const double *b1 = at[1].b + i * at[1].ld, *s1 = at[1].s + i * at[1].ld;
    for (size_t k = 0; k < d; k++) {
      double drift =
          (b0[k] + b1[k]) * du + s0[k] * at[0].heat + s1[k] * at[1].heat;
      row[k] += 0.5 * drift + noise[i * d + k];
    }
  }
}

static kac_status step(const void *self, const kac_block *block,
                       kac_step_io *io, kac_error *err) {
  (void)self;
  size_t n = block->n, d = block->space->n_real;
  double *noise = block->scratch, *guess = noise + n * d;
  double *b1 = guess + n * d, *s1 = b1 + n * d;
  double du = io->c0->t - io->c1->t;
  struct stage at[2] = {{io->f->b, io->f->s, io->f->ld, io->c0->eps * fabs(du)},
                        {b1, s1, d, io->c1->eps * fabs(du)}};
  block->host->normal(block, 0, noise, d, d);
  predict(&io->x, &at[0], n, d, du, sqrt(at[0].heat + at[1].heat), noise,
          guess);
  io->f_valid = 0;
  if (io->c1->sigma <= 0 && io->c0->sigma > 0) {
    for (size_t i = 0; i < n; i++)
      memcpy(io->x.real + i * io->x.ld, guess + i * d, d * sizeof *guess);
    return KAC_OK;
  }
  kac_field_io there = {.struct_size = sizeof there,
                        .want = KAC_Q_B | KAC_Q_S,
                        .t = io->c1->t,
                        .t_next = io->c1->t,
                        .x = {.real = guess, .ld = d},
                        .b = b1,
                        .s = s1,
                        .ld = d};
  kac_status status = block->host->field(block, &there, err);
  if (status != KAC_OK) return status;
  correct(&io->x, at, n, d, du, noise);
  return KAC_OK;
}

static const kac_integrator_ops ops = {.struct_size = sizeof ops,
                                       .role = KAC_ADVANCES,
                                       .needs_field = KAC_Q_B | KAC_Q_S,
                                       .step = step};

static const char *const cites[] = {
    "Karras, Aittala, Aila and Laine 2022, Elucidating the design space of "
    "diffusion-based generative models, arXiv 2206.00364",
    "Kloeden and Platen, Numerical Solution of Stochastic Differential "
    "Equations, Springer 1992",
    NULL};

static const kac_component heun = {
    .struct_size = sizeof(kac_component),
    .kind = KAC_INTEGRATOR,
    .name = "heun",
    .version = "1.0",
    .summary = "Heun's predictor-corrector, second order",
    .doc =
        "Two fields per step. Order 2 for the ODE and weak order 2 for the "
        "SDE; the noise is drawn once per step. An opaque move: it cannot "
        "be guided and has no density weights.",
    .cites = cites,
    .spans = KAC_SPAN_REAL,
    .param_size = sizeof(kac_param),
    .plan = plan,
    .ops = &ops};
KAC_MODULE(heun)
