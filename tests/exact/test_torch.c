/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole runs of score/torch and potential/torch beside kac's own plugins of the
 * same law, and against its partition function. */
#include <kac/sdk.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness.h"
#include "../mlp_fixture.h"
#include "../torch_fixture.h"

static struct ledger ledger;

static const char vp[] =
    "\"vp\"; beta_min = 2.0; beta_max = 2.0; t_max = 2.0; t_min = 0.01;";
static const char ve[] = "\"ve\"; sigma_min = 0.05; sigma_max = 7.0;";

/* A model annealed to the power 1.5, and what else. */
static void anneal(const char *schedule, const char *model, const char *more,
                   struct run_result *result) {
  char text[2048];
  snprintf(text, sizeof text,
           "state = { real = 3; };"
           "schedule = { plugin = %s };"
           "time = { steps = 12; };"
           "scores = ({ id = \"m\"; %s });"
           "target = ({ score = \"m\"; power = 1.5; });"
           "path = { sigma_data = 1.0; };"
           "start = { law = \"gaussian\"; }; %s",
           schedule, model, more);
  exact_once(
      &(struct exact_config){
          .text = text, .particles = 40, .replicates = 2, .seed = 5},
      result);
}

static const char euler[] = "integrators = ({ plugin = \"euler_maruyama\"; });";
static const char guide[] =
    "integrators = ({ plugin = \"euler_maruyama\"; });"
    "potentials = ({ plugin = \"quadratic\"; stiffness = [2.0];"
    " center = [0.5]; at = \"x0hat\"; guide = 1.0; });";
static const char torch_guide[] =
    "integrators = ({ plugin = \"euler_maruyama\"; });"
    "potentials = ({ plugin = \"torch\"; file = \"quadratic.pt\";"
    " at = \"x0hat\"; guide = 1.0; });";

static double apart(const struct run_result *a, const struct run_result *b) {
  double worst = 0;
  for (size_t i = 0; i < 2 * 40 * 3; i++)
    worst = fmax(worst, fabs(a->x[i] - b->x[i]) / (1 + fabs(b->x[i])));
  return worst;
}

static void anneal_torch(const char *form, const char *more,
                         struct run_result *result) {
  char model[256];
  snprintf(model, sizeof model,
           "plugin = \"torch\"; file = \"form_%s.pt\"; label = \"t\";"
           " parameterisation = \"%s\"; sigma_data = 0.5;",
           form, form);
  anneal(vp, model, more, result);
}

/* N(0.7, 1.69 I) on alpha = exp(-t): the states of the C plugins at every
 * parameterisation, with and without a guide, whose gradient goes through the
 * denoiser.  Without resampling they depend on nothing else.  log Z is that of
 * a torch score with the C potential (the C score knows its density, so that
 * its own is absolute). */
START_TEST(runs_are_those_of_the_c_plugins) {
  static const char *const forms[] = {"score", "eps", "x0", "v", "edm"};
  static const char *const own[] = {euler, guide}, *const more[] = {
                                                       euler, torch_guide};
  for (size_t g = 0; g < 2; g++) {
    struct run_result exact, mixed, result;
    anneal(vp, "plugin = \"gaussian\"; mean = [0.7]; variance = [1.69];",
           own[g], &exact);
    anneal_torch("score", own[g], &mixed);
    for (size_t k = 0; k < 5; k++) {
      anneal_torch(forms[k], more[g], &result);
      double worst = apart(&result, &exact);
      ck_assert_msg(worst < 1e-12, "%s: %g apart", forms[k], worst);
      ck_assert_msg(fabs(result.log_z - mixed.log_z) < 1e-11,
                    "%s: log Z %.15g, %.15g", forms[k], result.log_z,
                    mixed.log_z);
      run_result_free(&result);
    }
    run_result_free(&exact);
    run_result_free(&mixed);
  }
}
END_TEST

/* line.pt, F = x/4 - 1/2, of another schedule than the run's, is the same to
 * mlp and torch. */
START_TEST(kac_json_means_what_the_metadata_mean) {
  static struct net_file file;
  struct toy toy = {.n_layers = 1, .width = {3, 3}, .activation = TOY_RELU};
  struct run_result own, torch;
  memset(&file, 0, sizeof file);
  for (size_t j = 0; j < 3; j++) {
    toy.weight[0][j * 3 + j] = 0.25f;
    toy.bias[0][j] = -0.5f;
  }
  toy_put(&toy, &file);
  net_note(&file, "kac.parameterisation", "eps");
  net_note(&file, "kac.label", "t");
  net_note(&file, "kac.schedule", "vp");
  net_real(&file, "kac.schedule.beta_min", 2);
  net_real(&file, "kac.schedule.beta_max", 2);
  net_real(&file, "kac.schedule.t_min", 0);
  net_real(&file, "kac.schedule.t_max", 4);
  net_write(&file, "line.safetensors");
  anneal(ve, "plugin = \"mlp\"; file = \"line.safetensors\";", euler, &own);
  anneal(ve, "plugin = \"torch\"; file = \"line.pt\";", euler, &torch);
  double worst = apart(&torch, &own);
  ck_assert_msg(worst < 1e-5, "%g apart", worst);
  run_result_free(&own);
  run_result_free(&torch);
}
END_TEST

/* A fifth of the reward quadratic.pt, -(x - 0.5)^2 in each of two coordinates,
 * on data N(0.7, 1.69) by exact moves: k = 0.4, c = 0.5; the
 * end state is at t = 0.01. */
START_TEST(guided_steering_gives_the_partition_function) {
  static const char text[] =
      "state = { real = 2; };"
      "schedule = { plugin = \"vp\"; beta_min = 2.0; beta_max = 2.0;"
      " t_max = 2.0; t_min = 0.01; };"
      "time = { steps = 6; };"
      "scores = ({ id = \"m\"; plugin = \"torch\"; file = \"form_eps.pt\";"
      " label = \"t\"; parameterisation = \"eps\"; });"
      "potentials = ({ plugin = \"torch\"; file = \"quadratic.pt\";"
      " at = \"x0hat\"; strength = 0.2; guide = 1.0; });"
      "integrators = ({ plugin = \"ancestral\"; variance = \"exact\";"
      " data_variance = 1.69; });"
      "resampler = { plugin = \"systematic\"; ess_below = 0.9; };"
      "start = { law = \"gaussian\"; mean = [0.0947346982656289, "
      "0.0947346982656289];"
      " variance = 1.0126377908232; };";
  double a = exp(-0.01), m = 0.7 * a, width = a * a * 1.69 + 1 - a * a;
  double k = 0.4, c = 0.5, g = 1 + k * width;
  double mean = (m / width + k * c) / (1 / width + k);
  struct exact_config config = {
      .text = text, .particles = 100, .replicates = 500, .seed = 17};
  struct exact_answer answer = {.log_z = -log(g) - k * (m - c) * (m - c) / g,
                                .dim = 2,
                                .mean = {mean, mean},
                                .var = {width / g, width / g}};
  struct exact_stats stats;
  exact_collect(&config, 3000, &answer, &stats);
  exact_gate("guided", &stats, 2, &ledger);
}
END_TEST

/* A float32 network, guided and resampled. */
START_TEST(threads_do_not_change_a_bit) {
  static const char text[] =
      "state = { real = 3; };"
      "schedule = { plugin = \"ve\"; sigma_min = 0.02; sigma_max = 9.0; };"
      "time = { steps = 5; };"
      "scores = ({ id = \"m\"; plugin = \"torch\"; file = \"network.pt\";"
      " label = \"sigma\"; parameterisation = \"x0\"; });"
      "potentials = ({ plugin = \"torch\"; file = \"logits.pt\"; class = 2;"
      " at = \"x0hat\"; guide = 1.0; });"
      "integrators = ({ plugin = \"euler_maruyama\"; });"
      "resampler = { plugin = \"systematic\"; ess_below = 1.0; };";
  static const size_t threads[] = {1, 2, 7, 1};
  struct run_result first, other;
  struct exact_config config = {
      .text = text, .particles = 150, .replicates = 3, .seed = 8, .block = 37};
  for (size_t k = 0; k < 4; k++) {
    config.threads = threads[k];
    exact_once(&config, k == 0 ? &first : &other);
    if (k == 0) continue;
    ck_assert_msg(exact_same(&first, &other), "%zu threads", threads[k]);
    run_result_free(&other);
  }
  run_result_free(&first);
}
END_TEST

/* NaN is found by the host, at its row. */
START_TEST(a_score_that_is_no_number_stops_the_run) {
  static const char text[] =
      "state = { real = 2; };"
      "schedule = { plugin = \"ve\"; sigma_min = 0.02; sigma_max = 9.0; };"
      "time = { steps = 5; };"
      "scores = ({ id = \"m\"; plugin = \"torch\"; file = \"not_a_number.pt\";"
      " parameterisation = \"score\"; });"
      "integrators = ({ plugin = \"euler_maruyama\"; });";
  struct exact_run run;
  struct run_result result;
  struct fault fault = {0};
  exact_open(
      &(struct exact_config){
          .text = text, .particles = 8, .replicates = 1, .seed = 1},
      &run);
  run.pipeline.spec.seed = 1;
  ck_assert_int_eq(engine_run(&run.pipeline.spec, NULL, &result, &fault),
                   EXIT_NUMERIC);
  ck_assert_msg(strstr(fault.text, "the score is NaN") != NULL, "%s",
                fault.text);
  exact_close(&run);
}
END_TEST

int main(void) {
  const TTest *const runs[] = {
      runs_are_those_of_the_c_plugins, kac_json_means_what_the_metadata_mean,
      guided_steering_gives_the_partition_function, threads_do_not_change_a_bit,
      a_score_that_is_no_number_stops_the_run};
  Suite *suite = suite_create("torch runs");
  ADD(suite, "runs", start, runs);
  int code = exact_main(suite, &ledger);
  leave();
  return code;
}
