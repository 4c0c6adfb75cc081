/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clocks, result lines, input files and pipelines for the workloads. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/bench.h"

void die(const char *format, ...) {
  va_list args;
  fputs("kac-bench: ", stderr);
  va_start(args, format);
  vfprintf(stderr, format, args);
  va_end(args);
  fputc('\n', stderr);
  exit(EXIT_INTERNAL);
}

/* --- clocks --------------------------------------------------------------- */
static double now(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void clocks_measure(struct clocks *clocks, size_t n_warm, size_t reps,
                    void (*fn)(void *, size_t), void *context) {
  clocks->n = reps;
  for (size_t i = 0; i < n_warm + reps; i++) {
    double cpu = now(CLOCK_PROCESS_CPUTIME_ID), wall = now(CLOCK_MONOTONIC);
    fn(context, i);
    if (i < n_warm) continue;
    clocks->wall[i - n_warm] = now(CLOCK_MONOTONIC) - wall;
    clocks->cpu[i - n_warm] = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
  }
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* The middle value, with the smallest in *least. */
static double median(const double *values, size_t n, double *least) {
  double sorted[MAX_REPS];
  memcpy(sorted, values, n * sizeof *sorted);
  qsort(sorted, n, sizeof *sorted, compare);
  *least = sorted[0];
  return 0.5 * (sorted[(n - 1) / 2] + sorted[n / 2]);
}

/* --- result lines --------------------------------------------------------- */
void result_line(const struct label *label, const char *metric, double value) {
  printf("RESULT %s kac-t%zu %s %s %.6g\n", label->workload, label->threads,
         label->name, metric, value);
  fflush(stdout);
}

void result_clocks(const struct label *label, const struct clocks *clocks,
                   double n_items, const char *unit) {
  double wall_min, cpu_min;
  double wall = median(clocks->wall, clocks->n, &wall_min);
  double cpu = median(clocks->cpu, clocks->n, &cpu_min);
  char cpu_unit[64];
  snprintf(cpu_unit, sizeof cpu_unit, "cpu_%s", unit);
  result_line(label, "wall_s", wall);
  result_line(label, "wall_min_s", wall_min);
  result_line(label, "cpu_s", cpu);
  result_line(label, "cpu_min_s", cpu_min);
  result_line(label, unit, 1e9 * wall / n_items);
  result_line(label, cpu_unit, 1e9 * cpu / n_items);
  result_line(label, "items_per_s", n_items / wall);
}

bool is_wanted(const struct options *options, const struct label *label) {
  char name[192];
  snprintf(name, sizeof name, "%s %s", label->workload, label->name);
  return !options->only || strstr(name, options->only) != NULL;
}

/* --- inputs --------------------------------------------------------------- */
void *input_read(const struct options *options, const char *name, size_t each,
                 size_t *n) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s.bin", options->inputs, name);
  FILE *file = fopen(path, "rb");
  if (!file) die("%s: %s", path, strerror(errno));
  fseek(file, 0, SEEK_END);
  long bytes = ftell(file);
  rewind(file);
  if (bytes <= 0 || (size_t)bytes % each != 0)
    die("%s: %ld bytes, expected numbers of %zu", path, bytes, each);
  *n = (size_t)bytes / each;
  void *data = malloc((size_t)bytes);
  if (!data || fread(data, each, *n, file) != *n)
    die("%s: cannot be read", path);
  fclose(file);
  return data;
}

/* --- pipelines ------------------------------------------------------------ */
void rig_open(struct rig *rig, const struct options *options,
              const char *text) {
  *rig = (struct rig){.arena = arena_new(), .diag = diag_new()};
  struct pipeline *pipeline = &rig->pipeline;
  pipeline->arena = pipeline->search.arena = rig->arena;
  pipeline->config_path = "bench.cfg";
  pipeline->base = ".";
  if (options->plugins)
    search_add(&pipeline->search, options->plugins, "--plugin-path", NULL);
  char *all =
      arena_format(rig->arena, "%s\nseed = 1; threads = %zu; block = %zu;\n",
                   text, options->threads, options->block);
  pipeline->root = tree_parse(rig->arena, all, "bench.cfg", rig->diag);
  if (!pipeline->root || !pipeline_check(pipeline, rig->diag) ||
      !pipeline_create(pipeline, NULL, rig->diag))
    die("%s", diag_text(rig->diag));
}

void rig_close(struct rig *rig) {
  pipeline_destroy(&rig->pipeline);
  diag_free(rig->diag);
  arena_free(rig->arena);
}

void rig_run(struct rig *rig, uint64_t seed, struct run_result *result) {
  struct fault fault = {0};
  rig->pipeline.spec.seed = seed;
  if (engine_run(&rig->pipeline.spec, NULL, result, &fault) != EXIT_DONE)
    die("%s", fault.text);
}
