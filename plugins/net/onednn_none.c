/* SPDX-License-Identifier: GPL-3.0-or-later */
/* In the place of onednn.c in a build without oneDNN. */
#include "onednn.h"

#ifndef KAC_ABSENT_DNNL
#define KAC_ABSENT_DNNL 1 /* the enum absent_state of core/plugin/absent.h */
#endif

const char *onednn_absent(void) {
#if KAC_ABSENT_DNNL == 2
  return "built with --without-dnnl; configure again without that";
#else
  return "built without oneDNN; install libdnnl-dev and configure again";
#endif
}

bool onednn_is_fast(void) {
  return false;
}

struct onednn_product *onednn_new(size_t rows, size_t n_in, size_t n_out,
                                  const uint16_t *w, size_t n_lanes) {
  (void)rows, (void)n_in, (void)n_out, (void)w, (void)n_lanes;
  return NULL;
}

void onednn_free(struct onednn_product *product) {
  (void)product;
}

bool onednn_multiply(const struct onednn_product *product, size_t lane,
                     uint16_t *x, float *y) {
  (void)product, (void)lane, (void)x, (void)y;
  return false;
}
