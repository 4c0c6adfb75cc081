/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random compositions of Gaussians against docs/methods.md section 3, written
 * as it stands there: b_i, b and G by their general formulas, the frame kappa
 * from ln U by a difference quotient.  In few dimensions and in many: sums over
 * a row are taken in different ways. */
#include "sampler/path.h"

#include "sampler_fixture.h"

enum { MOST_D = 11, ROWS = 9, MODELS = 3, TEXT = 4096 };

static size_t dim; /* of the state */

struct model {
  double mean[MOST_D], var[MOST_D], from, to; /* power */
};
struct composition {
  size_t n_models;
  struct model model[MODELS];
  double spring, center, from, to; /* rate potential; spring 0: none */
  double wall;                     /* integral potential; 0: none */
  bool is_matched;
  double sigma_data;
};

static struct composition draw(uint64_t *seed) {
  struct composition c = {.n_models = 1 + (size_t)(rig_uniform(seed) * MODELS),
                          .sigma_data = rig_between(seed, 0.5, 2),
                          .is_matched = rig_uniform(seed) < 0.5};
  for (size_t i = 0; i < c.n_models; i++) {
    struct model *m = &c.model[i];
    for (size_t j = 0; j < dim; j++) {
      m->mean[j] = rig_between(seed, -1, 1);
      m->var[j] = rig_between(seed, 0.3, 2);
    }
    m->from = rig_between(seed, 0.5, 2);
    m->to = rig_uniform(seed) < 0.5 ? m->from : rig_between(seed, -0.4, 2);
  }
  if (rig_uniform(seed) < 0.7) {
    c.spring = rig_between(seed, 0.2, 2);
    c.center = rig_between(seed, -1, 1);
    c.from = rig_between(seed, 0, 1);
    c.to = rig_uniform(seed) < 0.5 ? c.from : rig_between(seed, 0, 2);
  }
  if (rig_uniform(seed) < 0.5) c.wall = rig_between(seed, 0.2, 2);
  return c;
}

static void put(char *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void put(char *text, const char *format, ...) {
  size_t at = strlen(text);
  va_list args;
  va_start(args, format);
  vsnprintf(text + at, TEXT - at, format, args);
  va_end(args);
}

static void put_terms(char *text, const struct composition *c) {
  put(text, "scores = (");
  for (size_t i = 0; i < c->n_models; i++) {
    const struct model *m = &c->model[i];
    put(text, "%s{ id = \"q%zu\"; plugin = \"gaussian\"; mean = (",
        i > 0 ? "," : "", i);
    for (size_t j = 0; j < dim; j++)
      put(text, "%s%.17g", j > 0 ? "," : "", m->mean[j]);
    put(text, "); variance = (");
    for (size_t j = 0; j < dim; j++)
      put(text, "%s%.17g", j > 0 ? "," : "", m->var[j]);
    put(text, "); }");
  }
  put(text, "); target = (");
  for (size_t i = 0; i < c->n_models; i++)
    put(text, "%s{ score = \"q%zu\"; power = { from = %.17g; to = %.17g; }; }",
        i > 0 ? "," : "", i, c->model[i].from, c->model[i].to);
  put(text, ");");
}

/* beta = 0.5: B = 0.5 at every t, alpha = exp(-t/4). */
static void open_composition(struct rig *rig, const struct composition *c) {
  char text[TEXT] =
      "time = { steps = 4; };"
      "schedule = { plugin = \"vp\"; beta_min = 0.5; beta_max = 0.5; "
      "t_min = 0.25; t_max = 2.25; };"
      "integrators = ({ plugin = \"euler_maruyama\"; });"
      "start = { law = \"gaussian\"; }; population = { particles = 20; };";
  put(text, "state = { real = %zu; };", dim);
  put_terms(text, c);
  put(text, "path = { frame = \"%s\"; sigma_data = %.17g; };",
      c->is_matched ? "matched" : "noise", c->sigma_data);
  put(text, "potentials = (");
  if (c->spring > 0)
    put(text,
        "{ plugin = \"quadratic\"; stiffness = %.17g; center = %.17g; "
        "mode = \"rate\"; strength = { from = %.17g; to = %.17g; }; }",
        c->spring, c->center, c->from, c->to);
  if (c->wall > 0)
    put(text,
        "%s{ plugin = \"box\"; wall = %.17g; upper = 0.0; "
        "mode = \"integral\"; }",
        c->spring > 0 ? "," : "", c->wall);
  put(text, ");");
  rig_open(rig, text);
}

/* --- the formulas --------------------------------------------------------- */
struct answer {
  double b[MOST_D], s[MOST_D], x0[MOST_D], logpi, g;
  double logq[MODELS], h, phi, integral, part; /* part: of the spring in G */
};

static double alpha_of(double t) {
  return exp(-0.25 * t);
}

static double log_u(const struct composition *c, double t) {
  double a2 = alpha_of(t) * alpha_of(t);
  return log(1 - a2 + a2 * c->sigma_data * c->sigma_data);
}

/* kappa = 1/2 d ln U/du, u = t_max - t. */
static double kappa_of(const struct composition *c, double t) {
  const double step = 1e-5;
  if (!c->is_matched) return 0.25; /* -f */
  return -0.25 * (log_u(c, t + step) - log_u(c, t - step)) / step;
}

static struct answer formula(const struct composition *c, double t,
                             const double *x) {
  struct answer a = {.logpi = 0};
  double s[MODELS][MOST_D], b[MODELS][MOST_D], grad_h[MOST_D] = {0};
  double progress = (2.25 - t) / 2, sum_p = 0, p[MODELS] = {0};
  double alpha = alpha_of(t), v = 1 - alpha * alpha, f = -0.25, g2 = 0.5;
  double kappa = kappa_of(c, t);
  for (size_t i = 0; i < c->n_models; i++) {
    const struct model *m = &c->model[i];
    p[i] = m->from + (m->to - m->from) * progress;
    sum_p += p[i];
    for (size_t j = 0; j < dim; j++) {
      double total = alpha * alpha * m->var[j] + v;
      double off = x[j] - alpha * m->mean[j];
      s[i][j] = -off / total;
      b[i][j] = -f * x[j] + 0.5 * g2 * s[i][j];
      a.logq[i] += -0.5 * off * off / total - 0.5 * log(2 * acos(-1) * total);
    }
    a.logpi += p[i] * a.logq[i];
  }
  double lambda = c->from + (c->to - c->from) * progress;
  for (size_t j = 0; j < dim; j++) {
    a.phi -= 0.5 * c->spring * (x[j] - c->center) * (x[j] - c->center);
    grad_h[j] = -lambda * c->spring * (x[j] - c->center);
    a.integral -= x[j] > 0 ? 0.5 * c->wall * x[j] * x[j] : 0;
  }
  a.h = lambda * a.phi;
  a.logpi += a.h;
  for (size_t j = 0; j < dim; j++) {
    double score = 0;
    a.b[j] = (1 - sum_p) * kappa * x[j];
    for (size_t i = 0; i < c->n_models; i++) {
      a.b[j] += p[i] * b[i][j];
      score += p[i] * s[i][j];
    }
    a.s[j] = score + grad_h[j];
    a.x0[j] = (x[j] + v * score / sum_p) / alpha;
  }
  a.g = (1 - sum_p) * kappa * (double)dim;
  for (size_t j = 0; j < dim; j++) {
    for (size_t i = 0; i < c->n_models; i++)
      a.g += p[i] * (a.b[j] - b[i][j]) * s[i][j];
    a.part += grad_h[j] * a.b[j];
  }
  a.g += a.part;
  return a;
}

/* --- against the host ----------------------------------------------------- */
enum { MOST_SLOTS = MODELS + 3 };
struct field {
  kac_field_io io;
  double x[ROWS * MOST_D], b[ROWS * MOST_D], s[ROWS * MOST_D],
      x0[ROWS * MOST_D];
  double g[ROWS], logpi[ROWS], terms[ROWS * MOST_SLOTS];
};

static void evaluate(struct rig *rig, struct field *f, double t,
                     uint64_t want) {
  struct site site = rig_site(rig, 0, ROWS);
  f->io = (kac_field_io){.struct_size = sizeof f->io,
                         .want = want,
                         .t = t,
                         .t_next = t,
                         .x = {f->x, dim, NULL, 0},
                         .b = f->b,
                         .s = f->s,
                         .x0 = f->x0,
                         .ld = dim,
                         .g = f->g,
                         .logpi = f->logpi,
                         .terms = f->terms,
                         .n_terms = rig->path.n_slots};
  ck_assert_msg(path_field(&site, &f->io), "%s", rig->worker.fault.text);
}

static const uint64_t ALL =
    KAC_Q_B | KAC_Q_S | KAC_Q_X0 | KAC_Q_LOGPI | KAC_Q_G;

static void near(double seen, double expected, double tolerance) {
  ck_assert_double_eq_tol(seen, expected, tolerance * (1 + fabs(expected)));
}

static void check_slots(const struct rig *rig, const struct composition *c,
                        const double *terms, const struct answer *a) {
  const struct path *path = &rig->path;
  size_t n = 0;
  for (size_t i = 0; i < c->n_models; i++) {
    bool is_kept = fabs(c->model[i].from - c->model[i].to) > 0;
    ck_assert_int_eq(path->slot_of_term[i], is_kept ? (int)n : -1);
    if (is_kept) near(terms[n++], a->logq[i], 1e-12);
  }
  size_t j = 0;
  if (c->spring > 0) {
    ck_assert_int_eq(path->slot_of_potential[j], (int)n);
    near(terms[n++], a->phi, 1e-12);
    ck_assert_int_eq(path->slot_of_part[j++], (int)n);
    near(terms[n++], a->part, 1e-8);
  }
  if (c->wall > 0) {
    ck_assert_int_eq(path->slot_of_potential[j], (int)n);
    near(terms[n++], a->integral, 1e-12);
  }
  ck_assert_uint_eq(path->n_slots, n);
}

/* Tolerances: rounding, and 1e-9 of the difference quotient in kappa. */
START_TEST(b_s_x0hat_logpi_and_g_follow_the_formulas) {
  uint64_t seed = 2024;
  for (size_t round = 0; round < 60; round++) {
    struct composition c = draw(&seed);
    struct rig rig;
    static struct field f;
    double t = rig_between(&seed, 0.25, 2.25);
    open_composition(&rig, &c);
    for (size_t k = 0; k < ROWS * dim; k++) f.x[k] = rig_between(&seed, -2, 2);
    evaluate(&rig, &f, t, ALL);
    for (size_t i = 0; i < ROWS; i++) {
      struct answer a = formula(&c, t, f.x + i * dim);
      for (size_t j = 0; j < dim; j++) {
        near(f.b[i * dim + j], a.b[j], 1e-8);
        near(f.s[i * dim + j], a.s[j], 1e-12);
        near(f.x0[i * dim + j], a.x0[j], 1e-12);
      }
      near(f.logpi[i], a.logpi, 1e-12);
      near(f.g[i], a.g, 1e-8);
      check_slots(&rig, &c, f.terms + i * rig.path.n_slots, &a);
    }
    rig_close(&rig);
  }
}
END_TEST

/* Whatever is asked together, alone or in other blocks: the same bits. */
START_TEST(answers_do_not_depend_on_what_else_is_asked) {
  static const uint64_t wants[] = {KAC_Q_B, KAC_Q_S, KAC_Q_X0, KAC_Q_LOGPI,
                                   KAC_Q_G};
  uint64_t seed = 11;
  for (size_t round = 0; round < 10; round++) {
    struct composition c = draw(&seed);
    struct rig rig;
    static struct field all, one;
    open_composition(&rig, &c);
    for (size_t k = 0; k < ROWS * dim; k++)
      all.x[k] = rig_between(&seed, -2, 2);
    memcpy(one.x, all.x, sizeof one.x);
    evaluate(&rig, &all, 1.1, ALL);
    for (size_t k = 0; k < 5; k++) evaluate(&rig, &one, 1.1, wants[k]);
    ck_assert_mem_eq(one.b, all.b, sizeof one.b);
    ck_assert_mem_eq(one.s, all.s, sizeof one.s);
    ck_assert_mem_eq(one.x0, all.x0, sizeof one.x0);
    ck_assert_mem_eq(one.logpi, all.logpi, sizeof one.logpi);
    ck_assert_mem_eq(one.g, all.g, sizeof one.g);
    rig_close(&rig);
  }
}
END_TEST

START_TEST(g_is_exactly_zero_at_power_one_in_both_frames) {
  uint64_t seed = 5;
  for (size_t round = 0; round < 40; round++) {
    struct composition c = draw(&seed);
    struct rig rig;
    static struct field f;
    c.n_models = 1;
    c.model[0].from = c.model[0].to = 1;
    c.spring = 0;
    open_composition(&rig, &c);
    for (size_t k = 0; k < ROWS * dim; k++) f.x[k] = rig_between(&seed, -9, 9);
    evaluate(&rig, &f, rig_between(&seed, 0.25, 2.25), ALL);
    for (size_t i = 0; i < ROWS; i++) ck_assert(rig_same(f.g[i], 0));
    rig_close(&rig);
  }
}
END_TEST

/* Of a Gaussian with the frame's own radius: the noise phase costs nothing. */
START_TEST(g_is_constant_for_a_matched_gaussian_in_the_matched_frame) {
  struct composition c = {.n_models = 1,
                          .model = {{.from = 2.5, .to = 2.5}},
                          .is_matched = true,
                          .sigma_data = 1.2};
  struct rig rig;
  static struct field f;
  uint64_t seed = 6;
  for (size_t j = 0; j < dim; j++) c.model[0].var[j] = 1.44;
  open_composition(&rig, &c);
  for (size_t k = 0; k < ROWS * dim; k++) f.x[k] = rig_between(&seed, -9, 9);
  evaluate(&rig, &f, 0.8, ALL);
  for (size_t i = 1; i < ROWS; i++) near(f.g[i], f.g[0], 1e-13);
  ck_assert_double_gt(fabs(f.g[0]), 1e-3);
  rig_close(&rig);
}
END_TEST

/* delta p log q + delta lambda phi, and lambda phi du of an integral. */
START_TEST(explicit_time_dependence_is_an_exact_difference) {
  uint64_t seed = 77;
  for (size_t round = 0; round < 20; round++) {
    struct composition c = draw(&seed);
    struct rig rig;
    static struct field f;
    double logw[ROWS] = {0}, only[ROWS] = {0};
    open_composition(&rig, &c);
    struct site site = rig_site(&rig, 0, ROWS);
    struct path_point p0, p1;
    ck_assert(path_at(&site, 1.5, &p0) && path_at(&site, 1.2, &p1));
    for (size_t k = 0; k < ROWS * dim; k++) f.x[k] = rig_between(&seed, -2, 2);
    evaluate(&rig, &f, 1.5, ALL);
    path_explicit(&rig.path, &p0, &p1, f.terms, ROWS, false, logw);
    path_explicit(&rig.path, &p0, &p1, f.terms, ROWS, true, only);
    for (size_t i = 0; i < ROWS; i++) {
      struct answer a = formula(&c, 1.5, f.x + i * dim);
      double integral = c.wall > 0 ? 0.3 * a.integral : 0, sum = integral;
      for (size_t m = 0; m < c.n_models; m++)
        sum += 0.15 * (c.model[m].to - c.model[m].from) * a.logq[m];
      sum += 0.15 * (c.to - c.from) * a.phi;
      near(logw[i], sum, 1e-12);
      near(only[i], integral, 1e-12);
    }
    rig_close(&rig);
  }
}
END_TEST

/* Half of one model and half of it again is that model. */
START_TEST(the_pull_back_is_the_mean_of_the_models) {
  uint64_t seed = 8;
  struct composition c = draw(&seed);
  struct rig rig;
  c.n_models = 2;
  c.model[0] = (struct model){{0, 1, 2}, {0.5, 1, 2}, 1.5, 1.5};
  c.model[1] = (struct model){{1, 0, 1}, {1, 2, 0.7}, 0.5, 0.5};
  open_composition(&rig, &c);
  struct site site = rig_site(&rig, 0, ROWS);
  struct path_point at;
  static double x[ROWS * MOST_D], v[ROWS * MOST_D], out[ROWS * MOST_D];
  for (size_t k = 0; k < ROWS * dim; k++) v[k] = rig_between(&seed, -2, 2);
  ck_assert(path_at(&site, 1.0, &at));
  ck_assert(path_pull_back(&site, &at, x, v, out));
  double a = alpha_of(1), s2 = 1 - a * a;
  for (size_t i = 0; i < ROWS; i++)
    for (size_t j = 0; j < dim; j++) {
      double first = a * c.model[0].var[j] / (a * a * c.model[0].var[j] + s2);
      double second = a * c.model[1].var[j] / (a * a * c.model[1].var[j] + s2);
      near(out[i * dim + j], v[i * dim + j] * (0.75 * first + 0.25 * second),
           1e-13);
    }
  rig_close(&rig);
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      b_s_x0hat_logpi_and_g_follow_the_formulas,
      answers_do_not_depend_on_what_else_is_asked,
      g_is_exactly_zero_at_power_one_in_both_frames,
      g_is_constant_for_a_matched_gaussian_in_the_matched_frame,
      explicit_time_dependence_is_an_exact_difference,
      the_pull_back_is_the_mean_of_the_models,
  };
  dim = 3;
  int few = RIG_SUITE("path", tests);
  dim = MOST_D;
  int many = RIG_SUITE("path in many dimensions", tests);
  return few ? few : many;
}
