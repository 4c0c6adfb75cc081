/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dense layers and convolutions by matrix products; see layers.h. */
#include "layers.h"

#include <kac/sdk.h>
#include <stdlib.h>

struct floats {
  struct floats *next;
  float *data;
};

float *floats_take(struct floats **all, size_t n, kac_error *err) {
  struct floats *one = malloc(sizeof *one);
  float *data = aligned_alloc(64, (n * sizeof *data + 64) / 64 * 64);
  if (!one || !data) {
    free(one);
    free(data);
    kac_fail(err, KAC_ENOMEM, "out of memory for %zu weights", n);
    return NULL;
  }
  memset(data, 0, n * sizeof *data);
  *one = (struct floats){*all, data};
  *all = one;
  return data;
}

void floats_free(struct floats *all) {
  while (all) {
    struct floats *next = all->next;
    free(all->data);
    free(all);
    all = next;
  }
}

kac_status layer_tensor(struct layer_reader *reader, const char *name,
                        size_t rows, size_t columns, float **out,
                        kac_error *err) {
  size_t shape[2] = {rows, columns};
  *out = floats_take(reader->all, rows * (columns ? columns : 1), err);
  if (!*out) return KAC_ENOMEM;
  return safetensors_floats(reader->file, name, columns ? 2 : 1, shape, *out,
                            err);
}

/* The columns of a convolution are (ky, kx, channel) where torch has (channel,
 * ky, kx).  Its transposed map is the convolution with the kernel turned by 180
 * degrees. */
static void arrange(const struct layer *layer, const float *weight,
                    float *forward, float *back) {
  size_t k2 = layer->kernel ? layer->kernel * layer->kernel : 1;
  size_t n_in = layer->n_in, n_out = layer->n_out;
  for (size_t o = 0; o < n_out; o++)
    for (size_t i = 0; i < n_in; i++)
      for (size_t k = 0; k < k2; k++) {
        float w = weight[(o * n_in + i) * k2 + k];
        forward[(o * k2 + k) * n_in + i] = w;
        back[(i * k2 + (k2 - 1 - k)) * n_out + o] = w;
      }
}

kac_status layer_set(const struct layer_reader *reader, const float *weight,
                     struct layer *layer, kac_error *err) {
  size_t k2 = layer->kernel ? layer->kernel * layer->kernel : 1;
  size_t in = k2 * layer->n_in, out = k2 * layer->n_out, n = in * layer->n_out;
  float *sorted = malloc(2 * n * sizeof *sorted);
  bool is_packed = sorted != NULL;
  if (is_packed) {
    arrange(layer, weight, sorted, sorted + n);
    is_packed =
        gemm_pack(&layer->weight, layer->n_out, in, sorted, in, false) &&
        gemm_pack(&layer->back, layer->n_in, out, sorted + n, out, false);
  }
  free(sorted);
  if (!is_packed)
    return kac_fail(err, KAC_ENOMEM, "out of memory for %zu weights", n);
  if (!reader->half) return KAC_OK;
  kac_status status = bf16_take(reader->half, &layer->weight, err);
  return status == KAC_OK ? bf16_take(reader->half, &layer->back, err) : status;
}

void layer_free(struct layer *layer) {
  gemm_free(&layer->weight);
  gemm_free(&layer->back);
}

kac_status layer_read(struct layer_reader *reader, const char *name,
                      struct layer *layer, int has_bias, kac_error *err) {
  char tensor[TENSOR_TEXT];
  size_t kernel = layer->kernel;
  size_t shape[4] = {layer->n_out, layer->n_in, kernel, kernel};
  size_t n = layer->n_out * layer->n_in * (kernel ? kernel * kernel : 1);
  float *weight = malloc(n * sizeof *weight);
  if (!weight)
    return kac_fail(err, KAC_ENOMEM, "out of memory for %zu weights", n);
  snprintf(tensor, sizeof tensor, "%s.weight", name);
  kac_status status = safetensors_floats(reader->file, tensor, kernel ? 4 : 2,
                                         shape, weight, err);
  if (status == KAC_OK && has_bias) {
    snprintf(tensor, sizeof tensor, "%s.bias", name);
    status = layer_tensor(reader, tensor, layer->n_out, 0, &layer->bias, err);
  }
  if (status == KAC_OK) status = layer_set(reader, weight, layer, err);
  free(weight);
  return status;
}

kac_status layer_finish(const struct layer_reader *reader, kac_error *err) {
  kac_status status =
      safetensors_all_used(reader->file, "this architecture", err);
  return status == KAC_OK && reader->half ? bf16_ready(reader->half, err)
                                          : status;
}

/* The pixels that kernel row ky sees from image row y, or zeros. */
static void gather_row(const float *image, size_t side, size_t n, size_t kernel,
                       size_t y, size_t ky, float *to) {
  size_t reach = kernel / 2, width = kernel * kernel * n;
  size_t bytes = n * sizeof *image;
  int is_outside = y + ky < reach || y + ky >= side + reach;
  for (size_t x = 0; x < side; x++, to += width)
    for (size_t kx = 0; kx < kernel; kx++) {
      if (is_outside || x + kx < reach || x + kx >= side + reach)
        memset(to + kx * n, 0, bytes);
      else
        memcpy(to + kx * n,
               image + ((y + ky - reach) * side + (x + kx - reach)) * n, bytes);
    }
}

/* Each row of `columns` holds the neighbourhood of one pixel. */
static void gather(size_t n_images, size_t side, const float *x, size_t n,
                   size_t kernel, float *columns) {
  size_t width = kernel * kernel * n;
  for (size_t image = 0; image < n_images; image++)
    for (size_t y = 0; y < side; y++) {
      const float *from = x + image * side * side * n;
      float *to = columns + (image * side + y) * side * width;
      for (size_t ky = 0; ky < kernel; ky++)
        gather_row(from, side, n, kernel, y, ky, to + ky * kernel * n);
    }
}

static void map(const struct gemm_matrix *matrix, size_t kernel, size_t n,
                size_t side, const float *x, float *columns, float *y) {
  if (kernel > 1) {
    gather(n, side, x, matrix->n_in / (kernel * kernel), kernel, columns);
    x = columns;
  }
  gemm(matrix, x, matrix->n_in, n * side * side, y);
}

void layer_forward(const struct layer *layer, size_t n, size_t side,
                   const float *x, float *columns, float *y) {
  map(&layer->weight, layer->kernel, n, side, x, columns, y);
}

void layer_backward(const struct layer *layer, size_t n, size_t side,
                    const float *dy, float *columns, float *dx) {
  map(&layer->back, layer->kernel, n, side, dy, columns, dx);
}
