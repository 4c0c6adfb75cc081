/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Matrix products of float32 networks, y = x W^T, with weights packed once.
 * A row of y depends on its row of x and on W alone, bit by bit, which a BLAS
 * does not promise (the results of OpenBLAS depend on how many rows there are):
 * blocks and threads may cut the rows anywhere.  Each sum runs over the inputs
 * in order by fused multiply-adds; processors without them round twice. */
#ifndef KAC_NET_GEMM_H
#define KAC_NET_GEMM_H
#include <stdbool.h>
#include <stddef.h>

enum { GEMM_PANEL = 16 }; /* outputs side by side */

/* W as panels of 16 outputs, zeros beyond the last: element (out, in) is
 * data[(out / 16 * n_in + in) * 16 + out % 16]. */
struct half_weights;
struct gemm_matrix {
  size_t n_in, n_out;
  float *data;               /* 64-byte aligned */
  struct half_weights *half; /* NULL, or its products are in bfloat16: bf16.h */
};

/* n rounded up to whole panels: outputs per row. */
static inline size_t gemm_padded(size_t n) {
  return (n + GEMM_PANEL - 1) / GEMM_PANEL * GEMM_PANEL;
}

/* w: n_out rows of n_in numbers, ld apart; or, transposed, n_in rows of
 * n_out.  False: no memory. [main] */
bool gemm_pack(struct gemm_matrix *matrix, size_t n_out, size_t n_in,
               const float *w, size_t ld, bool is_transposed);
void gemm_free(struct gemm_matrix *matrix);
/* y = x W^T for n rows; y has gemm_padded(n_out) numbers per row. [worker] */
void gemm(const struct gemm_matrix *matrix, const float *x, size_t ldx,
          size_t n, float *y);
/* The same of the float32 weights, whatever the precision of the matrix. */
void gemm_float32(const struct gemm_matrix *matrix, const float *x, size_t ldx,
                  size_t n, float *y);

#endif
