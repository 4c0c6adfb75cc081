/* SPDX-License-Identifier: GPL-3.0-or-later */
/* oneDNN's product of bfloat16 matrices with sums in float32, for a fixed
 * number of rows on one thread.  The one place that knows oneDNN; where
 * configure did not find it, onednn_none.c stands for onednn.c. */
#ifndef KAC_NET_ONEDNN_H
#define KAC_NET_ONEDNN_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* W for `rows` rows of x; made once, used by n_lanes threads at a time. */
struct onednn_product;

/* NULL, or why this build has no oneDNN and what to do about it. [any] */
const char *onednn_absent(void);
/* The processor multiplies bfloat16 numbers, and faster than float32. [any] */
bool onednn_is_fast(void);
/* w: n_in rows of n_out bfloat16 numbers, not kept.  NULL: oneDNN cannot.
 * [main] */
struct onednn_product *onednn_new(size_t rows, size_t n_in, size_t n_out,
                                  const uint16_t *w, size_t n_lanes);
void onednn_free(struct onednn_product *product);
/* y = x W^T for `rows` rows side by side; a lane is in use once at a time.
 * False if oneDNN gave up, which it only does without memory. [worker] */
bool onednn_multiply(const struct onednn_product *product, size_t lane,
                     uint16_t *x, float *y);

#endif
