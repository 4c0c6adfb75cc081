/* SPDX-License-Identifier: GPL-3.0-or-later */
/* W4: as W3 in 64 dimensions, with the score of a float32 network of widths 64,
 * 256, 256, 256, 64 with SiLU, each layer of which is told the time: score = -x
 * + net/10.  It is written as a safetensors file and run by the plugin mlp,
 * after a check against a float64 answer.  Beside it: its four products alone
 * through OpenBLAS, the floor of those who use it. */
#include <cblas.h>
#include <kac/sdk.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/bench.h"

enum { LAYERS = 4, DIM = 64, WIDTH = 256, FULL_STEPS = 200, CHAIN_ROWS = 1024 };
static const size_t widths[LAYERS + 1] = {DIM, WIDTH, WIDTH, WIDTH, DIM};
static const double FLOP = 327680; /* per particle and step */

/* --- the network's file ----------------------------------------------------
 */
struct tensors {
  char header[8192];
  size_t n_header, n_data;
  float *data;
};

/* shape: "256" or "256,64" */
static void add_tensor(struct tensors *t, const char *name, const char *shape,
                       const float *values, size_t n) {
  t->n_header += (size_t)snprintf(
      t->header + t->n_header, sizeof t->header - t->n_header,
      ",\"%s\":{\"dtype\":\"F32\",\"shape\":[%s],\"data_offsets\":[%zu,%zu]}",
      name, shape, 4 * t->n_data, 4 * (t->n_data + n));
  memcpy(t->data + t->n_data, values, n * sizeof *values);
  t->n_data += n;
}

/* W, b and c of layer l: a = W h + b + t c; the last one times 1/10. */
static void add_layer(const struct options *options, size_t l,
                      struct tensors *t) {
  float *array[3];
  size_t n_out = widths[l + 1], n_in = widths[l], n[3];
  char name[64], shape[64];
  for (size_t k = 0; k < 3; k++) {
    snprintf(name, sizeof name, "w4_%c%zu", "Wbc"[k], l);
    array[k] = input_read(options, name, sizeof *array[k], &n[k]);
    for (size_t i = 0; l + 1 == LAYERS && i < n[k]; i++) array[k][i] *= 0.1f;
  }
  if (n[0] != n_out * n_in || n[1] != n_out || n[2] != n_out)
    die("layer %zu of w4 has another shape", l);
  float *w = memory_alloc(n_out * (n_in + 1) * sizeof *w);
  if (!w) die("no memory");
  size_t columns = n_in + (l == 0);
  for (size_t i = 0; i < n_out; i++) {
    memcpy(w + i * columns, array[0] + i * n_in, n_in * sizeof *w);
    if (l == 0) w[i * columns + n_in] = array[2][i];
  }
  snprintf(name, sizeof name, "layers.%zu.weight", l);
  snprintf(shape, sizeof shape, "%zu,%zu", n_out, columns);
  add_tensor(t, name, shape, w, n_out * columns);
  snprintf(name, sizeof name, "layers.%zu.label", l);
  snprintf(shape, sizeof shape, "%zu,1", n_out);
  if (l > 0) add_tensor(t, name, shape, array[2], n_out);
  snprintf(name, sizeof name, "layers.%zu.bias", l);
  snprintf(shape, sizeof shape, "%zu", n_out);
  add_tensor(t, name, shape, array[1], n_out);
  for (size_t k = 0; k < 3; k++) free(array[k]);
  free(w);
}

static void write_network(const struct options *options, const char *path) {
  static const char notes[] =
      "{\"__metadata__\":{\"kac.format\":\"1\",\"kac.architecture\":\"mlp\","
      "\"kac.parameterisation\":\"score\",\"kac.label\":\"t\","
      "\"kac.schedule\":\"vp\",\"kac.schedule.beta_min\":\"0.1\","
      "\"kac.schedule.beta_max\":\"20\",\"kac.schedule.t_min\":\"0.001\","
      "\"kac.schedule.t_max\":\"1\",\"kac.mlp.dim\":\"64\","
      "\"kac.mlp.layers\":\"4\",\"kac.mlp.activation\":\"silu\","
      "\"kac.mlp.label_features\":\"raw\",\"kac.mlp.skip\":\"-1\","
      "\"kac.mlp.class_features\":\"none\"}";
  struct tensors t = {.n_header = sizeof notes - 1,
                      .data = memory_alloc((size_t)1 << 21)};
  if (!t.data) die("no memory");
  memcpy(t.header, notes, sizeof notes);
  for (size_t l = 0; l < LAYERS; l++) add_layer(options, l, &t);
  t.n_header += (size_t)snprintf(t.header + t.n_header,
                                 sizeof t.header - t.n_header, "}");
  uint64_t length = t.n_header; /* little endian, as the machine */
  FILE *file = fopen(path, "wb");
  if (!file || fwrite(&length, 8, 1, file) != 1 ||
      fwrite(t.header, t.n_header, 1, file) != 1 ||
      fwrite(t.data, 4 * t.n_data, 1, file) != 1 || fclose(file) != 0)
    die("%s cannot be written", path);
  free(t.data);
}

static void config_text(const char *path, const char *precision, size_t n,
                        size_t steps, char *text, size_t bytes) {
  double dt = (1.0 - 1e-3) / FULL_STEPS;
  snprintf(text, bytes,
           "state = { real = %d; };\n"
           "schedule = { plugin = \"vp\"; beta_min = 0.1; beta_max = 20.0;\n"
           "t_min = 0.001; t_max = 1.0; };\n"
           "time = { steps = %zu; t_min = %.17e; };\n"
           "scores = ({ id = \"net\"; plugin = \"mlp\"; file = \"%s\";\n"
           "precision = \"%s\"; });\n"
           "target = ({ score = \"net\"; power = 2.0; });\n"
           "path = { frame = \"noise\"; };\n"
           "integrators = ({ plugin = \"euler_maruyama\"; noise = 1.0; });\n"
           "resampler = { plugin = \"systematic\"; ess_below = 1.0;\n"
           "at_end = true; };\n"
           "population = { particles = %zu; };\n",
           DIM, steps, 1.0 - (double)steps * dt, path, precision, n);
}

/* --- the check -------------------------------------------------------------
 */
static kac_status coeffs(const kac_block *block, double t, kac_coeffs *c,
                         kac_error *err) {
  double integral = t * (0.1 + 0.5 * 19.9 * t);
  (void)block, (void)err;
  c->alpha = exp(-0.5 * integral);
  c->sigma = sqrt(-expm1(-integral));
  return KAC_OK;
}

/* The largest error of net = 10 (score + x) at t = 0.37: below 1e-4, and with
 * bfloat16 some of its units, which float32 would not have. */
static void check(const struct options *options,
                  const struct instance *instance, bool is_half) {
  static const kac_calls calls = {.struct_size = sizeof calls,
                                  .coeffs = coeffs};
  const kac_score_ops *ops = instance->component->ops;
  size_t n, n_want;
  float *given = input_read(options, "w4_check_x", sizeof *given, &n);
  double *want =
      input_read(options, "w4_check_out_t0.37", sizeof *want, &n_want);
  double *x = memory_alloc(n * sizeof *x), *score = memory_alloc(n * sizeof *x);
  size_t bytes = (instance->plan.scratch_bytes + 63) / 64 * 64;
  void *scratch = aligned_alloc(64, bytes);
  kac_error err;
  double error = 0;
  if (!x || !score || !scratch || n != n_want) die("network check: no memory");
  for (size_t i = 0; i < n; i++) x[i] = (double)given[i];
  kac_block block = {.struct_size = sizeof block,
                     .n = n / DIM,
                     .scratch = scratch,
                     .host = &calls};
  kac_score_io io = {.struct_size = sizeof io,
                     .want = KAC_Q_SCORE,
                     .t = 0.37,
                     .x = {x, DIM, NULL, 0},
                     .score = score,
                     .ld = DIM};
  if (ops->eval(instance->self, &block, &io, &err) != KAC_OK)
    die("network check: %s", err.msg);
  for (size_t i = 0; i < n; i++)
    error = fmax(error, fabs(10 * (score[i] + x[i]) - want[i]));
  printf("# net check: max abs error against float64 %.2e\n", error);
  if (is_half ? !(error > 1e-4 && error < 0.05) : !(error < 1e-4))
    die("the network is wrong by %g", error);
  free(given);
  free(want);
  free(x);
  free(score);
  free(scratch);
}

/* --- the clocks ------------------------------------------------------------
 */
struct chain {
  float *x, *h, *g, *w;
  size_t n;
};

static void multiply(const float *in, const float *w, size_t l, float *out) {
  int n_in = (int)widths[l], n_out = (int)widths[l + 1];
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, CHAIN_ROWS, n_out, n_in,
              1, in, n_in, w, n_in, 0, out, n_out);
}

/* The four products on blocks of rows that stay in the cache, and nothing
 * else. */
static void run_chain(void *context, size_t i) {
  struct chain *c = context;
  (void)i;
  for (size_t first = 0; first < c->n; first += CHAIN_ROWS) {
    multiply(c->x, c->w, 0, c->h);
    multiply(c->h, c->w, 1, c->g);
    multiply(c->g, c->w, 2, c->h);
    multiply(c->h, c->w, 3, c->g);
  }
}

static void bench_chain(const struct options *options,
                        const struct label *label, size_t n) {
  size_t rows = CHAIN_ROWS * WIDTH, n_w = WIDTH * WIDTH;
  struct clocks clocks;
  struct chain c = {.n = n / CHAIN_ROWS * CHAIN_ROWS};
  float *all = memory_alloc((3 * rows + n_w) * sizeof *all);
  if (!all || c.n == 0) die("the chain needs %d particles", CHAIN_ROWS);
  for (size_t k = 0; k < 3 * rows + n_w; k++)
    all[k] = (float)((double)(k * 7919 % 1024) / 1e5);
  c.x = all;
  c.h = all + rows;
  c.g = all + 2 * rows;
  c.w = all + 3 * rows;
  openblas_set_num_threads(1);
  clocks_measure(&clocks, 1, options->reps, run_chain, &c);
  result_clocks(label, &clocks, (double)c.n, "sgemm_chain_ns_per_particle");
  free(all);
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

static void open_rig(const struct options *options, bool is_half, size_t n,
                     size_t steps, struct rig *rig) {
  char path[] = "/tmp/kac-bench-w4-XXXXXX", text[8192];
  int fd = mkstemp(path);
  if (fd < 0) die("%s cannot be made", path);
  close(fd);
  write_network(options, path);
  config_text(path, is_half ? "bf16" : "float32", n, steps, text, sizeof text);
  rig_open(rig, options, text);
  unlink(path); /* it is in memory */
  check(options, rig->pipeline.spec.scores[0], is_half);
}

static void bench_mlp(const struct options *options, bool is_half, size_t n,
                      size_t steps) {
  char name[128];
  struct label label = {"w4", name, options->threads};
  snprintf(name, sizeof name, "%s64x256x3_N%zu_S%zu", is_half ? "bf16_" : "mlp",
           n, steps);
  if (!is_wanted(options, &label)) return;
  struct rig rig;
  struct work work = {.rig = &rig};
  struct clocks clocks;
  open_rig(options, is_half, n, steps, &rig);
  clocks_measure(&clocks, 1, options->reps, run, &work);
  double items = (double)n * (double)steps, cpu = 0;
  for (size_t i = 0; i < clocks.n; i++) cpu += clocks.cpu[i] / (double)clocks.n;
  result_clocks(&label, &clocks, items, "ns_per_particle_step");
  result_line(&label, "gemm_gflops_cpu", 1e-9 * FLOP * items / cpu);
  result_line(&label, "logZ_mean", work.log_z_sum / (double)options->reps);
  rig_close(&rig);
}

void bench_network(const struct options *options) {
  size_t n = options->n > 0 ? options->n : 100000;
  size_t steps = options->steps > 0 ? options->steps : 10;
  char chain[128];
  struct label of_chain = {"w4", chain, 1};
  if (steps > FULL_STEPS) die("w4 has %d steps at most", FULL_STEPS);
  snprintf(chain, sizeof chain, "openblas_chain_N%zu", n);
  if (is_wanted(options, &of_chain)) bench_chain(options, &of_chain, n);
  bench_mlp(options, false, n, steps);
  if (KAC_ABSENT_DNNL == 0) bench_mlp(options, true, n, steps);
}
