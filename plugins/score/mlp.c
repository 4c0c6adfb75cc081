/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A multilayer perceptron trained on noised data, from a safetensors file whose
 * metadata say what its output means (docs/networks.md).  float32 inside, its
 * products in bfloat16 if so wished.
 *
 * Instances of one file share its weights.  Those that differ in the class
 * alone are evaluated in one call: what a class adds is a bias, so that they
 * have the product of the first layer in common.
 * Check: one layer of weight -1 and bias 0 with parameterisation "score" is the
 * score -x of N(0, 1). */
#include <kac/sdk.h>
#include <stdlib.h>

#include "plugins/net/mlp.h"

enum { MAX_HEADS = 16 };

struct config {
  struct network_config network;
};
static const kac_param params[] = {NETWORK_PARAMS(struct config, network)};

struct self {
  const struct mlp *mlp;
  struct network network; /* with the config put in */
  size_t class_at;
};

/* Of one thread, behind the work space of the network. */
struct room {
  struct mlp_work work;
  float *product, *biases; /* MLP_TILE by width; per head */
};

static size_t product_bytes(const struct mlp *mlp) {
  return MLP_TILE * mlp->width * sizeof(float);
}

static struct room room_of(const struct mlp *mlp, void *scratch) {
  struct room room = {.work = mlp_work(mlp, scratch)};
  char *behind = (char *)scratch + mlp_work_bytes(mlp);
  room.product = (float *)(void *)behind;
  room.biases = (float *)(void *)(behind + product_bytes(mlp));
  return room;
}

KAC_CLONES static void scale_in(const double *restrict x, double factor,
                                size_t d, float *restrict out) {
  for (size_t j = 0; j < d; j++) out[j] = (float)(factor * x[j]);
}

static void set_input(const struct net_point *at, const kac_crows *x,
                      size_t first, size_t n, size_t d, float *out) {
  for (size_t i = 0; i < n; i++)
    scale_in(kac_row(x, first + i), at->in, d, out + i * d);
}

/* vjp = skip v + out in (dF/d input)^T v for a tile. */
static void pull_back(const struct mlp *mlp, const struct net_point *at,
                      struct mlp_work *work, size_t first, size_t n,
                      const kac_score_io *io) {
  size_t d = mlp->n_in;
  for (size_t i = 0; i < n; i++)
    memcpy(work->output + i * d, io->v + (first + i) * io->ld,
           d * sizeof *io->v);
  mlp_pull_back(mlp, work, n);
  for (size_t i = 0; i < n; i++) {
    const double *v = io->v + (first + i) * io->ld;
    double *out = io->vjp + (first + i) * io->ld;
    for (size_t j = 0; j < d; j++)
      out[j] = at->skip * v[j] + at->out * at->in * work->output[i * d + j];
  }
}

/* One head, from the product of the first layer on. */
static void finish_head(const struct mlp *mlp, const struct net_point *at,
                        struct mlp_work *work, size_t first, size_t n,
                        kac_score_io *io) {
  bool pulls = (io->want & KAC_Q_VJP) != 0;
  mlp_finish(mlp, work, n, work->a, pulls);
  precondition_outputs(at, work->output, mlp->n_in, first, n, mlp->n_in, io);
  if (pulls) pull_back(mlp, at, work, first, n, io);
}

static void eval_tile(const struct self *const *heads, size_t n_heads,
                      const struct net_point *at, struct room *room,
                      size_t first, size_t n, kac_score_io *const *ios) {
  const struct mlp *mlp = heads[0]->mlp;
  size_t width = gemm_padded(mlp->layer[0].n_out), d = mlp->n_in;
  float *product = n_heads > 1 ? room->product : room->work.a;
  set_input(at, &ios[0]->x, first, n, d, room->work.x);
  mlp_enter(mlp, &room->work, n, product);
  for (size_t h = 0; h < n_heads; h++) {
    struct mlp_work work = room->work;
    work.biases = room->biases + h * mlp_bias_numbers(mlp);
    if (n_heads > 1) memcpy(work.a, product, n * width * sizeof *product);
    finish_head(mlp, at, &work, first, n, ios[h]);
  }
}

static kac_status eval_heads(const struct self *const *heads, size_t n_heads,
                             const kac_block *block, kac_score_io *const *ios,
                             kac_error *err) {
  const struct mlp *mlp = heads[0]->mlp;
  struct room room = room_of(mlp, block->scratch);
  struct net_point at;
  kac_coeffs c = {.struct_size = sizeof c};
  kac_status status = block->host->coeffs(block, ios[0]->t, &c, err);
  if (status == KAC_OK)
    status = precondition_at(&heads[0]->network.precondition, c.alpha, c.sigma,
                             &at, err);
  if (status != KAC_OK) return status;
  for (size_t h = 0; h < n_heads; h++)
    mlp_set_biases(mlp, at.label, heads[h]->class_at,
                   room.biases + h * mlp_bias_numbers(mlp));
  for (size_t first = 0; first < block->n; first += MLP_TILE) {
    size_t left = block->n - first, n = left < MLP_TILE ? left : MLP_TILE;
    eval_tile(heads, n_heads, &at, &room, first, n, ios);
  }
  return KAC_OK;
}

static kac_status eval(const void *self, const kac_block *block,
                       kac_score_io *io, kac_error *err) {
  const struct self *head = self;
  return eval_heads(&head, 1, block, &io, err);
}

/* Heads differ in the class alone. */
static int32_t same_group(const void *self, const void *other) {
  const struct self *a = self, *b = other;
  return a->mlp == b->mlp &&
         precondition_same(&a->network.precondition, &b->network.precondition);
}

static kac_status eval_group(const void *const *selves, size_t n,
                             const kac_block *block, kac_score_io *const *ios,
                             kac_error *err) {
  const struct self *heads[MAX_HEADS];
  kac_status status = KAC_OK;
  for (size_t first = 0; first < n && status == KAC_OK; first += MAX_HEADS) {
    size_t left = n - first, n_heads = left < MAX_HEADS ? left : MAX_HEADS;
    for (size_t h = 0; h < n_heads; h++) heads[h] = selves[first + h];
    status = eval_heads(heads, n_heads, block, ios + first, err);
  }
  return status;
}

/* The file's network and what the config makes of it. */
static kac_status open_network(const struct config *cfg, const kac_plan *plan,
                               struct self *self, kac_error *err) {
  struct network_source source = network_source(&cfg->network, plan);
  kac_status status = mlp_acquire(&mlp_score, &source, &self->mlp, err);
  if (status != KAC_OK) return status;
  self->network = self->mlp->network;
  status = network_apply(&cfg->network, &self->network, &self->class_at, err);
  if (status != KAC_OK) mlp_release(&mlp_score, self->mlp);
  return status;
}

static kac_status check_dim(const struct mlp *mlp, const kac_space *space,
                            kac_error *err) {
  if (mlp->n_in == space->n_real) return KAC_OK;
  return kac_fail(err, KAC_EINVAL,
                  "the network is for %zu reals, the state has %zu", mlp->n_in,
                  space->n_real);
}

static kac_status plan(const void *config, kac_plan *plan, kac_error *err) {
  const struct config *cfg = config;
  struct self self;
  kac_status status = open_network(cfg, plan, &self, err);
  if (status != KAC_OK) return status;
  const struct mlp *mlp = self.mlp;
  status = check_dim(mlp, plan->space, err);
  if (status == KAC_OK)
    status = precondition_plan(&self.network.precondition, plan, err);
  plan->scratch_bytes = mlp_work_bytes(mlp) + product_bytes(mlp) +
                        MAX_HEADS * mlp_bias_numbers(mlp) * sizeof(float);
  plan->sigma_data = self.network.sigma_data;
  if (KAC_HAS(kac_plan, plan, rows_wanted)) plan->rows_wanted = 512;
  network_owns(&mlp->network, mlp->half, plan);
  network_warn(&cfg->network, &mlp->network, plan);
  mlp_release(&mlp_score, mlp);
  return status;
}

static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *plan, void **out, kac_error *err) {
  const struct config *cfg = config;
  struct self *self = host->alloc(host, sizeof *self);
  if (!self) return kac_fail(err, KAC_ENOMEM, "no memory");
  kac_status status = open_network(cfg, plan, self, err);
  if (status != KAC_OK) return status;
  status = check_dim(self->mlp, plan->space, err); /* it may have changed */
  if (status != KAC_OK) {
    mlp_release(&mlp_score, self->mlp);
    return status;
  }
  network_warn_half(self->mlp->half, host);
  *out = self;
  return KAC_OK;
}

static void destroy(void *self) {
  mlp_release(&mlp_score, ((struct self *)self)->mlp);
}

static const kac_score_ops ops = {.struct_size = sizeof ops,
                                  .eval = eval,
                                  .same_group = same_group,
                                  .eval_group = eval_group};
static const kac_component component = {
    KAC_COMPONENT(KAC_SCORE, "mlp", "multilayer perceptron from a file",
                  struct config, params, kac_score_ops, ops),
    .provides = KAC_Q_SCORE | KAC_Q_X0 | KAC_Q_EPS | KAC_Q_VJP, .plan = plan,
    .create = create, .destroy = destroy};
KAC_MODULE(component)
