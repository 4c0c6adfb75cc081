/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A trained E(n)-equivariant network of bodies as a score: weights and what
 * they mean from a safetensors file (docs/networks.md), forward and
 * vector-Jacobian product.
 * Check: tests/unit/test_trained.c, against numbers of PyTorch. */
#include "plugins/net/egnn.h"

#include <kac/sdk.h>

struct config {
  struct network_config network;
};
static const kac_param params[] = {NETWORK_PARAMS(struct config, network)};

struct self {
  const struct egnn *net;
  struct precondition precondition;
  size_t class_at;
};

static kac_status open_net(const struct config *cfg, const kac_plan *plan,
                           struct self *self, kac_error *err) {
  struct network_source source = network_source(&cfg->network, plan);
  void *shared = NULL;
  kac_status status = shared_acquire(&egnn_kind, &source, &shared, err);
  if (status != KAC_OK) return status;
  self->net = shared;
  struct network network = self->net->network;
  const struct egnn *net = self->net;
  status = network_apply(&cfg->network, &network, &self->class_at, err);
  self->precondition = network.precondition;
  const kac_space *space = plan->space;
  if (status == KAC_OK &&
      (space->n_bodies != net->n_bodies || space->n_dim != net->dim ||
       !(space->flags & KAC_MEAN_FREE)))
    status = kac_fail(err, KAC_EINVAL,
                      "the network takes particles = %zu, dim = %zu, mean_free "
                      "= true, but the state has %zu, %zu, %s",
                      net->n_bodies, net->dim, space->n_bodies, space->n_dim,
                      space->flags & KAC_MEAN_FREE ? "true" : "false");
  if (status == KAC_OK)
    status = precondition_plan(&self->precondition, plan, err);
  if (status != KAC_OK) shared_release(&egnn_kind, self->net);
  return status;
}

static kac_status plan(const void *config, kac_plan *plan, kac_error *err) {
  const struct config *cfg = config;
  struct self self = {0};
  kac_status status = open_net(cfg, plan, &self, err);
  if (status != KAC_OK) return status;
  plan->scratch_bytes = tiles_scratch(&self.net->tile);
  plan->sigma_data = self.net->network.sigma_data;
  network_owns(&self.net->network, self.net->half, plan);
  network_warn(&cfg->network, &self.net->network, plan);
  shared_release(&egnn_kind, self.net);
  return KAC_OK;
}

static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *plan, void **out, kac_error *err) {
  struct self *self = host->alloc(host, sizeof *self);
  if (!self) return kac_fail(err, KAC_ENOMEM, "out of memory for a network");
  kac_status status = open_net(config, plan, self, err);
  if (status != KAC_OK) return status;
  network_warn_half(self->net->half, host);
  *out = self;
  return KAC_OK;
}

static void destroy(void *self) {
  shared_release(&egnn_kind, ((struct self *)self)->net);
}

static kac_status eval(const void *it, const kac_block *block, kac_score_io *io,
                       kac_error *err) {
  const struct self *self = it;
  struct tile_call call = {&self->net->tile, self->net, &self->precondition,
                           &self->class_at, 1};
  return tiles_eval(&call, block, &io, err);
}

static const kac_score_ops ops = {.struct_size = sizeof ops, .eval = eval};
static const char *const cites[] = {
    "Satorras, Hoogeboom, Welling 2021, E(n) equivariant networks, arXiv "
    "2102.09844",
    "Karras et al. 2022, Elucidating diffusion models, arXiv 2206.00364", NULL};
static const kac_component component = {
    KAC_COMPONENT(KAC_SCORE, "egnn", "trained equivariant network of bodies",
                  struct config, params, kac_score_ops, ops),
    .doc =
        "Weights, parameterisation and noise schedule are read from a "
        "safetensors file, as docs/networks.md describes and "
        "tools/kac_export.py writes.",
    .cites = cites,
    .provides = KAC_Q_SCORE | KAC_Q_X0 | KAC_Q_EPS | KAC_Q_VJP,
    .plan = plan,
    .create = create,
    .destroy = destroy};
KAC_MODULE(component)
