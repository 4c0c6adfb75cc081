/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows by the tile: TILE rows of a block turned coordinate-major, so that inner
 * loops run over rows and vectorise whatever the dimension.  A tile that the
 * block does not fill repeats its last row.  Every row goes through the same
 * operations in the same order wherever the block or the tile begins, so the
 * bits of a result do not depend on how rows are split. */
#ifndef KAC_PLUGINS_TILE_H
#define KAC_PLUGINS_TILE_H
#include <kac/sdk.h>

enum { TILE = 32 };

KAC_INLINE size_t tile_rows(size_t n, size_t first) {
  return n - first < TILE ? n - first : TILE;
}

/* x: first row of the tile in a row-major array of d columns. */
KAC_INLINE void tile_load(const double *x, size_t ld, size_t n_rows, size_t d,
                          double *restrict tile) {
  for (size_t i = 0; i < TILE; i++) {
    const double *row = x + (i < n_rows ? i : n_rows - 1) * ld;
    for (size_t j = 0; j < d; j++) tile[j * TILE + i] = row[j];
  }
}

KAC_INLINE void tile_store(const double *restrict tile, size_t n_rows, size_t d,
                           double *x, size_t ld) {
  for (size_t i = 0; i < n_rows; i++)
    for (size_t j = 0; j < d; j++) x[i * ld + j] = tile[j * TILE + i];
}

#endif
