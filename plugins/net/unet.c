/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forward and transposed derivative of a UNet; see unet.h.  Images lie as
 * (particle, y, x, channel); outside they are (particle, channel, y, x). */
#include "unet.h"

#include <kac/sdk.h>

#include "activation.h"

void unet_prepare(const void *self, double label, size_t class_at, float *work,
                  float *condition) {
  const struct unet *net = self;
  float *e = work + net->e;
  embedding_at(&net->emb, label, class_at, e + net->width, e);
  for (size_t b = 0; b < 3 * net->n_blocks; b++) {
    const struct unet_block *block = &net->block[b];
    embedding_dense(block->emb, block->conv1.bias, e, net->width,
                    block->conv1.n_out, condition + net->place[b].bias);
  }
}

/* y += x + bias */
KAC_CLONES static void add_rows(const float *restrict bias,
                                const float *restrict x, size_t rows,
                                size_t width, float *restrict y) {
  for (size_t r = 0; r < rows; r++, x += width, y += width)
    for (size_t i = 0; i < width; i++) y[i] += x[i] + bias[i];
}

/* a = silu(x + bias) */
static void silu_of(const float *bias, const float *x, size_t rows,
                    size_t width, float *a) {
  memcpy(a, x, rows * width * sizeof *a);
  activation_apply(ACTIVATION_SILU, bias, rows, width, a);
}

/* As far as no condition matters. */
static void block_enter(const struct unet *net, size_t b, float *work,
                        size_t n) {
  const struct layer *conv = &net->block[b].conv1;
  const struct unet_place *place = &net->place[b];
  size_t side = place->side, rows = n * side * side;
  silu_of(net->zeros, work + place->x, rows, conv->n_in, work + net->act);
  layer_forward(conv, n, side, work + net->act, work + net->columns,
                work + place->h);
}

static void block_forward(const struct unet *net, size_t b,
                          const float *condition, float *work, size_t n,
                          float *out) {
  const struct unet_block *block = &net->block[b];
  const struct unet_place *place = &net->place[b];
  size_t n_out = block->conv1.n_out;
  size_t side = place->side, rows = n * side * side;
  float *x = work + place->x, *through = x;
  float *act = work + net->act, *columns = work + net->columns;
  silu_of(condition + place->bias, work + place->h, rows, n_out, act);
  layer_forward(&block->conv2, n, side, act, columns, out);
  if (block->has_skip) {
    through = act;
    layer_forward(&block->skip, n, side, x, columns, through);
  }
  add_rows(block->conv2.bias, through, rows, n_out, out);
}

/* From g, the derivative at the output, to that at the input. */
static void block_backward(const struct unet *net, size_t b,
                           const float *condition, float *work, size_t n,
                           const float *g, float *to) {
  const struct unet_block *block = &net->block[b];
  const struct unet_place *place = &net->place[b];
  size_t n_in = block->conv1.n_in, n_out = block->conv1.n_out;
  size_t side = place->side, rows = n * side * side;
  float *act = work + net->act, *columns = work + net->columns;
  layer_backward(&block->conv2, n, side, g, columns, act);
  activation_pull_back(ACTIVATION_SILU, work + place->h,
                       condition + place->bias, rows, n_out, act);
  layer_backward(&block->conv1, n, side, act, columns, to);
  activation_pull_back(ACTIVATION_SILU, work + place->x, net->zeros, rows, n_in,
                       to);
  const float *through = g;
  if (block->has_skip) {
    layer_backward(&block->skip, n, side, g, columns, act);
    through = act;
  }
  add_rows(net->zeros, through, rows, n_in, to);
}

/* Means over 2x2 pixels of images of the given side. */
static void halve(size_t n, size_t side, const float *x, size_t width,
                  float *y) {
  size_t half = side / 2;
  for (size_t r = 0; r < n * half * half; r++) {
    size_t row = r / half, column = r % half;
    const float *a = x + (2 * row * side + 2 * column) * width;
    const float *b = a + side * width;
    for (size_t i = 0; i < width; i++)
      y[r * width + i] =
          0.25F * ((a[i] + a[width + i]) + (b[i] + b[width + i]));
  }
}

/* Each pixel of the small image four times, in front of the skipped channels:
 * y = (small, skip). */
static void join(size_t n, size_t side, const float *small, size_t inner,
                 const float *skip, size_t channels, float *y) {
  size_t half = side / 2;
  for (size_t r = 0; r < n * side * side; r++, y += inner + channels) {
    size_t from = r / side / 2 * half + r % side / 2;
    memcpy(y, small + from * inner, inner * sizeof *y);
    memcpy(y + inner, skip + r * channels, channels * sizeof *y);
  }
}

/* The transposed maps of join and halve. */
static void join_back(size_t n, size_t side, const float *g, size_t inner,
                      size_t channels, float *small, float *skip) {
  size_t half = side / 2;
  memset(small, 0, n * half * half * inner * sizeof *small);
  for (size_t r = 0; r < n * side * side; r++, g += inner + channels) {
    float *to = small + (r / side / 2 * half + r % side / 2) * inner;
    for (size_t i = 0; i < inner; i++) to[i] += g[i];
    memcpy(skip + r * channels, g + inner, channels * sizeof *g);
  }
}

static void halve_back(size_t n, size_t side, const float *g, size_t width,
                       float *dx) {
  size_t half = side / 2;
  for (size_t r = 0; r < n * side * side; r++, dx += width) {
    const float *from = g + (r / side / 2 * half + r % side / 2) * width;
    for (size_t i = 0; i < width; i++) dx[i] += 0.25F * from[i];
  }
}

/* Channels last, and back; `ld` numbers per pixel there. */
static void to_pixels(const struct unet *net, size_t n, const float *x,
                      float *y) {
  size_t n_pixels = net->size * net->size, c = net->colours;
  for (size_t image = 0; image < n; image++)
    for (size_t p = 0; p < n_pixels; p++)
      for (size_t k = 0; k < c; k++)
        y[(image * n_pixels + p) * c + k] = x[(image * c + k) * n_pixels + p];
}

static void from_pixels(const struct unet *net, size_t n, const float *y,
                        const float *bias, float *x) {
  size_t n_pixels = net->size * net->size, c = net->colours;
  size_t ld = gemm_padded(c);
  for (size_t image = 0; image < n; image++)
    for (size_t k = 0; k < c; k++)
      for (size_t p = 0; p < n_pixels; p++)
        x[(image * c + k) * n_pixels + p] =
            y[(image * n_pixels + p) * ld + k] + bias[k];
}

/* Where block b leaves its output. */
static float *output_of(const struct unet *net, size_t b, float *work) {
  size_t n = net->n_blocks;
  if (b + 1 == n) return work + net->skip;
  if (b + 1 == 2 * n) return work + net->mid;
  return work + (b + 1 == 3 * n ? net->last : net->place[b + 1].x);
}

void unet_enter(const void *self, float *work, size_t n, const float *x) {
  const struct unet *net = self;
  size_t rows = n * net->size * net->size;
  float *act = work + net->act, *first = work + net->place[0].x;
  to_pixels(net, n, x, act);
  layer_forward(&net->in, n, net->size, act, work + net->columns, first);
  for (size_t r = 0; r < rows; r++)
    for (size_t i = 0; i < net->channels; i++)
      first[r * net->channels + i] += net->in.bias[i];
  block_enter(net, 0, work, n);
}

void unet_forward(const void *self, const float *condition, float *work,
                  size_t n, const float *x, float *f) {
  const struct unet *net = self;
  size_t level = net->n_blocks, side = net->size, rows = n * side * side;
  float *act = work + net->act, *columns = work + net->columns;
  float *pixels = work + net->grad[0];
  (void)x;
  for (size_t b = 0; b < 3 * level; b++) {
    float *input = work + net->place[b].x;
    if (b == level) halve(n, side, work + net->skip, net->channels, input);
    if (b == 2 * level)
      join(n, side, work + net->mid, net->inner, work + net->skip,
           net->channels, input);
    if (b > 0) block_enter(net, b, work, n);
    block_forward(net, b, condition, work, n, output_of(net, b, work));
  }
  silu_of(net->zeros, work + net->last, rows, net->channels, act);
  layer_forward(&net->out, n, side, act, columns, pixels);
  from_pixels(net, n, pixels, net->out.bias, f);
}

void unet_backward(const void *self, const float *condition, float *work,
                   size_t n, const float *df, float *dx) {
  const struct unet *net = self;
  size_t level = net->n_blocks, side = net->size, rows = n * side * side;
  float *columns = work + net->columns, *act = work + net->act;
  float *g = work + net->grad[0], *other = work + net->grad[1];
  float *skip = work + net->last; /* free once its slope is taken */
  to_pixels(net, n, df, act);
  layer_backward(&net->out, n, side, act, columns, g);
  activation_pull_back(ACTIVATION_SILU, work + net->last, net->zeros, rows,
                       net->channels, g);
  for (size_t b = 3 * level; b-- > 0;) {
    block_backward(net, b, condition, work, n, g, other);
    float *to = other;
    other = g;
    g = to;
    if (b == 2 * level) {
      join_back(n, side, g, net->inner, net->channels, other, skip);
      to = other;
      other = g;
      g = to;
    }
    if (b == level) {
      halve_back(n, side, g, net->channels, skip);
      memcpy(g, skip, rows * net->channels * sizeof *g);
    }
  }
  layer_backward(&net->in, n, side, g, columns, other);
  from_pixels(net, n, other, net->zeros, dx);
}
