/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A finished run with two replicates, and what is said of it. */
#ifndef KAC_TESTS_REPORT_FIXTURE_H
#define KAC_TESTS_REPORT_FIXTURE_H
#include "output/report.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output/run_json.h"

static struct instance base = {.id = "base"};
static struct instance *scores[1] = {&base};
static double logw[2000], each[2] = {-3.2, -3.3};
static uint64_t evaluations[1] = {64}, vjps[1];
static struct spec spec;
static struct run_result result;
static struct report report;
static struct fault fault;
static struct host_outputs *outputs;

static void set_up(void) {
  for (size_t i = 0; i < 2000; i++) logw[i] = -log(1000);
  logw[7] = log(0.25);
  static const double times[65] = {1};
  spec = (struct spec){.scores = scores,
                       .t = times,
                       .n_steps = 64,
                       .n_scores = 1,
                       .seed = UINT64_MAX,
                       .n_threads = 2,
                       .correctness = DISCRETISED,
                       .correctness_reason = "Euler steps"};
  result = (struct run_result){.n_particles = 1000,
                               .n_replicates = 2,
                               .n_steps = 64,
                               .steps_done = 64,
                               .logw = logw,
                               .log_z_each = each,
                               .ess_each = each,
                               .unique_each = each,
                               .resamplings_each = each,
                               .log_z = -3.2184,
                               .log_z_stderr = 0.0123,
                               .log_z_start = 1,
                               .ess = 612.5,
                               .lowest_ess = 301.2,
                               .lowest_ess_step = 17,
                               .unique_ancestors = 120,
                               .diversity = 0.9875,
                               .diversity_each = each,
                               .resamplings = 5,
                               .accept = (double)NAN,
                               .evaluations = evaluations,
                               .vjps = vjps,
                               .n_scores = 1,
                               .seconds = 2,
                               .seconds_resample = 0.1};
  outputs = outputs_open(NULL, false, &fault);
  report = (struct report){&spec, &result, outputs, 2.5};
}

static void tear_down(void) {
  outputs_close(outputs);
}

static char *print(void) {
  char *text = NULL;
  size_t bytes;
  FILE *out = open_memstream(&text, &bytes);
  report_print(out, &report);
  fclose(out);
  return text;
}

static void expect(const char *part, bool is_expected) {
  char *text = print();
  bool is_found = strstr(text, part) != NULL;
  ck_assert_msg(is_found == is_expected, "'%s' in:\n%s", part, text);
  free(text);
}

static inline char *print_json(void) {
  static char text[16384];
  struct settings settings = {0};
  static char name[] = "run";
  char *argv[] = {name, NULL};
  struct run_record record = {.report = report,
                              .settings = &settings,
                              .config_path = "a.cfg",
                              .argc = 1,
                              .argv = argv,
                              .started = 86400};
  FILE *file = tmpfile();
  ck_assert(run_json_write(fileno(file), &record, &fault));
  ssize_t n = pread(fileno(file), text, sizeof text - 1, 0);
  ck_assert_int_gt(n, 0);
  text[n] = '\0';
  fclose(file);
  return text;
}

#endif
