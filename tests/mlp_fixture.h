/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Multilayer perceptrons for tests: a file with the weights that a test has
 * chosen, and the same network in float64, written as the formula says. */
#ifndef KAC_TESTS_MLP_FIXTURE_H
#define KAC_TESTS_MLP_FIXTURE_H
#include <math.h>
#include <stdlib.h>

#include "network_fixture.h"

enum { TOY_LAYERS = 4, TOY_WIDTH = 40, TOY_FEATURES = 16 };
enum { TOY_SILU, TOY_RELU, TOY_TANH, TOY_GELU, TOY_IDENTITY };
struct toy {
  size_t n_layers, width[TOY_LAYERS + 1];
  size_t n_frequencies; /* 0: the label itself; with has_label */
  bool has_label, has_embedding, labels_all;
  size_t n_classes, n_embedding;
  int activation;
  double skip;
  float weight[TOY_LAYERS][TOY_WIDTH * (TOY_WIDTH + TOY_FEATURES)];
  float bias[TOY_LAYERS][TOY_WIDTH];
  float label[TOY_LAYERS][TOY_WIDTH * TOY_FEATURES];
  float frequencies[TOY_FEATURES], embedding[8 * TOY_FEATURES];
};

static inline size_t toy_features(const struct toy *toy) {
  size_t n = !toy->has_label      ? 0
             : toy->n_frequencies ? 2 * toy->n_frequencies
                                  : 1;
  if (toy->n_classes == 0) return n;
  return n + (toy->has_embedding ? toy->n_embedding : toy->n_classes + 1);
}

static inline size_t toy_columns(const struct toy *toy, size_t l) {
  return toy->width[l] + (l == 0 ? toy_features(toy) : 0);
}

/* Everything random, sums of order one. */
static inline void toy_fill(struct toy *toy, unsigned seed) {
  uint64_t state = seed;
#define TOY_DRAW(array, scale)                                            \
  for (size_t i_ = 0; i_ < sizeof(array) / sizeof((array)[0]); i_++) {    \
    state = state * 6364136223846793005u + 1442695040888963407u;          \
    (array)[i_] = (float)((double)(state >> 40) * 0x1p-23 - 1) * (scale); \
  }
  for (size_t l = 0; l < TOY_LAYERS; l++) {
    float scale = 1.7f / sqrtf((float)toy_columns(toy, l) + 1.0f);
    TOY_DRAW(toy->weight[l], scale)
    TOY_DRAW(toy->bias[l], 0.5f)
    TOY_DRAW(toy->label[l], 0.3f)
  }
  TOY_DRAW(toy->frequencies, 2.0f)
  TOY_DRAW(toy->embedding, 1.0f)
#undef TOY_DRAW
}

static const char *const toy_activations[] = {"silu", "relu", "tanh", "gelu",
                                              "identity"};

static inline void toy_put_layers(const struct toy *toy, struct net_file *f) {
  char name[64];
  for (size_t l = 0; l < toy->n_layers; l++) {
    snprintf(name, sizeof name, "layers.%zu.weight", l);
    net_tensor(f, name, toy->width[l + 1], toy_columns(toy, l), toy->weight[l]);
    snprintf(name, sizeof name, "layers.%zu.bias", l);
    net_tensor(f, name, toy->width[l + 1], 0, toy->bias[l]);
    if (l == 0 || !toy->labels_all || toy_features(toy) == 0) continue;
    snprintf(name, sizeof name, "layers.%zu.label", l);
    net_tensor(f, name, toy->width[l + 1], toy_features(toy), toy->label[l]);
  }
}

/* Of a network without features: its outputs are logits. */
static inline void toy_put_classifier(const struct toy *toy,
                                      struct net_file *f) {
  net_note(f, "kac.format", "1");
  net_note(f, "kac.architecture", "classifier");
  net_real(f, "kac.n_classes", (double)toy->width[toy->n_layers]);
  net_real(f, "kac.classifier.dim", (double)toy->width[0]);
  net_real(f, "kac.classifier.layers", (double)toy->n_layers);
  net_note(f, "kac.classifier.activation", toy_activations[toy->activation]);
  toy_put_layers(toy, f);
}

/* Everything but parameterisation, label and schedule. */
static inline void toy_put(const struct toy *toy, struct net_file *f) {
  net_note(f, "kac.format", "1");
  net_note(f, "kac.architecture", "mlp");
  net_real(f, "kac.mlp.dim", (double)toy->width[0]);
  net_real(f, "kac.mlp.layers", (double)toy->n_layers);
  net_real(f, "kac.mlp.skip", toy->skip);
  net_note(f, "kac.mlp.activation", toy_activations[toy->activation]);
  net_note(f, "kac.mlp.label_features",
           !toy->has_label      ? "none"
           : toy->n_frequencies ? "fourier"
                                : "raw");
  net_note(f, "kac.mlp.class_features",
           toy->n_classes == 0  ? "none"
           : toy->has_embedding ? "embedding"
                                : "onehot");
  if (toy->n_classes) net_real(f, "kac.n_classes", (double)toy->n_classes);
  if (toy->has_label && toy->n_frequencies)
    net_tensor(f, "label.frequencies", toy->n_frequencies, 0, toy->frequencies);
  if (toy->n_classes && toy->has_embedding)
    net_tensor(f, "class.embedding", toy->n_classes + 1, toy->n_embedding,
               toy->embedding);
  toy_put_layers(toy, f);
}

static inline void toy_edm(struct net_file *f, const char *form,
                           const char *label) {
  net_note(f, "kac.parameterisation", form);
  net_note(f, "kac.label", label);
  net_note(f, "kac.schedule", "edm");
  net_real(f, "kac.schedule.sigma_min", 1e-3);
  net_real(f, "kac.schedule.sigma_max", 1e3);
  net_real(f, "kac.sigma_data", 0.8);
}

static inline double toy_activate(int activation, double x) {
  switch (activation) {
    case TOY_SILU:
      return x / (1 + exp(-x));
    case TOY_RELU:
      return x > 0 ? x : 0;
    case TOY_TANH:
      return tanh(x);
    case TOY_GELU:
      return 0.5 * x * erfc(-x / sqrt(2));
    default:
      return x;
  }
}

/* Row x to out, in float64. */
static inline void toy_run(const struct toy *toy, double label, size_t class_at,
                           const double *x, double *out) {
  double h[TOY_WIDTH + TOY_FEATURES], next[TOY_WIDTH], f[TOY_FEATURES] = {0};
  size_t n = 0, m = toy->n_frequencies;
  for (size_t k = 0; toy->has_label && k < m; k++) {
    f[k] = sin((double)toy->frequencies[k] * label);
    f[m + k] = cos((double)toy->frequencies[k] * label);
  }
  if (toy->has_label && m == 0) f[0] = label;
  n = toy->has_label ? (m ? 2 * m : 1) : 0;
  if (toy->n_classes && !toy->has_embedding) f[n + class_at] = 1;
  for (size_t k = 0;
       toy->n_classes && toy->has_embedding && k < toy->n_embedding; k++)
    f[n + k] = (double)toy->embedding[class_at * toy->n_embedding + k];
  n = toy_features(toy);
  for (size_t j = 0; j < toy->width[0]; j++) h[j] = x[j];
  for (size_t k = 0; k < n; k++) h[toy->width[0] + k] = f[k];
  for (size_t l = 0; l < toy->n_layers; l++) {
    for (size_t i = 0; i < toy->width[l + 1]; i++) {
      double sum = (double)toy->bias[l][i];
      for (size_t j = 0; j < toy_columns(toy, l); j++)
        sum += (double)toy->weight[l][i * toy_columns(toy, l) + j] * h[j];
      for (size_t k = 0; l > 0 && toy->labels_all && k < n; k++)
        sum += (double)toy->label[l][i * n + k] * f[k];
      next[i] =
          l + 1 < toy->n_layers ? toy_activate(toy->activation, sum) : sum;
    }
    for (size_t i = 0; i < toy->width[l + 1]; i++) h[i] = next[i];
  }
  for (size_t i = 0; i < toy->width[toy->n_layers]; i++)
    out[i] = h[i] + (toy->skip != 0 ? toy->skip * x[i] : 0);
}

#endif
