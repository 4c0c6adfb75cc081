/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A trained UNet of square images as a score: weights and what they mean from
 * a safetensors file (docs/networks.md), forward and vector-Jacobian product.
 * Instances that differ in the class alone are evaluated in one call and share
 * what goes before the class.
 * Check: tests/unit/test_trained.c, against numbers of PyTorch. */
#include "plugins/net/unet.h"

#include <kac/sdk.h>

struct config {
  struct network_config network;
};
static const kac_param params[] = {NETWORK_PARAMS(struct config, network)};

struct self {
  const struct unet *net;
  struct precondition precondition;
  size_t class_at;
};

static kac_status open_net(const struct config *cfg, const kac_plan *plan,
                           struct self *self, kac_error *err) {
  struct network_source source = network_source(&cfg->network, plan);
  void *shared = NULL;
  kac_status status = shared_acquire(&unet_kind, &source, &shared, err);
  if (status != KAC_OK) return status;
  self->net = shared;
  struct network network = self->net->network;
  const struct unet *net = self->net;
  status = network_apply(&cfg->network, &network, &self->class_at, err);
  self->precondition = network.precondition;
  if (status == KAC_OK && plan->space->n_real != net->tile.d)
    status = kac_fail(err, KAC_EINVAL,
                      "the network takes %zu numbers (%zu of %zu by %zu), but "
                      "the state has %zu",
                      net->tile.d, net->colours, net->size, net->size,
                      plan->space->n_real);
  if (status == KAC_OK)
    status = precondition_plan(&self->precondition, plan, err);
  if (status != KAC_OK) shared_release(&unet_kind, self->net);
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
  shared_release(&unet_kind, self.net);
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
  shared_release(&unet_kind, ((struct self *)self)->net);
}

static kac_status eval_heads(const struct self *const *heads, size_t n,
                             const kac_block *block, kac_score_io *const *ios,
                             kac_error *err) {
  size_t class_at[TILES_MAX_HEADS];
  for (size_t h = 0; h < n; h++) class_at[h] = heads[h]->class_at;
  struct tile_call call = {&heads[0]->net->tile, heads[0]->net,
                           &heads[0]->precondition, class_at, n};
  return tiles_eval(&call, block, ios, err);
}

static kac_status eval(const void *self, const kac_block *block,
                       kac_score_io *io, kac_error *err) {
  const struct self *head = self;
  return eval_heads(&head, 1, block, &io, err);
}

/* Heads differ in the class alone. */
static int32_t same_group(const void *self, const void *other) {
  const struct self *a = self, *b = other;
  return a->net == b->net &&
         precondition_same(&a->precondition, &b->precondition);
}

static kac_status eval_group(const void *const *selves, size_t n,
                             const kac_block *block, kac_score_io *const *ios,
                             kac_error *err) {
  const struct self *heads[TILES_MAX_HEADS];
  kac_status status = KAC_OK;
  for (size_t first = 0; first < n && status == KAC_OK;) {
    size_t n_heads = 0;
    while (n_heads < TILES_MAX_HEADS && first + n_heads < n) {
      heads[n_heads] = selves[first + n_heads];
      n_heads++;
    }
    status = eval_heads(heads, n_heads, block, ios + first, err);
    first += n_heads;
  }
  return status;
}

static const kac_score_ops ops = {.struct_size = sizeof ops,
                                  .eval = eval,
                                  .same_group = same_group,
                                  .eval_group = eval_group};
static const char *const cites[] = {
    "Ronneberger, Fischer, Brox 2015, U-Net, arXiv 1505.04597",
    "Karras et al. 2022, Elucidating diffusion models, arXiv 2206.00364", NULL};
static const kac_component component = {
    KAC_COMPONENT(KAC_SCORE, "unet", "trained UNet of square images",
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
