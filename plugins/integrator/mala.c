/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Metropolis-adjusted Langevin move at fixed t, which leaves pi_t exactly
 * invariant:  x' = x + h S(x) + sqrt(2 h) xi, accepted with probability
 * min(1, ratio),
 *   log ratio = log pi(x') - log pi(x) - |x - x' - h S(x')|^2/(4 h) + |xi|^2/2.
 * Accepted rows take the field of the proposal with them, so that the next
 * move or step needs no new evaluation.  A drift h S longer than drift_max is
 * cut to that length in x and x' alike (MALTA), which keeps the move exact and
 * gets a population off steep walls: hard cores, a start made from scratch.
 *
 * Besag 1994, J. R. Stat. Soc. B 56, 591; Roberts and Tweedie 1996.  Check:
 * N(0, 1), x = 1, h = 0.5, xi = 1: x' = 1.5 and log ratio -0.15625. */
#include "step_size.h"

struct config {
  struct step_size size;
  double drift_max;
};
enum { MAX_TERMS = 48, N_MATRICES = 5, N_VECTORS = 3 };

static const kac_param params[] = {
    STEP_SIZE_PARAMS(struct config),
    KAC_REAL(struct config, drift_max, 0, 0, 1e300, "x",
             "length to which a particle's drift is cut; 0: never")};

struct trial {
  double h, drift_max;
  double *noise, *x; /* n by d */
  double *u;         /* n */
  kac_field_io f;    /* the field at (t, x) */
};

static kac_status plan(const void *config, kac_plan *io, kac_error *err) {
  const struct config *cfg = config;
  size_t columns = N_MATRICES * io->space->n_real + N_VECTORS + MAX_TERMS;
  io->scratch_bytes = io->block * columns * sizeof(double);
  return step_size_plan(&cfg->size, io, err);
}

/* Lays the trial out in the scratch; wants what *f holds and has room for. */
static struct trial lay_out(const kac_block *block, const kac_step_io *io) {
  size_t n = block->n, d = block->space->n_real;
  const kac_field_io *f = io->f;
  double *at = block->scratch;
  struct trial trial = {.noise = at, .x = at + n * d, .u = at + 5 * n * d};
  trial.f = (kac_field_io){.struct_size = sizeof trial.f,
                           .want = f->want,
                           .t = io->c1->t,
                           .t_next = f->t_next,
                           .x = {.real = trial.x, .ld = d},
                           .b = f->b ? at + 2 * n * d : NULL,
                           .s = at + 3 * n * d,
                           .x0 = f->x0 ? at + 4 * n * d : NULL,
                           .ld = d,
                           .g = f->g ? trial.u + n : NULL,
                           .logpi = trial.u + 2 * n,
                           .terms = f->terms ? trial.u + 3 * n : NULL,
                           .n_terms = f->terms ? f->n_terms : 0};
  trial.f.want |= KAC_Q_S | KAC_Q_LOGPI;
  if (!f->b) trial.f.want &= ~KAC_Q_B;
  if (!f->x0) trial.f.want &= ~KAC_Q_X0;
  if (!f->g) trial.f.want &= ~KAC_Q_G;
  return trial;
}

/* h, or less where the drift h S of a row would be longer than drift_max. */
static double drift_scale(const struct trial *trial, const double *s,
                          size_t d) {
  double square = 0;
  if (trial->drift_max == 0) return trial->h;
  for (size_t k = 0; k < d; k++) square += s[k] * s[k];
  double length = trial->h * sqrt(square);
  return length > trial->drift_max ? trial->h * (trial->drift_max / length)
                                   : trial->h;
}

static void propose(const kac_step_io *io, const struct trial *trial, size_t n,
                    size_t d) {
  double amplitude = sqrt(2 * trial->h);
  for (size_t i = 0; i < n; i++) {
    const double *restrict x = io->x.real + i * io->x.ld;
    const double *restrict s = io->f->s + i * io->f->ld;
    const double *restrict xi = trial->noise + i * d;
    double *restrict to = trial->x + i * d;
    double h = drift_scale(trial, s, d);
    for (size_t k = 0; k < d; k++) to[k] = x[k] + h * s[k] + amplitude * xi[k];
  }
}

static double log_ratio(const kac_step_io *io, const struct trial *trial,
                        size_t i, size_t d) {
  const double *x = io->x.real + i * io->x.ld, *xi = trial->noise + i * d;
  const double *to = trial->x + i * d, *s = trial->f.s + i * d;
  double forward = 0, back = 0, h = drift_scale(trial, s, d);
  for (size_t k = 0; k < d; k++) {
    double gap = x[k] - to[k] - h * s[k];
    back += gap * gap;
    forward += xi[k] * xi[k];
  }
  return trial->f.logpi[i] - io->f->logpi[i] - back / (4 * trial->h) +
         forward / 2;
}

/* min(1, ratio); 0 for an impossible proposal, whose S need not exist. */
static kac_status acceptance(const kac_step_io *io, const struct trial *trial,
                             size_t i, size_t d, double *accept,
                             kac_error *err) {
  *accept = 0;
  double logpi = trial->f.logpi[i];
  if (logpi == -KAC_INF) return KAC_OK;
  double ratio = log_ratio(io, trial, i, d);
  if (isnan(ratio))
    return kac_fail_row(err, KAC_ENUMERIC, i,
                        "the acceptance ratio is NaN: log pi goes from %g to "
                        "%g",
                        io->f->logpi[i], logpi);
  *accept = ratio < 0 ? exp(ratio) : 1;
  return KAC_OK;
}

static void copy_row(double *to, size_t ld, const double *from, size_t d,
                     size_t i) {
  if (to && from) memcpy(to + i * ld, from + i * d, d * sizeof *to);
}

static void take(kac_step_io *io, const struct trial *trial, size_t i,
                 size_t d) {
  kac_field_io *f = io->f;
  copy_row(io->x.real, io->x.ld, trial->x, d, i);
  copy_row(f->b, f->ld, trial->f.b, d, i);
  copy_row(f->s, f->ld, trial->f.s, d, i);
  copy_row(f->x0, f->ld, trial->f.x0, d, i);
  copy_row(f->g, 1, trial->f.g, 1, i);
  copy_row(f->logpi, 1, trial->f.logpi, 1, i);
  copy_row(f->terms, f->n_terms, trial->f.terms, f->n_terms, i);
}

static kac_status check(const struct config *cfg, const kac_step_io *io,
                        double *h, kac_error *err) {
  kac_status status = step_size_at(&cfg->size, io->c1, h, err);
  if (status != KAC_OK) return status;
  if (io->f->terms && io->f->n_terms > MAX_TERMS)
    return kac_fail(err, KAC_EUNSUPPORTED,
                    "the field has %zu values per row, expected at most %d",
                    io->f->n_terms, MAX_TERMS);
  return KAC_OK;
}

static kac_status step(const void *self, const kac_block *block,
                       kac_step_io *io, kac_error *err) {
  size_t n = block->n, d = block->space->n_real;
  double h;
  kac_status status = check(self, io, &h, err);
  if (status != KAC_OK) return status;
  struct trial trial = lay_out(block, io);
  trial.h = h;
  trial.drift_max = ((const struct config *)self)->drift_max;
  block->host->normal(block, 0, trial.noise, d, d);
  block->host->uniform(block, 1, trial.u, 1, 1);
  propose(io, &trial, n, d);
  status = block->host->field(block, &trial.f, err);
  for (size_t i = 0; i < n && status == KAC_OK; i++) {
    double accept;
    status = acceptance(io, &trial, i, d, &accept, err);
    if (io->accept) io->accept[i] = accept;
    if (trial.u[i] < accept) take(io, &trial, i, d);
  }
  io->f_valid = status == KAC_OK;
  return status;
}

static const kac_integrator_ops ops = {.struct_size = sizeof ops,
                                       .role = KAC_INVARIANT,
                                       .needs_field = KAC_Q_S | KAC_Q_LOGPI,
                                       .step = step};

static const char *const cites[] = {
    "Besag 1994, comment on Grenander and Miller, J. R. Stat. Soc. B 56, 591",
    "Roberts and Tweedie 1996, Exponential convergence of Langevin "
    "distributions and their discrete approximations, Bernoulli 2, 341 (the "
    "cut drift is its MALTA)",
    NULL};

static const kac_component mala = {
    KAC_COMPONENT(KAC_INTEGRATOR, "mala",
                  "Metropolis-adjusted Langevin move at fixed t", struct config,
                  params, kac_integrator_ops, ops),
    .doc =
        "One field per move; leaves the target exactly invariant, for any "
        "step. Needs the density of every component of the target. Best "
        "efficiency near an acceptance of 0.57.",
    .cites = cites, .plan = plan};
KAC_MODULE(mala)
