/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The matrix product of gemm.h: a tile of rows by panels of outputs is kept in
 * registers while the inputs go by, one panel's weights stay in the first
 * cache while all rows go by. */
#include "gemm.h"

#include <stdlib.h>

#include "bf16.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define HAS_X86 1
#else
#define HAS_X86 0
#endif

bool gemm_pack(struct gemm_matrix *matrix, size_t n_out, size_t n_in,
               const float *w, size_t ld, bool is_transposed) {
  size_t n = gemm_padded(n_out) * n_in;
  *matrix = (struct gemm_matrix){n_in, n_out, NULL, NULL};
  matrix->data = aligned_alloc(64, n * sizeof *matrix->data);
  if (!matrix->data) return false;
  for (size_t at = 0; at < n; at++) {
    size_t out = at / (GEMM_PANEL * n_in) * GEMM_PANEL + at % GEMM_PANEL;
    size_t in = at / GEMM_PANEL % n_in;
    matrix->data[at] = out >= n_out    ? 0
                       : is_transposed ? w[in * ld + out]
                                       : w[out * ld + in];
  }
  return true;
}

void gemm_free(struct gemm_matrix *matrix) {
  free(matrix->data);
  matrix->data = NULL;
}

/* A tile: inputs from x, weights from the panels at w, `panel` numbers apart,
 * outputs to y. */
typedef void tile_fn(const float *x, size_t ldx, size_t n_in, const float *w,
                     size_t panel, float *y, size_t ldy);

/* ROWS rows by VECTORS vectors of WIDTH outputs. */
#define TILE(NAME, TARGET, VECTOR, WIDTH, ROWS, VECTORS, PREFIX)              \
  TARGET static void NAME(const float *x, size_t ldx, size_t n_in,            \
                          const float *w, size_t panel, float *y,             \
                          size_t ldy) {                                       \
    VECTOR sum[ROWS][VECTORS], weight[VECTORS];                               \
    for (size_t i = 0; i < ROWS; i++)                                         \
      for (size_t v = 0; v < VECTORS; v++) sum[i][v] = PREFIX##setzero_ps();  \
    for (size_t k = 0; k < n_in; k++) {                                       \
      for (size_t v = 0; v < VECTORS; v++)                                    \
        weight[v] = PREFIX##load_ps(w + v * WIDTH / GEMM_PANEL * panel +      \
                                    k * GEMM_PANEL + v * WIDTH % GEMM_PANEL); \
      for (size_t i = 0; i < ROWS; i++) {                                     \
        VECTOR input = PREFIX##set1_ps(x[i * ldx + k]);                       \
        for (size_t v = 0; v < VECTORS; v++)                                  \
          sum[i][v] = PREFIX##fmadd_ps(input, weight[v], sum[i][v]);          \
      }                                                                       \
    }                                                                         \
    for (size_t i = 0; i < ROWS; i++)                                         \
      for (size_t v = 0; v < VECTORS; v++)                                    \
        PREFIX##storeu_ps(y + i * ldy + v * WIDTH, sum[i][v]);                \
  }

#if HAS_X86
#define AVX512 __attribute__((target("avx512f")))
#define AVX2 __attribute__((target("avx2,fma")))
TILE(tile_512_8_2, AVX512, __m512, 16, 8, 2, _mm512_)
TILE(tile_512_8_1, AVX512, __m512, 16, 8, 1, _mm512_)
TILE(tile_512_1_2, AVX512, __m512, 16, 1, 2, _mm512_)
TILE(tile_512_1_1, AVX512, __m512, 16, 1, 1, _mm512_)
TILE(tile_256_6, AVX2, __m256, 8, 6, 2, _mm256_)
TILE(tile_256_1, AVX2, __m256, 8, 1, 2, _mm256_)
#endif

/* Everywhere else; one row, one panel. */
static void tile_any(const float *x, size_t ldx, size_t n_in, const float *w,
                     size_t panel, float *y, size_t ldy) {
  float sum[GEMM_PANEL] = {0};
  (void)ldx, (void)panel, (void)ldy;
  for (size_t k = 0; k < n_in; k++, w += GEMM_PANEL)
    for (size_t j = 0; j < GEMM_PANEL; j++) {
#ifdef __FP_FAST_FMAF
      sum[j] = __builtin_fmaf(x[k], w[j], sum[j]);
#else
      sum[j] += x[k] * w[j];
#endif
    }
  for (size_t j = 0; j < GEMM_PANEL; j++) y[j] = sum[j];
}

/* The tiles for this processor: of `rows` rows, and of one. */
struct tiles {
  size_t rows;
  tile_fn *two, *two_single; /* two panels at once, or NULL */
  tile_fn *one, *one_single;
};

static struct tiles choose(void) {
#if HAS_X86
  if (__builtin_cpu_supports("avx512f"))
    return (struct tiles){8, tile_512_8_2, tile_512_1_2, tile_512_8_1,
                          tile_512_1_1};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return (struct tiles){6, NULL, NULL, tile_256_6, tile_256_1};
#endif
  return (struct tiles){1, NULL, NULL, tile_any, tile_any};
}

void gemm_float32(const struct gemm_matrix *matrix, const float *x, size_t ldx,
                  size_t n, float *y) {
  const struct tiles tiles = choose();
  size_t n_in = matrix->n_in, panel = n_in * GEMM_PANEL;
  size_t ldy = gemm_padded(matrix->n_out), n_panels = ldy / GEMM_PANEL;
  for (size_t p = 0; p < n_panels;) {
    bool is_pair = tiles.two && p + 1 < n_panels;
    tile_fn *tile = is_pair ? tiles.two : tiles.one;
    tile_fn *single = is_pair ? tiles.two_single : tiles.one_single;
    const float *w = matrix->data + p * panel;
    float *to = y + p * GEMM_PANEL;
    size_t i = 0;
    for (; i + tiles.rows <= n; i += tiles.rows)
      tile(x + i * ldx, ldx, n_in, w, panel, to + i * ldy, ldy);
    for (; i < n; i++)
      single(x + i * ldx, ldx, n_in, w, panel, to + i * ldy, ldy);
    p += is_pair ? 2 : 1;
  }
}

void gemm(const struct gemm_matrix *matrix, const float *x, size_t ldx,
          size_t n, float *y) {
  (matrix->half ? bf16_product : gemm_float32)(matrix, x, ldx, n, y);
}
