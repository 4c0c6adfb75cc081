/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Twists: one-dimensional states under phi(x) = x, so that the rows given are
 * the values of phi. */
#include "twist_fixture.h"

START_TEST(every_mode_telescopes_to_the_final_reward) {
  for (size_t m = 0; m < 5; m++) {
    struct bench bench;
    double lambda = 0;
    bench_open(&bench, &(struct twists){{names[m]}, 1, RAMP});
    make(m + 1, 0);
    for (size_t k = 1; k <= STEPS; k++)
      lambda = bench_step(&bench, k, phi[k], NULL);
    ck_assert(rig_same(lambda, 2.5));
    for (size_t i = 0; i < ROWS; i++) {
      ck_assert(rig_same(bench.twist[3 * i], 2.5 * phi[STEPS][i]));
      ck_assert_double_eq_tol(bench.logw[i], 2.5 * phi[STEPS][i], 1e-12);
    }
    rig_close(&bench.rig);
  }
}
END_TEST

/* docs/methods.md section 4, the table, written as it stands. */
static double expected_psi(size_t mode, size_t k, size_t i,
                           const double *lambda) {
  double psi = 0, max = -KAC_INF, sum = 0;
  for (size_t s = 1; s <= k; s++) {
    max = fmax(max, phi[s][i]);
    sum += phi[s][i];
    if (mode == 0) psi = lambda[s] * phi[s][i];
    if (mode == 1) psi += lambda[s] * max;
    if (mode == 2) psi += lambda[s] * sum;
    if (mode == 3) psi += lambda[s] * phi[s][i];
  }
  return psi;
}

START_TEST(psi_follows_the_table_of_modes_on_the_way) {
  for (size_t m = 0; m < 5; m++) {
    struct bench bench;
    double lambda[STEPS + 1] = {0};
    bench_open(&bench, &(struct twists){{names[m]}, 1, RAMP});
    make(m + 100, 0);
    for (size_t k = 1; k < STEPS; k++) {
      lambda[k] = bench_step(&bench, k, phi[k], NULL);
      for (size_t i = 0; i < ROWS; i++) {
        double psi = expected_psi(m, k, i, lambda);
        ck_assert_double_eq_tol(bench.twist[3 * i], psi, 1e-11);
        ck_assert_double_eq_tol(bench.logw[i], psi, 1e-11);
      }
    }
    rig_close(&bench.rig);
  }
}
END_TEST

START_TEST(several_twists_keep_apart) {
  struct bench all, one;
  struct twists every = {
      {names[0], names[1], names[2], names[3], names[4]}, 5, RAMP};
  double sum[ROWS] = {0};
  make(7, 0);
  bench_open(&all, &every);
  ck_assert_uint_eq(all.n_twist, 11);
  for (size_t k = 1; k < STEPS; k++) bench_step(&all, k, phi[k], NULL);
  for (size_t m = 0; m < 5; m++) {
    bench_open(&one, &(struct twists){{names[m]}, 1, RAMP});
    for (size_t k = 1; k < STEPS; k++) bench_step(&one, k, phi[k], NULL);
    for (size_t i = 0; i < ROWS; i++) {
      ck_assert(rig_same(all.twist[i * 11 + 2 * m], one.twist[3 * i]));
      sum[i] += one.logw[i];
    }
    rig_close(&one.rig);
  }
  for (size_t i = 0; i < ROWS; i++)
    ck_assert_double_eq_tol(all.logw[i], sum[i], 1e-11);
  rig_close(&all.rig);
}
END_TEST

START_TEST(a_dead_particle_stays_dead_and_is_never_not_a_number) {
  for (size_t m = 0; m < 5; m++) {
    struct bench bench;
    bool is_dead[ROWS] = {false};
    bench_open(&bench, &(struct twists){{names[m]}, 1, RAMP});
    make(m + 200, 0.05);
    for (size_t k = 1; k <= STEPS; k++) {
      bench_step(&bench, k, phi[k], NULL);
      for (size_t i = 0; i < ROWS; i++) {
        /* A running maximum forgives what came after a good value. */
        bool counts = m != 1 || k == 1 || k == STEPS;
        counts = counts && (m != 4 || k == STEPS);
        is_dead[i] = is_dead[i] || (counts && phi[k][i] == -KAC_INF);
        if (is_dead[i])
          ck_assert(bench.logw[i] == -KAC_INF);
        else
          ck_assert(isfinite(bench.logw[i]));
      }
    }
    rig_close(&bench.rig);
  }
}
END_TEST

START_TEST(strength_zero_switches_off_even_a_verdict) {
  for (size_t m = 0; m < 5; m++) {
    struct bench bench;
    bench_open(&bench, &(struct twists){{names[m]}, 1, "strength = 0.0;"});
    make(m + 300, 0.3);
    for (size_t k = 1; k <= STEPS; k++) bench_step(&bench, k, phi[k], NULL);
    for (size_t i = 0; i < ROWS; i++) ck_assert(rig_same(bench.logw[i], 0));
    rig_close(&bench.rig);
  }
}
END_TEST

/* A verdict at strength 0 has no say later either. */
START_TEST(a_verdict_given_at_strength_zero_is_not_kept) {
  static const char *const late =
      "strength = { table = ((0.0, 0.0), (0.5, 0.0), (1.0, 1.0)); };";
  for (size_t m = 0; m < 5; m++) {
    struct bench bench;
    bench_open(&bench, &(struct twists){{names[m]}, 1, late});
    make(m + 400, 0);
    for (size_t i = 0; i < ROWS; i++) phi[2][i] = -KAC_INF;
    for (size_t k = 1; k <= STEPS; k++) bench_step(&bench, k, phi[k], NULL);
    for (size_t i = 0; i < ROWS; i++)
      ck_assert_msg(isfinite(bench.logw[i]), "mode %s", names[m]);
    rig_close(&bench.rig);
  }
}
END_TEST

/* shift = var sum_j guide_j lambda_j grad phi_j, through d x0hat / d x =
 * alpha v / (alpha^2 v + sigma^2) of a unit Gaussian. */
START_TEST(a_guide_is_the_scaled_gradient_pulled_back_where_exact) {
  static const char *const keys[] = {
      RAMP "guide = 0.7;", RAMP "guide = 0.7; at = \"x0hat\";",
      RAMP "guide = 0.7; at = \"x0hat\"; jacobian = \"identity\";"};
  for (size_t k = 0; k < 3; k++) {
    struct bench bench;
    double shift[ROWS] = {0};
    bool any;
    bench_open(&bench, &(struct twists){{"guide", "difference"}, 2, keys[k]});
    struct site site = rig_site(&bench.rig, 0, ROWS);
    struct path_point at;
    make(11, 0);
    ck_assert(path_at(&site, bench.rig.pipeline.spec.t[5], &at));
    ck_assert(bench_guide(&bench, &site, &at, phi[0], phi[1], shift, &any));
    double total = at.c.alpha * at.c.alpha + at.c.sigma * at.c.sigma;
    double expected = 0.3 * 2 * 0.7 * at.strength[0];
    if (k == 1) expected *= at.c.alpha / total;
    ck_assert(any);
    for (size_t i = 0; i < ROWS; i++)
      ck_assert_double_eq_tol(shift[i], expected, 1e-14);
    rig_close(&bench.rig);
  }
}
END_TEST

START_TEST(a_guide_keeps_to_its_window) {
  struct bench bench;
  double shift[ROWS] = {0};
  bool any;
  bench_open(&bench, &(struct twists){{"guide"}, 1, "window = [0.5, 1.0];"});
  struct site site = rig_site(&bench.rig, 0, ROWS);
  struct path_point at;
  make(12, 0);
  ck_assert(path_at(&site, bench.rig.pipeline.spec.t[1], &at));
  ck_assert(bench_guide(&bench, &site, &at, phi[0], phi[1], shift, &any));
  for (size_t i = 0; i < ROWS; i++) ck_assert(rig_same(shift[i], 0));
  rig_close(&bench.rig);
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      every_mode_telescopes_to_the_final_reward,
      psi_follows_the_table_of_modes_on_the_way,
      several_twists_keep_apart,
      a_dead_particle_stays_dead_and_is_never_not_a_number,
      strength_zero_switches_off_even_a_verdict,
      a_verdict_given_at_strength_zero_is_not_kept,
      a_guide_is_the_scaled_gradient_pulled_back_where_exact,
      a_guide_keeps_to_its_window,
  };
  return RIG_SUITE("twist", tests);
}
