/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A Gaussian in four parameterisations has one score. */
#include "sampler/convert.h"

#include "sampler_fixture.h"

enum { ROWS = 5, D = 3, LD = 4 };
static double x[ROWS * LD], score[ROWS * D], values[ROWS * D];

static kac_coeffs coeffs_at(double alpha, double sigma, double dalpha,
                            double dsigma) {
  double f = dalpha / alpha;
  return (kac_coeffs){.struct_size = sizeof(kac_coeffs),
                      .alpha = alpha,
                      .sigma = sigma,
                      .f = f,
                      .g2 = 2 * sigma * (dsigma - sigma * f)};
}

/* Data N(m, v): the noised law is N(alpha m, alpha^2 v + sigma^2), and each
 * form by its own definition, not through the score. */
static void make(uint64_t form, const kac_coeffs *c) {
  const double m = 0.7, v = 0.4;
  double total = c->alpha * c->alpha * v + c->sigma * c->sigma;
  uint64_t seed = 5;
  for (size_t i = 0; i < ROWS; i++)
    for (size_t j = 0; j < D; j++) {
      double at = x[i * LD + j] = rig_between(&seed, -3, 3);
      double delta = at - c->alpha * m, *to = &values[i * D + j];
      score[i * D + j] = -delta / total;
      if (form == KAC_Q_SCORE) *to = score[i * D + j];
      if (form == KAC_Q_X0) *to = m + c->alpha * v / total * delta;
      if (form == KAC_Q_EPS) *to = c->sigma / total * delta;
      if (form == KAC_Q_VELOCITY) *to = c->f * at + 0.5 * c->g2 * delta / total;
    }
}

static const uint64_t forms[] = {KAC_Q_SCORE, KAC_Q_X0, KAC_Q_EPS,
                                 KAC_Q_VELOCITY};

START_TEST(every_form_of_a_gaussian_gives_its_score) {
  const kac_coeffs at[] = {coeffs_at(1, 2.5, 0, 1),
                           coeffs_at(0.6, 0.8, -1, 0.75),
                           coeffs_at(0.999, 0.04, -0.1, 2)};
  for (size_t k = 0; k < 3; k++)
    for (size_t i = 0; i < 4; i++) {
      make(forms[i], &at[k]);
      ck_assert(convert_to_score(forms[i], &at[k], x, LD, ROWS, D, values));
      /* x0 loses digits as sigma^2 gets small: 1e-16 / sigma^2. */
      for (size_t j = 0; j < ROWS * D; j++)
        ck_assert_double_eq_tol(values[j], score[j], 1e-11);
    }
}
END_TEST

START_TEST(no_score_follows_where_there_is_no_noise) {
  const kac_coeffs still = coeffs_at(1, 0, 0, 0),
                   frozen = coeffs_at(1, 2, 0, 0);
  ck_assert(convert_to_score(KAC_Q_SCORE, &still, x, LD, ROWS, D, values));
  for (size_t i = 1; i < 4; i++)
    ck_assert(!convert_to_score(forms[i], &still, x, LD, ROWS, D, values));
  ck_assert(convert_to_score(KAC_Q_X0, &frozen, x, LD, ROWS, D, values));
  ck_assert(convert_to_score(KAC_Q_EPS, &frozen, x, LD, ROWS, D, values));
  ck_assert(!convert_to_score(KAC_Q_VELOCITY, &frozen, x, LD, ROWS, D, values));
}
END_TEST

START_TEST(the_score_itself_is_asked_first_and_nothing_for_none) {
  ck_assert_uint_eq(convert_choice(~0ull), KAC_Q_SCORE);
  ck_assert_uint_eq(convert_choice(KAC_Q_LOGP | KAC_Q_X0 | KAC_Q_EPS),
                    KAC_Q_X0);
  ck_assert_uint_eq(convert_choice(KAC_Q_VELOCITY | KAC_Q_EPS), KAC_Q_EPS);
  ck_assert_uint_eq(convert_choice(KAC_Q_VELOCITY), KAC_Q_VELOCITY);
  ck_assert_uint_eq(convert_choice(KAC_Q_LOGP | KAC_Q_DIV | KAC_Q_SAMPLE), 0);
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      every_form_of_a_gaussian_gives_its_score,
      no_score_follows_where_there_is_no_noise,
      the_score_itself_is_asked_first_and_nothing_for_none,
  };
  return RIG_SUITE("convert", tests);
}
