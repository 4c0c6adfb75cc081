/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A host for tests of integrators, resamplers and observers: loads a component
 * from the folders of KAC_PLUGIN_PATH, fills its config with defaults, lends it
 * a block with an exact linear field and with numbers that are a function of
 * (seed, step, draw, row, column) alone. */
#ifndef KAC_TESTS_FIELD_FIXTURE_H
#define KAC_TESTS_FIELD_FIXTURE_H
#include <check.h>
#include <dlfcn.h>
#include <kac/sdk.h>
#include <stdlib.h>

/* --- plugins --------------------------------------------------------------
 */
__attribute__((unused)) static const kac_component *plugin_load(
    const char *kind, const char *name) {
  const char *folders = getenv("KAC_PLUGIN_PATH");
  ck_assert_msg(folders != NULL, "KAC_PLUGIN_PATH is not set");
  while (*folders) {
    char path[4096];
    size_t n = strcspn(folders, ":");
    snprintf(path, sizeof path, "%.*s/%s/%s.so", (int)n, folders, kind, name);
    folders += n + (folders[n] == ':');
    void *file = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!file) continue;
    void *symbol = dlsym(file, KAC_ENTRY);
    kac_module_fn entry;
    memcpy(&entry, &symbol, sizeof entry);
    ck_assert_str_eq(entry()->components[0]->name, name);
    return entry()->components[0];
  }
  ck_abort_msg("no %s/%s.so in KAC_PLUGIN_PATH", kind, name);
}

__attribute__((unused)) static void *config_member(
    const kac_component *component, void *config, const char *name) {
  for (uint32_t i = 0; i < component->n_params; i++)
    if (strcmp(component->params[i].name, name) == 0)
      return (char *)config + component->params[i].offset;
  ck_abort_msg("%s has no parameter '%s'", component->name, name);
}

__attribute__((unused)) static void config_int(const kac_component *component,
                                               void *config, const char *name,
                                               int64_t value) {
  memcpy(config_member(component, config, name), &value, sizeof value);
}

__attribute__((unused)) static void config_real(const kac_component *component,
                                                void *config, const char *name,
                                                double value) {
  memcpy(config_member(component, config, name), &value, sizeof value);
}

__attribute__((unused)) static void config_array(const kac_component *component,
                                                 void *config, const char *name,
                                                 const double *data, size_t n,
                                                 size_t n_columns) {
  kac_array array = {
      data, n * n_columns, n_columns > 1 ? 2 : 1, {n, n_columns, 0, 0}};
  memcpy(config_member(component, config, name), &array, sizeof array);
}

/* The config struct with the defaults of the table; free it. */
__attribute__((unused)) static void *config_new(
    const kac_component *component) {
  void *config = calloc(1, component->config_size + 1);
  ck_assert_ptr_nonnull(config);
  for (uint32_t i = 0; i < component->n_params; i++) {
    const kac_param *p = &component->params[i];
    char *at = (char *)config + p->offset;
    int64_t whole = (int64_t)p->def;
    if (p->type == KAC_T_REAL)
      memcpy(at, &p->def, sizeof p->def);
    else if (p->type == KAC_T_STRING)
      memcpy(at, &p->text, sizeof p->text);
    else if (p->type != KAC_T_ARRAY)
      memcpy(at, &whole, sizeof whole);
  }
  return config;
}

/* --- noising: alpha, sigma and an exact linear field -----------------------
 * b = -f x + (g2/2) B with B = -(x - alpha m)/(alpha^2 v + sigma^2) the score
 * of noised N(m, v), and S the same for its own m and v. */
enum noising { NOISING_EDM, NOISING_VP, NOISING_STATIC };
struct gaussian {
  double m, v;
};
struct fake {
  kac_block block; /* first: what the plugin holds */
  kac_calls calls;
  kac_space space;
  enum noising noising;
  double z2; /* eps = z2 g2/2 */
  struct gaussian b, s;
  int is_constant; /* every normal is `constant` */
  double constant;
  double wall;        /* log pi = -inf and no score where x_0 < wall */
  double sigma_least; /* the field fails below */
};

__attribute__((unused)) static kac_coeffs fake_coeffs(const struct fake *fake,
                                                      double t) {
  kac_coeffs c = {.struct_size = sizeof c, .t = t, .alpha = 1};
  if (fake->noising == NOISING_EDM) {
    c.sigma = t;
    c.dsigma = 1;
    c.g2 = 2 * t;
  } else if (fake->noising == NOISING_VP) {
    c.alpha = exp(-t);
    c.sigma = sqrt(-expm1(-2 * t));
    c.dalpha = -c.alpha;
    c.dsigma = exp(-2 * t) / c.sigma;
    c.f = -1;
    c.g2 = 2;
  }
  c.eps = 0.5 * fake->z2 * c.g2;
  return c;
}

__attribute__((unused)) static double gaussian_var(const struct gaussian *q,
                                                   const kac_coeffs *c) {
  return c->alpha * c->alpha * q->v + c->sigma * c->sigma;
}

__attribute__((unused)) static double gaussian_score(const struct gaussian *q,
                                                     const kac_coeffs *c,
                                                     double x) {
  return -(x - c->alpha * q->m) / gaussian_var(q, c);
}

/* One row; log pi has the constant of t left out. */
__attribute__((unused)) static void fake_row(const struct fake *fake,
                                             kac_field_io *io, size_t i) {
  kac_coeffs c = fake_coeffs(fake, io->t);
  const double *x = kac_row(&io->x, i);
  double logpi = 0;
  for (size_t k = 0; k < fake->space.n_real; k++) {
    double s = gaussian_score(&fake->s, &c, x[k]);
    size_t at = i * io->ld + k;
    logpi -= 0.5 * s * s * gaussian_var(&fake->s, &c);
    if (io->want & KAC_Q_S) io->s[at] = s;
    if (io->want & KAC_Q_B)
      io->b[at] = -c.f * x[k] + 0.5 * c.g2 * gaussian_score(&fake->b, &c, x[k]);
    if (io->want & KAC_Q_X0) io->x0[at] = x[k] + c.sigma * c.sigma * s;
  }
  int is_out = x[0] < fake->wall;
  if (is_out && io->want & KAC_Q_S) io->s[i * io->ld] = KAC_NAN;
  if (io->want & KAC_Q_LOGPI) io->logpi[i] = is_out ? -KAC_INF : logpi;
  if (io->want & KAC_Q_G) io->g[i] = 3 * x[0];
  for (size_t k = 0; io->terms && k < io->n_terms; k++)
    io->terms[i * io->n_terms + k] = x[0] + (double)k;
}

static inline const struct fake *fake_of(const kac_block *block) {
  return (const struct fake *)(const void *)block; /* its first member */
}

__attribute__((unused)) static kac_status fake_field(const kac_block *block,
                                                     kac_field_io *io,
                                                     kac_error *err) {
  const struct fake *fake = fake_of(block);
  kac_coeffs c = fake_coeffs(fake, io->t);
  if (c.sigma < fake->sigma_least)
    return kac_fail(err, KAC_EINVAL, "no field at sigma = %g", c.sigma);
  for (size_t i = 0; i < block->n; i++) fake_row(fake, io, i);
  return KAC_OK;
}

__attribute__((unused)) static kac_status fake_coeffs_call(
    const kac_block *block, double t, kac_coeffs *out, kac_error *err) {
  (void)err;
  *out = fake_coeffs(fake_of(block), t);
  return KAC_OK;
}

/* --- numbers: splitmix64 of the address ------------------------------------
 */
static inline uint64_t mix(uint64_t z) {
  z += 0x9e3779b97f4a7c15ull;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

static inline double uniform_at(uint64_t seed, uint64_t draw, uint64_t i) {
  uint64_t bits = mix(mix(mix(seed) + draw) + i);
  return ((double)(bits >> 12) + 0.5) * 0x1p-52;
}

__attribute__((unused)) static double normal_at(uint64_t seed, uint64_t draw,
                                                uint64_t i) {
  double u = uniform_at(seed, 2 * draw, i),
         v = uniform_at(seed, 2 * draw + 1, i);
  return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

__attribute__((unused)) static void fake_normal(const kac_block *block,
                                                uint32_t draw, double *out,
                                                size_t ld, size_t n_col) {
  const struct fake *fake = fake_of(block);
  for (size_t i = 0; i < block->n; i++)
    for (size_t k = 0; k < n_col; k++)
      out[i * ld + k] = fake->is_constant
                            ? fake->constant
                            : normal_at(block->step, draw, i * n_col + k);
}

__attribute__((unused)) static void fake_uniform(const kac_block *block,
                                                 uint32_t draw, double *out,
                                                 size_t ld, size_t n_col) {
  for (size_t i = 0; i < block->n; i++)
    for (size_t k = 0; k < n_col; k++)
      out[i * ld + k] = uniform_at(block->step, 1000 + draw, i * n_col + k);
}

/* --- a block, with what the plan asks for; fake_free frees it --------------
 */
__attribute__((unused)) static kac_plan plan_of(const kac_component *component,
                                                const void *config,
                                                const kac_space *space,
                                                size_t n_particles,
                                                size_t n_replicates) {
  kac_plan plan = {.struct_size = sizeof plan,
                   .n_threads = 1,
                   .space = space,
                   .n_particles = n_particles,
                   .n_replicates = n_replicates,
                   .block = n_particles,
                   .n_steps = 4,
                   .t_max = 1};
  kac_error err = {0};
  kac_status status =
      component->plan ? component->plan(config, &plan, &err) : KAC_OK;
  ck_assert_msg(status == KAC_OK, "%s", err.msg);
  return plan;
}

static inline void *alloc_zero(size_t bytes) {
  size_t rounded = (bytes / 64 + 1) * 64;
  void *p = aligned_alloc(64, rounded);
  ck_assert_ptr_nonnull(p);
  return memset(p, 0, rounded);
}

__attribute__((unused)) static void fake_init(struct fake *fake, size_t n,
                                              size_t d,
                                              const kac_component *component,
                                              const void *config) {
  fake->calls = (kac_calls){.struct_size = sizeof fake->calls,
                            .field = fake_field,
                            .coeffs = fake_coeffs_call,
                            .normal = fake_normal,
                            .uniform = fake_uniform};
  fake->space = (kac_space){.struct_size = sizeof fake->space,
                            .n_real = d,
                            .n_bodies = 1,
                            .n_dim = d,
                            .n_dof = (double)d};
  fake->wall = -KAC_INF;
  fake->sigma_least = -1;
  kac_plan plan = plan_of(component, config, &fake->space, n, 1);
  fake->block = (kac_block){.struct_size = sizeof fake->block,
                            .n = n,
                            .space = &fake->space,
                            .scratch = alloc_zero(plan.scratch_bytes),
                            .host = &fake->calls};
  if (plan.pstate_bytes) {
    fake->block.pstate = alloc_zero(n * plan.pstate_bytes);
    fake->block.pstate_stride = plan.pstate_bytes;
  }
}

__attribute__((unused)) static void fake_free(struct fake *fake) {
  free(fake->block.scratch);
  free(fake->block.pstate);
}

#endif
