/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When a run goes by another schedule than its network was trained on, and that
 * the warning says so.  alpha and sigma come from the definitions. */
#include <check.h>
#include <stdlib.h>

#include "plugins/net/network.h"
#include "kac/sdk.h"

static const struct known {
  const char *name;
  double value[NET_SCHEDULE_KEYS];
  double t[2]; /* within what the network has seen */
} known[N_NET_SCHEDULES] = {{"vp", {0.1, 20, 1e-5, 1}, {1, 1e-3}},
                            {"cosine", {0.49, 12, 0.01, 0, 12}, {12, 0}},
                            {"ve", {0.01, 50, 0, 1}, {1, 0}},
                            {"edm", {0.002, 80}, {80, 0.002}}};

static kac_coeffs noising(size_t schedule, const double *v, double t) {
  kac_coeffs c = {.struct_size = sizeof c, .t = t, .alpha = 1};
  if (schedule == NET_EDM) c.sigma = t;
  if (schedule == NET_VE) c.sigma = v[0] * pow(v[1] / v[0], t);
  if (schedule == NET_VP) {
    c.alpha = exp(-0.5 * (v[0] * t + 0.5 * (v[1] - v[0]) * t * t));
    c.sigma = sqrt(-expm1(-(v[0] * t + 0.5 * (v[1] - v[0]) * t * t)));
  }
  if (schedule == NET_COSINE) {
    double slope = v[0] * acos(-1.0) / (1 + v[2]);
    c.alpha = cos(slope * (t / v[1] + v[2])) / cos(slope * v[2]);
    c.sigma = sqrt(1 - c.alpha * c.alpha);
  }
  return c;
}

/* The warning of a network trained on `own` in a run by `run` with v. */
static const char *warning(size_t own, size_t run, const double *v) {
  static kac_plan plan;
  kac_coeffs ends[2];
  struct network network = {
      .precondition = {.form = FORM_EPS, .schedule = (enum net_schedule)own}};
  const struct network_config config = {.class_index = -1};
  if (own < N_NET_SCHEDULES)
    memcpy(network.precondition.value, known[own].value, sizeof known[0].value);
  for (size_t i = 0; i < 2; i++) ends[i] = noising(run, v, known[run].t[i]);
  plan = (kac_plan){
      .struct_size = sizeof plan, .first = &ends[0], .last = &ends[1]};
  network_warn(&config, &network, &plan);
  return plan.warning;
}

START_TEST(only_the_own_schedule_passes) {
  size_t own = (size_t)_i / N_NET_SCHEDULES, run = (size_t)_i % N_NET_SCHEDULES;
  char begin[64];
  const char *text = warning(own, run, known[run].value);
  snprintf(begin, sizeof begin, "trained on the schedule '%s', not on this one",
           known[own].name);
  if (own == run)
    ck_assert_str_eq(text, "");
  else
    ck_assert_int_eq(strncmp(text, begin, strlen(begin)), 0);
}
END_TEST

/* Those of EDM are ends alone: its curve has none. */
START_TEST(other_parameters_are_another_schedule) {
  double v[NET_SCHEDULE_KEYS];
  memcpy(v, known[_i].value, sizeof v);
  v[1] *= 1.001;
  bool is_told = warning((size_t)_i, (size_t)_i, v)[0] != '\0';
  ck_assert_int_eq(is_told, _i != NET_EDM);
}
END_TEST

START_TEST(the_warning_gives_both_times) {
  ck_assert_str_eq(warning(NET_EDM, NET_VE, known[NET_VE].value),
                   "trained on the schedule 'edm', not on this one: t = 1 has "
                   "sigma/alpha = 50, for which the network is asked at its t "
                   "= 50");
}
END_TEST

START_TEST(without_a_schedule_nothing_is_said) {
  ck_assert_str_eq(warning(NET_RUN, NET_VP, known[NET_VP].value), "");
}
END_TEST

START_TEST(a_host_without_warnings_gets_none) {
  kac_coeffs end = noising(NET_VE, known[NET_VE].value, 1);
  struct network network = {
      .precondition = {.schedule = NET_EDM, .value = {0.002, 80}}};
  const struct network_config config = {.parameterisation = 1 + FORM_EDM};
  kac_plan plan = {.struct_size = offsetof(kac_plan, warning), .first = &end};
  network_warn(&config, &network, &plan);
  ck_assert_str_eq(plan.warning, "");
}
END_TEST

int main(void) {
  Suite *suite = suite_create("own_schedule");
  TCase *cases = tcase_create("warnings");
  tcase_add_loop_test(cases, only_the_own_schedule_passes, 0,
                      N_NET_SCHEDULES * N_NET_SCHEDULES);
  tcase_add_loop_test(cases, other_parameters_are_another_schedule, 0,
                      N_NET_SCHEDULES);
  tcase_add_test(cases, the_warning_gives_both_times);
  tcase_add_test(cases, without_a_schedule_nothing_is_said);
  tcase_add_test(cases, a_host_without_warnings_gets_none);
  suite_add_tcase(suite, cases);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int n_failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
