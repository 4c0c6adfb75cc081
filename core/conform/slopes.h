/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Derivatives by differences, of fourth order, along one direction per row. */
#ifndef KAC_CORE_SLOPES_H
#define KAC_CORE_SLOPES_H
#include "conform/laws.h"

enum { SLOPES_POINTS = 5 };
extern const double slopes_steps[SLOPES_POINTS]; /* in units of h */

/* A derivative, and by how much differences over one length and over two do not
 * fit a smooth function. */
struct slope {
  double fourth, gap;
};
struct slope slopes_of(const double f[SLOPES_POINTS], double h);
/* Do differences tell anything: they are finite, and the gap is small beside
 * the derivative, or below the floor? */
bool slopes_is_smooth(double gap, double size, double floor);

/* Rows with finite differences.  Where most are rough, chance has chosen those
 * that look smooth, and what they contradict is in doubt. */
struct slopes_rows {
  size_t n_smooth, n_rough;
};
/* False, and the law is skipped: differences of `of` tell nothing. */
bool slopes_tell(struct trial *trial, const struct slopes_rows *rows,
                 const char *of);

/* The derivative of n_col numbers along u. */
struct slopes {
  size_t n, d, n_col;
  double h;
  double *u;           /* n by d, of length 1 */
  struct slope *slope; /* n by n_col */
  double *values;      /* n by n_col by points */
};

/* Directions for the rows of a sheet (axis < d: that axis for all). */
bool slopes_open(struct slopes *slopes, struct trial *trial,
                 const struct sheet *sheet, size_t n_col, size_t axis);
void slopes_close(struct slopes *slopes);
/* Of the output that `bit` asks for, which has 1 or d columns. */
bool slopes_take(struct slopes *slopes, struct trial *trial,
                 const struct sheet *sheet, uint64_t bit);
/* Is a claimed derivative the one of the differences?  Bugs are factors; what
 * is allowed is what rounding in float32 and curvature leave. */
bool slopes_agree(const struct slope *slope, double claimed, double size);

#endif
