/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Derivatives by differences, of fourth order, along one direction per row. */
#ifndef KAC_CORE_SLOPES_H
#define KAC_CORE_SLOPES_H
#include "conform/laws.h"

/* A slope of a scalar, or the derivative of n_col numbers along u. */
struct slopes {
  size_t n, d, n_col;
  double h;
  double *u;      /* n by d, of length 1 */
  double *second; /* n by n_col: differences of second order */
  double *fourth; /* n by n_col: of fourth */
};

/* Directions for the rows of a sheet (axis < d: that axis for all). */
bool slopes_open(struct slopes *slopes, struct trial *trial,
                 const struct sheet *sheet, size_t n_col, size_t axis);
void slopes_close(struct slopes *slopes);
/* Of the output that `bit` asks for, which has 1 or d columns. */
bool slopes_take(struct slopes *slopes, struct trial *trial,
                 const struct sheet *sheet, uint64_t bit);
/* Do differences tell anything there: both orders agree and are finite? */
bool slopes_is_smooth(const struct slopes *slopes, size_t i, size_t column);
/* Is a claimed derivative the one of the differences?  Bugs are factors; what
 * is allowed is what rounding in float32 and curvature leave. */
bool slopes_agree(const struct slopes *slopes, size_t i, size_t column,
                  double claimed, double size);

#endif
