/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Config text in, replicates out. */
#include "harness.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES = 8192 };

double exact_scale(void) {
  const char *text = getenv("KAC_TEST_SCALE");
  double scale = text ? strtod(text, NULL) : 1;
  return scale > 0 ? scale : 1;
}

static void format(const struct exact_config *config, char *text) {
  char threads[64] = "", block[64] = "", children[64] = "";
  if (config->threads)
    snprintf(threads, sizeof threads, "threads = %zu;", config->threads);
  if (config->block)
    snprintf(block, sizeof block, "block = %zu;", config->block);
  if (config->children)
    snprintf(children, sizeof children, "children = %zu;", config->children);
  int n = snprintf(text, TEXT_BYTES,
                   "%s\nseed = %llu; %s %s\n"
                   "population = { particles = %zu; replicates = %zu; %s };\n",
                   config->text, (unsigned long long)config->seed, threads,
                   block, config->particles, config->replicates, children);
  ck_assert_msg(n > 0 && n < TEXT_BYTES, "the config is too long: %d", n);
}

void exact_open(const struct exact_config *config, struct exact_run *run) {
  char text[TEXT_BYTES];
  format(config, text);
  *run = (struct exact_run){.arena = arena_new(), .diag = diag_new()};
  struct pipeline *pipeline = &run->pipeline;
  pipeline->arena = pipeline->search.arena = run->arena;
  pipeline->config_path = "exact.cfg";
  pipeline->base = ".";
  const char *fixtures = getenv("KAC_FIXTURES");
  if (fixtures) search_add(&pipeline->search, fixtures, "KAC_FIXTURES", NULL);
  pipeline->root = tree_parse(run->arena, text, "exact.cfg", run->diag);
  bool is_good = pipeline->root && pipeline_check(pipeline, run->diag) &&
                 pipeline_create(pipeline, NULL, run->diag);
  ck_assert_msg(is_good, "%s\n%s", diag_text(run->diag), text);
}

void exact_close(struct exact_run *run) {
  pipeline_destroy(&run->pipeline);
  diag_free(run->diag);
  arena_free(run->arena);
}

void exact_go(struct exact_run *run, uint64_t seed, struct run_result *result) {
  struct fault fault = {0};
  run->pipeline.spec.seed = seed;
  enum exit_code code = engine_run(&run->pipeline.spec, NULL, result, &fault);
  ck_assert_msg(code == EXIT_DONE, "exit code %d: %s", code, fault.text);
}

void exact_once(const struct exact_config *config, struct run_result *result) {
  struct exact_run run;
  exact_open(config, &run);
  exact_go(&run, config->seed, result);
  exact_close(&run);
}

static bool same(const void *a, const void *b, size_t n, size_t each) {
  return memcmp(a, b, n * each) == 0;
}

bool exact_same(const struct run_result *a, const struct run_result *b) {
  size_t rows = a->n_particles * a->n_replicates;
  return a->n_particles == b->n_particles &&
         a->n_replicates == b->n_replicates && a->n_real == b->n_real &&
         same(a->x, b->x, rows * a->n_real, sizeof *a->x) &&
         same(a->logw, b->logw, rows, sizeof *a->logw) &&
         same(a->lineage, b->lineage, rows, sizeof *a->lineage) &&
         same(a->log_z_each, b->log_z_each, a->n_replicates,
              sizeof *a->log_z_each);
}

/* Weighted mean of f over one replicate; row 0 is its first. */
static double weighted(const struct run_result *result, size_t row0, size_t d,
                       double center, int power) {
  double sum = 0;
  for (size_t i = row0; i < row0 + result->n_particles; i++) {
    double w = exp(result->logw[i]);
    double f = result->x[i * result->n_real + d] - center;
    if (w > 0) sum += w * (power == 1 ? f : f * f);
  }
  return sum;
}

static void collect(const struct run_result *result,
                    const struct exact_answer *answer,
                    struct exact_stats *stats) {
  for (size_t r = 0; r < result->n_replicates; r++) {
    size_t row0 = r * result->n_particles;
    double z = exp(result->log_z_each[r] - answer->log_z);
    bool is_alive = result->log_z_each[r] > -HUGE_VAL;
    sample_add(&stats->z, z - 1);
    stats->resamplings += result->resamplings_each[r];
    stats->extinct += !is_alive;
    for (size_t d = 0; d < answer->dim; d++) {
      double m = answer->mean[d], v = answer->var[d];
      double first = is_alive ? weighted(result, row0, d, m, 1) : 0;
      double second = is_alive ? weighted(result, row0, d, m, 2) - v : 0;
      sample_add(&stats->first[d], z * first);
      sample_add(&stats->second[d], z * second);
    }
  }
}

void exact_collect(const struct exact_config *config, size_t n_replicates,
                   const struct exact_answer *answer,
                   struct exact_stats *stats) {
  struct exact_run run;
  double wanted = (double)n_replicates * exact_scale();
  *stats = (struct exact_stats){0};
  exact_open(config, &run);
  for (uint64_t part = 0; (double)stats->z.n < wanted; part++) {
    struct run_result result;
    exact_go(&run, config->seed + (part << 32), &result);
    ck_assert_uint_eq(result.n_replicates, config->replicates);
    collect(&result, answer, stats);
    run_result_free(&result);
  }
  stats->resamplings /= (double)stats->z.n;
  exact_close(&run);
}
