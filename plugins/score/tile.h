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

/* Four rows of four columns at a time: eight shuffles instead of sixteen
 * stores far apart. */
typedef double tile_four __attribute__((vector_size(32)));

KAC_INLINE void tile_turn(const double *from, size_t ld_from, double *to,
                          size_t ld_to) {
  tile_four a, b, c, d;
  memcpy(&a, from, sizeof a);
  memcpy(&b, from + ld_from, sizeof b);
  memcpy(&c, from + 2 * ld_from, sizeof c);
  memcpy(&d, from + 3 * ld_from, sizeof d);
  tile_four ab0 = __builtin_shufflevector(a, b, 0, 4, 2, 6);
  tile_four ab1 = __builtin_shufflevector(a, b, 1, 5, 3, 7);
  tile_four cd0 = __builtin_shufflevector(c, d, 0, 4, 2, 6);
  tile_four cd1 = __builtin_shufflevector(c, d, 1, 5, 3, 7);
  a = __builtin_shufflevector(ab0, cd0, 0, 1, 4, 5);
  b = __builtin_shufflevector(ab1, cd1, 0, 1, 4, 5);
  c = __builtin_shufflevector(ab0, cd0, 2, 3, 6, 7);
  d = __builtin_shufflevector(ab1, cd1, 2, 3, 6, 7);
  memcpy(to, &a, sizeof a);
  memcpy(to + ld_to, &b, sizeof b);
  memcpy(to + 2 * ld_to, &c, sizeof c);
  memcpy(to + 3 * ld_to, &d, sizeof d);
}

/* Asks for a tile's rows ahead of time: they come from main memory. */
KAC_INLINE void tile_prefetch(const double *x, size_t ld, size_t n_rows,
                              size_t d) {
  const size_t line = 64 / sizeof *x;
  for (size_t i = 0; i < n_rows; i++)
    for (size_t j = 0; j < d; j += line) __builtin_prefetch(x + i * ld + j);
}

/* x: first row of the tile in a row-major array of d columns. */
KAC_CLONES __attribute__((unused)) static void tile_load(
    const double *restrict x, size_t ld, size_t n_rows, size_t d,
    double *restrict tile) {
  size_t whole = n_rows == TILE ? d - d % 4 : 0;
  for (size_t i = 0; i < TILE && whole > 0; i += 4)
    for (size_t j = 0; j < whole; j += 4)
      tile_turn(x + i * ld + j, ld, tile + j * TILE + i, TILE);
  if (n_rows == TILE && d == 2 && ld == 2) {
    for (size_t i = 0; i < TILE; i++) {
      tile[i] = x[2 * i];
      tile[TILE + i] = x[2 * i + 1];
    }
    return;
  }
  for (size_t i = 0; i < TILE && whole < d; i++) {
    const double *row = x + (i < n_rows ? i : n_rows - 1) * ld;
    for (size_t j = whole; j < d; j++) tile[j * TILE + i] = row[j];
  }
}

KAC_CLONES __attribute__((unused)) static void tile_store(
    const double *restrict tile, size_t n_rows, size_t d, double *restrict x,
    size_t ld) {
  size_t whole = n_rows == TILE ? d - d % 4 : 0;
  for (size_t i = 0; i < TILE && whole > 0; i += 4)
    for (size_t j = 0; j < whole; j += 4)
      tile_turn(tile + j * TILE + i, TILE, x + i * ld + j, ld);
  if (n_rows == TILE && d == 2 && ld == 2) {
    for (size_t i = 0; i < TILE; i++) {
      x[2 * i] = tile[i];
      x[2 * i + 1] = tile[TILE + i];
    }
    return;
  }
  for (size_t i = 0; i < n_rows && whole < d; i++)
    for (size_t j = whole; j < d; j++) x[i * ld + j] = tile[j * TILE + i];
}

#endif
