/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which parameterisation `kac check-model` finds right, against the fixture
 * `labelled`, a network of any parameterisation under any label. */
#include "../model_fixture.h"

/* --- labels ----------------------------------------------------------------
 */
static const char *const readings[5] = {"eps", "x0", "v", "score", "edm"};

/* x0hat/x of output f under a reading, with data of width 1/2. */
static double read_as(int reading, double f, double a, double s) {
  double r = s / a, skip = 0.25 / (r * r + 0.25);
  if (reading == 0) return (1 - s * f) / a;
  if (reading == 1) return f;
  if (reading == 2) return a - s * f;
  if (reading == 3) return (1 + s * s * f) / a;
  return skip / a + 0.5 * r / sqrt(r * r + 0.25) * f;
}

static double write_as(int reading, double a, double s) {
  double v = 0.25 * a * a + s * s, x0 = 0.25 * a / v, r = s / a;
  if (reading == 0) return s / v;
  if (reading == 1) return x0;
  if (reading == 2) return a * s / v - s * x0;
  if (reading == 3) return -1 / v;
  return (x0 - 0.25 / (r * r + 0.25) / a) / (0.5 * r / sqrt(r * r + 0.25));
}

/* The fit that the study must find. */
static double exact_fit(const struct study *study, int truth, int reading) {
  double sum = 0;
  int n = 0;
  for (size_t k = 0; k < study->n_times; k++) {
    if (!study->is_judged[k]) continue;
    double a = study->at[k].alpha, s = study->at[k].sigma;
    double v = 0.25 * a * a + s * s;
    double x0 = read_as(reading, write_as(truth, a, s), a, s);
    double off = fabs(1 + v * (a * x0 - 1) / (s * s));
    sum += log(off > 1e-12 ? off : 1e-12);
    n++;
  }
  return exp(sum / n);
}

static double weight_of(int reading, double a, double s) {
  double r2 = s * s / (a * a), s2 = r2 / (1 + r2);
  if (reading == 0 || reading == 3) return 1 / r2;
  if (reading == 1) return 1 / 0.25;
  if (reading == 2) return 1 / (s2 * (1 - s2 + 0.25 * s2));
  return (r2 + 0.25) / (0.25 * r2);
}

/* The excess that the study must find without data: the right reading is off
 * by nothing, others by the difference of two multiples of x. */
static double exact_excess(const struct trial *trial, int truth, int reading) {
  const struct study *study = &trial->study;
  size_t times[POINTS_MAX_TIMES], n = 0;
  double sum = 0;
  points_times(trial->from.spec, times);
  for (size_t k = 0; k < study->n_times; k++) {
    if (!study->is_judged[k]) continue;
    double a = study->at[k].alpha, s = study->at[k].sigma, square = 0;
    double v = 0.25 * a * a + s * s;
    double off = read_as(reading, write_as(truth, a, s), a, s) - 0.25 * a / v;
    struct points points;
    struct fault fault;
    ck_assert(points_new(&points, &trial->from, 0.5, times[k], &fault));
    for (size_t i = 0; i < 2 * points.n; i++)
      square += points.x[i] * points.x[i] / (double)(2 * points.n);
    points_free(&points);
    sum += off * off * square * weight_of(reading, a, s);
    n++;
  }
  return sum / (double)n;
}

static void study_labelled(struct trial *trial, int truth, int label,
                           const double *data, size_t n_data) {
  char score[200];
  snprintf(score, sizeof score,
           "plugin = \"labelled\"; sigma_data = 0.5; truth = \"%s\"; label = "
           "\"%s\";",
           readings[truth], readings[label]);
  study(trial, 2, schedules[SCHEDULE_VP], score, 64, data, n_data);
}

/* Of Gaussian data an edm network is 0 but for rounding, which is the same read
 * as eps or as score. */
static bool is_same_reading(int truth, int a, int b) {
  bool is_linear_in_noise = (a == 0 || a == 3) && (b == 0 || b == 3);
  return a == b || (truth == 4 && is_linear_in_noise);
}

static int reading_of(const char *name) {
  int reading = 0;
  while (reading < 5 && strcmp(readings[reading], name) != 0) reading++;
  return reading;
}

/* _i: 5 truth + label. */
START_TEST(every_parameterisation_is_tried) {
  int truth = _i / 5, label = _i % 5;
  struct trial trial;
  study_labelled(&trial, truth, label, NULL, 0);
  const struct study *of = &trial.study;
  ck_assert_uint_eq(of->n_choices, 6);
  ck_assert_uint_eq(of->used, 0);
  ck_assert_str_eq(of->choice[0].name, "file");
  ck_assert(is_same_reading(truth, reading_of(study_alias(of, 0)), label));
  for (int reading = 0; reading < 5; reading++) {
    const struct study_choice *choice = &of->choice[1 + reading];
    ck_assert_str_eq(choice->name, readings[reading]);
    if (reading == truth) {
      ck_assert_double_lt(choice->fit, 1e-11);
      ck_assert_double_lt(choice->excess, 1e-20);
      continue;
    }
    expect_near(choice->fit, exact_fit(of, truth, reading), 1e-6);
    expect_near(choice->excess, exact_excess(&trial, truth, reading), 1e-6);
  }
  /* Noise tells the gross mistakes alone. */
  bool is_gross = label != truth && exact_excess(&trial, truth, label) >= 0.3;
  ck_assert(of->is_wrong == is_gross);
  double excess = label == truth ? 0 : exact_excess(&trial, truth, label);
  bool is_doubtful = !is_gross && excess >= 0.1;
  ck_assert((strstr(messages(&trial), "what the network gives is off by") &&
             strstr(messages(&trial), "--data can tell")) == is_doubtful);
  if (label == truth) ck_assert_str_eq(messages(&trial), "");
  end(&trial);
}
END_TEST

/* Enough that noise does not hide what tells v from x0 or edm. */
enum { MANY = 8 * DATA };

/* Normals of the width of the model by Box and Muller. */
static void make_normals(double *data, size_t n) {
  uint64_t state = 5;
  for (size_t k = 0; k < n; k++) {
    double r = sqrt(-2 * log(rig_uniform(&state)));
    data[k] = 0.5 * r * cos(6.283185307179586 * rig_uniform(&state));
  }
}

START_TEST(data_tell_the_right_parameterisation) {
  int truth = _i / 5, label = _i % 5;
  double data[2 * MANY];
  char text[256];
  struct trial trial;
  make_normals(data, 2 * MANY);
  study_labelled(&trial, truth, label, data, MANY);
  const char *told = messages(&trial);
  ck_assert(trial.study.is_wrong == (label != truth));
  if (label == truth) {
    ck_assert_str_eq(told, "");
  } else {
    ck_assert_uint_eq(trial.study.best, (size_t)truth + 1);
    ck_assert_int_eq(diag_code(trial.rig.diag), EXIT_CONFIG);
    const char *alias = study_alias(&trial.study, 0);
    ck_assert(is_same_reading(truth, reading_of(alias), label));
    snprintf(text, sizeof text,
             "run.cfg:5: error: score 'q': parameterisation \"file\" (%s) is "
             "in use, and \"%s\" fits ",
             alias, readings[truth]);
    ck_assert_msg(strncmp(told, text, strlen(text)) == 0, "%s", told);
    snprintf(text, sizeof text,
             "set parameterisation = \"%s\", or --set "
             "scores[0].parameterisation=%s",
             readings[truth], readings[truth]);
    ck_assert_msg(strstr(told, text) != NULL, "%s", told);
  }
  end(&trial);
}
END_TEST

START_TEST(a_choice_that_is_not_possible_says_why) {
  struct trial trial;
  study(&trial, 2, schedules[SCHEDULE_VP],
        "plugin = \"labelled\"; label = \"v\";", 64, NULL, 0);
  const struct study_choice *edm = &trial.study.choice[5];
  ck_assert_str_eq(messages(&trial), "");
  ck_assert_str_eq(edm->name, "edm");
  ck_assert_double_nan(edm->fit);
  ck_assert_str_eq(edm->why,
                   "q 'labelled' (labelled.so 1.0): edm needs sigma_data");
  end(&trial);
}
END_TEST

int main(void) {
  const TTest *const tests[] = {a_choice_that_is_not_possible_says_why};
  const struct rig_loop loops[] = {{every_parameterisation_is_tried, 25},
                                   {data_tell_the_right_parameterisation, 25}};
  return rig_suite("model_choice", tests, 1, loops, 2);
}
