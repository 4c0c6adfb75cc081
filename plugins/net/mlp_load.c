/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A multilayer perceptron from its file: metadata, tensors, packed weights. */
#include <kac/sdk.h>
#include <stdlib.h>

#include "mlp.h"

enum { MAX_WIDTH = 65536 };

/* One architecture's load in hand. */
struct loading {
  const struct safetensors *file;
  struct network_keys keys;
  const char *architecture;
  struct mlp *mlp;
  kac_error *err;
};

static float *new_floats(size_t n) {
  size_t bytes = (n * sizeof(float) + 63) / 64 * 64;
  float *data = aligned_alloc(64, bytes ? bytes : 64);
  if (data) memset(data, 0, bytes);
  return data;
}

static kac_status no_memory(kac_error *err) {
  return kac_fail(err, KAC_ENOMEM, "no memory for the network");
}

/* A new array with the tensor's numbers. */
static kac_status take(struct loading *load, const char *name, size_t n_dim,
                       const size_t *shape, size_t n, float **data) {
  *data = new_floats(gemm_padded(n));
  if (!*data) return no_memory(load->err);
  return safetensors_floats(load->file, name, n_dim, shape, *data, load->err);
}

/* The shape of a tensor that must be there with this many dimensions, each
 * within what is possible. */
static kac_status look(struct loading *load, const char *name, size_t n_dim,
                       const struct tensor **tensor) {
  *tensor = safetensors_find(load->file, name);
  if (!*tensor)
    return kac_fail(load->err, KAC_EINVAL, "%s: no tensor '%s'",
                    load->file->name, name);
  bool is_good = (*tensor)->n_dim == n_dim;
  for (size_t i = 0; is_good && i < n_dim; i++)
    is_good = (*tensor)->shape[i] <= MAX_WIDTH;
  if (is_good) return KAC_OK;
  char found[TENSOR_TEXT];
  return kac_fail(
      load->err, KAC_EINVAL,
      "%s: tensor '%s' has shape %s, expected %zu dimensions of at most %d",
      load->file->name, name,
      safetensors_shape((*tensor)->n_dim, (*tensor)->shape, found), n_dim,
      MAX_WIDTH);
}

static const char *key(const struct loading *load, const char *name,
                       char text[64]) {
  snprintf(text, 64, "kac.%s.%s", load->architecture, name);
  return text;
}

static kac_status read_label(struct loading *load) {
  static const char *const names[] = {"none", "raw", "fourier"};
  struct mlp *mlp = load->mlp;
  const struct tensor *tensor;
  char text[64];
  size_t choice;
  kac_status status =
      network_choice(&load->keys, key(load, "label_features", text), names, 3,
                     &choice, load->err);
  if (status != KAC_OK) return status;
  mlp->n_label_features = choice;
  if (choice < 2) return KAC_OK; /* none or one */
  status = look(load, "label.frequencies", 1, &tensor);
  if (status != KAC_OK) return status;
  mlp->n_frequencies = tensor->n;
  mlp->n_label_features = 2 * tensor->n;
  return take(load, "label.frequencies", 1, tensor->shape, tensor->n,
              &mlp->frequencies);
}

static kac_status read_class(struct loading *load) {
  static const char *const names[] = {"none", "onehot", "embedding"};
  struct mlp *mlp = load->mlp;
  size_t n = mlp->network.n_classes + 1, choice;
  const struct tensor *tensor;
  char text[64];
  kac_status status =
      network_choice(&load->keys, key(load, "class_features", text), names, 3,
                     &choice, load->err);
  if (status != KAC_OK) return status;
  if ((choice > 0) != (mlp->network.n_classes > 0))
    return kac_fail(load->err, KAC_EINVAL, "%s: %s = '%s' with %zu classes",
                    load->file->name, text, names[choice],
                    mlp->network.n_classes);
  mlp->n_embedding = choice == 1 ? n : 0;
  if (choice < 2) return KAC_OK;
  status = look(load, "class.embedding", 2, &tensor);
  if (status != KAC_OK) return status;
  mlp->n_embedding = tensor->shape[1];
  return take(load, "class.embedding", 2, (size_t[]){n, mlp->n_embedding},
              n * mlp->n_embedding, &mlp->embedding);
}

static kac_status read_constants(struct loading *load) {
  struct mlp *mlp = load->mlp;
  bool is_score = strcmp(load->architecture, "mlp") == 0;
  char text[64];
  size_t f = 0;
  kac_status status =
      network_begin(&load->keys, load->file, load->architecture, load->err);
  if (status == KAC_OK)
    status = is_score ? network_read(&load->keys, &mlp->network, load->err)
                      : network_count(&load->keys, "kac.n_classes", 2, 65536,
                                      &mlp->network.n_classes, load->err);
  if (status == KAC_OK)
    status = network_count(&load->keys, key(load, "dim", text), 1, MAX_WIDTH,
                           &mlp->n_in, load->err);
  if (status == KAC_OK)
    status = network_count(&load->keys, key(load, "layers", text), 1,
                           MLP_MAX_LAYERS, &mlp->n_layers, load->err);
  if (status == KAC_OK)
    status = network_choice(&load->keys, key(load, "activation", text),
                            activation_names, N_ACTIVATIONS, &f, load->err);
  mlp->activation = (enum activation)f;
  if (status == KAC_OK && is_score)
    status = network_real(&load->keys, key(load, "skip", text), &mlp->skip,
                          load->err);
  if (status == KAC_OK && is_score) status = read_label(load);
  if (status == KAC_OK && is_score) status = read_class(load);
  mlp->n_features = mlp->n_label_features + mlp->n_embedding;
  mlp->n_out = is_score ? mlp->n_in : mlp->network.n_classes;
  return status == KAC_OK ? network_end(&load->keys, load->err) : status;
}

/* Columns `first` on of w, n_out by n_columns, are the features' weights: kept
 * feature by feature. */
static kac_status take_features(struct loading *load, struct mlp_layer *layer,
                                const float *w, size_t first,
                                size_t n_columns) {
  size_t n = load->mlp->n_features, n_out = layer->n_out;
  layer->features = new_floats(n_out * n);
  if (!layer->features) return no_memory(load->err);
  for (size_t k = 0; k < n; k++)
    for (size_t j = 0; j < n_out; j++)
      layer->features[k * n_out + j] = w[j * n_columns + first + k];
  return KAC_OK;
}

/* The weights of layer l; the first has columns for the features too. */
static kac_status read_weight(struct loading *load, size_t l, size_t n_in) {
  struct mlp *mlp = load->mlp;
  struct mlp_layer *layer = &mlp->layer[l];
  size_t n_columns = n_in + (l == 0 ? mlp->n_features : 0);
  char name[64];
  float *w = NULL;
  snprintf(name, sizeof name, "layers.%zu.weight", l);
  kac_status status = take(load, name, 2, (size_t[]){layer->n_out, n_columns},
                           layer->n_out * n_columns, &w);
  if (status == KAC_OK &&
      (!gemm_pack(&layer->forwards, layer->n_out, n_in, w, n_columns, false) ||
       !gemm_pack(&layer->backwards, n_in, layer->n_out, w, n_columns, true)))
    status = no_memory(load->err);
  if (status == KAC_OK && mlp->half)
    status = bf16_take(mlp->half, &layer->forwards, load->err);
  if (status == KAC_OK && mlp->half)
    status = bf16_take(mlp->half, &layer->backwards, load->err);
  if (status == KAC_OK && l == 0 && mlp->n_features > 0)
    status = take_features(load, layer, w, n_in, n_columns);
  free(w);
  return status;
}

/* Further layers may be told of noise and class as well. */
static kac_status read_label_weight(struct loading *load, size_t l) {
  struct mlp_layer *layer = &load->mlp->layer[l];
  size_t n = load->mlp->n_features;
  char name[64];
  float *w = NULL;
  snprintf(name, sizeof name, "layers.%zu.label", l);
  if (l == 0 || n == 0 || !safetensors_find(load->file, name)) return KAC_OK;
  kac_status status =
      take(load, name, 2, (size_t[]){layer->n_out, n}, layer->n_out * n, &w);
  if (status == KAC_OK) status = take_features(load, layer, w, 0, n);
  free(w);
  return status;
}

static kac_status read_layer(struct loading *load, size_t l) {
  struct mlp *mlp = load->mlp;
  struct mlp_layer *layer = &mlp->layer[l];
  const struct tensor *bias;
  char name[64];
  snprintf(name, sizeof name, "layers.%zu.bias", l);
  kac_status status = look(load, name, 1, &bias);
  if (status != KAC_OK) return status;
  layer->n_in = l == 0 ? mlp->n_in : mlp->layer[l - 1].n_out;
  layer->n_out = l + 1 == mlp->n_layers ? mlp->n_out : bias->n;
  status =
      take(load, name, 1, (size_t[]){layer->n_out}, layer->n_out, &layer->bias);
  if (status == KAC_OK) status = read_weight(load, l, layer->n_in);
  if (status == KAC_OK) status = read_label_weight(load, l);
  size_t widest = layer->n_out > layer->n_in ? layer->n_out : layer->n_in;
  if (gemm_padded(widest) > mlp->width) mlp->width = gemm_padded(widest);
  return status;
}

static kac_status check_all_used(const struct loading *load) {
  char who[80];
  snprintf(who, sizeof who, "kac.architecture = '%.12s' with its %zu layers",
           load->architecture, load->mlp->n_layers);
  return safetensors_all_used(load->file, who, load->err);
}

static void mlp_free(struct mlp *mlp) {
  if (!mlp) return;
  for (size_t l = 0; l < MLP_MAX_LAYERS; l++) {
    gemm_free(&mlp->layer[l].forwards);
    gemm_free(&mlp->layer[l].backwards);
    free(mlp->layer[l].bias);
    free(mlp->layer[l].features);
  }
  bf16_close(mlp->half);
  free(mlp->frequencies);
  free(mlp->embedding);
  free(mlp);
}

static kac_status mlp_load(const struct safetensors *file,
                           const char *architecture,
                           const struct network_source *source,
                           struct mlp **out, kac_error *err) {
  struct loading load = {.file = file,
                         .architecture = architecture,
                         .mlp = calloc(1, sizeof *load.mlp),
                         .err = err};
  *out = NULL;
  if (!load.mlp) return no_memory(err);
  kac_status status = read_constants(&load);
  load.mlp->network.n_weights = safetensors_numbers(file);
  if (status == KAC_OK && source->is_bf16)
    status = bf16_open(source->n_threads, BF16_FASTEST, &load.mlp->half, err);
  for (size_t l = 0; status == KAC_OK && l < load.mlp->n_layers; l++)
    status = read_layer(&load, l);
  if (status == KAC_OK) status = check_all_used(&load);
  if (status == KAC_OK && load.mlp->half)
    status = bf16_ready(load.mlp->half, err);
  if (status == KAC_OK)
    *out = load.mlp;
  else
    mlp_free(load.mlp);
  return status;
}

static kac_status open_file(const struct network_source *source,
                            const char *architecture, void **net,
                            kac_error *err) {
  struct safetensors *file;
  struct mlp *mlp = NULL;
  kac_status status = safetensors_open(source->file, &file, err);
  if (status != KAC_OK) return status;
  status = mlp_load(file, architecture, source, &mlp, err);
  safetensors_close(file);
  *net = mlp;
  return status;
}

static kac_status open_score(const struct network_source *source, void **net,
                             kac_error *err) {
  return open_file(source, "mlp", net, err);
}

static kac_status open_classifier(const struct network_source *source,
                                  void **net, kac_error *err) {
  return open_file(source, "classifier", net, err);
}

static void close_net(void *net) {
  mlp_free(net);
}

const struct shared_kind mlp_score = {open_score, close_net};
const struct shared_kind mlp_classifier = {open_classifier, close_net};

kac_status mlp_acquire(const struct shared_kind *kind,
                       const struct network_source *source,
                       const struct mlp **mlp, kac_error *err) {
  void *net = NULL;
  kac_status status = shared_acquire(kind, source, &net, err);
  *mlp = net;
  return status;
}

void mlp_release(const struct shared_kind *kind, const struct mlp *mlp) {
  shared_release(kind, mlp);
}
