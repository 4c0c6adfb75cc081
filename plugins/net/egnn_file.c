/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An EGNN from its file, and where everything lies in its scratch. */
#include <kac/sdk.h>
#include <stdlib.h>

#include "egnn.h"

/* Pairs of one tile: enough rows for the products, few enough for the cache. */
static const size_t tile_pairs = 512;

static kac_status read_constants(struct network_keys *keys, struct egnn *net,
                                 kac_error *err) {
  const struct {
    const char *key;
    size_t least, most, *value;
  } counts[] = {
      {"kac.egnn.bodies", 2, EGNN_MAX_BODIES, &net->n_bodies},
      {"kac.egnn.dim", 1, EGNN_MAX_DIM, &net->dim},
      {"kac.egnn.hidden", GEMM_PANEL, EMBEDDING_MAX_WIDTH, &net->hidden},
      {"kac.egnn.layers", 1, EGNN_MAX_LAYERS, &net->n_layers},
      {"kac.egnn.n_freq", 1, EMBEDDING_MAX_FREQ, &net->n_freq},
  };
  for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
    kac_status status = network_count(keys, counts[i].key, counts[i].least,
                                      counts[i].most, counts[i].value, err);
    if (status != KAC_OK) return status;
  }
  if (net->hidden % GEMM_PANEL == 0) return KAC_OK;
  return kac_fail(err, KAC_EINVAL,
                  "%s: kac.egnn.hidden = %zu, expected a multiple of %d",
                  keys->file->name, net->hidden, GEMM_PANEL);
}

/* pair1 acts on (h_i, h_j, d^2, d0^2): what it does to the features is worked
 * out per body, not per pair. */
static kac_status split_pair1(struct layer_reader *reader, const float *weight,
                              size_t hidden, struct egnn_layer *layer,
                              kac_error *err) {
  size_t columns = 2 * hidden + 2;
  layer->square = floats_take(reader->all, hidden, err);
  layer->start = floats_take(reader->all, hidden, err);
  float *ends = malloc(2 * hidden * hidden * sizeof *ends);
  kac_status status = KAC_ENOMEM;
  layer->ends = (struct layer){.n_in = hidden, .n_out = 2 * hidden};
  if (ends && layer->square && layer->start) {
    for (size_t o = 0; o < hidden; o++) {
      const float *row = weight + o * columns;
      memcpy(ends + o * hidden, row, hidden * sizeof *row);
      memcpy(ends + (hidden + o) * hidden, row + hidden, hidden * sizeof *row);
      layer->square[o] = row[2 * hidden];
      layer->start[o] = row[2 * hidden + 1];
    }
    status = layer_set(reader, ends, &layer->ends, err);
  } else {
    kac_fail(err, KAC_ENOMEM, "out of memory for a layer");
  }
  free(ends);
  return status;
}

static kac_status read_dense(struct layer_reader *reader, size_t k,
                             const char *part, size_t n_in, size_t n_out,
                             struct layer *layer, kac_error *err) {
  char name[TENSOR_TEXT];
  *layer = (struct layer){.n_in = n_in, .n_out = n_out};
  snprintf(name, sizeof name, "layer.%zu.%s", k, part);
  return layer_read(reader, name, layer, 1, err);
}

static kac_status read_vectors(struct layer_reader *reader, size_t k,
                               size_t hidden, struct egnn_layer *layer,
                               kac_error *err) {
  char name[TENSOR_TEXT];
  float *pair1;
  snprintf(name, sizeof name, "layer.%zu.pair1.weight", k);
  kac_status status =
      layer_tensor(reader, name, hidden, 2 * hidden + 2, &pair1, err);
  if (status == KAC_OK) status = split_pair1(reader, pair1, hidden, layer, err);
  snprintf(name, sizeof name, "layer.%zu.pair1.bias", k);
  if (status == KAC_OK)
    status = layer_tensor(reader, name, hidden, 0, &layer->bias, err);
  snprintf(name, sizeof name, "layer.%zu.move2.weight", k);
  if (status == KAC_OK)
    status = layer_tensor(reader, name, 1, hidden, &layer->out, err);
  return status;
}

/* The last layer has no features to pass on. */
static kac_status read_layer(struct layer_reader *reader, struct egnn *net,
                             size_t k, kac_error *err) {
  struct egnn_layer *layer = &net->layer[k];
  size_t hidden = net->hidden;
  int is_last = k + 1 == net->n_layers;
  kac_status status = read_vectors(reader, k, hidden, layer, err);
  if (status == KAC_OK)
    status = read_dense(reader, k, "pair2", hidden, hidden, &layer->pair, err);
  if (status == KAC_OK)
    status = read_dense(reader, k, "move1", hidden, hidden, &layer->move, err);
  if (status == KAC_OK && !is_last)
    status =
        read_dense(reader, k, "node1", 2 * hidden, hidden, &layer->node1, err);
  if (status == KAC_OK && !is_last)
    status = read_dense(reader, k, "node2", hidden, hidden, &layer->node2, err);
  return status;
}

static kac_status read_weights(const struct safetensors *file, struct egnn *net,
                               kac_error *err) {
  struct layer_reader reader = {
      .file = file, .all = &net->memory, .half = net->half};
  kac_status status =
      embedding_read(&reader, net->n_freq, net->hidden, 0, &net->emb, err);
  for (size_t k = 0; status == KAC_OK && k < net->n_layers; k++)
    status = read_layer(&reader, net, k, err);
  if (status == KAC_OK) status = layer_finish(&reader, err);
  if (status != KAC_OK) return status;
  net->zeros = floats_take(&net->memory, 2 * net->hidden, err);
  return net->zeros ? KAC_OK : KAC_ENOMEM;
}

static size_t reserve(size_t *total, size_t n) {
  size_t at = *total;
  *total += (n + 15) / 16 * 16;
  return at;
}

/* Everything that backward needs has a place of its own. */
static void lay_out(struct egnn *net) {
  size_t square = net->n_bodies * net->n_bodies, hidden = net->hidden;
  size_t rows = (tile_pairs + square - 1) / square, total = 0;
  size_t bodies = rows * net->n_bodies, pairs = rows * square;
  for (size_t k = 0; k <= net->n_layers; k++) {
    struct egnn_layer *layer = &net->layer[k];
    layer->x = reserve(&total, bodies * net->dim);
    if (k == net->n_layers) break;
    layer->h = reserve(&total, bodies * hidden);
    layer->pair1 = reserve(&total, pairs * hidden);
    layer->pair2 = reserve(&total, pairs * hidden);
    layer->move1 = reserve(&total, pairs * hidden);
    layer->node = reserve(&total, bodies * hidden);
    layer->d2 = reserve(&total, pairs);
    layer->gate = reserve(&total, pairs);
  }
  net->e = reserve(&total, 2 * hidden + 2 * net->n_freq);
  net->d0 = net->layer[0].d2;
  net->grad_d2 = reserve(&total, pairs);
  net->grad_d0 = reserve(&total, pairs);
  net->grad_x = reserve(&total, 2 * bodies * net->dim);
  net->grad_h = reserve(&total, bodies * hidden);
  net->pairs = reserve(&total, pairs * hidden);
  net->pairs_too = reserve(&total, pairs * hidden);
  net->ends = reserve(&total, 2 * bodies * hidden);
  net->both = reserve(&total, 2 * bodies * hidden);
  net->tile = (struct tile_net){net->n_bodies * net->dim,
                                rows,
                                total,
                                hidden,
                                egnn_prepare,
                                egnn_enter,
                                egnn_forward,
                                egnn_backward};
}

static void close_net(void *self) {
  struct egnn *net = self;
  if (!net) return;
  /* All there could be: n_layers may be what a file wrongly said. */
  for (size_t k = 0; k < EGNN_MAX_LAYERS; k++) {
    layer_free(&net->layer[k].ends);
    layer_free(&net->layer[k].pair);
    layer_free(&net->layer[k].move);
    layer_free(&net->layer[k].node1);
    layer_free(&net->layer[k].node2);
  }
  bf16_close(net->half);
  floats_free(net->memory);
  free(net);
}

static kac_status open_net(const struct network_source *source, void **out,
                           kac_error *err) {
  struct safetensors *file = NULL;
  struct network_keys keys;
  struct egnn *net = calloc(1, sizeof *net);
  if (!net) return kac_fail(err, KAC_ENOMEM, "out of memory for a network");
  kac_status status = safetensors_open(source->file, &file, err);
  if (status == KAC_OK) status = network_begin(&keys, file, "egnn", err);
  if (status == KAC_OK) status = network_read(&keys, &net->network, err);
  if (status == KAC_OK) status = read_constants(&keys, net, err);
  if (status == KAC_OK) status = network_end(&keys, err);
  if (status == KAC_OK && net->network.n_classes)
    status = kac_fail(err, KAC_EINVAL,
                      "%s: kac.n_classes = %zu, but an egnn has no classes",
                      file->name, net->network.n_classes);
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

const struct shared_kind egnn_kind = {open_net, close_net};
