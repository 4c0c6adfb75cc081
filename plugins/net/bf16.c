/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rounding to bfloat16, pieces of rows, and the lanes of threads; see bf16.h.
 */
#include "bf16.h"

#include <kac/sdk.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "onednn.h"

enum { EVEN_INPUTS = 32 }; /* n_in is rounded up: no edges in oneDNN's sums */

/* Room of one thread, in a cache line of its own. */
struct lane {
  _Alignas(64) atomic_flag is_busy;
  void *in;   /* rounded rows, of bfloat16 or float32 */
  float *out; /* of a piece that is not full */
};
struct bf16 {
  struct half_weights *all;
  size_t n_lanes, in_bytes, out_bytes;
  struct lane *lane;
  bool by_onednn;
};
struct half_weights {
  struct half_weights *next;
  struct bf16 *half;
  struct onednn_product *product; /* NULL: by the float32 product */
};

/* The bits of x rounded to bfloat16; NaN stays NaN. */
KAC_INLINE uint32_t rounded(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  bool is_nan = (bits & 0x7fffffffu) > 0x7f800000u;
  uint32_t up = bits + 0x7fffu + (bits >> 16 & 1u);
  return is_nan ? 0x7fc00000u : up & 0xffff0000u;
}

KAC_INLINE float rounded_float(float x) {
  uint32_t bits = rounded(x);
  memcpy(&x, &bits, sizeof bits);
  return x;
}

KAC_CLONES static void round_to_half(const float *restrict x, size_t n,
                                     uint16_t *restrict to) {
  for (size_t j = 0; j < n; j++) to[j] = (uint16_t)(rounded(x[j]) >> 16);
}

KAC_CLONES static void round_floats(const float *restrict x, size_t n,
                                    float *restrict to) {
  for (size_t j = 0; j < n; j++) to[j] = rounded_float(x[j]);
}

static size_t even_inputs(size_t n_in) {
  return (n_in + EVEN_INPUTS - 1) / EVEN_INPUTS * EVEN_INPUTS;
}

kac_status bf16_open(size_t n_lanes, enum bf16_way way, struct bf16 **out,
                     kac_error *err) {
  const char *reason = onednn_absent();
  *out = NULL;
  if (reason && way == BF16_FASTEST)
    return kac_fail(err, KAC_EUNSUPPORTED,
                    "precision = \"bf16\" needs oneDNN, and this kac was %s",
                    reason);
  struct bf16 *half = calloc(1, sizeof *half);
  if (!half) return kac_fail(err, KAC_ENOMEM, "out of memory for a network");
  half->n_lanes = n_lanes > 0 ? n_lanes : 1;
  half->by_onednn =
      way == BF16_ONEDNN || (way == BF16_FASTEST && onednn_is_fast());
  *out = half;
  return KAC_OK;
}

void bf16_close(struct bf16 *half) {
  if (!half) return;
  for (size_t i = 0; half->lane && i < half->n_lanes; i++) {
    free(half->lane[i].in);
    free(half->lane[i].out);
  }
  free(half->lane);
  while (half->all) {
    struct half_weights *next = half->all->next;
    onednn_free(half->all->product);
    free(half->all);
    half->all = next;
  }
  free(half);
}

/* From panels to rows of outputs, zeros behind the last input. */
static struct onednn_product *give_to_onednn(const struct bf16 *half,
                                             const struct gemm_matrix *matrix) {
  size_t n_out = gemm_padded(matrix->n_out), n_in = matrix->n_in;
  size_t even = even_inputs(n_in);
  uint16_t *w = calloc(even * n_out, sizeof *w);
  if (!w) return NULL;
  for (size_t out = 0; out < n_out; out += GEMM_PANEL)
    for (size_t in = 0; in < n_in; in++)
      round_to_half(matrix->data + (out / GEMM_PANEL * n_in + in) * GEMM_PANEL,
                    GEMM_PANEL, w + in * n_out + out);
  struct onednn_product *product =
      onednn_new(BF16_ROWS, even, n_out, w, half->n_lanes);
  free(w);
  return product;
}

kac_status bf16_take(struct bf16 *half, struct gemm_matrix *matrix,
                     kac_error *err) {
  size_t n_out = gemm_padded(matrix->n_out);
  size_t in = BF16_ROWS * even_inputs(matrix->n_in) * sizeof(float);
  size_t out = BF16_ROWS * n_out * sizeof(float);
  struct half_weights *weights = calloc(1, sizeof *weights);
  if (!weights) return kac_fail(err, KAC_ENOMEM, "out of memory for a network");
  *weights = (struct half_weights){half->all, half, NULL};
  half->all = weights;
  if (half->by_onednn) weights->product = give_to_onednn(half, matrix);
  if (weights->product) {
    gemm_free(matrix);
  } else {
    half->by_onednn = false;
    for (size_t i = 0; i < n_out * matrix->n_in; i++)
      matrix->data[i] = rounded_float(matrix->data[i]);
  }
  matrix->half = weights;
  if (in > half->in_bytes) half->in_bytes = in;
  if (out > half->out_bytes) half->out_bytes = out;
  return KAC_OK;
}

kac_status bf16_ready(struct bf16 *half, kac_error *err) {
  half->lane = aligned_alloc(64, half->n_lanes * sizeof *half->lane);
  bool is_ready = half->lane != NULL;
  for (size_t i = 0; half->lane && i < half->n_lanes; i++) {
    struct lane *lane = &half->lane[i];
    atomic_flag_clear(&lane->is_busy);
    lane->in = aligned_alloc(64, half->in_bytes);
    lane->out = aligned_alloc(64, half->out_bytes);
    is_ready = is_ready && lane->in && lane->out;
  }
  if (is_ready) return KAC_OK;
  return kac_fail(err, KAC_ENOMEM, "out of memory for a network");
}

bool bf16_by_onednn(const struct bf16 *half) {
  return half->by_onednn;
}

/* A lane that nobody uses: there is one for every thread. */
static size_t claim(struct bf16 *half) {
  size_t i = 0;
  while (atomic_flag_test_and_set_explicit(&half->lane[i].is_busy,
                                           memory_order_acquire))
    i = (i + 1) % half->n_lanes;
  return i;
}

static void release(struct bf16 *half, size_t i) {
  atomic_flag_clear_explicit(&half->lane[i].is_busy, memory_order_release);
}

/* A piece of at most BF16_ROWS rows through oneDNN. */
static void by_onednn(const struct gemm_matrix *matrix, size_t lane_at,
                      const float *x, size_t ldx, size_t n, float *y) {
  const struct half_weights *weights = matrix->half;
  const struct lane *lane = &weights->half->lane[lane_at];
  size_t n_in = matrix->n_in, even = even_inputs(n_in);
  size_t n_out = gemm_padded(matrix->n_out);
  uint16_t *in = lane->in;
  for (size_t i = 0; i < n; i++) {
    round_to_half(x + i * ldx, n_in, in + i * even);
    memset(in + i * even + n_in, 0, (even - n_in) * sizeof *in);
  }
  memset(in + n * even, 0, (BF16_ROWS - n) * even * sizeof *in);
  float *to = n < BF16_ROWS ? lane->out : y;
  if (!onednn_multiply(weights->product, lane_at, in, to))
    memset(y, 0xff, n * n_out * sizeof *y); /* NaN, which the host reports */
  else if (to != y)
    memcpy(y, to, n * n_out * sizeof *y);
}

/* The same through the float32 product, whose weights are rounded. */
static void by_floats(const struct gemm_matrix *matrix, size_t lane_at,
                      const float *x, size_t ldx, size_t n, float *y) {
  float *in = matrix->half->half->lane[lane_at].in;
  size_t n_in = matrix->n_in;
  for (size_t i = 0; i < n; i++) round_floats(x + i * ldx, n_in, in + i * n_in);
  gemm_float32(matrix, in, n_in, n, y);
}

void bf16_product(const struct gemm_matrix *matrix, const float *x, size_t ldx,
                  size_t n, float *y) {
  struct bf16 *half = matrix->half->half;
  size_t lane = claim(half), n_out = gemm_padded(matrix->n_out);
  for (size_t first = 0; first < n; first += BF16_ROWS) {
    size_t left = n - first, rows = left < BF16_ROWS ? left : BF16_ROWS;
    (matrix->half->product ? by_onednn : by_floats)(
        matrix, lane, x + first * ldx, ldx, rows, y + first * n_out);
  }
  release(half, lane);
}
