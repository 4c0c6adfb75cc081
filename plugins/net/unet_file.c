/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A UNet from its file, and where everything lies in its scratch. */
#include <kac/sdk.h>
#include <stdlib.h>

#include "unet.h"

/* Images of one tile: enough pixels for sgemm, few enough for the cache. */
static const size_t tile_images = 4;

static kac_status read_constants(struct network_keys *keys, struct unet *net,
                                 kac_error *err) {
  const struct {
    const char *key;
    size_t least, most, *value;
  } counts[] = {
      {"kac.unet.size", 2, UNET_MAX_SIDE, &net->size},
      {"kac.unet.colours", 1, 16, &net->colours},
      {"kac.unet.channels", GEMM_PANEL, 1024, &net->channels},
      {"kac.unet.inner", GEMM_PANEL, 1024, &net->inner},
      {"kac.unet.blocks", 1, UNET_MAX_BLOCKS, &net->n_blocks},
      {"kac.unet.width", 1, EMBEDDING_MAX_WIDTH, &net->width},
      {"kac.unet.n_freq", 1, EMBEDDING_MAX_FREQ, &net->n_freq},
  };
  for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
    kac_status status = network_count(keys, counts[i].key, counts[i].least,
                                      counts[i].most, counts[i].value, err);
    if (status != KAC_OK) return status;
  }
  if (net->size % 2 == 0 && net->channels % GEMM_PANEL == 0 &&
      net->inner % GEMM_PANEL == 0)
    return KAC_OK;
  return kac_fail(err, KAC_EINVAL,
                  "%s: size %zu, channels %zu, inner %zu: expected an even "
                  "size and channels in multiples of %d",
                  keys->file->name, net->size, net->channels, net->inner,
                  GEMM_PANEL);
}

static kac_status read_block(struct layer_reader *reader, const char *name,
                             size_t n_in, size_t n_out, size_t width,
                             struct unet_block *block, kac_error *err) {
  char part[TENSOR_TEXT];
  block->conv1 = (struct layer){.n_in = n_in, .n_out = n_out, .kernel = 3};
  block->conv2 = (struct layer){.n_in = n_out, .n_out = n_out, .kernel = 3};
  block->skip = (struct layer){.n_in = n_in, .n_out = n_out, .kernel = 1};
  block->has_skip = n_in != n_out;
  snprintf(part, sizeof part, "%s.conv1", name);
  kac_status status = layer_read(reader, part, &block->conv1, 1, err);
  snprintf(part, sizeof part, "%s.conv2", name);
  if (status == KAC_OK)
    status = layer_read(reader, part, &block->conv2, 1, err);
  snprintf(part, sizeof part, "%s.skip", name);
  if (status == KAC_OK && block->has_skip)
    status = layer_read(reader, part, &block->skip, 0, err);
  snprintf(part, sizeof part, "%s.emb.weight", name);
  if (status == KAC_OK)
    status = layer_tensor(reader, part, n_out, width, &block->emb, err);
  return status;
}

/* Level 0, 1, 2 is down, mid, up. */
static kac_status read_blocks(struct layer_reader *reader, struct unet *net,
                              kac_error *err) {
  static const char *const levels[] = {"down", "mid", "up"};
  size_t first[] = {net->channels, net->channels, net->channels + net->inner};
  size_t n_out[] = {net->channels, net->inner, net->channels};
  for (size_t b = 0; b < 3 * net->n_blocks; b++) {
    char name[32];
    size_t level = b / net->n_blocks, k = b % net->n_blocks;
    snprintf(name, sizeof name, "%s.%zu", levels[level], k);
    kac_status status =
        read_block(reader, name, k == 0 ? first[level] : n_out[level],
                   n_out[level], net->width, &net->block[b], err);
    if (status != KAC_OK) return status;
  }
  return KAC_OK;
}

static kac_status read_weights(const struct safetensors *file, struct unet *net,
                               kac_error *err) {
  struct layer_reader reader = {
      .file = file, .all = &net->memory, .half = net->half};
  net->in =
      (struct layer){.n_in = net->colours, .n_out = net->channels, .kernel = 3};
  net->out =
      (struct layer){.n_in = net->channels, .n_out = net->colours, .kernel = 3};
  kac_status status = embedding_read(&reader, net->n_freq, net->width,
                                     net->network.n_classes, &net->emb, err);
  if (status == KAC_OK) status = layer_read(&reader, "in", &net->in, 1, err);
  if (status == KAC_OK) status = read_blocks(&reader, net, err);
  if (status == KAC_OK) status = layer_read(&reader, "out", &net->out, 1, err);
  if (status == KAC_OK) status = layer_finish(&reader, err);
  if (status != KAC_OK) return status;
  net->zeros = floats_take(&net->memory, net->channels + net->inner, err);
  return net->zeros ? KAC_OK : KAC_ENOMEM;
}

static size_t reserve(size_t *total, size_t n) {
  size_t at = *total;
  *total += (n + 15) / 16 * 16;
  return at;
}

/* Everything that backward needs has a place of its own. */
static void lay_out(struct unet *net) {
  size_t total = 0, biases = 0, half = net->size / 2;
  size_t small = tile_images * half * half, full = 4 * small;
  size_t widest = net->channels + net->inner;
  for (size_t b = 0; b < 3 * net->n_blocks; b++) {
    struct unet_place *place = &net->place[b];
    const struct layer *conv = &net->block[b].conv1;
    int is_small = b / net->n_blocks == 1;
    size_t rows = is_small ? small : full;
    place->side = is_small ? half : net->size;
    place->bias = reserve(&biases, conv->n_out);
    place->x = reserve(&total, rows * conv->n_in);
    place->h = reserve(&total, rows * conv->n_out);
  }
  net->last = reserve(&total, full * net->channels);
  net->skip = reserve(&total, full * net->channels);
  net->mid = reserve(&total, small * net->inner);
  net->columns = reserve(&total, full * 9 * widest);
  net->act = reserve(&total, full * widest);
  net->grad[0] = reserve(&total, full * widest);
  net->grad[1] = reserve(&total, full * widest);
  net->e = reserve(&total, 2 * net->width + 2 * net->n_freq);
  net->tile = (struct tile_net){net->colours * net->size * net->size,
                                tile_images,
                                total,
                                biases,
                                unet_prepare,
                                unet_enter,
                                unet_forward,
                                unet_backward};
}

static void close_net(void *self) {
  struct unet *net = self;
  if (!net) return;
  /* All there could be: n_blocks may be what a file wrongly said. */
  for (size_t b = 0; b < 3 * UNET_MAX_BLOCKS; b++) {
    layer_free(&net->block[b].conv1);
    layer_free(&net->block[b].conv2);
    layer_free(&net->block[b].skip);
  }
  layer_free(&net->in);
  layer_free(&net->out);
  bf16_close(net->half);
  floats_free(net->memory);
  free(net);
}

static kac_status open_net(const struct network_source *source, void **out,
                           kac_error *err) {
  struct safetensors *file = NULL;
  struct network_keys keys;
  struct unet *net = calloc(1, sizeof *net);
  if (!net) return kac_fail(err, KAC_ENOMEM, "out of memory for a network");
  kac_status status = safetensors_open(source->file, &file, err);
  if (status == KAC_OK) status = network_begin(&keys, file, "unet", err);
  if (status == KAC_OK) status = network_read(&keys, &net->network, err);
  if (status == KAC_OK) status = read_constants(&keys, net, err);
  if (status == KAC_OK) status = network_end(&keys, err);
  if (status == KAC_OK && source->is_bf16)
    status = bf16_open(source->n_threads, BF16_FASTEST, &net->half, err);
  if (status == KAC_OK) status = read_weights(file, net, err);
  safetensors_close(file);
  if (status != KAC_OK) {
    close_net(net);
    return status;
  }
  lay_out(net);
  *out = net;
  return KAC_OK;
}

const struct shared_kind unet_kind = {open_net, close_net};
