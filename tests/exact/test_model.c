/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `kac check-model` measures against models of which all is known: exact
 * Gaussians, data with the moments of a model, and fields that turn. */
#include "../model_fixture.h"

/* --- models that are right -------------------------------------------------
 */
START_TEST(gaussian_models_are_what_they_should_be) {
  struct trial trial;
  study(&trial, 3, schedules[_i], "plugin = \"gaussian\"; variance = 0.25;", 64,
        NULL, 0);
  ck_assert_str_eq(messages(&trial), "");
  ck_assert_uint_eq(trial.study.n_times, 8);
  ck_assert_double_eq(trial.study.sigma_data, 0.5);
  for (size_t k = 0; k < 8; k++) {
    const struct measure *at = &trial.study.at[k];
    ck_assert_double_lt(at->fit, 1e-13);
    ck_assert_double_lt(at->asymmetry, 1e-9);
    ck_assert_double_lt(at->logp, 1e-8);
    ck_assert_double_lt(at->vjp, 1e-7);
    ck_assert_double_lt(at->form[0], 1e-11);
    ck_assert_double_lt(at->form[1], 1e-11);
    ck_assert_double_nan(at->form[2]); /* it gives no velocity */
    ck_assert(trial.study.is_judged[k] == (at->signal <= 0.5));
  }
  ck_assert_double_eq_tol(trial.study.fit, 1e-12, 1e-20); /* the least */
  ck_assert_uint_eq(trial.study.n_choices, 0);
  end(&trial);
}
END_TEST

/* A mixture is no Gaussian, but close to one in noise, and its derivatives
 * agree to the order of the differences. */
START_TEST(mixtures_approach_the_law_as_the_square_of_the_signal) {
  struct trial trial;
  study(&trial, 2, schedules[SCHEDULE_VE],
        "plugin = \"gmm\"; means = ((1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, "
        "-1.0)); sigma = 0.1;",
        64, NULL, 0);
  ck_assert_str_eq(messages(&trial), "");
  for (size_t k = 0; k < trial.study.n_times; k++) {
    const struct measure *at = &trial.study.at[k];
    ck_assert_double_lt(at->asymmetry, 1e-6);
    ck_assert_double_lt(at->logp, 1e-6);
    ck_assert_double_lt(at->vjp, 1e-5);
    if (at->signal < 0.1)
      ck_assert_double_lt(at->fit, 2 * at->signal * at->signal);
  }
  end(&trial);
}
END_TEST

/* log q of an energy is known at rest, where there is no noise to judge by. */
START_TEST(energies_at_rest_have_no_fit) {
  struct trial trial;
  study(&trial, 2, "plugin = \"static\";", "plugin = \"mueller_brown\";", 64,
        NULL, 0);
  ck_assert_str_eq(messages(&trial), "");
  ck_assert_double_nan(trial.study.fit);
  for (size_t k = 0; k < trial.study.n_times; k++) {
    ck_assert_double_nan(trial.study.at[k].fit);
    ck_assert_double_lt(trial.study.at[k].logp, 1e-4);
    ck_assert_double_lt(trial.study.at[k].asymmetry, 1e-4);
  }
  end(&trial);
}
END_TEST

/* --- a field that turns ----------------------------------------------------
 */
/* Of -x/V + w R x with R the turn of the plane: J = -1/V + w R, so that the
 * antisymmetric part is w/sqrt(1/V^2 + w^2) of it, and the field is off by
 * w V. */
START_TEST(a_turn_is_seen_in_full) {
  struct trial trial;
  study(&trial, 2, schedules[SCHEDULE_VP],
        "plugin = \"labelled\"; parameterisation = \"v\"; turn = 0.7;", 64,
        NULL, 0);
  for (size_t k = 0; k < trial.study.n_times; k++) {
    const struct measure *at = &trial.study.at[k];
    double v = 0.25 * at->alpha * at->alpha + at->sigma * at->sigma;
    expect_near(at->fit, 0.7 * v, 1e-10);
    expect_near(at->asymmetry, 0.7 / hypot(1 / v, 0.7), 1e-8);
  }
  end(&trial);
}
END_TEST

/* --- models that contradict themselves -------------------------------------
 */
static void expect_error(struct trial *trial, const char *text) {
  ck_assert_int_eq(diag_code(trial->rig.diag), EXIT_PLUGIN);
  ck_assert_msg(strstr(messages(trial), text) != NULL, "%s", messages(trial));
}

/* As a network with relu: 32 points, of which some lie within sigma/50 of a
 * kink; but a wrong VJP is still seen beside them. */
START_TEST(kinks_are_no_contradiction) {
  static const double slant[] = {1, 0.75};
  for (size_t i = 0; i < 2; i++) {
    struct trial trial;
    char score[200];
    snprintf(score, sizeof score,
             "plugin = \"labelled\"; parameterisation = \"v\"; kink = 0.7; "
             "slant_vjp = %g;",
             slant[i]);
    study(&trial, 2, schedules[SCHEDULE_VP], score, 256, NULL, 0);
    for (size_t k = 0; k < trial.study.n_times; k++)
      ck_assert_double_eq_tol(trial.study.at[k].vjp, 1 - slant[i], 1e-6);
    end(&trial);
  }
}
END_TEST

START_TEST(contradictions_are_measured_and_told) {
  struct trial trial;
  const char *right = "plugin = \"labelled\"; parameterisation = \"v\"; ";
  char score[200];
  snprintf(score, sizeof score, "%s slant_logp = 1.25;", right);
  study(&trial, 2, schedules[SCHEDULE_VP], score, 64, NULL, 0);
  for (size_t k = 0; k < trial.study.n_times; k++)
    expect_near(trial.study.at[k].logp, 0.2, 1e-8);
  expect_error(&trial,
               "run.cfg:5: error: score 'q': its score is not the gradient of "
               "its log-density: they differ by a part of 0.2 at t = ");
  end(&trial);
  snprintf(score, sizeof score, "%s slant_vjp = 0.75;", right);
  study(&trial, 2, schedules[SCHEDULE_VP], score, 64, NULL, 0);
  for (size_t k = 0; k < trial.study.n_times; k++)
    expect_near(trial.study.at[k].vjp, 0.25, 1e-7);
  expect_error(&trial,
               "score 'q': its vjp is not the derivative of its x0hat: they "
               "differ by a part of 0.25 at t = ");
  end(&trial);
  snprintf(score, sizeof score, "%s slant_x0 = 1.5;", right);
  study(&trial, 2, schedules[SCHEDULE_VP], score, 64, NULL, 0);
  for (size_t k = 0; k < trial.study.n_times; k++) {
    const struct measure *at = &trial.study.at[k];
    double s2 = at->sigma * at->sigma, a2 = 0.25 * at->alpha * at->alpha;
    /* alpha (s-1) gain/sigma^2 over 1/V, gain = alpha/4/V */
    expect_near(at->form[0], 0.5 * a2 / s2, 1e-9);
  }
  expect_error(&trial,
               "score 'q': its x0 means another score: they differ by "
               "a part of ");
  end(&trial);
}
END_TEST

/* What is left of alpha (x/alpha) - x is chance, and no contradiction. */
START_TEST(rounding_of_a_score_of_zero_is_no_contradiction) {
  struct trial trial;
  static const char flat[] = "plugin = \"labelled\"; flat = true;";
  char score[80];
  study(&trial, 2, schedules[SCHEDULE_VP], flat, 64, NULL, 0);
  for (size_t k = 0; k < trial.study.n_times; k++)
    ck_assert_double_eq(trial.study.at[k].form[0], 0);
  ck_assert_ptr_null(strstr(messages(&trial), "means another score"));
  end(&trial);
  snprintf(score, sizeof score, "%s slant_x0 = 1.000001;", flat);
  study(&trial, 2, schedules[SCHEDULE_VP], score, 64, NULL, 0);
  expect_error(&trial, "its x0 means another score");
  end(&trial);
}
END_TEST

/* --- data ------------------------------------------------------------------
 */
/* Uniform in (-1/2, 1/2), mixed; any data have moments. */
static void make_data(double *data, size_t d) {
  uint64_t state = 11;
  for (size_t i = 0; i < DATA; i++)
    for (size_t k = 0; k < d; k++)
      data[i * d + k] = (double)k +
                        (1 + (double)k) * (rig_uniform(&state) - 0.5) +
                        (k > 0 ? data[i * d + k - 1] : 0);
}

static size_t print_list(char *text, size_t bytes, const double *x, size_t n) {
  size_t at = (size_t)snprintf(text, bytes, "(");
  for (size_t k = 0; k < n; k++)
    at +=
        (size_t)snprintf(text + at, bytes - at, "%s%.17g", k ? ", " : "", x[k]);
  return at + (size_t)snprintf(text + at, bytes - at, ")");
}

/* The Gaussian that has the moments of the data is the best linear denoiser. */
START_TEST(the_gaussian_of_the_data_is_the_baseline) {
  enum { D = 3 };
  double data[DATA * D], cov[D * D] = {0};
  struct baseline moments;
  struct trial trial;
  char score[2048], mean[256], row[D][256];
  make_data(data, D);
  ck_assert(baseline_new(&moments, data, DATA, D));
  for (size_t i = 0; i < DATA; i++)
    for (size_t a = 0; a < D; a++)
      for (size_t b = 0; b < D; b++)
        cov[a * D + b] += (data[i * D + a] - moments.mean[a]) *
                          (data[i * D + b] - moments.mean[b]) / DATA;
  print_list(mean, sizeof mean, moments.mean, D);
  for (size_t a = 0; a < D; a++)
    print_list(row[a], sizeof row[a], cov + a * D, D);
  baseline_free(&moments);
  snprintf(score, sizeof score,
           "plugin = \"gmm\"; means = (%s); covariances = ((%s, %s, %s));",
           mean, row[0], row[1], row[2]);
  study(&trial, D, schedules[_i], score, 200, data, DATA);
  ck_assert_str_eq(messages(&trial), "");
  for (size_t k = 0; k < trial.study.n_times; k++) {
    ck_assert(trial.study.is_judged[k]);
    expect_near(trial.study.at[k].fit, 1, 1e-7);
  }
  expect_near(trial.study.fit, 1, 1e-7);
  end(&trial);
}
END_TEST

/* Data of +-1 and the model that knows: x0hat = tanh(alpha x/sigma^2) against
 * alpha x/(alpha^2 + sigma^2).  Mean squares a and b with x0 = 1, and the
 * variance of (1 - tanh)^2 - a/b (1 - linear)^2, over the noise. */
static void exact_ratio(double alpha, double sigma, double *ratio,
                        double *error) {
  double a = 0, b = 0, aa = 0, ab = 0, bb = 0, h = 1e-3;
  for (double e = -9; e <= 9; e += h) {
    double w = h * exp(-0.5 * e * e) / sqrt(2 * 3.14159265358979323846);
    double x = alpha + sigma * e;
    double p = 1 - tanh(alpha * x / (sigma * sigma));
    double q = 1 - alpha * x / (alpha * alpha + sigma * sigma);
    a += w * p * p;
    b += w * q * q;
    aa += w * p * p * p * p;
    ab += w * p * p * q * q;
    bb += w * q * q * q * q;
  }
  *ratio = a / b;
  *error = sqrt(aa - 2 * *ratio * ab + *ratio * *ratio * bb) / b;
}

START_TEST(a_model_that_knows_the_data_is_below_one) {
  double data[DATA];
  struct trial trial;
  enum { N = 4096 };
  for (int i = 0; i < DATA; i++) data[i] = i % 2 ? 1 : -1;
  study(&trial, 1, schedules[SCHEDULE_VE],
        "plugin = \"gmm\"; means = ((1.0), (-1.0)); sigma = 1e-6;", N, data,
        DATA);
  ck_assert_str_eq(messages(&trial), "");
  int n_below = 0;
  for (size_t k = 0; k < trial.study.n_times; k++) {
    const struct measure *at = &trial.study.at[k];
    double ratio, error;
    ck_assert_double_nan(at->asymmetry); /* one dimension cannot turn */
    if (at->sigma < 0.3) continue;       /* it knows for sure */
    exact_ratio(at->alpha, at->sigma, &ratio, &error);
    double z = (at->fit - ratio) / (error / sqrt(N));
    ck_assert_msg(fabs(z) < 6, "t = %g: %g, expected %g, z = %g", at->t,
                  at->fit, ratio, z);
    n_below += ratio < 0.9;
  }
  ck_assert_int_ge(n_below, 1);
  ck_assert_double_lt(trial.study.fit, 1);
  end(&trial);
}
END_TEST

START_TEST(a_model_of_other_data_is_told_so) {
  double data[DATA];
  struct trial trial;
  for (int i = 0; i < DATA; i++) data[i] = i % 2 ? 5 : -5;
  study(&trial, 1, schedules[SCHEDULE_VE], "plugin = \"gaussian\";", 64, data,
        DATA);
  ck_assert_ptr_nonnull(strstr(messages(&trial),
                               "warning: score 'q': sigma_data is 1, that of "
                               "the data 5"));
  ck_assert_ptr_nonnull(strstr(messages(&trial),
                               "warning: score 'q': the mean square error of "
                               "its denoised mean is "));
  ck_assert_int_eq(diag_code(trial.rig.diag), EXIT_DONE);
  end(&trial);
}
END_TEST

START_TEST(a_field_that_noise_does_not_rule_is_told_so) {
  static const struct {
    const char *turn, *said;
  } fields[] = {
      {"0.7", "of 0.7; is this the schedule that it was trained with?"},
      {"25", "of 25; that is no score of noised data: is it an energy by"}};
  for (size_t i = 0; i < 2; i++) {
    struct trial trial;
    char score[100], expected[300];
    snprintf(score, sizeof score,
             "plugin = \"labelled\"; parameterisation = \"v\"; turn = %s;",
             fields[i].turn);
    snprintf(expected, sizeof expected,
             "warning: score 'q': at t = 1, where noise hides the data, it is "
             "off the score of N(0, alpha^2 sigma_data^2 + sigma^2) by a part "
             "%s",
             fields[i].said);
    study(&trial, 2, schedules[SCHEDULE_VP], score, 64, NULL, 0);
    ck_assert_msg(strstr(messages(&trial), expected) != NULL, "%s",
                  messages(&trial));
    end(&trial);
  }
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      mixtures_approach_the_law_as_the_square_of_the_signal,
      energies_at_rest_have_no_fit,
      a_turn_is_seen_in_full,
      kinks_are_no_contradiction,
      contradictions_are_measured_and_told,
      rounding_of_a_score_of_zero_is_no_contradiction,
      a_model_that_knows_the_data_is_below_one,
      a_model_of_other_data_is_told_so,
      a_field_that_noise_does_not_rule_is_told_so};
  const struct rig_loop loops[] = {
      {gaussian_models_are_what_they_should_be, 2},
      {the_gaussian_of_the_data_is_the_baseline, 2}};
  return rig_suite("model", tests, sizeof tests / sizeof *tests, loops,
                   sizeof loops / sizeof *loops);
}
