/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A host for tests of observers: keeps the results and the files that they
 * write, and refuses memory after create. */
#ifndef KAC_TESTS_WATCH_FIXTURE_H
#define KAC_TESTS_WATCH_FIXTURE_H
#include <unistd.h>

#include "field_fixture.h"

enum { MAX_RESULTS = 16, MAX_VALUES = 8, MAX_FILES = 4, MAX_ALLOCS = 16 };
struct watch {
  kac_host host;
  const kac_component *plugin;
  const kac_observer_ops *ops;
  void *self, *config;
  kac_space space;
  void *allocs[MAX_ALLOCS];
  size_t n_allocs, n_results, n_files;
  int is_created, is_dry; /* no more memory; no files */
  char log[512];          /* the last message */
  struct {
    char key[64];
    double value[MAX_VALUES];
    size_t n;
  } results[MAX_RESULTS];
  struct {
    char name[64];
    int fd; /* our duplicate */
  } files[MAX_FILES];
};

__attribute__((unused)) static void watch_log(const kac_host *host, int level,
                                              const char *text) {
  struct watch *w = host->impl;
  (void)level;
  snprintf(w->log, sizeof w->log, "%s", text);
}

__attribute__((unused)) static void *watch_alloc(const kac_host *host,
                                                 size_t bytes) {
  struct watch *w = host->impl;
  ck_assert_int_eq(w->is_created, 0);
  ck_assert_uint_lt(w->n_allocs, MAX_ALLOCS);
  return w->allocs[w->n_allocs++] = alloc_zero(bytes);
}

__attribute__((unused)) static kac_status watch_open(const kac_host *host,
                                                     const char *name, int *fd,
                                                     kac_error *err) {
  struct watch *w = host->impl;
  (void)err;
  *fd = -1;
  if (w->is_dry) return KAC_OK;
  char path[] = "/tmp/kac-observer-XXXXXX";
  ck_assert_uint_lt(w->n_files, MAX_FILES);
  *fd = mkstemp(path);
  ck_assert_int_ge(*fd, 0);
  unlink(path);
  snprintf(w->files[w->n_files].name, 64, "%s", name);
  w->files[w->n_files++].fd = dup(*fd);
  return KAC_OK;
}

__attribute__((unused)) static kac_status watch_result(const kac_host *host,
                                                       const char *key,
                                                       const double *value,
                                                       size_t n,
                                                       kac_error *err) {
  struct watch *w = host->impl;
  (void)err;
  ck_assert_uint_lt(w->n_results, MAX_RESULTS);
  ck_assert_uint_le(n, MAX_VALUES);
  snprintf(w->results[w->n_results].key, 64, "%s", key);
  memcpy(w->results[w->n_results].value, value, n * sizeof *value);
  w->results[w->n_results++].n = n;
  return KAC_OK;
}

__attribute__((unused)) static void watch_init(struct watch *w,
                                               const char *name, size_t d) {
  *w = (struct watch){.plugin = plugin_load("observer", name)};
  w->host = (kac_host){.struct_size = sizeof w->host,
                       .impl = w,
                       .log = watch_log,
                       .alloc = watch_alloc,
                       .open_output = watch_open,
                       .result = watch_result};
  w->ops = w->plugin->ops;
  w->config = config_new(w->plugin);
  w->space = (kac_space){.struct_size = sizeof w->space, .n_real = d};
}

__attribute__((unused)) static void watch_create(struct watch *w, size_t n,
                                                 size_t n_replicates) {
  kac_error err = {0};
  kac_plan plan = plan_of(w->plugin, w->config, &w->space, n, n_replicates);
  kac_status status =
      w->plugin->create(&w->host, w->config, &plan, &w->self, &err);
  ck_assert_msg(status == KAC_OK, "%s", err.msg);
  w->is_created = 1;
  if (w->ops->begin) ck_assert_int_eq(w->ops->begin(w->self, &err), KAC_OK);
}

__attribute__((unused)) static void watch_record(struct watch *w,
                                                 const kac_frame *frame) {
  kac_error err = {0};
  kac_status status = w->ops->record(w->self, frame, &err);
  ck_assert_msg(status == KAC_OK, "%s", err.msg);
}

__attribute__((unused)) static void watch_end(struct watch *w) {
  kac_error err = {0};
  if (w->ops->end) ck_assert_int_eq(w->ops->end(w->self, &err), KAC_OK);
}

__attribute__((unused)) static void watch_free(struct watch *w) {
  for (size_t i = 0; i < w->n_files; i++) close(w->files[i].fd);
  for (size_t i = 0; i < w->n_allocs; i++) free(w->allocs[i]);
  free(w->config);
}

/* The whole file, with a zero behind it; free it. */
__attribute__((unused)) static char *watch_file(const struct watch *w,
                                                const char *name, size_t *n) {
  for (size_t i = 0; i < w->n_files; i++) {
    if (strcmp(w->files[i].name, name) != 0) continue;
    off_t end = lseek(w->files[i].fd, 0, SEEK_END);
    char *text = calloc(1, (size_t)end + 1);
    ssize_t got = pread(w->files[i].fd, text, (size_t)end, 0);
    ck_assert_int_eq(got, end);
    *n = (size_t)end;
    return text;
  }
  ck_abort_msg("no file '%s'", name);
}

__attribute__((unused)) static double result(const struct watch *w,
                                             const char *key, size_t i) {
  for (size_t k = 0; k < w->n_results; k++)
    if (strcmp(w->results[k].key, key) == 0) {
      ck_assert_uint_lt(i, w->results[k].n);
      return w->results[k].value[i];
    }
  ck_abort_msg("no result '%s'", key);
}

__attribute__((unused)) static int has_result(const struct watch *w,
                                              const char *key) {
  for (size_t k = 0; k < w->n_results; k++)
    if (strcmp(w->results[k].key, key) == 0) return 1;
  return 0;
}

__attribute__((unused)) static kac_frame frame_of(const struct watch *w,
                                                  const double *x, size_t ld,
                                                  const double *logw, size_t n,
                                                  const double *log_z,
                                                  size_t n_replicates) {
  return (kac_frame){.struct_size = sizeof(kac_frame),
                     .flags = KAC_FRAME_FINAL,
                     .step = 4,
                     .n_steps = 4,
                     .t = 0.25,
                     .n_particles = n,
                     .n_replicates = n_replicates,
                     .space = &w->space,
                     .x = {.real = x, .ld = ld},
                     .logw = logw,
                     .log_z = log_z,
                     .log_z_err = KAC_NAN,
                     .accept = KAC_NAN};
}

#endif
