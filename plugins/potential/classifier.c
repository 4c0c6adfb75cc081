/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How sure a classifier is of a class:
 *
 *   log phi = log softmax(logits(x))[class],
 *   d log phi / d logit_k = (k = class) - softmax_k,
 *
 * carried back through the network.  The classifier is a multilayer perceptron
 * in a safetensors file (docs/networks.md), float32 inside; it knows nothing of
 * noise, so look at it at the denoised mean (at = "x0hat").
 * Check: one layer of zeros with ten classes has log phi = -log 10. */
#include <kac/sdk.h>

#include "plugins/net/mlp.h"

struct config {
  const char *file;
  int64_t class_at;
};
static const kac_param params[] = {
    KAC_STRING(struct config, file, KAC_P_REQUIRED | KAC_P_FILE, NULL,
               "the classifier, a safetensors file"),
    {"class", "", "the class, counted from 0", KAC_T_INT, KAC_P_REQUIRED,
     KAC_AT(struct config, class_at, int64_t), 0, 0, 1e9, NULL},
};

struct self {
  const struct mlp *mlp;
  size_t class_at;
};

static void set_input(const kac_crows *x, size_t first, size_t n, size_t d,
                      float *out) {
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < d; j++)
      out[i * d + j] = (float)kac_row(x, first + i)[j];
}

/* The logits of a row become the gradient of log softmax. */
static double log_softmax(double *logits, size_t n, size_t class_at) {
  double total = kac_logsumexp(logits, n), phi = logits[class_at] - total;
  for (size_t k = 0; k < n; k++)
    logits[k] = (k == class_at ? 1 : 0) - exp(logits[k] - total);
  return phi;
}

static void eval_tile(const struct self *self, struct mlp_work *work,
                      size_t first, size_t n, kac_potential_io *io) {
  const struct mlp *mlp = self->mlp;
  bool pulls = (io->want & KAC_Q_DPHI) != 0;
  set_input(&io->x, first, n, mlp->n_in, work->x);
  mlp_enter(mlp, work, n, work->a);
  mlp_finish(mlp, work, n, work->a, pulls);
  for (size_t i = 0; i < n; i++) {
    double phi =
        log_softmax(work->output + i * mlp->n_out, mlp->n_out, self->class_at);
    if (io->want & KAC_Q_PHI) io->phi[first + i] = phi;
  }
  if (!pulls) return;
  mlp_pull_back(mlp, work, n);
  for (size_t i = 0; i < n; i++)
    memcpy(io->dphi + (first + i) * io->ld, work->output + i * mlp->n_in,
           mlp->n_in * sizeof *io->dphi);
}

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  const struct self *classifier = self;
  struct mlp_work work = mlp_work(classifier->mlp, block->scratch);
  (void)err;
  mlp_set_biases(classifier->mlp, 0, 0, work.biases);
  for (size_t first = 0; first < block->n; first += MLP_TILE) {
    size_t left = block->n - first;
    eval_tile(classifier, &work, first, left < MLP_TILE ? left : MLP_TILE, io);
  }
  return KAC_OK;
}

static kac_status check(const struct config *cfg, const struct mlp *mlp,
                        const kac_plan *plan, kac_error *err) {
  if (mlp->n_in != plan->space->n_real)
    return kac_fail(err, KAC_EINVAL,
                    "the classifier is for %zu reals, the state has %zu",
                    mlp->n_in, plan->space->n_real);
  if ((size_t)cfg->class_at < mlp->n_out) return KAC_OK;
  return kac_fail(err, KAC_EINVAL, "class = %lld, but there are %zu classes",
                  (long long)cfg->class_at, mlp->n_out);
}

static kac_status plan(const void *config, kac_plan *plan, kac_error *err) {
  const struct config *cfg = config;
  struct network_source source = {.file = cfg->file};
  const struct mlp *mlp;
  kac_status status = mlp_acquire(&mlp_classifier, &source, &mlp, err);
  if (status != KAC_OK) return status;
  status = check(cfg, mlp, plan, err);
  plan->scratch_bytes = mlp_work_bytes(mlp);
  if (KAC_HAS(kac_plan, plan, rows_wanted)) plan->rows_wanted = 512;
  network_owns(&mlp->network, mlp->half, plan);
  mlp_release(&mlp_classifier, mlp);
  return status;
}

static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *plan, void **out, kac_error *err) {
  const struct config *cfg = config;
  struct self *self = host->alloc(host, sizeof *self);
  if (!self) return kac_fail(err, KAC_ENOMEM, "no memory");
  struct network_source source = {.file = cfg->file};
  kac_status status = mlp_acquire(&mlp_classifier, &source, &self->mlp, err);
  if (status != KAC_OK) return status;
  self->class_at = (size_t)cfg->class_at;
  *out = self;
  status = check(cfg, self->mlp, plan, err); /* the file may have changed */
  if (status != KAC_OK) mlp_release(&mlp_classifier, self->mlp);
  return status;
}

static void destroy(void *self) {
  mlp_release(&mlp_classifier, ((struct self *)self)->mlp);
}

static const kac_potential_ops ops = {sizeof ops, 0, eval};
static const kac_component component = {
    KAC_COMPONENT(KAC_POTENTIAL, "classifier",
                  "log-probability of a class by a network from a file",
                  struct config, params, kac_potential_ops, ops),
    .provides = KAC_Q_PHI | KAC_Q_DPHI, .plan = plan, .create = create,
    .destroy = destroy};
KAC_MODULE(component)
