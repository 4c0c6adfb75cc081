/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Multilayer perceptrons: layers, what they are told of noise and class, and
 * the walk forwards and backwards through them for a few rows at a time.
 * docs/networks.md has the tensors. */
#ifndef KAC_NET_MLP_H
#define KAC_NET_MLP_H
#include "activation.h"
#include "bf16.h"
#include "network.h"

enum { MLP_TILE = 128, MLP_MAX_LAYERS = 64 };

struct mlp_layer {
  size_t n_in, n_out;
  struct gemm_matrix forwards, backwards; /* the latter is W transposed */
  float *bias;
  float *features; /* n_features by n_out, of what rows share; or NULL */
};
struct mlp {
  struct network network; /* not for classifiers */
  size_t n_in, n_out;     /* of the state, of the output */
  size_t n_layers;
  struct mlp_layer layer[MLP_MAX_LAYERS];
  enum activation activation;
  size_t n_features, n_label_features; /* label first, then class */
  size_t n_frequencies;
  float *frequencies; /* of sines and cosines of the label; NULL: raw */
  size_t n_embedding;
  float *embedding;  /* (n_classes + 1) by n_embedding; NULL: one of n */
  double skip;       /* output += skip * input */
  size_t width;      /* widest layer, padded */
  struct bf16 *half; /* NULL: all is float32 */
};

/* Bytes of work space for a tile. */
size_t mlp_work_bytes(const struct mlp *mlp);

/* Work space of one thread.  Activations are padded to whole panels. */
struct mlp_work {
  float *x;       /* MLP_TILE by n_in: the input */
  float *a, *b;   /* MLP_TILE by width */
  float *kept;    /* per layer MLP_TILE rows, before bias and activation */
  float *biases;  /* per layer: the bias with label and class put in */
  double *output; /* MLP_TILE by n_out, or by n_in on the way back */
};
struct mlp_work mlp_work(const struct mlp *mlp, void *memory);

/* Biases of all layers at a label and class (n_classes: none).  They depend on
 * nothing else: whole blocks share them. [worker] */
void mlp_set_biases(const struct mlp *mlp, double label, size_t class_at,
                    float *biases);
size_t mlp_bias_numbers(const struct mlp *mlp);

/* The first layer's product alone, which classes share: work->x to product,
 * n by its padded width. [worker] */
void mlp_enter(const struct mlp *mlp, const struct mlp_work *work, size_t n,
               float *product);
/* On from there: product, which is overwritten, to work->output.  With keeps,
 * work->kept holds what mlp_pull_back needs. [worker] */
void mlp_finish(const struct mlp *mlp, struct mlp_work *work, size_t n,
                float *product, bool keeps);
/* work->output as the gradient of the output becomes that of the input, n by
 * n_in.  (A skip is for networks with n_in = n_out.) [worker] */
void mlp_pull_back(const struct mlp *mlp, struct mlp_work *work, size_t n);

/* Those of architecture "mlp", and "classifier". */
extern const struct shared_kind mlp_score, mlp_classifier;
/* The network of a file, shared by all instances. [main] */
kac_status mlp_acquire(const struct shared_kind *kind,
                       const struct network_source *source,
                       const struct mlp **mlp, kac_error *err);
void mlp_release(const struct shared_kind *kind, const struct mlp *mlp);

#endif
