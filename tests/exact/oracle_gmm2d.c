/* SPDX-License-Identifier: GPL-3.0-or-later */
/* q^p for a mixture of isotropic Gaussians in the plane, by trapezoid sums on
 * a square grid (spectrally accurate for log Z and moments; the masses by the
 * nearest centre have cut edges, error about h^1.5 times the density there). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "oracle.h"

/* table[i * n_side + j] = N(x_j; mean[i][axis], var_i) in one dimension. */
static double *table_new(const struct oracle_cloud *q, size_t axis, double half,
                         size_t n_side) {
  double *table = malloc(q->n * n_side * sizeof *table);
  double h = 2 * half / (double)(n_side - 1);
  for (size_t i = 0; table && i < q->n; i++)
    for (size_t j = 0; j < n_side; j++) {
      double r = -half + h * (double)j - q->mean[2 * i + axis];
      table[i * n_side + j] =
          exp(-0.5 * r * r / q->var[i]) / sqrt(2 * ORACLE_PI * q->var[i]);
    }
  return table;
}

static size_t nearest(const struct oracle_cloud *q, double x, double y) {
  size_t best = 0;
  double least = HUGE_VAL;
  for (size_t i = 0; i < q->n; i++) {
    double dx = x - q->mean[2 * i], dy = y - q->mean[2 * i + 1];
    double square = dx * dx + dy * dy;
    if (square < least) least = square, best = i;
  }
  return best;
}

static void gather(const struct oracle_cloud *q, double x, double y,
                   double part, struct oracle_plane *out) {
  if (!(part > 0)) return;
  out->log_z += part;
  out->mean[0] += part * x;
  out->mean[1] += part * y;
  out->var[0] += part * x * x;
  out->var[1] += part * y * y;
  out->mass[nearest(q, x, y)] += part;
}

static void finish(const struct oracle_cloud *q, double cell,
                   struct oracle_plane *out) {
  double z = out->log_z;
  for (int d = 0; d < 2; d++) {
    out->mean[d] /= z;
    out->var[d] = out->var[d] / z - out->mean[d] * out->mean[d];
  }
  for (size_t i = 0; i < q->n; i++) out->mass[i] /= z;
  out->log_z = log(z * cell);
}

bool oracle_gmm2d(const struct oracle_cloud *q, double power, double half,
                  size_t n_side, struct oracle_plane *out) {
  if (q->dim != 2 || q->n > ORACLE_COMPONENTS || n_side < 2) return false;
  double *column = table_new(q, 0, half, n_side);
  double *row = table_new(q, 1, half, n_side);
  double h = 2 * half / (double)(n_side - 1);
  *out = (struct oracle_plane){0};
  for (size_t a = 0; column && row && a < n_side; a++)
    for (size_t b = 0; b < n_side; b++) {
      double density = 0;
      for (size_t i = 0; i < q->n; i++)
        density += q->weight[i] * column[i * n_side + a] * row[i * n_side + b];
      double part = density > 1e-12 ? pow(density, power) : 0;
      gather(q, -half + h * (double)a, -half + h * (double)b, part, out);
    }
  bool is_done = column && row;
  free(column);
  free(row);
  finish(q, h * h, out);
  return is_done;
}

bool oracle_gmm40(const char *file, double scale, double *means) {
  FILE *in = fopen(file, "r");
  size_t n = 0;
  if (!in) return false;
  while (n < 80 && fscanf(in, "%lf", &means[n]) == 1) means[n++] *= scale;
  fclose(in);
  return n == 80;
}
