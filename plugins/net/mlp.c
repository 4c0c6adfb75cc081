/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows through a multilayer perceptron:
 *
 *   h_0 = x,  z_l = W_l h_l,  h_{l+1} = f(z_l + b_l),  output = z_L + b_L,
 *
 * where b_l holds what noise and class add, W_0 and `label` of layer l times
 * their features.  Backwards: g_l = W_l^T (g_{l+1} f'(z_l + b_l)). */
#include "mlp.h"

#include <kac/sdk.h>

static size_t padded_out(const struct mlp *mlp, size_t l) {
  return gemm_padded(mlp->layer[l].n_out);
}

size_t mlp_bias_numbers(const struct mlp *mlp) {
  size_t n = 0;
  for (size_t l = 0; l < mlp->n_layers; l++) n += padded_out(mlp, l);
  return n;
}

static size_t whole_lines(size_t bytes) {
  return (bytes + 63) / 64 * 64;
}

/* Hands out the parts of the work space; with no memory it only counts. */
static void *part(char *memory, size_t *at, size_t bytes) {
  void *here = memory ? memory + *at : NULL;
  *at += whole_lines(bytes);
  return here;
}

static size_t lay_out(const struct mlp *mlp, char *memory,
                      struct mlp_work *work) {
  size_t at = 0, row = MLP_TILE * sizeof(float), n = mlp_bias_numbers(mlp);
  work->x = part(memory, &at, row * gemm_padded(mlp->n_in));
  work->a = part(memory, &at, row * mlp->width);
  work->b = part(memory, &at, row * mlp->width);
  work->kept = part(memory, &at, row * n);
  work->biases = part(memory, &at, n * sizeof(float));
  size_t d = mlp->n_in > mlp->n_out ? mlp->n_in : mlp->n_out;
  work->output = part(memory, &at, MLP_TILE * d * sizeof *work->output);
  return at;
}

size_t mlp_work_bytes(const struct mlp *mlp) {
  struct mlp_work work;
  return lay_out(mlp, NULL, &work);
}

struct mlp_work mlp_work(const struct mlp *mlp, void *memory) {
  struct mlp_work work;
  lay_out(mlp, memory, &work);
  return work;
}

/* Feature k of a label and class. */
static double feature(const struct mlp *mlp, size_t k, double label,
                      size_t class_at) {
  if (k >= mlp->n_label_features) {
    size_t j = k - mlp->n_label_features;
    if (!mlp->embedding) return j == class_at ? 1 : 0;
    return (double)mlp->embedding[class_at * mlp->n_embedding + j];
  }
  if (!mlp->frequencies) return label;
  if (k < mlp->n_frequencies) return sin((double)mlp->frequencies[k] * label);
  return cos((double)mlp->frequencies[k - mlp->n_frequencies] * label);
}

KAC_CLONES static void add_scaled(float *restrict to, float value,
                                  const float *restrict from, size_t n) {
  for (size_t j = 0; j < n; j++) to[j] += value * from[j];
}

void mlp_set_biases(const struct mlp *mlp, double label, size_t class_at,
                    float *biases) {
  for (size_t l = 0; l < mlp->n_layers; l++) {
    const struct mlp_layer *layer = &mlp->layer[l];
    memcpy(biases, layer->bias, padded_out(mlp, l) * sizeof *biases);
    for (size_t k = 0; layer->features && k < mlp->n_features; k++)
      add_scaled(biases, (float)feature(mlp, k, label, class_at),
                 layer->features + k * layer->n_out, layer->n_out);
    biases += padded_out(mlp, l);
  }
}

void mlp_enter(const struct mlp *mlp, const struct mlp_work *work, size_t n,
               float *product) {
  gemm(&mlp->layer[0].forwards, work->x, mlp->n_in, n, product);
}

KAC_CLONES static void widen(const float *restrict rows, size_t ld,
                             const float *restrict bias, size_t n, size_t d,
                             double *restrict out) {
  for (size_t i = 0; i < n; i++, rows += ld, out += d)
    for (size_t j = 0; j < d; j++) out[j] = (double)(rows[j] + bias[j]);
}

KAC_CLONES static void add_skip(const float *restrict x, double skip, size_t n,
                                double *restrict out) {
  for (size_t i = 0; i < n; i++) out[i] += skip * (double)x[i];
}

void mlp_finish(const struct mlp *mlp, struct mlp_work *work, size_t n,
                float *product, bool keeps) {
  const float *bias = work->biases;
  float *kept = work->kept, *in = product, *out = work->b;
  for (size_t l = 0; l + 1 < mlp->n_layers; l++) {
    size_t width = padded_out(mlp, l);
    if (keeps) {
      memcpy(kept, in, n * width * sizeof *kept);
      kept += MLP_TILE * width;
    }
    activation_apply(mlp->activation, bias, n, width, in);
    gemm(&mlp->layer[l + 1].forwards, in, width, n, out);
    in = out;
    out = out == work->a ? work->b : work->a;
    bias += width;
  }
  widen(in, padded_out(mlp, mlp->n_layers - 1), bias, n, mlp->n_out,
        work->output);
  if (mlp->skip != 0) add_skip(work->x, mlp->skip, n * mlp->n_in, work->output);
}

void mlp_pull_back(const struct mlp *mlp, struct mlp_work *work, size_t n) {
  size_t ld = mlp->n_out;
  float *in = work->a, *out = work->b;
  const float *kept = work->kept, *bias = work->biases;
  for (size_t i = 0; i < n * ld; i++) in[i] = (float)work->output[i];
  for (size_t l = 0; l + 1 < mlp->n_layers; l++) {
    kept += MLP_TILE * padded_out(mlp, l);
    bias += padded_out(mlp, l);
  }
  for (size_t l = mlp->n_layers; l-- > 0;) {
    const struct mlp_layer *layer = &mlp->layer[l];
    size_t width = gemm_padded(layer->n_in);
    gemm(&layer->backwards, in, ld, n, out);
    ld = width;
    if (l > 0) {
      kept -= MLP_TILE * width;
      bias -= width;
      activation_pull_back(mlp->activation, kept, bias, n, width, out);
    }
    in = out;
    out = out == work->a ? work->b : work->a;
  }
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < mlp->n_in; j++) {
      double *to = &work->output[i * mlp->n_in + j];
      double passed_by = mlp->skip != 0 ? mlp->skip * *to : 0;
      *to = (double)in[i * ld + j] + passed_by;
    }
}
