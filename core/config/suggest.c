/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "did you mean": the nearest name by edit distance. */
#include <string.h>

#include "config/schema.h"

enum { MAX_WORD = 64 };

static size_t least(size_t a, size_t b) {
  return a < b ? a : b;
}

/* Insertions, deletions, replacements and swaps of neighbours that turn a
 * into b (optimal string alignment); both at most MAX_WORD long. */
static size_t distance(const char *a, const char *b) {
  size_t rows[3][MAX_WORD + 1];
  size_t *before = rows[0], *above = rows[1], *row = rows[2];
  size_t n = strlen(b);
  for (size_t j = 0; j <= n; j++) before[j] = above[j] = j;
  for (size_t i = 1; a[i - 1]; i++) {
    row[0] = i;
    for (size_t j = 1; j <= n; j++) {
      size_t replaced = above[j - 1] + (a[i - 1] != b[j - 1]);
      row[j] = least(replaced, least(above[j], row[j - 1]) + 1);
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = least(row[j], before[j - 2] + 1);
    }
    size_t *oldest = before;
    before = above;
    above = row;
    row = oldest;
  }
  return above[n];
}

/* A name that shares no letter with the word is no help: the distance must
 * also be below the word's length. */
const char *suggest(const char *word, const void *names, size_t n,
                    size_t stride) {
  size_t length = strlen(word);
  if (length == 0 || length > MAX_WORD) return NULL;
  size_t best = least(length / 3 + 2, length);
  const char *nearest = NULL;
  for (size_t i = 0; i < n; i++) {
    const void *at = (const char *)names + i * stride;
    const char *name = *(const char *const *)at;
    if (!name || strlen(name) > MAX_WORD) continue;
    size_t d = distance(word, name);
    if (d >= best) continue;
    best = d;
    nearest = name;
  }
  return nearest;
}
