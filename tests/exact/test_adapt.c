/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adaptive tempering of an energy ladder exp(-p |x|^2/(2 v)), p from 1 to 8 in
 * four dimensions: the conditional ESS of every step, replayed from what an
 * observer sees; the geometric ladder that it must choose for many particles;
 * and the exact Z-hat of a run with the times that another one has chosen. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"

static struct ledger ledger; /* of this program */

enum { D = 4, STEPS = 40, TEXT_BYTES = 4096, PARTICLES = 60, REPLICATES = 3 };
static const double var = 2, last_power = 8, aim = 0.8;

static double power_at(double t) {
  return 1 + (last_power - 1) * (1 - t);
}

static void ladder_text(const char *time, const char *more,
                        char text[TEXT_BYTES]) {
  int n = snprintf(
      text, TEXT_BYTES,
      "state = { real = %d; };\nschedule = { plugin = \"static\"; };\n"
      "time = { %s };\n"
      "scores = ({ id = \"q\"; plugin = \"gaussian\"; variance = %g; });\n"
      "target = ({ score = \"q\"; power = { from = 1.0; to = %g; }; });\n"
      "integrators = ({ plugin = \"mala\"; step = 0.2; repeat = 2; });\n"
      "start = { law = \"gaussian\"; variance = %g; };\n%s\n",
      D, time, var, last_power, var, more);
  ck_assert(n > 0 && n < TEXT_BYTES);
}

static const char adaptive[] = "steps = 40; adapt = 0.8;";
static const char always[] =
    "resampler = { plugin = \"systematic\"; ess_below = 1.0; };";

/* --- replay ---------------------------------------------------------------
 */
struct watch {
  double t, x[REPLICATES * PARTICLES * D], logw[REPLICATES * PARTICLES];
  size_t n_aimed;
};

static double log_q(const double *x) {
  double square = 0;
  for (int j = 0; j < D; j++) square += x[j] * x[j];
  return -0.5 * square / var - 0.5 * D * log(2 * ORACLE_PI * var);
}

/* Without resampling, the weights of a frame are those before plus the
 * increments of the step. */
static double replayed_cess(const struct watch *watch, const kac_frame *frame,
                            size_t replicate) {
  double rise = power_at(frame->t) - power_at(watch->t);
  long double w = 0, wv = 0, wv2 = 0;
  for (size_t k = 0; k < PARTICLES; k++) {
    size_t i = replicate * PARTICLES + k;
    double logv = rise * log_q(watch->x + i * D);
    ck_assert_double_eq_tol(frame->logw[i], watch->logw[i] + logv, 1e-9);
    long double weight = expl((long double)watch->logw[i]);
    w += weight;
    wv += weight * expl((long double)logv);
    wv2 += weight * expl(2 * (long double)logv);
  }
  return (double)(wv * wv / (w * wv2));
}

static bool watch_frame(void *context, const kac_frame *frame,
                        struct fault *fault) {
  struct watch *watch = context;
  double least = 1;
  (void)fault;
  for (size_t r = 0; frame->step > 0 && r < REPLICATES; r++)
    least = fmin(least, replayed_cess(watch, frame, r));
  ck_assert_double_ge(least, aim - 1e-9);
  if (frame->step > 0 && !(frame->flags & KAC_FRAME_FINAL)) {
    ck_assert_double_le(least, aim + 0.01 * (1 - aim) + 1e-9);
    watch->n_aimed++;
  }
  watch->t = frame->t;
  memcpy(watch->x, frame->x.real, sizeof watch->x);
  memcpy(watch->logw, frame->logw, sizeof watch->logw);
  return true;
}

START_TEST(every_step_keeps_the_conditional_ess) {
  static struct watch watch;
  char text[TEXT_BYTES];
  ladder_text(adaptive, "", text);
  struct exact_config config = {.text = text,
                                .particles = PARTICLES,
                                .replicates = REPLICATES,
                                .seed = 3,
                                .threads = 2};
  struct engine_hooks hooks = {.context = &watch, .on_frame = watch_frame};
  struct exact_run run;
  struct run_result result;
  struct fault fault = {0};
  watch.n_aimed = 0;
  exact_open(&config, &run);
  ck_assert_int_eq(run.pipeline.spec.correctness, ADAPTIVE);
  ck_assert_int_eq(engine_run(&run.pipeline.spec, &hooks, &result, &fault),
                   EXIT_DONE);
  ck_assert_uint_eq(watch.n_aimed, result.n_steps - 1);
  ck_assert_uint_gt(watch.n_aimed, 4);
  ck_assert_uint_lt(result.n_steps, STEPS);
  ck_assert_uint_eq(result.steps_done, result.n_steps);
  ck_assert_double_eq(result.times[0], 1);
  ck_assert_double_eq(result.times[result.n_steps], 0);
  ck_assert(isnan(result.forced_cess));
  run_result_free(&result);
  exact_close(&run);
}
END_TEST

/* E v^k of a step from power p to (1 + r) p. */
static double moment(double r, int k) {
  return pow(1 + k * r, -0.5 * D);
}

/* (E v)^2 / E v^2 does not depend on p, so that the ratio of the powers is the
 * same in every step.  Standard error of the estimate by the delta method:
 * relative variance (4B/A^2 - 4C/(AB) + E/B^2 - 1)/n for moments A, B, C, E.
 * n is that of independent draws at the first step; later a quarter of it is
 * taken, for what copies have in common.  SLACK is that of the bisection. */
START_TEST(many_particles_choose_the_geometric_ladder) {
  enum { N = 20000 };
  char text[TEXT_BYTES];
  struct run_result result;
  ladder_text(adaptive, always, text);
  exact_once(
      &(struct exact_config){
          .text = text, .particles = N, .replicates = 1, .seed = 4},
      &result);
  double c = pow(aim, 2.0 / D), r = (1 - c + sqrt(1 - c)) / c;
  double m1 = moment(r, 1), m2 = moment(r, 2), m3 = moment(r, 3);
  ck_assert_double_eq_tol(m1 * m1 / m2, aim, 1e-12);
  double relative =
      4 * m2 / (m1 * m1) - 4 * m3 / (m1 * m2) + moment(r, 4) / (m2 * m2) - 1;
  double slope = aim * D * r / ((1 + 2 * r) * (1 + r)); /* -d(CESS/N)/dr */
  double error = aim * sqrt(relative / N) / slope;
  double slack = 0.01 * (1 - aim) / slope;
  for (size_t k = 1; k < result.n_steps; k++) {
    double ratio = power_at(result.times[k]) / power_at(result.times[k - 1]);
    double limit = 6 * error * (k == 1 ? 1 : 2);
    ck_assert_double_le(ratio - 1 - r, limit);
    ck_assert_double_ge(ratio - 1 - r, -limit - slack);
  }
  run_result_free(&result);
}
END_TEST

START_TEST(threads_and_blocks_do_not_change_a_byte) {
  static const size_t threads[] = {2, 3, 7}, blocks[] = {16, 1, 64};
  char text[TEXT_BYTES];
  struct run_result one, many;
  ladder_text(adaptive, always, text);
  struct exact_config config = {text, PARTICLES, REPLICATES, 5, 1, 32, 0};
  exact_once(&config, &one);
  for (size_t i = 0; i < 3; i++) {
    config.threads = threads[i];
    config.block = blocks[i];
    exact_once(&config, &many);
    ck_assert(exact_same(&one, &many));
    ck_assert_mem_eq(one.times, many.times,
                     (one.n_steps + 1) * sizeof *one.times);
    run_result_free(&many);
  }
  run_result_free(&one);
}
END_TEST

/* The steps that are allowed may be too few: said, not hidden. */
START_TEST(a_forced_last_step_is_told) {
  char text[TEXT_BYTES];
  struct run_result result;
  ladder_text("steps = 3; adapt = 0.8;", always, text);
  exact_once(
      &(struct exact_config){
          .text = text, .particles = PARTICLES, .replicates = 1, .seed = 6},
      &result);
  ck_assert_uint_eq(result.n_steps, 3);
  ck_assert_double_eq(result.times[3], 0);
  ck_assert(result.forced_cess > 0 && result.forced_cess < aim);
  run_result_free(&result);
}
END_TEST

/* A pilot of another seed has chosen the times: they are fixed then. */
START_TEST(the_times_of_a_pilot_give_an_unbiased_run) {
  double p = last_power;
  struct exact_answer answer = {.dim = 2};
  char text[TEXT_BYTES], time[1024] = "grid = [";
  struct run_result pilot;
  struct exact_stats stats;
  answer.log_z = -0.5 * D * (log(p) + (p - 1) * log(2 * ORACLE_PI * var));
  for (size_t d = 0; d < answer.dim; d++) answer.var[d] = var / p;
  ladder_text(adaptive, always, text);
  exact_once(
      &(struct exact_config){
          .text = text, .particles = 200, .replicates = 1, .seed = 7},
      &pilot);
  for (size_t k = 0; k <= pilot.n_steps; k++) {
    size_t used = strlen(time);
    snprintf(time + used, sizeof time - used, "%.17g%s%s", pilot.times[k],
             k == 0 || k == pilot.n_steps ? ".0" : "",
             k < pilot.n_steps ? ", " : "];");
  }
  run_result_free(&pilot);
  ladder_text(time, always, text);
  struct exact_config config = {
      .text = text, .particles = 64, .replicates = 500, .seed = 8};
  exact_collect(&config, 5000, &answer, &stats);
  exact_gate("the times of a pilot", &stats, answer.dim, &ledger);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("adapt");
  exact_add_row(suite, "replay", every_step_keeps_the_conditional_ess, 0);
  exact_add_row(suite, "geometric", many_particles_choose_the_geometric_ladder,
                0);
  exact_add_row(suite, "bytes", threads_and_blocks_do_not_change_a_byte, 0);
  exact_add_row(suite, "forced", a_forced_last_step_is_told, 0);
  exact_add_row(suite, "pilot", the_times_of_a_pilot_give_an_unbiased_run, 0);
  return exact_main(suite, &ledger);
}
