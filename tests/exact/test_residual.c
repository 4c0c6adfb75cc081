/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The density equation itself: for random compositions in the plane, the
 * host's G, b and S at random points must satisfy
 *   G = d/du log pi + div b + b.S,   S = grad log pi       (M')
 * of docs/methods.md section 2, with log pi written down here and derivatives
 * by central differences of fourth order (error under 1e-8). */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "sampler/path.h"

enum { MAX_TERMS = 3, MODES = 3, POINTS = 8, CASES = 24, TEXT_BYTES = 8192 };
#define VP "\"vp\"; beta_min = 2.0; beta_max = 2.0;"
#define VE "\"ve\"; sigma_min = 0.1; sigma_max = 5.0;"
static const double t_max = 1.2, t_min = 0.1, delta = 1e-3;

struct model {
  double mean[MODES][2], weight[MODES], var[MODES], power_from, power_to;
};
struct composition {
  bool is_vp, is_matched;
  size_t n;
  struct model model[MAX_TERMS];
  double center[2], stiffness, strength_from, strength_to, sigma_data;
};

/* Uniform on (low, high) from a 64-bit linear congruence (Knuth, MMIX). */
static double draw(uint64_t *state, double low, double high) {
  *state = *state * 6364136223846793005u + 1442695040888963407u;
  return low + (high - low) * ((double)(*state >> 11) + 0.5) / 9007199254740992;
}

static struct composition compose(uint64_t *state, int number) {
  struct composition c = {.is_vp = number % 2 == 0,
                          .is_matched = number % 4 < 2,
                          .n = 1 + (size_t)number % MAX_TERMS};
  for (size_t i = 0; i < c.n; i++) {
    struct model *q = &c.model[i];
    for (int k = 0; k < MODES; k++) {
      q->mean[k][0] = draw(state, -2, 2);
      q->mean[k][1] = draw(state, -2, 2);
      q->weight[k] = draw(state, 0.1, 1);
      q->var[k] = draw(state, 0.2, 1.5);
    }
    /* the first is strong enough for a positive sum */
    q->power_from = i ? draw(state, -0.4, 1) : draw(state, 1.2, 2);
    q->power_to = i ? draw(state, -0.4, 1) : draw(state, 1.2, 2);
  }
  for (int d = 0; d < 2; d++) c.center[d] = draw(state, -1, 1);
  c.stiffness = draw(state, 0.2, 2);
  c.strength_from = draw(state, 0, 1);
  c.strength_to = draw(state, 0, 1);
  c.sigma_data = draw(state, 0.5, 2);
  return c;
}

static void say_model(char *text, size_t i, const struct model *q) {
  size_t used = strlen(text);
  snprintf(text + used, TEXT_BYTES / 2 - used,
           "%s{ id = \"q%zu\"; plugin = \"gmm\"; means = ((%.17g, %.17g), "
           "(%.17g, %.17g), (%.17g, %.17g)); weights = (%.17g, %.17g, %.17g); "
           "variances = (%.17g, %.17g, %.17g); }",
           i ? ", " : "", i, q->mean[0][0], q->mean[0][1], q->mean[1][0],
           q->mean[1][1], q->mean[2][0], q->mean[2][1], q->weight[0],
           q->weight[1], q->weight[2], q->var[0], q->var[1], q->var[2]);
}

static void say_power(char *text, size_t i, const struct model *q) {
  size_t used = strlen(text);
  snprintf(text + used, TEXT_BYTES / 2 - used,
           "%s{ score = \"q%zu\"; power = { from = %.17g; to = %.17g; "
           "shape = \"linear\"; }; }",
           i ? ", " : "", i, q->power_from, q->power_to);
}

static void say(const struct composition *c, char text[TEXT_BYTES]) {
  char scores[TEXT_BYTES / 2] = "", target[TEXT_BYTES / 2] = "";
  for (size_t i = 0; i < c->n; i++) say_model(scores, i, &c->model[i]);
  for (size_t i = 0; i < c->n; i++) say_power(target, i, &c->model[i]);
  int n = snprintf(
      text, TEXT_BYTES,
      "state = { real = 2; };\n"
      "schedule = { plugin = %s t_min = %.17g; t_max = %.17g; };\n"
      "time = { steps = 4; spacing = \"uniform\"; };\n"
      "scores = (%s);\ntarget = (%s);\n"
      "path = { frame = \"%s\"; sigma_data = %.17g; };\n"
      "potentials = ({ plugin = \"quadratic\"; center = (%.17g, %.17g); "
      "stiffness = %.17g; mode = \"rate\"; strength = { from = %.17g; "
      "to = %.17g; shape = \"linear\"; }; });\n"
      "integrators = ({ plugin = \"euler_maruyama\"; noise = 1.0; });\n",
      c->is_vp ? VP : VE, t_min, t_max, scores, target,
      c->is_matched ? "matched" : "noise", c->sigma_data, c->center[0],
      c->center[1], c->stiffness, c->strength_from, c->strength_to);
  ck_assert(n > 0 && n < TEXT_BYTES);
}

static double log_model(const struct composition *c, const struct model *q,
                        double t, const double x[2]) {
  double alpha = c->is_vp ? exp(-t) : 1;
  double sigma2 = c->is_vp ? -expm1(-2 * t) : 0.01 * exp(2 * t * log(50));
  double sum = 0, total = 0;
  for (int k = 0; k < MODES; k++) {
    double v = alpha * alpha * q->var[k] + sigma2;
    double a = x[0] - alpha * q->mean[k][0], b = x[1] - alpha * q->mean[k][1];
    sum += q->weight[k] * exp(-0.5 * (a * a + b * b) / v) / v;
    total += q->weight[k];
  }
  return log(sum / total / 6.283185307179586);
}

static double log_pi(const struct composition *c, double t, const double x[2]) {
  double s = (t_max - t) / (t_max - t_min);
  double a = x[0] - c->center[0], b = x[1] - c->center[1];
  double strength = c->strength_from + s * (c->strength_to - c->strength_from);
  double total = -0.5 * strength * c->stiffness * (a * a + b * b);
  for (size_t i = 0; i < c->n; i++) {
    const struct model *q = &c->model[i];
    double power = q->power_from + s * (q->power_to - q->power_from);
    total += power * log_model(c, q, t, x);
  }
  return total;
}

/* f'(0) from f(-2h), f(-h), f(h), f(2h). */
static double slope(const double f[4]) {
  return (f[0] - 8 * f[1] + 8 * f[2] - f[3]) / (12 * delta);
}
static const double offset[4] = {-2, -1, 1, 2};

static double grad_log_pi(const struct composition *c, double t,
                          const double x[2], int d) {
  double f[4];
  for (int k = 0; k < 4; k++) {
    double y[2] = {x[0], x[1]};
    y[d] += offset[k] * delta;
    f[k] = log_pi(c, t, y);
  }
  return slope(f);
}

static double du_log_pi(const struct composition *c, double t,
                        const double x[2]) {
  double f[4];
  for (int k = 0; k < 4; k++) f[k] = log_pi(c, t - offset[k] * delta, x);
  return slope(f);
}

/* What the host is asked with, outside of a run. */
struct probe {
  struct exact_run run;
  struct path path;
  struct worker worker;
};

static void probe_open(struct probe *probe, const char *text) {
  exact_open(&(struct exact_config){text, POINTS, 1, 1, 1, 0, 0}, &probe->run);
  const struct spec *spec = &probe->run.pipeline.spec;
  struct arena *arena = probe->run.arena;
  path_init(&probe->path, spec);
  probe->worker = (struct worker){
      .path = &probe->path, .spec = spec, .calls = &call_services};
  probe->worker.scratch =
      arena_alloc(arena, (spec->n_instances + 1) * sizeof(unsigned char *));
  ck_assert_ptr_nonnull(probe->worker.scratch);
  for (size_t i = 0; i < spec->n_instances; i++) {
    const struct instance *instance = spec->instances[i];
    ck_assert_uint_le(instance->number, spec->n_instances);
    probe->worker.scratch[instance->number] =
        arena_alloc(arena, instance->plan.scratch_bytes + 64);
  }
  probe->worker.field_scratch =
      arena_alloc(arena, (path_scratch(spec, POINTS) + 8) * sizeof(double));
  ck_assert_ptr_nonnull(probe->worker.field_scratch);
}

struct answer { /* of the host, at POINTS rows */
  double b[POINTS][2], s[POINTS][2], g[POINTS];
};

/* The parts of G that come from powers and strengths changing in time reach the
 * weights as differences over a step; these here change linearly, so that
 * difference over du is the derivative. */
static void add_explicit(struct probe *probe, const kac_field_io *io) {
  struct site site = {.worker = &probe->worker, .n = POINTS};
  struct path_point p0, p1;
  double jump[POINTS] = {0};
  ck_assert(path_at(&site, io->t, &p0) && path_at(&site, io->t_next, &p1));
  path_explicit(&probe->path, &p0, &p1, io->terms, POINTS, false, jump);
  for (size_t i = 0; i < POINTS; i++)
    io->g[i] += jump[i] / (io->t - io->t_next);
}

static void ask(struct probe *probe, double t, double x[POINTS][2],
                struct answer *answer) {
  double terms[POINTS * 2 * PATH_MAX_TERMS];
  struct site site = {.worker = &probe->worker, .n = POINTS};
  kac_field_io io = {.struct_size = sizeof io,
                     .want = KAC_Q_B | KAC_Q_S | KAC_Q_G,
                     .t = t,
                     .t_next = t - 0.05,
                     .x = {.real = x[0], .ld = 2},
                     .b = answer->b[0],
                     .s = answer->s[0],
                     .ld = 2,
                     .g = answer->g,
                     .terms = terms,
                     .n_terms = probe->path.n_slots};
  ck_assert_msg(path_field(&site, &io), "%s", probe->worker.fault.text);
  add_explicit(probe, &io);
}

static void divergence(struct probe *probe, double t, double x[POINTS][2],
                       double div[POINTS]) {
  double f[POINTS][4];
  for (size_t i = 0; i < POINTS; i++) div[i] = 0;
  for (int d = 0; d < 2; d++) {
    for (int k = 0; k < 4; k++) {
      struct answer answer;
      double y[POINTS][2];
      memcpy(y, x, sizeof y);
      for (size_t i = 0; i < POINTS; i++) y[i][d] += offset[k] * delta;
      ask(probe, t, y, &answer);
      for (size_t i = 0; i < POINTS; i++) f[i][k] = answer.b[i][d];
    }
    for (size_t i = 0; i < POINTS; i++) div[i] += slope(f[i]);
  }
}

static void is_close(const char *what, double host, double right) {
  ck_assert_msg(fabs(host - right) < 1e-6 * (1 + fabs(right)),
                "%s is %.12g, expected %.12g", what, host, right);
}

START_TEST(the_field_solves_the_density_equation) {
  uint64_t state = 12345 + (uint64_t)_i;
  struct composition c = compose(&state, _i);
  char text[TEXT_BYTES];
  struct probe probe;
  struct answer answer;
  double x[POINTS][2], div[POINTS], t = draw(&state, 0.3, 1.1);
  say(&c, text);
  probe_open(&probe, text);
  for (size_t i = 0; i < POINTS; i++)
    for (int d = 0; d < 2; d++) x[i][d] = draw(&state, -2.5, 2.5);
  ask(&probe, t, x, &answer);
  divergence(&probe, t, x, div);
  for (size_t i = 0; i < POINTS; i++) {
    double s[2] = {grad_log_pi(&c, t, x[i], 0), grad_log_pi(&c, t, x[i], 1)};
    double flow = answer.b[i][0] * s[0] + answer.b[i][1] * s[1];
    is_close("S", answer.s[i][0], s[0]);
    is_close("S", answer.s[i][1], s[1]);
    is_close("G", answer.g[i], du_log_pi(&c, t, x[i]) + div[i] + flow);
  }
  exact_close(&probe.run);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("residual");
  TCase *tcase = tcase_create("field");
  tcase_add_loop_test(tcase, the_field_solves_the_density_equation, 0, CASES);
  suite_add_tcase(suite, tcase);
  return exact_main(suite, NULL);
}
