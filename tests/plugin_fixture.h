/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A host of one block for tests of single plugins: loads the component from
 * <dir>/<kind>/<name>.so, dir being the first folder of KAC_PLUGIN_PATH, fills
 * its config from the parameter table, plans, creates, and lends it
 * coefficients, scratch of exactly the size it asked for, and random numbers
 * that depend on (row, draw, column) alone. */
#ifndef KAC_TESTS_PLUGIN_FIXTURE_H
#define KAC_TESTS_PLUGIN_FIXTURE_H
#include <check.h>
#include <stdbool.h>
#include <dlfcn.h>
#include <kac/sdk.h>
#include <stdlib.h>

enum { FIXTURE_ALLOCS = 32 };
struct fixture {
  void *file;
  const kac_component *component;
  void *config, *self, *scratch;
  kac_plan plan;
  kac_space space;
  kac_host host;
  kac_coeffs now; /* alpha and sigma that the block's coeffs gives */
  kac_error err;
  void *allocs[FIXTURE_ALLOCS];
  size_t n_allocs;
};

__attribute__((unused)) static void *fixture_alloc(const kac_host *host,
                                                   size_t bytes) {
  struct fixture *f = host->impl;
  ck_assert_uint_lt(f->n_allocs, FIXTURE_ALLOCS);
  size_t rounded = (bytes + 63) / 64 * 64 + 64;
  void *p = aligned_alloc(64, rounded);
  ck_assert_ptr_nonnull(p);
  memset(p, 0, rounded);
  return f->allocs[f->n_allocs++] = p;
}

/* The last message of a plugin, behind its level. */
static char fixture_logged[256];
__attribute__((unused)) static void fixture_log(const kac_host *host, int level,
                                                const char *text) {
  (void)host;
  snprintf(fixture_logged, sizeof fixture_logged, "%d %s", level, text);
}

static inline const kac_param *fixture_param(const struct fixture *f,
                                             const char *name) {
  for (uint32_t i = 0; i < f->component->n_params; i++)
    if (strcmp(f->component->params[i].name, name) == 0)
      return &f->component->params[i];
  ck_abort_msg("%s has no parameter %s", f->component->name, name);
}

static inline void *fixture_at(const struct fixture *f, const char *name,
                               uint32_t type) {
  const kac_param *p = fixture_param(f, name);
  ck_assert_uint_eq(p->type, type);
  return (char *)f->config + p->offset;
}

static inline void fixture_real(struct fixture *f, const char *name, double v) {
  memcpy(fixture_at(f, name, KAC_T_REAL), &v, sizeof v);
}

static inline void fixture_choice(struct fixture *f, const char *name,
                                  int64_t v) {
  memcpy(fixture_at(f, name, KAC_T_CHOICE), &v, sizeof v);
}

static inline void fixture_int(struct fixture *f, const char *name, int64_t v) {
  memcpy(fixture_at(f, name, KAC_T_INT), &v, sizeof v);
}

/* The text must outlive the fixture. */
static inline void fixture_string(struct fixture *f, const char *name,
                                  const char *text) {
  memcpy(fixture_at(f, name, KAC_T_STRING), &text, sizeof text);
}

/* data must outlive the fixture; shape is n_dim numbers. */
static inline void fixture_array(struct fixture *f, const char *name,
                                 const double *data, size_t n_dim,
                                 const size_t *shape) {
  kac_array a = {data, 1, n_dim, {0}};
  for (size_t i = 0; i < n_dim; i++) {
    a.shape[i] = shape[i];
    a.n *= shape[i];
  }
  memcpy(fixture_at(f, name, KAC_T_ARRAY), &a, sizeof a);
}

static inline void fixture_vector(struct fixture *f, const char *name,
                                  const double *data, size_t n) {
  fixture_array(f, name, data, 1, &n);
}

static inline void fixture_defaults(struct fixture *f) {
  for (uint32_t i = 0; i < f->component->n_params; i++) {
    const kac_param *p = &f->component->params[i];
    char *at = (char *)f->config + p->offset;
    int64_t whole = (int64_t)p->def;
    if (p->type == KAC_T_REAL) memcpy(at, &p->def, sizeof p->def);
    if (p->type == KAC_T_BOOL || p->type == KAC_T_INT ||
        p->type == KAC_T_CHOICE)
      memcpy(at, &whole, sizeof whole);
    if (p->type == KAC_T_STRING) memcpy(at, &p->text, sizeof p->text);
  }
}

/* The component with its defaults; set parameters, then fixture_start. */
static inline void fixture_open(struct fixture *f, const char *kind,
                                const char *name) {
  memset(f, 0, sizeof *f);
  const char *dir = getenv("KAC_PLUGIN_PATH");
  ck_assert_msg(dir != NULL, "KAC_PLUGIN_PATH is not set");
  char path[4096];
  snprintf(path, sizeof path, "%.*s/%s/%s.so", (int)strcspn(dir, ":"), dir,
           kind, name);
  f->file = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  ck_assert_msg(f->file != NULL, "%s: %s", path, dlerror());
  kac_module_fn entry;
  void *symbol = dlsym(f->file, KAC_ENTRY);
  ck_assert_ptr_nonnull(symbol);
  memcpy(&entry, &symbol, sizeof entry);
  f->component = entry()->components[0];
  ck_assert_str_eq(f->component->name, name);
  f->config = calloc(1, f->component->config_size);
  ck_assert_ptr_nonnull(f->config);
  fixture_defaults(f);
}

/* n_bodies = 1: a plain state of n_dim reals.  max_rows: of a block. */
static inline kac_status fixture_plan(struct fixture *f, size_t n_bodies,
                                      size_t n_dim, size_t max_rows) {
  f->space = (kac_space){.struct_size = sizeof f->space,
                         .span_size = sizeof(kac_span),
                         .n_real = n_bodies * n_dim,
                         .n_bodies = n_bodies,
                         .n_dim = n_dim,
                         .n_dof = (double)(n_bodies * n_dim),
                         .flags = f->space.flags};
  if (f->space.flags & KAC_MEAN_FREE) f->space.n_dof -= (double)n_dim;
  f->plan = (kac_plan){.struct_size = sizeof f->plan,
                       .n_threads = 1,
                       .space = &f->space,
                       .n_particles = max_rows,
                       .n_replicates = 1,
                       .block = max_rows,
                       .n_steps = 1,
                       .t_max = 1};
  if (!f->component->plan) return KAC_OK;
  return f->component->plan(f->config, &f->plan, &f->err);
}

static inline kac_status fixture_create(struct fixture *f) {
  f->host = (kac_host){.struct_size = sizeof f->host,
                       .impl = f,
                       .log = fixture_log,
                       .alloc = fixture_alloc};
  f->scratch = fixture_alloc(&f->host, f->plan.scratch_bytes);
  f->self = f->config;
  if (!f->component->create) return KAC_OK;
  return f->component->create(&f->host, f->config, &f->plan, &f->self, &f->err);
}

static inline void fixture_start(struct fixture *f, size_t n_bodies,
                                 size_t n_dim, size_t max_rows) {
  kac_status status = fixture_plan(f, n_bodies, n_dim, max_rows);
  ck_assert_msg(status == KAC_OK, "%s", f->err.msg);
  status = fixture_create(f);
  ck_assert_msg(status == KAC_OK, "%s", f->err.msg);
}

static inline void fixture_close(struct fixture *f) {
  if (f->component->destroy) f->component->destroy(f->self);
  for (size_t i = 0; i < f->n_allocs; i++) free(f->allocs[i]);
  free(f->config);
  dlclose(f->file);
}

/* A uniform in (0, 1) from any number: splitmix64. */
static inline double fixture_uniform(uint64_t counter) {
  uint64_t z = counter * 0x9e3779b97f4a7c15ull + 0x123456789ull;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return ((double)((z ^ (z >> 31)) >> 12) + 0.5) * 0x1p-52;
}

static inline double fixture_normal(uint64_t counter) {
  double u = fixture_uniform(2 * counter), v = fixture_uniform(2 * counter + 1);
  return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

static inline uint64_t fixture_counter(const kac_block *b, uint32_t draw,
                                       size_t i, size_t j) {
  return ((b->row0 + i) * 64 + draw) * 4096 + j;
}

static inline void fixture_normals(const kac_block *b, uint32_t draw,
                                   double *out, size_t ld, size_t n_col) {
  for (size_t i = 0; i < b->n; i++)
    for (size_t j = 0; j < n_col; j++)
      out[i * ld + j] = fixture_normal(fixture_counter(b, draw, i, j));
}

static inline void fixture_uniforms(const kac_block *b, uint32_t draw,
                                    double *out, size_t ld, size_t n_col) {
  for (size_t i = 0; i < b->n; i++)
    for (size_t j = 0; j < n_col; j++)
      out[i * ld + j] = fixture_uniform(fixture_counter(b, draw, i, j));
}

/* What a block points to, so that its calls find the fixture again. */
struct fixture_block {
  kac_block block; /* first: calls cast back */
  struct fixture *fixture;
};

static inline kac_status fixture_coeffs(const kac_block *b, double t,
                                        kac_coeffs *c, kac_error *err) {
  (void)err;
  *c = ((const struct fixture_block *)(const void *)b)->fixture->now;
  c->struct_size = sizeof *c;
  c->t = t;
  return KAC_OK;
}

static inline struct fixture_block fixture_block(struct fixture *f, size_t row0,
                                                 size_t n) {
  static const kac_calls calls = {.struct_size = sizeof calls,
                                  .coeffs = fixture_coeffs,
                                  .normal = fixture_normals,
                                  .uniform = fixture_uniforms};
  ck_assert_uint_le(n, f->plan.block);
  /* Contents of scratch are undefined on entry: make that hurt. */
  memset(f->scratch, 0xff, f->plan.scratch_bytes);
  return (struct fixture_block){.block = {.struct_size = sizeof(kac_block),
                                          .row0 = row0,
                                          .n = n,
                                          .space = &f->space,
                                          .scratch = f->scratch,
                                          .host = &calls},
                                .fixture = f};
}

static inline kac_crows fixture_rows(const double *x, size_t ld) {
  return (kac_crows){x, ld, NULL, 0};
}

#endif
