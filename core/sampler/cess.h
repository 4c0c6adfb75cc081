/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The conditional effective sample size (Zhou, Johansen and Aston 2016, J.
 * Comput. Graph. Stat. 25, 701): of increments v_i of particles that have the
 * normalised weights W_i,  CESS = N (sum W v)^2 / sum W v^2.  It is N where all
 * increments are equal, whatever the weights before. */
#ifndef KAC_CORE_CESS_H
#define KAC_CORE_CESS_H
#include <stddef.h>

struct cess_sums { /* logs of sum W, sum W v, sum W v^2; W up to a factor */
  double w, wv, wv2;
};
/* logw: log W, log_v: log v; a row with log W = -inf does not count. [any] */
struct cess_sums cess_sums(const double *logw, const double *log_v, size_t n);
/* From the chunks of a population of n; 0 if every particle is dead. [any] */
double cess_value(const struct cess_sums *chunk, size_t n_chunks, size_t n);

#endif
