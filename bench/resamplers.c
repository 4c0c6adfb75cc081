/* SPDX-License-Identifier: GPL-3.0-or-later */
/* W1: normalised weights in, one ancestor per particle out, through the plugin
 * interface.  The uniforms that a scheme wants are drawn within the clock, as
 * the host draws them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"
#include "sampler/rng.h"

struct work {
  const struct instance *instance;
  size_t n, n_uniform;
  double *w, *logw, *logw_out, *u;
  uint32_t *ancestor;
  void *scratch;
};

static void *room(size_t bytes) {
  void *p = memory_alloc(bytes);
  if (!p) die("no memory for %zu bytes", bytes);
  return p;
}

static const void *self_of(const struct instance *instance) {
  return instance->self ? instance->self : instance->config;
}

static void resample(void *context, size_t i) {
  struct work *work = context;
  const kac_resampler_ops *ops = work->instance->component->ops;
  struct rng_key key = rng_key(1, (uint32_t)i, 0);
  for (size_t first = 0; first < work->n_uniform; first += 65536) {
    size_t left = work->n_uniform - first;
    struct rng_address at = {.row = (uint32_t)(first / 65536)};
    rng_uniform(key, at, 1, work->u + first, 0, left < 65536 ? left : 65536);
  }
  kac_resample_io io = {.struct_size = sizeof io,
                        .n_in = work->n,
                        .n_out = work->n,
                        .w = work->w,
                        .logw = work->logw,
                        .u = work->u,
                        .ancestor = work->ancestor,
                        .logw_out = work->logw_out,
                        .scratch = work->scratch};
  kac_error err = {.row = -1};
  if (ops->resample(self_of(work->instance), &io, &err) != KAC_OK)
    die("%s: %s", work->instance->component->name, err.msg);
}

/* Sum over particles of (offspring - n w)^2 / n: about sum w (1 - w) n for a
 * multinomial, at most 1/4 for schemes of floor or ceil. */
static double offspring_variance(const struct work *work) {
  double *count = room(work->n * sizeof *count), sum = 0;
  for (size_t j = 0; j < work->n; j++) {
    if (work->ancestor[j] >= work->n)
      die("ancestor %u of %zu particles", work->ancestor[j], work->n);
    count[work->ancestor[j]] += 1;
  }
  for (size_t i = 0; i < work->n; i++) {
    double off = count[i] - (double)work->n * work->w[i];
    sum += off * off;
  }
  free(count);
  return sum / (double)work->n;
}

static void measure(const struct options *options, struct work *work,
                    const struct label *label) {
  const kac_resampler_ops *ops = work->instance->component->ops;
  size_t n = work->n;
  work->n_uniform = ops->n_uniform(self_of(work->instance), n, n);
  work->u = room((work->n_uniform + 8) * sizeof *work->u);
  work->scratch = room(work->instance->plan.scratch_bytes + 64);
  struct clocks clocks;
  clocks_measure(&clocks, 2, options->reps, resample, work);
  result_clocks(label, &clocks, (double)n, "ns_per_particle");
  result_line(label, "offspring_variance", offspring_variance(work));
  free(work->u);
  free(work->scratch);
}

static void one_scheme(const struct options *options, const char *name,
                       const char *setting, struct work *work,
                       const struct label *label) {
  char text[1024];
  struct rig rig;
  if (!is_wanted(options, label)) return;
  snprintf(text, sizeof text,
           "state = { real = 1; }; schedule = { plugin = \"vp\"; };\n"
           "time = { steps = 2; };\n"
           "scores = ({ id = \"base\"; plugin = \"gaussian\"; });\n"
           "target = ({ score = \"base\"; });\n"
           "integrators = ({ plugin = \"euler_maruyama\"; });\n"
           "resampler = { plugin = \"%s\"; %s };\n"
           "population = { particles = %zu; };\n",
           name, setting, work->n);
  rig_open(&rig, options, text);
  work->instance = rig.pipeline.spec.resampler.instance;
  measure(options, work, label);
  rig_close(&rig);
}

static void with_weights(const struct options *options, int sd) {
  static const struct {
    const char *plugin, *setting, *name;
  } schemes[] = {
      {"systematic", "", "systematic"},
      {"systematic", "order = \"mean_partition\";", "systematic_partition"},
      {"ssp", "", "ssp"},
      {"ssp", "order = \"mean_partition\";", "ssp_partition"},
      {"stratified", "", "stratified"},
      {"multinomial", "", "multinomial"},
      {"residual", "", "residual"},
      {"killing", "", "killing"}};
  char file[64], name[64];
  struct work work = {0};
  snprintf(file, sizeof file, "w1_weights_sd%d", sd);
  work.w = input_read(options, file, sizeof *work.w, &work.n);
  work.logw = room(work.n * sizeof *work.logw);
  work.logw_out = room(work.n * sizeof *work.logw_out);
  work.ancestor = room(work.n * sizeof *work.ancestor);
  for (size_t i = 0; i < work.n; i++) {
    work.logw[i] = log(work.w[i]);
    work.logw_out[i] = -log((double)work.n);
  }
  for (size_t k = 0; k < sizeof schemes / sizeof *schemes; k++) {
    snprintf(name, sizeof name, "%s_sd%d", schemes[k].name, sd);
    struct label label = {"w1", name, 1};
    one_scheme(options, schemes[k].plugin, schemes[k].setting, &work, &label);
  }
  free(work.w);
  free(work.logw);
  free(work.logw_out);
  free(work.ancestor);
}

void bench_resamplers(const struct options *options) {
  if (options->only && options->only[0] == 'w' &&
      strncmp(options->only, "w1", 2) != 0)
    return; /* spares reading the weights */
  with_weights(options, 1);
  with_weights(options, 3);
}
