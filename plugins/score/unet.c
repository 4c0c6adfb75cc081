/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A trained UNet of square images as a score: weights and what they mean from
 * a safetensors file (docs/networks.md), forward and vector-Jacobian product.
 * Check: tests/unit/test_trained.c, against numbers of PyTorch. */
#include "plugins/net/unet.h"

#include <kac/sdk.h>

struct config {
  struct network_config network;
};
static const kac_param params[] = {NETWORK_PARAMS(struct config, network)};

struct self {
  struct unet *net;
  struct precondition precondition;
  size_t class_at;
};

static kac_status open_net(const struct config *cfg, const kac_plan *plan,
                           struct self *self, kac_error *err) {
  kac_status status = unet_open(cfg->network.file, &self->net, err);
  if (status != KAC_OK) return status;
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
  if (status != KAC_OK) unet_close(self->net);
  return status;
}

static kac_status plan(const void *config, kac_plan *plan, kac_error *err) {
  const struct config *cfg = config;
  struct self self = {0};
  kac_status status = open_net(cfg, plan, &self, err);
  if (status != KAC_OK) return status;
  plan->scratch_bytes = tiles_scratch(&self.net->tile);
  plan->sigma_data = self.net->network.sigma_data;
  network_warn(&cfg->network, &self.net->network, plan);
  unet_close(self.net);
  return KAC_OK;
}

static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *plan, void **out, kac_error *err) {
  struct self *self = host->alloc(host, sizeof *self);
  if (!self) return kac_fail(err, KAC_ENOMEM, "out of memory for a network");
  kac_status status = open_net(config, plan, self, err);
  if (status != KAC_OK) return status;
  *out = self;
  return KAC_OK;
}

static void destroy(void *self) {
  unet_close(((struct self *)self)->net);
}

static kac_status eval(const void *it, const kac_block *block, kac_score_io *io,
                       kac_error *err) {
  const struct self *self = it;
  return tiles_eval(&self->net->tile, self->net, &self->precondition,
                    self->class_at, block, io, err);
}

static const kac_score_ops ops = {.struct_size = sizeof ops, .eval = eval};
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
