/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Resamplers: mean offspring against n w with the schemes' own theoretical
 * standard errors (480 statistics at most, gates at 6: family false-alarm rate
 * 1e-6), the bounds that each scheme promises, and the edges. */
#include "../field_fixture.h"

enum { N_RUNS = 4000, MAX_N = 16 };
struct scheme {
  const char *name;
  int64_t order;
};
static const struct scheme schemes[] = {
    {"multinomial", 0}, {"stratified", 0}, {"systematic", 0}, {"systematic", 1},
    {"residual", 0},    {"ssp", 0},        {"ssp", 1},        {"killing", 0}};
enum { N_SCHEMES = sizeof schemes / sizeof schemes[0] };

struct weights {
  size_t n_in, n_out;
  double w[MAX_N];
};
static const struct weights vectors[] = {
    {6, 6, {.5, .2, .05, .05, .19, .01}},
    {8, 8, {0, .3, 0, .1, .35, .25, 0, 0}},
    {5, 5, {.96, .01, .01, .01, .01}},
    {7, 12, {.05, .3, .1, .25, .05, .2, .05}},
    {9, 4, {.1, .11, .09, .2, 0, .15, .15, .13, .07}},
    {3, 3, {0, 1, 0}},
    {1, 1, {1}},
    {1, 5, {1}},
    {4, 4, {.25, .25, .25, .25}}};
enum { N_VECTORS = sizeof vectors / sizeof vectors[0] };

/* One resampler with room for n_in particles. */
struct sampler {
  const kac_component *plugin;
  const kac_resampler_ops *ops;
  void *config;
  kac_resample_io io;
  double *u;
  size_t n_u;
};

static struct sampler sampler_new(const struct scheme *scheme, const double *w,
                                  size_t n_in, size_t n_out) {
  struct sampler s = {.plugin = plugin_load("resampler", scheme->name)};
  s.ops = s.plugin->ops;
  s.config = config_new(s.plugin);
  if (s.plugin->n_params > 0)
    config_int(s.plugin, s.config, "order", scheme->order);
  kac_space space = {.struct_size = sizeof space, .n_real = 1};
  kac_plan plan = plan_of(s.plugin, s.config, &space, n_in, 1);
  s.n_u = s.ops->n_uniform(s.config, n_in, n_out);
  s.u = alloc_zero(s.n_u * sizeof *s.u);
  s.io = (kac_resample_io){.struct_size = sizeof s.io,
                           .n_in = n_in,
                           .n_out = n_out,
                           .w = w,
                           .u = s.u,
                           .ancestor = alloc_zero(n_out * sizeof(uint32_t)),
                           .scratch = malloc(plan.scratch_bytes + 1)};
  return s;
}

static void sampler_free(struct sampler *s) {
  free(s->io.ancestor);
  free(s->io.scratch);
  free(s->u);
  free(s->config);
}

static void sampler_run(struct sampler *s, uint64_t run) {
  kac_error err = {0};
  for (size_t i = 0; i < s->n_u; i++) s->u[i] = uniform_at(3, run, i);
  memset(s->io.ancestor, 0xff, s->io.n_out * sizeof *s->io.ancestor);
  kac_status status = s->ops->resample(s->config, &s->io, &err);
  if (status != KAC_OK) ck_abort_msg("%s", err.msg);
}

/* Offspring, with every ancestor in range and of positive weight.  In long
 * loops only failures go through Check, which writes a mark at every assert. */
static void sampler_count(const struct sampler *s, size_t *count) {
  memset(count, 0, s->io.n_in * sizeof *count);
  for (size_t k = 0; k < s->io.n_out; k++) {
    uint32_t i = s->io.ancestor[k];
    if (i >= s->io.n_in || !(s->io.w[i] > 0))
      ck_abort_msg("slot %zu has ancestor %u", k, (unsigned)i);
    count[i]++;
  }
}

static int is_killing(const struct scheme *scheme) {
  return strcmp(scheme->name, "killing") == 0;
}

/* --- theoretical variances of the number of offspring of i ----------------
 */
static double var_stratified(const struct weights *v, size_t i) {
  double low = 0, var = 0, n = (double)v->n_out;
  for (size_t j = 0; j < i; j++) low += n * v->w[j];
  double high = low + n * v->w[i];
  for (size_t j = 0; j < v->n_out; j++) {
    double from = fmax(low, (double)j), to = fmin(high, (double)j + 1);
    double p = to > from ? to - from : 0;
    var += p * (1 - p);
  }
  return var;
}

static double fraction(double v) {
  return v - floor(v + 1e-12);
}

static double var_residual(const struct weights *v, size_t i) {
  double left = 0, n = (double)v->n_out;
  for (size_t j = 0; j < v->n_in; j++) left += fraction(n * v->w[j]);
  double f = fraction(n * v->w[i]);
  return left > 0.5 ? f * (1 - f / left) : 0;
}

static double var_killing(const struct weights *v, size_t i) {
  double max = 0, dead = 0, spread = 0, w = v->w[i];
  for (size_t j = 0; j < v->n_in; j++) max = fmax(max, v->w[j]);
  for (size_t j = 0; j < v->n_in; j++) {
    double q = v->w[j] / max;
    dead += 1 - q;
    spread += q * (1 - q);
  }
  double q = w / max, own = q * (1 - q);
  return dead * w * (1 - w) + own + w * w * spread - 2 * w * own;
}

static double variance(const struct scheme *scheme, const struct weights *v,
                       size_t i) {
  double n = (double)v->n_out, f = fraction(n * v->w[i]);
  if (strcmp(scheme->name, "multinomial") == 0)
    return n * v->w[i] * (1 - v->w[i]);
  if (strcmp(scheme->name, "stratified") == 0) return var_stratified(v, i);
  if (strcmp(scheme->name, "residual") == 0) return var_residual(v, i);
  if (is_killing(scheme)) return var_killing(v, i);
  return f * (1 - f); /* floor or ceil */
}

/* Largest |z| over the particles; what cannot vary must be n w exactly. */
static double largest_z(const struct scheme *scheme, const struct weights *v,
                        int is_fixed) {
  struct sampler s = sampler_new(scheme, v->w, v->n_in, v->n_out);
  double sum[MAX_N] = {0}, largest = 0;
  for (uint64_t run = 0; run < N_RUNS; run++) {
    size_t count[MAX_N];
    sampler_run(&s, run);
    if (is_fixed) {
      s.u[0] = 0.5;
      s.ops->resample(s.config, &s.io, NULL);
    }
    sampler_count(&s, count);
    for (size_t i = 0; i < v->n_in; i++) sum[i] += (double)count[i];
  }
  for (size_t i = 0; i < v->n_in; i++) {
    double error = sum[i] / N_RUNS - (double)v->n_out * v->w[i];
    double sd = sqrt(variance(scheme, v, i) / N_RUNS);
    if (sd > 1e-5)
      largest = fmax(largest, fabs(error) / sd);
    else
      ck_assert_double_le(fabs(error), 1e-9);
  }
  sampler_free(&s);
  return largest;
}

START_TEST(expected_offspring_are_n_times_the_weight) {
  for (size_t k = 0; k < N_VECTORS; k++) {
    const struct scheme *scheme = &schemes[_i];
    const struct weights *v = &vectors[k];
    if (is_killing(scheme) && v->n_in != v->n_out) continue;
    double z = largest_z(scheme, v, 0);
    ck_assert_msg(z < 6, "%s order %d, vector %zu: |z| = %g", scheme->name,
                  (int)scheme->order, k, z);
  }
}
END_TEST

START_TEST(the_offspring_test_catches_a_fixed_offset) {
  ck_assert_double_gt(largest_z(&schemes[2], &vectors[0], 1), 6);
}
END_TEST

START_TEST(systematic_and_ssp_give_floor_or_ceil) {
  const size_t tight[] = {2, 3, 5, 6};
  for (size_t k = 0; k < 4; k++) {
    const struct weights *v = &vectors[3];
    struct sampler s = sampler_new(&schemes[tight[k]], v->w, v->n_in, v->n_out);
    for (uint64_t run = 0; run < 1000; run++) {
      size_t count[MAX_N];
      sampler_run(&s, run);
      sampler_count(&s, count);
      for (size_t i = 0; i < v->n_in; i++) {
        double mean = (double)v->n_out * v->w[i], n = (double)count[i];
        if (n < floor(mean + 1e-9) || n > ceil(mean - 1e-9))
          ck_abort_msg("%g offspring of %g", n, mean);
      }
    }
    sampler_free(&s);
  }
}
END_TEST

START_TEST(residual_keeps_the_whole_part) {
  const struct weights *v = &vectors[3];
  struct sampler s = sampler_new(&schemes[4], v->w, v->n_in, v->n_out);
  for (uint64_t run = 0; run < 1000; run++) {
    size_t count[MAX_N];
    sampler_run(&s, run);
    sampler_count(&s, count);
    for (size_t i = 0; i < v->n_in; i++)
      if (count[i] < (size_t)((double)v->n_out * v->w[i] + 1e-9))
        ck_abort_msg("%zu offspring of %g", count[i], v->w[i]);
  }
  sampler_free(&s);
}
END_TEST

/* 47 (3/47) is 3 - 2^-51 in doubles; two such leave two draws to chance. */
START_TEST(residual_takes_rounding_below_an_integer_for_the_integer) {
  enum { N = 43 };
  double w[N] = {3.0 / 47, 3.0 / 47};
  size_t count[N];
  for (size_t i = 2; i < N; i++) w[i] = 1.0 / 47;
  struct sampler s = sampler_new(&schemes[4], w, N, 47);
  for (uint64_t run = 0; run < 10; run++) {
    sampler_run(&s, run);
    sampler_count(&s, count);
    for (size_t i = 0; i < N; i++) ck_assert_uint_eq(count[i], i < 2 ? 3 : 1);
  }
  sampler_free(&s);
}
END_TEST

/* Every scheme but the multinomial one, any n, uniforms at both ends. */
START_TEST(equal_weights_leave_every_particle_one_offspring) {
  const size_t sizes[] = {1, 2, 3, 7, 49, 1000, 99991};
  const double ends[] = {0x1p-60, 0.5, 1 - 0x1p-53};
  const struct scheme *scheme = &schemes[_i];
  for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
    size_t n = sizes[k];
    double *w = alloc_zero(n * sizeof *w);
    for (size_t i = 0; i < n; i++) w[i] = 1 / (double)n;
    struct sampler s = sampler_new(scheme, w, n, n);
    for (size_t e = 0; e < 3; e++) {
      for (size_t i = 0; i < s.n_u; i++) s.u[i] = ends[e];
      ck_assert_int_eq(s.ops->resample(s.config, &s.io, NULL), KAC_OK);
      size_t *count = calloc(n, sizeof *count);
      sampler_count(&s, count);
      for (size_t i = 0; i < n; i++)
        if (count[i] != 1 || (scheme->order == 0 && s.io.ancestor[i] != i))
          ck_abort_msg("%zu of %zu has %zu offspring", i, n, count[i]);
      free(count);
    }
    sampler_free(&s);
    free(w);
  }
}
END_TEST

/* A million weights: every count within its bounds of exactly summed edges. */
START_TEST(a_million_weights_lose_no_particle) {
  enum { N = 1000000 };
  double *w = alloc_zero(N * sizeof *w), total = 0;
  size_t *count = calloc(N, sizeof *count);
  for (size_t i = 0; i < N; i++) {
    w[i] = exp(3 * normal_at(8, 0, i));
    if (i % 3 == 0 || i > N - 1000) w[i] = 0;
    total += w[i];
  }
  for (size_t i = 0; i < N; i++) w[i] /= total;
  const struct scheme *scheme = &schemes[_i];
  struct sampler s = sampler_new(scheme, w, N, N);
  sampler_run(&s, 1);
  sampler_count(&s, count);
  int is_tight = strcmp(scheme->name, "systematic") == 0 ||
                 strcmp(scheme->name, "ssp") == 0;
  for (size_t i = 0; is_tight && i < N; i++)
    if ((double)count[i] < floor(N * w[i] * (1 - 1e-9)) ||
        (double)count[i] > ceil(N * w[i] * (1 + 1e-9)))
      ck_abort_msg("%zu has %zu offspring of %g", i, count[i], N * w[i]);
  sampler_free(&s);
  free(count);
  free(w);
}
END_TEST

/* Weights whose sum is off by rounding, and uniforms next to 0 and 1. */
START_TEST(no_uniform_reaches_a_weight_of_zero) {
  const double w[6] = {0, 0.3, 0.2, 0.5 - 1e-13, 0, 0};
  const double ends[] = {0x1p-60, 1 - 0x1p-53};
  struct sampler s = sampler_new(&schemes[_i], w, 6, 6);
  for (size_t e = 0; e < 2; e++) {
    size_t count[6];
    for (size_t i = 0; i < s.n_u; i++) s.u[i] = ends[e];
    ck_assert_int_eq(s.ops->resample(s.config, &s.io, NULL), KAC_OK);
    sampler_count(&s, count);
  }
  sampler_free(&s);
}
END_TEST

START_TEST(mean_partition_puts_small_weights_first) {
  const double w[4] = {.5, .1, .3, .1};
  struct sampler s = sampler_new(&schemes[3], w, 4, 4);
  s.u[0] = 0.5; /* edges of the rows 1 3 0 2 at 0.4 0.8 2.8 4 */
  ck_assert_int_eq(s.ops->resample(s.config, &s.io, NULL), KAC_OK);
  const uint32_t expected[4] = {3, 0, 0, 2};
  ck_assert_mem_eq(s.io.ancestor, expected, sizeof expected);
  sampler_free(&s);
}
END_TEST

START_TEST(killing_keeps_survivors_in_place) {
  const struct weights *v = &vectors[0];
  struct sampler s = sampler_new(&schemes[7], v->w, v->n_in, v->n_out);
  for (uint64_t run = 0; run < 100; run++) {
    sampler_run(&s, run);
    for (size_t i = 0; i < v->n_in; i++)
      if (s.u[i] < v->w[i] / 0.5) ck_assert_uint_eq(s.io.ancestor[i], i);
  }
  sampler_free(&s);
}
END_TEST

static void check_refusal(size_t scheme, const double *w, size_t n_out,
                          const char *words) {
  kac_error err = {0};
  struct sampler s = sampler_new(&schemes[scheme], w, 2, n_out);
  for (size_t i = 0; i < s.n_u; i++) s.u[i] = 0.5;
  ck_assert_int_lt(s.ops->resample(s.config, &s.io, &err), 0);
  ck_assert_str_eq(err.msg, words);
  sampler_free(&s);
}

START_TEST(unusable_calls_are_refused_in_words) {
  const double half[2] = {.5, .5}, none[2] = {0, 0}, bad[2] = {.5, KAC_NAN};
  check_refusal(7, half, 3,
                "2 particles in and 3 out, expected the same number: killing "
                "replaces particles in their places");
  for (size_t k = 0; k < N_SCHEMES; k++) {
    check_refusal(k, none, 2, "the weights sum to 0, expected 1");
    check_refusal(k, bad, 2, "the weights sum to nan, expected 1");
  }
}
END_TEST

static Suite *resamplers(void) {
  Suite *suite = suite_create("resamplers");
  TCase *laws = tcase_create("laws");
  tcase_set_timeout(laws, 60);
  tcase_add_loop_test(laws, expected_offspring_are_n_times_the_weight, 0,
                      N_SCHEMES);
  tcase_add_test(laws, the_offspring_test_catches_a_fixed_offset);
  tcase_add_test(laws, systematic_and_ssp_give_floor_or_ceil);
  tcase_add_test(laws, residual_keeps_the_whole_part);
  tcase_add_test(laws,
                 residual_takes_rounding_below_an_integer_for_the_integer);
  tcase_add_loop_test(laws, equal_weights_leave_every_particle_one_offspring, 1,
                      N_SCHEMES);
  tcase_add_loop_test(laws, a_million_weights_lose_no_particle, 0, N_SCHEMES);
  tcase_add_loop_test(laws, no_uniform_reaches_a_weight_of_zero, 0, N_SCHEMES);
  tcase_add_test(laws, mean_partition_puts_small_weights_first);
  tcase_add_test(laws, killing_keeps_survivors_in_place);
  tcase_add_test(laws, unusable_calls_are_refused_in_words);
  suite_add_tcase(suite, laws);
  return suite;
}

int main(void) {
  SRunner *runner = srunner_create(resamplers());
  srunner_run_all(runner, CK_NORMAL);
  int n_failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
