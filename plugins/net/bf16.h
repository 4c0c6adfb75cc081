/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Matrix products in bfloat16: x and W are rounded to 8 bits of significand (to
 * nearest, ties to even), products and sums are float32.  By oneDNN where the
 * processor is faster at that, elsewhere by the float32 product of the rounded
 * numbers, which differs in the order of the sums alone.
 *
 * Rows go through in pieces of BF16_ROWS, the last one filled up with zeros, so
 * that a row depends on itself and on W alone, as in gemm.h. */
#ifndef KAC_NET_BF16_H
#define KAC_NET_BF16_H
#include "gemm.h"

#include <kac/plugin.h>

enum { BF16_ROWS = 64 };

struct bf16;

enum bf16_way {
  BF16_FASTEST, /* for this processor; an error that says how to get oneDNN if
                 * this build has none */
  BF16_ONEDNN,  /* wherever it can */
  BF16_FLOATS
};
/* All products of one network, for n_lanes threads at a time. [main] */
kac_status bf16_open(size_t n_lanes, enum bf16_way way, struct bf16 **half,
                     kac_error *err);
/* With the weights of all its matrices; NULL is fine. */
void bf16_close(struct bf16 *half);
/* Takes over the weights of a packed matrix, whose products are in bfloat16
 * from bf16_ready on. [main] */
kac_status bf16_take(struct bf16 *half, struct gemm_matrix *matrix,
                     kac_error *err);
/* After the last matrix. [main] */
kac_status bf16_ready(struct bf16 *half, kac_error *err);
/* All products are oneDNN's. */
bool bf16_by_onednn(const struct bf16 *half);
/* What gemm does for a matrix that was taken over.  Should oneDNN have no
 * memory, y is NaN. [worker] */
void bf16_product(const struct gemm_matrix *matrix, const float *x, size_t ldx,
                  size_t n, float *y);

#endif
