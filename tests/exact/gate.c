/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The statistics of the exact catalogue and the gates they have to pass. */
#include <check.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

#include "harness.h"

void sample_add(struct sample *sample, double value) {
  sample->n++;
  if (!isfinite(value)) {
    sample->n_bad++;
    return;
  }
  double power = 1;
  for (int k = 0; k < 4; k++) sample->sum[k] += power *= value;
}

static double raw(const struct sample *sample, int k) {
  return sample->sum[k - 1] / (double)sample->n;
}

double sample_mean(const struct sample *sample) {
  return raw(sample, 1);
}

double sample_variance(const struct sample *sample) {
  double mean = raw(sample, 1), n = (double)sample->n;
  return (raw(sample, 2) - mean * mean) * n / (n - 1);
}

double sample_skew(const struct sample *sample) {
  double m = raw(sample, 1), v = raw(sample, 2) - m * m;
  double third = raw(sample, 3) - 3 * m * raw(sample, 2) + 2 * m * m * m;
  return third / (v * sqrt(v));
}

double sample_z(const struct sample *sample, double expected) {
  double error = sqrt(sample_variance(sample) / (double)sample->n);
  return (sample_mean(sample) - expected) / error;
}

/* The normal tail at 6 is then off by e^0.5 at most; runs that KAC_TEST_SCALE
 * makes short are held to the skew that the whole ones may have, and are off by
 * a factor below 5 at a scale of 0.1. */
static double skew_limit(const struct sample *sample) {
  double whole = (double)sample->n / fmin(1, exact_scale());
  return 3 * sqrt(whole) / 216;
}

static void gate(const char *name, const char *what,
                 const struct sample *sample) {
  double z = sample_z(sample, 0), skew = sample_skew(sample);
  double limit = skew_limit(sample);
  printf("%-40s %-9s z %6.2f  skew %5.2f  relative sd %.3g\n", name, what, z,
         skew, sqrt(sample_variance(sample)));
  ck_assert_msg(sample->n_bad == 0, "%s, %s: %zu of %zu not finite", name, what,
                sample->n_bad, sample->n);
  ck_assert_msg(fabs(z) <= 6, "%s, %s: z = %g, mean of the difference %g", name,
                what, z, sample_mean(sample));
  ck_assert_msg(fabs(skew) < limit, "%s, %s: skew %g, expected below %g", name,
                what, skew, limit);
}

void exact_gate(const char *name, const struct exact_stats *stats, size_t dim,
                struct ledger *ledger) {
  ck_assert_uint_le(dim, EXACT_DIM);
  gate(name, "Z", &stats->z);
  for (size_t d = 0; d < dim; d++) {
    gate(name, "mean", &stats->first[d]);
    gate(name, "variance", &stats->second[d]);
  }
  double z = sample_z(&stats->z, 0);
  ledger->n++;
  ledger->sum_square += z * z;
}

static double further(double distance, const struct sample *sample,
                      double expected) {
  return fmax(distance, fabs(sample_z(sample, expected)));
}

/* With weights, E[Z-hat (f - E f)] is Z' (E' f - E f) under the other law. */
double exact_distance(const struct exact_stats *stats,
                      const struct exact_answer *answer,
                      const struct exact_answer *other) {
  double ratio = exp(other->log_z - answer->log_z);
  double distance = further(0, &stats->z, ratio - 1);
  for (size_t d = 0; d < answer->dim; d++) {
    double shift = other->mean[d] - answer->mean[d];
    double second = other->var[d] + shift * shift - answer->var[d];
    distance = further(distance, &stats->first[d], ratio * shift);
    distance = further(distance, &stats->second[d], ratio * second);
  }
  return distance;
}

double exact_power(void) {
  return 6 * sqrt(fmin(1, exact_scale()));
}

void exact_gate_variance(const char *name, const struct exact_stats *stats,
                         size_t particles, const double m[5]) {
  double n = (double)particles, r = (double)stats->z.n;
  double variance = m[2] - 1;
  double fourth = m[4] - 4 * m[3] + 6 * m[2] - 3;
  /* of the mean of n weights, and of the sample variance over r means */
  double fourth_mean =
      (fourth + 3 * (n - 1) * variance * variance) / (n * n * n);
  double expected = variance / n;
  double error = sqrt((fourth_mean - expected * expected) / r);
  double z = (sample_variance(&stats->z) - expected) / error;
  printf("%-40s %-9s z %6.2f\n", name, "sd(Z)", z);
  ck_assert_msg(fabs(z) <= 6, "%s: sd(Z-hat) sqrt(N)/Z is %g, expected %g",
                name, sqrt(sample_variance(&stats->z) * n), sqrt(variance));
}

void exact_add_row(Suite *suite, const char *name, const TTest *test, int i) {
  TCase *tcase = tcase_create(name);
  tcase_add_loop_test(tcase, test, i, i + 1);
  suite_add_tcase(suite, tcase);
}

static const struct ledger *judged;

/* Probability under 1e-9 that right runs lie so near their answers. */
START_TEST(the_runs_are_not_too_good) {
  ck_assert_uint_gt(judged->n, 0);
  double least = gsl_cdf_chisq_Pinv(1e-9, (double)judged->n);
  ck_assert_msg(judged->sum_square > least,
                "the sum of z^2 over %zu runs is %g, expected above %g",
                judged->n, judged->sum_square, least);
}
END_TEST

int exact_main(Suite *suite, const struct ledger *ledger) {
  judged = ledger;
  if (ledger)
    exact_add_row(suite, "not too good", the_runs_are_not_too_good, 0);
  SRunner *runner = srunner_create(suite);
  srunner_set_fork_status(runner, CK_NOFORK);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
