/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a config text in this process through the real plugin interface and
 * tests its replicates against an exact answer (docs/methods.md section 5):
 * E[Z-hat] = Z and E[Z-hat (weighted mean of f - E f)] = 0, for any number of
 * particles and any resampling.
 *
 * Gate: |z| > 6, which a right run fails with probability 2e-9 per statistic,
 * under 1e-6 for the catalogue's 500 at most; and |skew| < 3 sqrt(R)/216, so
 * that the normal law holds out there.  Seeds are fixed. */
#ifndef KAC_TESTS_HARNESS_H
#define KAC_TESTS_HARNESS_H
#include <check.h>
#include <stdint.h>

#include "config/pipeline.h"
#include "sampler/engine.h"

enum { EXACT_DIM = 3 };

/* The text says everything but seed, threads, block and population. */
struct exact_config {
  const char *text;
  size_t particles, replicates; /* of one run */
  uint64_t seed;
  size_t threads, block; /* 0: not said */
  size_t children;       /* the same */
};
struct exact_run {
  struct arena *arena;
  struct diag *diag;
  struct pipeline pipeline;
};
/* Parsed, checked and created; a failure ends the test with its messages. */
void exact_open(const struct exact_config *config, struct exact_run *run);
void exact_close(struct exact_run *run);
/* One run, with its result to be freed; a failure ends the test. */
void exact_go(struct exact_run *run, uint64_t seed, struct run_result *result);
/* open, go, close. */
void exact_once(const struct exact_config *config, struct run_result *result);
/* Same states, weights, log Z and lineage, bit for bit. */
bool exact_same(const struct run_result *a, const struct run_result *b);

/* Power sums of one statistic about a fixed point. */
struct sample {
  size_t n, n_bad; /* n_bad: not finite */
  double sum[4];
};
void sample_add(struct sample *sample, double value);
double sample_mean(const struct sample *sample);
double sample_variance(const struct sample *sample);
double sample_skew(const struct sample *sample);
double sample_z(const struct sample *sample, double expected);

/* The exact law of the weighted particles, per coordinate. */
struct exact_answer {
  double log_z;
  size_t dim;
  double mean[EXACT_DIM], var[EXACT_DIM];
};
/* Over replicates, relative to an answer: Z-hat/Z - 1, and Z-hat/Z times
 * (weighted mean of f - E f) for f = x and f = (x - mean)^2. */
struct exact_stats {
  struct sample z, first[EXACT_DIM], second[EXACT_DIM];
  double resamplings, extinct; /* per replicate; in all */
};
/* At least n_replicates * KAC_TEST_SCALE of them, run by run. */
void exact_collect(const struct exact_config *config, size_t n_replicates,
                   const struct exact_answer *answer,
                   struct exact_stats *stats);

/* What has been gated: the sum of z^2 of independent statistics must not be
 * implausibly small either. */
struct ledger {
  size_t n;
  double sum_square;
};
void exact_gate(const char *name, const struct exact_stats *stats, size_t dim,
                struct ledger *ledger);
/* The largest |z| of the same replicates against another answer. */
double exact_distance(const struct exact_stats *stats,
                      const struct exact_answer *answer,
                      const struct exact_answer *other);
/* How far a wrong answer must be, at least: 6, less where KAC_TEST_SCALE takes
 * the power away. */
double exact_power(void);
/* Without resampling Z-hat is a mean of `particles` independent weights, of
 * relative moments m[2..4] = E w^k / (E w)^k: its variance must be known. */
void exact_gate_variance(const char *name, const struct exact_stats *stats,
                         size_t particles, const double m[5]);
/* Turn i of a loop test as a test case of its own, so that CK_RUN_CASE (and
 * tests/mutants.sh) can run one row alone. */
void exact_add_row(Suite *suite, const char *name, const TTest *test, int i);
/* Runs a suite in this process, for main.  With the ledger that its tests share
 * a last case "not too good" judges it; NULL: there is none. */
int exact_main(Suite *suite, const struct ledger *ledger);
double exact_scale(void); /* KAC_TEST_SCALE, 1 if not set */

#endif
