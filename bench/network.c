/* SPDX-License-Identifier: GPL-3.0-or-later */
/* W4: as W3 in 64 dimensions, with the score of a float32 network in a plugin
 * of its own (score_mlp.c).  The network is checked against a float64 answer
 * before it is timed. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"

enum { DIM = 64, FULL_STEPS = 200 };
static const double FLOP = 327680; /* per particle and step */

static void config_text(const struct options *options, size_t n, size_t steps,
                        char *text, size_t bytes) {
  double dt = (1.0 - 1e-3) / FULL_STEPS;
  snprintf(text, bytes,
           "state = { real = %d; };\n"
           "schedule = { plugin = \"vp\"; beta_min = 0.1; beta_max = 20.0;\n"
           "t_min = 0.001; t_max = 1.0; };\n"
           "time = { steps = %zu; t_min = %.17e; };\n"
           "scores = ({ id = \"net\"; plugin = \"score_mlp\";\n"
           "folder = \"%s\"; });\n"
           "target = ({ score = \"net\"; power = 2.0; });\n"
           "path = { frame = \"noise\"; };\n"
           "integrators = ({ plugin = \"euler_maruyama\"; noise = 1.0; });\n"
           "resampler = { plugin = \"systematic\"; ess_below = 1.0;\n"
           "at_end = true; };\n"
           "population = { particles = %zu; };\n",
           DIM, steps, 1.0 - (double)steps * dt, options->inputs, n);
}

/* The largest error of net = 10 (score + x) at t = 0.37. */
static void check(const struct options *options,
                  const struct instance *instance) {
  const kac_score_ops *ops = instance->component->ops;
  size_t n, n_want;
  float *given = input_read(options, "w4_check_x", sizeof *given, &n);
  double *want =
      input_read(options, "w4_check_out_t0.37", sizeof *want, &n_want);
  double *x = memory_alloc(n * sizeof *x), *score = memory_alloc(n * sizeof *x);
  void *scratch = memory_alloc(instance->plan.scratch_bytes + 64);
  double error = 0;
  if (!x || !score || !scratch || n != n_want) die("network check: no memory");
  for (size_t i = 0; i < n; i++) x[i] = (double)given[i];
  for (size_t row = 0; row < n / DIM; row++) {
    kac_block block = {.struct_size = sizeof block, .n = 1, .scratch = scratch};
    kac_score_io io = {.struct_size = sizeof io,
                       .want = KAC_Q_SCORE,
                       .t = 0.37,
                       .x = {x + row * DIM, DIM, NULL, 0},
                       .score = score + row * DIM,
                       .ld = DIM};
    kac_error err;
    if (ops->eval(instance->self, &block, &io, &err) != KAC_OK)
      die("network check: %s", err.msg);
  }
  for (size_t i = 0; i < n; i++)
    error = fmax(error, fabs(10 * (score[i] + x[i]) - want[i]));
  printf("# net check: max abs error against float64 %.2e\n", error);
  if (!(error < 1e-4)) die("the network is wrong by %g", error);
  free(given);
  free(want);
  free(x);
  free(score);
  free(scratch);
}

struct work {
  struct rig *rig;
  double log_z_sum;
};

static void run(void *context, size_t i) {
  struct work *work = context;
  struct run_result result;
  rig_run(work->rig, 1000 + i, &result);
  work->log_z_sum += i > 0 ? result.log_z : 0; /* 0: the warm-up */
  run_result_free(&result);
}

void bench_network(const struct options *options) {
  size_t n = options->n > 0 ? options->n : 100000;
  size_t steps = options->steps > 0 ? options->steps : 10;
  char name[128], text[8192];
  struct label label = {"w4", name, options->threads};
  snprintf(name, sizeof name, "mlp64x256x3_N%zu_S%zu", n, steps);
  if (!is_wanted(options, &label)) return;
  if (!options->plugins)
    die("w4 needs --plugin-path, or --only something else");
  if (steps > FULL_STEPS) die("w4 has %d steps at most", FULL_STEPS);
  struct rig rig;
  struct work work = {.rig = &rig};
  struct clocks clocks;
  config_text(options, n, steps, text, sizeof text);
  rig_open(&rig, options, text);
  check(options, rig.pipeline.spec.scores[0]);
  clocks_measure(&clocks, 1, options->reps, run, &work);
  double items = (double)n * (double)steps, cpu = 0;
  for (size_t i = 0; i < clocks.n; i++) cpu += clocks.cpu[i] / (double)clocks.n;
  result_clocks(&label, &clocks, items, "ns_per_particle_step");
  result_line(&label, "gemm_gflops_cpu", 1e-9 * FLOP * items / cpu);
  result_line(&label, "logZ_mean", work.log_z_sum / (double)options->reps);
  rig_close(&rig);
}
