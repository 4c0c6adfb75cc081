/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Resamplers whose offspring do not all weigh the same, or that choose by rank:
 * partial keeps the expected weight of every row (gate at 6 standard errors, 40
 * statistics), argmax says that it does not. */
#include <stdbool.h>

#include "../field_fixture.h"

enum { N_RUNS = 4000, N = 8 };

struct sampler {
  const kac_component *plugin;
  void *config;
  kac_resample_io io;
  double logw[N], u[1], logw_out[N];
  uint32_t ancestor[N];
};

static void sampler_open(struct sampler *s, const char *name, const double *w,
                         size_t n) {
  *s = (struct sampler){.plugin = plugin_load("resampler", name)};
  s->config = config_new(s->plugin);
  kac_space space = {.struct_size = sizeof space, .n_real = 1};
  kac_plan plan = plan_of(s->plugin, s->config, &space, n, 1);
  for (size_t i = 0; i < n; i++) s->logw[i] = log(w[i]);
  s->io = (kac_resample_io){.struct_size = sizeof s->io,
                            .n_in = n,
                            .n_out = n,
                            .w = w,
                            .logw = s->logw,
                            .u = s->u,
                            .ancestor = s->ancestor,
                            .logw_out = s->logw_out,
                            .scratch = malloc(plan.scratch_bytes + 1)};
}

static void sampler_close(struct sampler *s) {
  free(s->io.scratch);
  free(s->config);
}

static kac_status sampler_run(struct sampler *s, double u, kac_error *err) {
  const kac_resampler_ops *ops = s->plugin->ops;
  s->u[0] = u;
  for (size_t k = 0; k < s->io.n_out; k++)
    s->logw_out[k] = -log((double)s->io.n_out);
  return ops->resample(s->config, &s->io, err);
}

/* By hand: is row i of S, and the number and weight of S. */
static bool is_chosen(const double *w, size_t i, double low, double high) {
  size_t best = 0;
  for (size_t k = 1; k < N; k++) best = w[k] > w[best] ? k : best;
  return i == best || !(w[i] > 0) || w[i] * N < low || w[i] * N > high;
}

START_TEST(partial_keeps_the_expected_weight_of_every_row) {
  static const double vectors[][N] = {
      {.5, .14, .02, .01, .15, .13, .04, .01},
      {0, .3, .2, 0, .1, .05, .3, .05},
      {.9, .02, .02, .02, .01, .01, .01, .01},
      {.125, .125, .125, .125, .125, .125, .125, .125},
      {.13, .12, .14, .11, .1, .15, .12, .13}};
  const double *w = vectors[_i];
  double sum[N] = {0}, chosen = 0, m = 0;
  struct sampler s;
  sampler_open(&s, "partial", w, N);
  for (size_t i = 0; i < N; i++) {
    if (!is_chosen(w, i, 0.5, 2)) continue;
    chosen += w[i];
    m++;
  }
  for (uint64_t run = 0; run < N_RUNS; run++) {
    double all = 0;
    if (sampler_run(&s, uniform_at(5, run, 0), NULL) != KAC_OK)
      ck_abort_msg("refused");
    for (size_t k = 0; k < N; k++) {
      all += exp(s.logw_out[k]);
      sum[s.ancestor[k]] += exp(s.logw_out[k]);
    }
    if (fabs(all - 1) > 1e-12) ck_abort_msg("weights of %.17g", all);
  }
  for (size_t i = 0; i < N; i++) {
    double each = chosen / m, v = w[i] / each, f = v - floor(v + 1e-12);
    double sd = is_chosen(w, i, 0.5, 2) ? each * sqrt(f * (1 - f) / N_RUNS) : 0;
    double error = fabs(sum[i] / N_RUNS - w[i]);
    ck_assert_msg(error < 6 * sd + 1e-9, "row %zu: %g off, sd %g", i, error,
                  sd);
  }
  sampler_close(&s);
}
END_TEST

/* S = {0, 2, 3} of weight .8; row 1 is not touched. */
START_TEST(partial_leaves_medium_rows_alone) {
  static const double w[4] = {.6, .2, .1, .1};
  const uint32_t expected[4] = {0, 1, 0, 2};
  struct sampler s;
  sampler_open(&s, "partial", w, 4);
  ck_assert_int_eq(sampler_run(&s, 0.5, NULL), KAC_OK);
  ck_assert_mem_eq(s.ancestor, expected, sizeof expected);
  for (size_t k = 0; k < 4; k++)
    ck_assert_double_eq_tol(exp(s.logw_out[k]), k == 1 ? .2 : .8 / 3, 1e-14);
  sampler_close(&s);
}
END_TEST

START_TEST(argmax_takes_the_first_of_the_best) {
  static const double w[4] = {.2, .35, .1, .35};
  struct sampler s;
  sampler_open(&s, "argmax", w, 4);
  ck_assert_int_eq(sampler_run(&s, 0.5, NULL), KAC_OK);
  for (size_t k = 0; k < 4; k++) {
    ck_assert_uint_eq(s.ancestor[k], 1);
    ck_assert_double_eq_tol(s.logw_out[k], -log(4), 1e-15);
  }
  s.logw[3] += 1e-15; /* what exp would round away */
  ck_assert_int_eq(sampler_run(&s, 0.5, NULL), KAC_OK);
  ck_assert_uint_eq(s.ancestor[0], 3);
  ck_assert(s.plugin->provides & KAC_R_BIASED);
  sampler_close(&s);
}
END_TEST

START_TEST(unusable_calls_are_refused_in_words) {
  static const double none[2] = {0, 0}, half[2] = {.5, .5};
  static const char *const names[] = {"partial", "argmax"};
  struct sampler s;
  kac_error err = {0};
  for (size_t k = 0; k < 2; k++) {
    sampler_open(&s, names[k], none, 2);
    ck_assert_int_eq(sampler_run(&s, 0.5, &err), KAC_ENUMERIC);
    ck_assert_str_eq(err.msg, "the weights sum to 0, expected 1");
    sampler_close(&s);
  }
  sampler_open(&s, "partial", half, 2);
  s.io.n_out = 3;
  ck_assert_int_eq(sampler_run(&s, 0.5, &err), KAC_EUNSUPPORTED);
  ck_assert_str_eq(err.msg,
                   "2 particles in and 3 out, expected the same number: "
                   "partial resampling leaves rows in their places");
  sampler_close(&s);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("partial");
  TCase *laws = tcase_create("laws");
  tcase_add_loop_test(laws, partial_keeps_the_expected_weight_of_every_row, 0,
                      5);
  tcase_add_test(laws, partial_leaves_medium_rows_alone);
  tcase_add_test(laws, argmax_takes_the_first_of_the_best);
  tcase_add_test(laws, unusable_calls_are_refused_in_words);
  suite_add_tcase(suite, laws);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int n_failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
