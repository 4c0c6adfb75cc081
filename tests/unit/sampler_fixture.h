/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of the sampler share: a config text becomes a pipeline, and
 * one worker lends a block of it to the stages, or the engine runs it. */
#ifndef KAC_TESTS_SAMPLER_FIXTURE_H
#define KAC_TESTS_SAMPLER_FIXTURE_H
#include <check.h>
#include <kac/sdk.h>
#include <stdlib.h>

#include "config/pipeline.h"
#include "sampler/engine.h"
#include "sampler/run.h"
#include "sampler/sampled.h"

/* ck_assert for long loops: Check writes a line for each of its own. */
#define rig_assert(condition)                                \
  do {                                                       \
    if (!(condition)) ck_abort_msg("not true: " #condition); \
  } while (0)

struct rig {
  struct arena *arena;
  struct diag *diag;
  struct pipeline pipeline;
  struct path path;
  struct worker worker;
};

static inline bool rig_check(struct rig *rig, const char *text) {
  *rig = (struct rig){.arena = arena_new(), .diag = diag_new()};
  struct pipeline *pipeline = &rig->pipeline;
  pipeline->arena = pipeline->search.arena = rig->arena;
  pipeline->config_path = "run.cfg";
  pipeline->base = ".";
  const char *fixtures = getenv("KAC_FIXTURES");
  if (fixtures) search_add(&pipeline->search, fixtures, "KAC_FIXTURES", NULL);
  pipeline->root = tree_parse(rig->arena, text, "run.cfg", rig->diag);
  ck_assert_msg(pipeline->root != NULL, "%s\n%s", diag_text(rig->diag), text);
  return pipeline_check(pipeline, rig->diag);
}

static inline void rig_close(struct rig *rig) {
  pipeline_destroy(&rig->pipeline);
  diag_free(rig->diag);
  arena_free(rig->arena);
}

/* Ready to evaluate blocks of spec.block rows. */
static inline void rig_open(struct rig *rig, const char *text) {
  bool is_good =
      rig_check(rig, text) && pipeline_create(&rig->pipeline, NULL, rig->diag);
  ck_assert_msg(is_good, "%s\n%s", diag_text(rig->diag), text);
  const struct spec *spec = &rig->pipeline.spec;
  struct worker *worker = &rig->worker;
  path_init(&rig->path, spec);
  worker->path = &rig->path;
  worker->spec = spec;
  worker->calls = &call_services;
  size_t n = spec->n_instances + 1, block = spec->block;
  size_t *offset = arena_alloc(rig->arena, n * sizeof *offset);
  worker->pstate_offset = offset;
  worker->scratch = arena_alloc(rig->arena, n * sizeof *worker->scratch);
  worker->field_scratch =
      arena_alloc(rig->arena, path_scratch(spec, block) * sizeof(double));
  worker->move_scratch =
      arena_alloc(rig->arena, move_scratch(spec, rig->path.n_slots, block) * 8);
  worker->twist_scratch =
      arena_alloc(rig->arena, sampled_scratch(spec, block) * sizeof(double));
  for (size_t i = 0; i + 1 < n; i++)
    worker->scratch[i] =
        arena_alloc(rig->arena, spec->instances[i]->plan.scratch_bytes + 64);
}

static inline struct site rig_site(struct rig *rig, size_t row0, size_t n) {
  ck_assert_uint_le(n, rig->pipeline.spec.block);
  return (struct site){.worker = &rig->worker, .row0 = row0, .n = n};
}

/* The exit code; the result is to be freed, the text of a fault is kept. */
static inline enum exit_code rig_run(const char *text,
                                     struct run_result *result,
                                     struct fault *fault) {
  struct rig rig;
  rig_open(&rig, text);
  enum exit_code code = engine_run(&rig.pipeline.spec, NULL, result, fault);
  rig_close(&rig);
  return code;
}

static inline void rig_result(const char *text, struct run_result *result) {
  struct fault fault = {0};
  enum exit_code code = rig_run(text, result, &fault);
  ck_assert_msg(code == EXIT_DONE, "exit code %d: %s\n%s", code, fault.text,
                text);
}

/* A uniform in (0, 1) from a counter: splitmix64 (Steele, Lea, Flood 2014). */
static inline double rig_uniform(uint64_t *state) {
  uint64_t z = (*state += 0x9e3779b97f4a7c15ull);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return ((double)((z ^ (z >> 31)) >> 12) + 0.5) * 0x1p-52;
}

static inline double rig_between(uint64_t *state, double low, double high) {
  return low + (high - low) * rig_uniform(state);
}

/* The same number, -inf and the sign of zero included. */
static inline bool rig_same(double a, double b) {
  return memcmp(&a, &b, sizeof a) == 0;
}

struct rig_loop { /* a test over the rows 0 ... n - 1 of a table */
  const TTest *test;
  int n;
};

static inline int rig_suite(const char *name, const TTest *const *tests,
                            int n_tests, const struct rig_loop *loops,
                            int n_loops) {
  Suite *suite = suite_create(name);
  TCase *tcase = tcase_create(name);
  tcase_set_timeout(tcase, 120); /* sanitizers on a loaded machine */
  for (int i = 0; i < n_tests; i++) tcase_add_test(tcase, tests[i]);
  for (int i = 0; i < n_loops; i++)
    tcase_add_loop_test(tcase, loops[i].test, 0, loops[i].n);
  suite_add_tcase(suite, tcase);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int n_failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

#define RIG_SUITE(name, tests) \
  rig_suite(name, tests, (int)(sizeof(tests) / sizeof((tests)[0])), NULL, 0)

#endif
