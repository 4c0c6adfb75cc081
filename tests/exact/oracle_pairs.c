/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Integer powers of a mixture of isotropic Gaussians, in closed form: the
 * product of Gaussians N(m_k, v_k) is c N(M, V) with 1/V = sum 1/v_k,
 * M = V sum m_k/v_k and log c = log N(...)(M) summed - log N(M; M, V). */
#include <math.h>
#include <stdlib.h>

#include "oracle.h"

enum { MAX_POWER = 3 };

static double log_peak(double var, size_t dim) {
  return -0.5 * (double)dim * log(2 * ORACLE_PI * var);
}

/* log c and V of the product of the components index[0..power), M in mean. */
static double combine(const struct oracle_cloud *q, const size_t *index,
                      int power, double *mean, double *var) {
  double precision = 0, log_c = 0;
  for (size_t d = 0; d < q->dim; d++) mean[d] = 0;
  for (int k = 0; k < power; k++) {
    size_t i = index[k];
    precision += 1 / q->var[i];
    log_c += log(q->weight[i]) + log_peak(q->var[i], q->dim);
    for (size_t d = 0; d < q->dim; d++)
      mean[d] += q->mean[i * q->dim + d] / q->var[i];
  }
  *var = 1 / precision;
  for (size_t d = 0; d < q->dim; d++) mean[d] *= *var;
  for (int k = 0; k < power; k++)
    for (size_t d = 0; d < q->dim; d++) {
      double r = mean[d] - q->mean[index[k] * q->dim + d];
      log_c -= 0.5 * r * r / q->var[index[k]];
    }
  return log_c - log_peak(*var, q->dim);
}

static void gather(const struct oracle_cloud *q, const size_t *index, int power,
                   double *mean, struct oracle_power *out) {
  double var, square = 0;
  double c = exp(combine(q, index, power, mean, &var));
  for (size_t d = 0; d < q->dim; d++) {
    out->mean[d] += c * mean[d];
    square += mean[d] * mean[d];
  }
  out->square += c * (square + (double)q->dim * var);
  out->log_z += c;
  out->mass[index[0]] += c;
}

/* The responsibility of i is w_i N_i / q, so its expectation under q^power/Z
 * is the sum over the tuples that begin with i. */
bool oracle_pairs(const struct oracle_cloud *q, int power,
                  struct oracle_power *out) {
  double *mean = malloc(q->dim * sizeof *mean);
  if (power < 1 || power > MAX_POWER || !mean) return false;
  size_t n_tuples = 1, index[MAX_POWER];
  for (int k = 0; k < power; k++) n_tuples *= q->n;
  out->log_z = out->square = 0;
  for (size_t d = 0; d < q->dim; d++) out->mean[d] = 0;
  for (size_t i = 0; i < q->n; i++) out->mass[i] = 0;
  for (size_t tuple = 0; tuple < n_tuples; tuple++) {
    size_t rest = tuple;
    for (int k = 0; k < power; k++, rest /= q->n) index[k] = rest % q->n;
    gather(q, index, power, mean, out);
  }
  double z = out->log_z;
  for (size_t d = 0; d < q->dim; d++) out->mean[d] /= z;
  for (size_t i = 0; i < q->n; i++) out->mass[i] /= z;
  out->square /= z;
  out->log_z = log(z);
  free(mean);
  return true;
}
