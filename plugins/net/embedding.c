/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Embedding of the noise label; see embedding.h. */
#include "embedding.h"

#include <kac/sdk.h>

#include "activation.h"

kac_status embedding_read(struct layer_reader *reader, size_t n_freq,
                          size_t width, size_t n_classes, struct embedding *emb,
                          kac_error *err) {
  *emb = (struct embedding){
      .n_freq = n_freq, .width = width, .n_classes = n_classes};
  const struct {
    const char *name;
    size_t rows, columns;
    float **to;
  } tensors[] = {
      {"emb.freq", n_freq, 0, &emb->freq},
      {"emb.in.weight", width, 2 * n_freq, &emb->in},
      {"emb.in.bias", width, 0, &emb->in_bias},
      {"emb.out.weight", width, width, &emb->out},
      {"emb.out.bias", width, 0, &emb->out_bias},
      {"emb.class.weight", n_classes + 1, width, &emb->classes},
  };
  size_t n = sizeof tensors / sizeof tensors[0] - (n_classes == 0);
  for (size_t i = 0; i < n; i++) {
    kac_status status = layer_tensor(reader, tensors[i].name, tensors[i].rows,
                                     tensors[i].columns, tensors[i].to, err);
    if (status != KAC_OK) return status;
  }
  return KAC_OK;
}

void embedding_dense(const float *weight, const float *bias, const float *x,
                     size_t n_in, size_t n_out, float *y) {
  for (size_t o = 0; o < n_out; o++, weight += n_in) {
    float sum = bias ? bias[o] : 0.0F;
    for (size_t i = 0; i < n_in; i++) sum += weight[i] * x[i];
    y[o] = sum;
  }
}

void embedding_at(const struct embedding *emb, double label, size_t class_at,
                  float *work, float *e) {
  float *wave = work + emb->width;
  for (size_t i = 0; i < emb->n_freq; i++) {
    double angle = label * (double)emb->freq[i];
    wave[i] = (float)sin(angle);
    wave[emb->n_freq + i] = (float)cos(angle);
  }
  embedding_dense(emb->in, NULL, wave, 2 * emb->n_freq, emb->width, work);
  memcpy(e, work, emb->width * sizeof *e);
  activation_apply(ACTIVATION_SILU, emb->in_bias, 1, emb->width, e);
  if (emb->n_classes) {
    const float *row = emb->classes + class_at * emb->width;
    for (size_t i = 0; i < emb->width; i++) e[i] += row[i];
  }
  embedding_dense(emb->out, NULL, e, emb->width, emb->width, work);
  activation_apply(ACTIVATION_SILU, emb->out_bias, 1, emb->width, work);
  memcpy(e, work, emb->width * sizeof *e);
}
