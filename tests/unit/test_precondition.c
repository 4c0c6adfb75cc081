/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parameterisations and schedules of networks against closed forms: for data
 * N(m, c^2) the ideal output of every parameterisation, trained on every
 * schedule, must give the exact score under every schedule of a run. */
#include <check.h>
#include <stdlib.h>

#include "plugins/net/network.h"
#include "kac/sdk.h"

static const double MEAN = 0.7, WIDTH = 1.3;
static kac_error err;

static struct precondition trained(size_t form, size_t schedule) {
  struct precondition p = {.form = (enum net_form)form,
                           .schedule = (enum net_schedule)schedule,
                           .label = LABEL_T,
                           .sigma_data = 0.9};
  static const double values[N_NET_SCHEDULES][NET_SCHEDULE_KEYS] = {
      {0.1, 20, 1e-5, 1},
      {0.49, 12, 0.01, 0, 12},
      {0.01, 50, -0.5, 1.3},
      {1e-5, 1e5}};
  memcpy(p.value, values[schedule], sizeof values[schedule]);
  return p;
}

/* alpha and sigma of a network's schedule by its definition. */
static void noising(const struct precondition *p, double t, double *alpha,
                    double *sigma) {
  const double *v = p->value;
  *alpha = 1;
  if (p->schedule == NET_EDM) *sigma = t;
  if (p->schedule == NET_VE) *sigma = v[0] * pow(v[1] / v[0], t);
  if (p->schedule == NET_VP)
    *alpha = exp(-0.5 * (v[0] * t + 0.5 * (v[1] - v[0]) * t * t));
  if (p->schedule == NET_COSINE) {
    double pi = acos(-1.0), slope = v[0] * pi / (1 + v[2]);
    *alpha = cos(slope * (t / v[1] + v[2])) / cos(slope * v[2]);
  }
  if (p->schedule == NET_VP || p->schedule == NET_COSINE)
    *sigma = sqrt(1 - *alpha * *alpha);
}

/* The ideal output at the network's own x'. */
static double ideal(const struct precondition *p, double a, double s,
                    double x) {
  double c2 = WIDTH * WIDTH, v = a * a * c2 + s * s;
  double score = -(x - a * MEAN) / v, eps = -s * score;
  double x0 = (x + s * s * score) / a;
  double s2 = p->sigma_data * p->sigma_data, r = s / a, e2 = r * r + s2;
  switch (p->form) {
    case FORM_EPS:
      return eps;
    case FORM_X0:
      return x0;
    case FORM_V:
      return a * eps - s * x0;
    case FORM_SCORE:
      return score;
    default:
      return (x0 - s2 / e2 * x / a) / (r * p->sigma_data / sqrt(e2));
  }
}

static void near(double got, double want, double tolerance) {
  ck_assert_msg(fabs(got - want) <= tolerance * (1 + fabs(want)),
                "%.17g instead of %.17g", got, want);
}

/* All of io at one point of a run against the Gaussian; own_alpha, own_sigma:
 * where the network's schedule is. */
static void compare_at(const struct precondition *p, const struct net_point *at,
                       double own_alpha, double own_sigma) {
  double x = 1.9, score, x0, eps, alpha = at->alpha, sigma = at->sigma;
  double own_x = x * own_alpha / alpha;
  double f = ideal(p, own_alpha, own_sigma, own_x);
  double e2 = own_sigma * own_sigma / (own_alpha * own_alpha) +
              p->sigma_data * p->sigma_data;
  near(at->in * x, p->form == FORM_EDM ? own_x / own_alpha / sqrt(e2) : own_x,
       1e-8);
  kac_score_io io = {.struct_size = sizeof io,
                     .want = KAC_Q_SCORE | KAC_Q_X0 | KAC_Q_EPS,
                     .x = {&x, 1, NULL, 0},
                     .score = &score,
                     .x0 = &x0,
                     .eps = &eps,
                     .ld = 1};
  precondition_outputs(at, &f, 1, 0, 1, 1, &io);
  double v = alpha * alpha * WIDTH * WIDTH + sigma * sigma;
  double want = -(x - alpha * MEAN) / v;
  near(x0, (x + sigma * sigma * want) / alpha, 1e-7);
  near(eps, -sigma * want, 1e-7);
  near(score, want, 1e-7 / fmin(1, sigma));
}

static void compare(const struct precondition *p, double alpha, double sigma) {
  struct net_point at;
  double own_alpha, own_sigma;
  kac_status status = precondition_at(p, alpha, sigma, &at, &err);
  ck_assert_msg(status == KAC_OK, "%s", err.msg);
  noising(p, at.t, &own_alpha, &own_sigma);
  near(log(own_sigma / own_alpha), log(sigma / alpha), 1e-8);
  compare_at(p, &at, own_alpha, own_sigma);
}

START_TEST(ideal_outputs_give_the_exact_score) {
  size_t form = (size_t)_i / N_NET_SCHEDULES,
         own = (size_t)_i % N_NET_SCHEDULES;
  struct precondition p = trained(form, own);
  ck_assert_int_eq(precondition_check(&p, &err), KAC_OK);
  for (size_t run = 0; run < N_NET_SCHEDULES; run++) {
    struct precondition of_run = trained(FORM_EPS, run);
    for (double r = 0.02; r < 30; r *= 1.7) {
      struct net_point at;
      double alpha, sigma;
      ck_assert_int_eq(precondition_at(&of_run, 1, r, &at, &err), KAC_OK);
      noising(&of_run, at.t, &alpha, &sigma);
      compare(&p, alpha, sigma);
    }
  }
}
END_TEST

/* Neither is a schedule that anything else here has. */
START_TEST(without_a_schedule_a_network_is_on_that_of_the_run) {
  struct precondition p = trained((size_t)_i, NET_VP);
  struct net_point at;
  kac_coeffs now = {.struct_size = sizeof now, .t = 0.3};
  const double labels[N_LABELS] = {0.3, 1.7, 2 * log(0.8 / 1.7),
                                   0.25 * log(1.7 / 0.8)};
  p.schedule = NET_RUN;
  ck_assert_int_eq(precondition_check(&p, &err), KAC_OK);
  for (size_t k = 0; k < N_LABELS; k++) {
    now.alpha = 0.8;
    now.sigma = 1.7;
    p.label = (enum net_label)k;
    kac_status status = precondition_now(&p, &now, &at, &err);
    ck_assert_msg(status == KAC_OK, "%s", err.msg);
    compare_at(&p, &at, 0.8, 1.7);
    near(at.label, labels[k], 1e-15);
  }
  now.alpha = 0;
  ck_assert_int_eq(precondition_now(&p, &now, &at, &err), KAC_EINVAL);
  ck_assert_str_eq(err.msg,
                   "alpha = 0 at t = 0.3, expected above 0: change time.t_max");
  p.sigma_data = 0;
  ck_assert_int_eq(precondition_check(&p, &err),
                   p.form == FORM_EDM ? KAC_EINVAL : KAC_OK);
}
END_TEST

START_TEST(labels_are_of_the_network) {
  struct precondition vp = trained(FORM_EPS, NET_VP);
  struct net_point at;
  const double want[N_LABELS] = {0, 0.6, 2 * log(0.8 / 0.6),
                                 0.25 * log(0.6 / 0.8)};
  for (size_t k = 0; k < N_LABELS; k++) {
    vp.label = (enum net_label)k;
    ck_assert_int_eq(precondition_at(&vp, 4, 3, &at, &err), KAC_OK);
    near(at.label, k == LABEL_T ? at.t : want[k], 1e-14);
  }
  double alpha, sigma;
  noising(&vp, at.t, &alpha, &sigma);
  near(alpha, 0.8, 1e-12);
  near(sigma, 0.6, 1e-12);
}
END_TEST

START_TEST(noise_that_was_never_seen_is_refused) {
  struct precondition ve = trained(FORM_X0, NET_VE);
  struct net_point at;
  double least, largest;
  ve.value[2] = 0, ve.value[3] = 1;
  precondition_range(&ve, &least, &largest);
  near(least, 0.01, 1e-14);
  near(largest, 50, 1e-14);
  ck_assert_int_eq(precondition_at(&ve, 1, 0.009, &at, &err), KAC_EINVAL);
  ck_assert_str_eq(err.msg,
                   "sigma/alpha = 0.009, but the network was trained on 0.01 "
                   "to 50 (ve schedule): change time.t_min, time.t_max");
  ck_assert_int_eq(precondition_at(&ve, 0.5, 26, &at, &err), KAC_EINVAL);
  /* The ends themselves are met up to rounding. */
  ck_assert_int_eq(precondition_at(&ve, 1, 50 * (1 + 1e-9), &at, &err), KAC_OK);
  ck_assert(at.t == 1);
  kac_coeffs first = {.alpha = 1, .sigma = 60}, last = {.alpha = 1};
  kac_plan plan = {.first = &first, .last = &last};
  ck_assert_int_eq(precondition_plan(&ve, &plan, &err), KAC_EINVAL);
  first.sigma = 50;
  ck_assert_int_eq(precondition_plan(&ve, &plan, &err), KAC_OK);
}
END_TEST

START_TEST(sigma_0_is_refused_by_labels_that_have_no_value_there) {
  struct precondition vp = trained(FORM_EPS, NET_VP);
  struct net_point at;
  vp.value[2] = 0;
  ck_assert_int_eq(precondition_at(&vp, 1, 0, &at, &err), KAC_OK);
  ck_assert(at.label == 0 && at.eps_out == 1 && at.skip == 1 && at.out == 0);
  vp.label = LABEL_C_NOISE;
  ck_assert_int_eq(precondition_at(&vp, 1, 0, &at, &err), KAC_EINVAL);
  ck_assert_ptr_nonnull(strstr(err.msg, "the label 'c_noise' is -inf"));
}
END_TEST

START_TEST(schedules_that_make_no_sense_are_refused) {
  static const struct {
    size_t schedule, at;
    double value;
    const char *says;
  } cases[] = {{NET_VP, 2, 3, "goes from 3 to 1, expected upwards"},
               {NET_VP, 0, -50, "out of range"},
               {NET_VE, 0, 0, "out of range"},
               {NET_VE, 0, 70, "out of range"},
               {NET_EDM, 0, -1, "out of range"},
               {NET_COSINE, 0, 0.7, "out of range"},
               {NET_COSINE, 4, 30, "out of range"}};
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    struct precondition p = trained(FORM_EPS, cases[k].schedule);
    p.value[cases[k].at] = cases[k].value;
    ck_assert_int_eq(precondition_check(&p, &err), KAC_EINVAL);
    ck_assert_msg(strstr(err.msg, cases[k].says), "case %zu: %s", k, err.msg);
  }
  struct precondition edm = trained(FORM_EDM, NET_EDM);
  edm.sigma_data = 0;
  ck_assert_int_eq(precondition_check(&edm, &err), KAC_EINVAL);
  ck_assert_ptr_nonnull(strstr(err.msg, "needs sigma_data"));
}
END_TEST

#define SCHEDULE                                                    \
  "\"kac.schedule\":\"ve\",\"kac.schedule.sigma_min\":\"0.01\","    \
  "\"kac.schedule.sigma_max\":\"50\",\"kac.schedule.t_min\":\"0\"," \
  "\"kac.schedule.t_max\":\"1\","
static const char complete[] =
    "{\"kac.format\":\"1\",\"kac.architecture\":\"mlp\","
    "\"kac.parameterisation\":\"edm\",\"kac.label\":\"c_noise\"," SCHEDULE
    "\"kac.sigma_data\":\"0.5\","
    "\"kac.n_classes\":\"10\",\"format\":\"pt\"}";

/* `complete` with `old` replaced once. */
static kac_status open_with(const char *name, const char *old, const char *new,
                            struct safetensors **file) {
  char text[2048];
  const char *at = strstr(complete, old);
  ck_assert_ptr_nonnull(at);
  int n = snprintf(text, sizeof text, "%.*s%s%s", (int)(at - complete),
                   complete, new, at + strlen(old));
  return safetensors_notes(name, text, (size_t)n, file, &err);
}

static kac_status read_with(const char *old, const char *new,
                            struct network *network) {
  struct safetensors *file;
  struct network_keys keys;
  kac_status status = open_with("m.safetensors", old, new, &file);
  if (status != KAC_OK) return status;
  status = network_begin(&keys, file, "mlp", &err);
  if (status == KAC_OK) status = network_read(&keys, network, &err);
  if (status == KAC_OK) status = network_end(&keys, &err);
  safetensors_close(file);
  return status;
}

START_TEST(metadata_are_read) {
  struct network network;
  kac_status status = read_with("pt", "pt", &network);
  ck_assert_msg(status == KAC_OK, "%s", err.msg);
  const struct precondition *p = &network.precondition;
  ck_assert(p->form == FORM_EDM && p->schedule == NET_VE &&
            p->label == LABEL_C_NOISE);
  ck_assert(p->value[0] == 0.01 && p->value[1] == 50 && p->value[3] == 1);
  ck_assert(p->sigma_data == 0.5 && network.n_classes == 10);
}
END_TEST

static const struct {
  const char *old, *new, *says;
} wrong[] = {
    {"\"kac.format\":\"1\",", "", "no key 'kac.format'"},
    {"\"kac.format\":\"1\"", "\"kac.format\":\"2\"", "kac.format = '2', exp"},
    {"\"kac.architecture\":\"mlp\",", "", "no key 'kac.architecture'"},
    {"\"mlp\"", "\"unet\"", "kac.architecture = 'unet', but this plugin runs"},
    {"\"kac.parameterisation\":\"edm\",", "", "no key 'kac.parameterisation'"},
    {"\"edm\"", "\"noise\"", "= 'noise', expected eps, x0, v, score, edm"},
    {"\"kac.label\":\"c_noise\",", "", "no key 'kac.label'"},
    {"\"c_noise\"", "\"T\"", "= 'T', expected t, sigma, log_snr, c_noise"},
    {"\"kac.schedule\":\"ve\",", "", "no key 'kac.schedule'"},
    {"\"ve\"", "\"VE\"", "= 'VE', expected vp, cosine, ve, edm"},
    {"\"kac.schedule.t_max\":\"1\",", "", "no key 'kac.schedule.t_max'"},
    {"\"50\"", "\"50 \"", "kac.schedule.sigma_max = '50 ', expected a number"},
    {"\"50\"", "\"nan\"", "expected a number"},
    {"\"0.5\"", "\"0\"", "kac.sigma_data = 0, expected above 0"},
    {"\"10\"", "\"0\"", "kac.n_classes = '0', expected a whole number from 1"},
    {"\"10\"", "\"-1\"", "expected a whole number from 1"},
    {"\"10\"", "\" 10\"", "expected a whole number from 1"},
    {"\"format\"", "\"kac.fromat\"", "unknown key 'kac.fromat'"},
    {"\"ve\"", "\"edm\"", "unknown key 'kac.schedule.t_max'"},
};

START_TEST(what_is_missing_or_unknown_is_named) {
  struct network network;
  ck_assert_int_eq(read_with(wrong[_i].old, wrong[_i].new, &network),
                   KAC_EINVAL);
  ck_assert_msg(strstr(err.msg, wrong[_i].says), "'%s' is not in '%s'",
                wrong[_i].says, err.msg);
  ck_assert(strncmp(err.msg, "m.safetensors: ", 15) == 0);
}
END_TEST

START_TEST(the_config_wins_over_the_file) {
  struct network network;
  struct network_config config = {.class_index = 10};
  size_t class_at;
  ck_assert_int_eq(read_with("pt", "pt", &network), KAC_OK);
  ck_assert_int_eq(network_apply(&config, &network, &class_at, &err),
                   KAC_EINVAL);
  ck_assert_str_eq(err.msg, "class = 10, but there are 10 classes");
  config = (struct network_config){.file = "",
                                   .class_index = -1,
                                   .parameterisation = 1 + FORM_V,
                                   .sigma_data = 2.5};
  ck_assert_int_eq(network_apply(&config, &network, &class_at, &err), KAC_OK);
  ck_assert_uint_eq(class_at, 10);
  ck_assert(network.precondition.form == FORM_V);
  ck_assert(network.precondition.sigma_data == 2.5);
  network.n_classes = 0;
  config.class_index = 0;
  ck_assert_int_eq(network_apply(&config, &network, &class_at, &err),
                   KAC_EINVAL);
  ck_assert_str_eq(err.msg, "class = 0, but the network is not conditional");
}
END_TEST

/* As the metadata of a program. */
static kac_status read_program(const char *old, const char *new,
                               struct network *network, bool *is_told) {
  struct safetensors *file;
  kac_status status = open_with("kac.json", old, new, &file);
  if (status != KAC_OK) return status;
  status = network_read_program(file, network, is_told, &err);
  safetensors_close(file);
  return status;
}

START_TEST(a_program_may_leave_out_what_it_knows) {
  static const char *const needed[] = {
      "\"kac.format\":\"1\",", "\"kac.label\":\"c_noise\",",
      "\"kac.schedule\":\"ve\",", "\"kac.schedule.t_max\":\"1\","};
  struct network network;
  bool is_told;
  const struct precondition *p = &network.precondition;
  ck_assert_int_eq(read_program("pt", "pt", &network, &is_told), KAC_OK);
  ck_assert(p->form == FORM_EDM && p->schedule == NET_VE && is_told &&
            p->label == LABEL_C_NOISE && p->value[1] == 50);
  ck_assert(p->sigma_data == 0.5 && network.n_classes == 10);
  ck_assert_int_eq(read_program(SCHEDULE, "", &network, &is_told), KAC_OK);
  ck_assert(p->schedule == NET_RUN);
  ck_assert_int_eq(read_program("c_noise", "none", &network, &is_told), KAC_OK);
  ck_assert(!is_told);
  ck_assert_int_eq(
      read_program("\"kac.architecture\":\"mlp\",", "", &network, &is_told),
      KAC_OK);
  ck_assert_int_eq(read_program(":\"1\"", ":\"2\"", &network, &is_told),
                   KAC_EINVAL);
  for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) {
    ck_assert_int_eq(read_program(needed[i], "", &network, &is_told),
                     KAC_EINVAL);
    ck_assert_ptr_nonnull(strstr(err.msg, "the metadata have no key"));
  }
}
END_TEST

int main(void) {
  Suite *suite = suite_create("precondition");
  TCase *forms = tcase_create("ideal outputs"),
        *labels = tcase_create("labels");
  TCase *notes = tcase_create("metadata");
  tcase_add_loop_test(forms, ideal_outputs_give_the_exact_score, 0,
                      N_FORMS * N_NET_SCHEDULES);
  tcase_add_loop_test(forms, without_a_schedule_a_network_is_on_that_of_the_run,
                      0, N_FORMS);
  tcase_add_test(labels, labels_are_of_the_network);
  tcase_add_test(labels, noise_that_was_never_seen_is_refused);
  tcase_add_test(labels, sigma_0_is_refused_by_labels_that_have_no_value_there);
  tcase_add_test(labels, schedules_that_make_no_sense_are_refused);
  tcase_add_test(notes, metadata_are_read);
  tcase_add_loop_test(notes, what_is_missing_or_unknown_is_named, 0,
                      sizeof wrong / sizeof *wrong);
  tcase_add_test(notes, a_program_may_leave_out_what_it_knows);
  tcase_add_test(notes, the_config_wins_over_the_file);
  suite_add_tcase(suite, forms);
  suite_add_tcase(suite, labels);
  suite_add_tcase(suite, notes);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int n_failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
