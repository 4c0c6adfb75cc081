/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A Cholesky factor of alpha^2 C + sigma^2 for each t: no eigenvectors. */
#include "model/baseline.h"

#include <gsl/gsl_linalg.h> /* with the declarations of cblas */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

static double *new_numbers(size_t a, size_t b) {
  size_t n, bytes;
  if (!memory_product(a, b, &n) || !memory_product(n, sizeof(double), &bytes))
    return NULL;
  return memory_alloc(bytes);
}

/* Mean, rms radius, and the rows without their mean. */
static void centre(struct baseline *to, const double *data, size_t n,
                   double *rows) {
  size_t d = to->d;
  double square = 0, about_mean = 0;
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < d; k++) {
      to->mean[k] += data[i * d + k] / (double)n;
      square += data[i * d + k] * data[i * d + k];
    }
  to->radius = sqrt(square / (double)n / (double)d);
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < d; k++) {
      rows[i * d + k] = data[i * d + k] - to->mean[k];
      about_mean += rows[i * d + k] * rows[i * d + k];
    }
  to->spread = sqrt(about_mean / (double)n / (double)d);
}

static void measure(struct baseline *to, const double *rows, size_t n) {
  size_t d = to->d;
  for (size_t i = 0; !to->is_full && i < n; i++)
    for (size_t k = 0; k < d; k++)
      to->covariance[k] += rows[i * d + k] * rows[i * d + k] / (double)n;
  if (to->is_full)
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)d, (int)d, (int)n,
                1.0 / (double)n, rows, (int)d, rows, (int)d, 0, to->covariance,
                (int)d);
}

bool baseline_new(struct baseline *to, const double *data, size_t n, size_t d) {
  *to = (struct baseline){.d = d, .is_full = d <= BASELINE_MAX_FULL};
  to->mean = new_numbers(d, 1);
  to->covariance = new_numbers(d, to->is_full ? d : 1);
  to->work = new_numbers(d, to->is_full ? d + 1 : 1);
  double *rows = new_numbers(n, d);
  bool is_good = to->mean && to->covariance && to->work && rows;
  if (is_good) {
    centre(to, data, n, rows);
    measure(to, rows, n);
  }
  free(rows);
  return is_good;
}

void baseline_free(struct baseline *baseline) {
  free(baseline->mean);
  free(baseline->covariance);
  free(baseline->work);
  *baseline = (struct baseline){0};
}

static void denoise_diagonal(const struct baseline *of, const kac_coeffs *c,
                             const double *x, size_t n, double *x0) {
  size_t d = of->d;
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < d; k++) {
      double v = of->covariance[k];
      double gain =
          c->alpha * v / (c->alpha * c->alpha * v + c->sigma * c->sigma);
      x0[i * d + k] =
          of->mean[k] + gain * (x[i * d + k] - c->alpha * of->mean[k]);
    }
}

bool baseline_denoise(const struct baseline *of, const kac_coeffs *c,
                      const double *x, size_t n, double *x0) {
  size_t d = of->d;
  if (!of->is_full) {
    denoise_diagonal(of, c, x, n, x0);
    return true;
  }
  for (size_t k = 0; k < d * d; k++)
    of->work[k] = c->alpha * c->alpha * of->covariance[k];
  for (size_t k = 0; k < d; k++) of->work[k * d + k] += c->sigma * c->sigma;
  gsl_matrix_view matrix = gsl_matrix_view_array(of->work, d, d);
  if (gsl_linalg_cholesky_decomp1(&matrix.matrix) != 0) return false;
  double *row = of->work + d * d;
  gsl_vector_view y = gsl_vector_view_array(row, d);
  for (size_t i = 0; i < n; i++) {
    for (size_t k = 0; k < d; k++)
      row[k] = x[i * d + k] - c->alpha * of->mean[k];
    gsl_linalg_cholesky_svx(&matrix.matrix, &y.vector);
    memcpy(x0 + i * d, of->mean, d * sizeof *row);
    cblas_dgemv(CblasRowMajor, CblasNoTrans, (int)d, (int)d, c->alpha,
                of->covariance, (int)d, row, 1, 1, x0 + i * d, 1);
  }
  return true;
}
