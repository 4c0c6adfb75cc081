/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One call of a plugin, with scratch full of garbage and random numbers that
 * follow the number of a row, wherever in a block it lies. */
#include "conform/ask.h"

#include <kac/sdk.h>
#include <stdlib.h>

/* What a plugin holds while it is called; the loan comes first (call.c). */
struct lent {
  struct loan loan;
  struct batch *batch;
};

/* --- what the host lends ---------------------------------------------------
 */
typedef void draw_fn(struct rng_key, struct rng_address, size_t, double *,
                     size_t, size_t);

static void draw_rows(const kac_block *block, uint32_t draw, draw_fn *fill,
                      double *out, size_t ld, size_t n_col) {
  const struct lent *lent = (const void *)block;
  struct batch *batch = lent->batch;
  struct rng_key key =
      rng_key(batch->trial->spec->seed,
              USE_INSTANCES + batch->trial->instance->number, 0);
  if (draw > batch->most_draw) batch->most_draw = draw;
  for (size_t i = 0, n = 1; i < block->n; i += n, n = 1) {
    struct rng_address address = {0, (uint32_t)batch->row[i], batch->round,
                                  draw};
    while (i + n < block->n && batch->row[i + n] == batch->row[i] + n) n++;
    fill(key, address, n, out + i * ld, ld, n_col);
  }
}

/* out = at - out, where that is wished for. */
static void mirror(const kac_block *block, double at, double *out, size_t ld,
                   size_t n_col) {
  const struct lent *lent = (const void *)block;
  for (size_t i = 0; lent->batch->is_mirrored && i < block->n; i++)
    for (size_t k = 0; k < n_col; k++) out[i * ld + k] = at - out[i * ld + k];
}

static void lend_normal(const kac_block *block, uint32_t draw, double *out,
                        size_t ld, size_t n_col) {
  draw_rows(block, draw, rng_normal, out, ld, n_col);
  mirror(block, 0, out, ld, n_col);
  if ((block->space->flags & KAC_MEAN_FREE) && n_col == block->space->n_real)
    call_project(block->space, block->n, out, ld);
}

static void lend_uniform(const kac_block *block, uint32_t draw, double *out,
                         size_t ld, size_t n_col) {
  draw_rows(block, draw, rng_uniform, out, ld, n_col);
  mirror(block, 1, out, ld, n_col);
}

static kac_status lend_field(const kac_block *block, kac_field_io *io,
                             kac_error *err) {
  return call_services.field(block, io, err);
}

static kac_status lend_coeffs(const kac_block *block, double t, kac_coeffs *c,
                              kac_error *err) {
  return call_services.coeffs(block, t, c, err);
}

static const kac_calls services = {sizeof services, 0,           lend_field,
                                   lend_coeffs,     lend_normal, lend_uniform};

/* --- the call --------------------------------------------------------------
 */
static double *values_of(const struct batch *batch, const char *name) {
  for (size_t k = 0; k < batch->n_out; k++)
    if (strcmp(batch->out[k].name, name) == 0) return batch->out[k].values;
  return NULL;
}

static kac_score_io score_io(const struct batch *batch, const double *x) {
  return (kac_score_io){.struct_size = sizeof(kac_score_io),
                        .want = batch->want,
                        .t = batch->t,
                        .x = {x, batch->ld, NULL, 0},
                        .score = values_of(batch, "score"),
                        .x0 = values_of(batch, "x0"),
                        .eps = values_of(batch, "eps"),
                        .velocity = values_of(batch, "velocity"),
                        .ld = batch->ld,
                        .logp = values_of(batch, "logp"),
                        .div = values_of(batch, "div"),
                        .v = batch->v,
                        .vjp = values_of(batch, "vjp")};
}

static kac_status ask_score(struct batch *batch, const kac_block *block) {
  const kac_score_ops *ops = batch->trial->component->ops;
  kac_score_io io = score_io(batch, batch->x);
  return ops->eval(batch->trial->instance->self, block, &io, &batch->err);
}

static kac_status ask_potential(struct batch *batch, const kac_block *block) {
  const kac_potential_ops *ops = batch->trial->component->ops;
  kac_potential_io io = {.struct_size = sizeof io,
                         .want = batch->want,
                         .t = batch->t,
                         .x = {batch->x, batch->ld, NULL, 0},
                         .x_prev = {batch->x_prev, batch->ld_prev, NULL, 0},
                         .phi = values_of(batch, "phi"),
                         .dphi = values_of(batch, "dphi"),
                         .ld = batch->ld,
                         .dphi_dt = values_of(batch, "dphi_dt")};
  const struct spec *spec = batch->trial->spec;
  if (!batch->pstate) io.flags |= KAC_TRIAL;
  if (!(batch->t > spec->t[spec->n_steps])) io.flags |= KAC_FINAL;
  return ops->eval(batch->trial->instance->self, block, &io, &batch->err);
}

const struct spec_integrator *ask_entry(const struct trial *trial) {
  const struct spec *spec = trial->spec;
  for (size_t i = 0; i < spec->n_integrators; i++)
    if (spec->integrators[i].instance == trial->instance)
      return &spec->integrators[i];
  return NULL;
}

bool ask_is_kernel(const struct trial *trial) {
  return ((const kac_integrator_ops *)trial->component->ops)->kernel;
}

bool ask_is_move_at_rest(const struct trial *trial) {
  const kac_integrator_ops *ops = trial->component->ops;
  return (ops->role & KAC_INVARIANT) != 0;
}

/* The field of the rows at (t, x), which the host hands to integrators. */
static bool field_at(struct batch *batch, const struct site *site,
                     double *memory, kac_field_io *f) {
  const kac_integrator_ops *ops = batch->trial->component->ops;
  size_t n = batch->n, d = batch->d;
  double *x = memory, *at = memory + n * d;
  for (size_t i = 0; i < n; i++)
    memcpy(x + i * d, batch->x + i * batch->ld, d * sizeof *x);
  *f = (kac_field_io){.struct_size = sizeof *f,
                      .want = ops->needs_field,
                      .t = batch->t,
                      .t_next = batch->t_next,
                      .x = {x, d, NULL, 0},
                      .b = at,
                      .s = at + n * d,
                      .x0 = at + 2 * n * d,
                      .ld = d,
                      .g = at + 3 * n * d,
                      .logpi = at + 3 * n * d + n};
  if (!path_field(site, f)) {
    snprintf(batch->err.msg, sizeof batch->err.msg, "%.240s",
             site->worker->fault.text);
    return false;
  }
  if (batch->b) memcpy(f->b, batch->b, n * d * sizeof *f->b);
  if (batch->s) memcpy(f->s, batch->s, n * d * sizeof *f->s);
  return true;
}

static void ask_kernel(struct batch *batch, const kac_block *block,
                       const kac_coeffs c[2], const kac_field_io *f,
                       kac_status *status) {
  const kac_integrator_ops *ops = batch->trial->component->ops;
  double *var = values_of(batch, "var");
  if (!var) return;
  kac_kernel_io io = {.struct_size = sizeof io,
                      .c0 = &c[0],
                      .c1 = &c[1],
                      .x = {batch->x, batch->ld, NULL, 0},
                      .f = f,
                      .mean = values_of(batch, "mean"),
                      .ld = batch->ld,
                      .var = var[0]}; /* its mark */
  *status = ops->kernel(batch->trial->instance->self, block, &io, &batch->err);
  for (size_t i = 0; i < batch->n; i++) var[i] = io.var;
}

/* The field is input. */
static void ask_kernel_with(struct batch *batch, const kac_block *block,
                            const kac_coeffs c[2], const kac_field_io *f,
                            kac_status *status) {
  size_t bytes = batch->n * (3 * batch->d + 2) * sizeof(double);
  double *before = memory_alloc(bytes);
  if (!before) return;
  memcpy(before, f->b, bytes);
  ask_kernel(batch, block, c, f, status);
  batch->wrote_field = memcmp(before, f->b, bytes) != 0;
  free(before);
}

static void ask_step(struct batch *batch, const kac_block *block,
                     const kac_coeffs c[2], kac_field_io *f,
                     kac_status *status) {
  const kac_integrator_ops *ops = batch->trial->component->ops;
  double *x = values_of(batch, "x"), *dlogw = values_of(batch, "dlogw");
  for (size_t i = 0; i < batch->n; i++) {
    memcpy(x + i * batch->ld, batch->x + i * batch->ld, batch->d * sizeof *x);
    dlogw[i] = batch->dlogw;
  }
  kac_step_io io = {.struct_size = sizeof io,
                    .c0 = &c[0],
                    .c1 = &c[1],
                    .x = {x, batch->ld, NULL, 0},
                    .f = f,
                    .dlogw = dlogw,
                    .accept = values_of(batch, "accept")};
  *status = ops->step(batch->trial->instance->self, block, &io, &batch->err);
}

static kac_status ask_move(struct batch *batch, const kac_block *block,
                           const struct site *site) {
  const struct spec_integrator *entry = ask_entry(batch->trial);
  size_t n_numbers = batch->n * (4 * batch->d + 2);
  double *memory = memory_alloc(n_numbers * sizeof *memory);
  struct path_point from, to;
  kac_field_io f;
  kac_status status = KAC_ENOMEM;
  if (memory && entry && path_at(site, batch->t, &from) &&
      path_at(site, batch->t_next, &to) && field_at(batch, site, memory, &f)) {
    kac_coeffs c[2] = {run_coeffs(&from, entry), run_coeffs(&to, entry)};
    if (ask_is_kernel(batch->trial))
      ask_kernel_with(batch, block, c, &f, &status);
    else
      ask_step(batch, block, c, &f, &status);
  }
  free(memory);
  return status;
}

/* Contents of scratch are undefined on entry: NaN, and a different one for each
 * call. */
static void spoil(unsigned char *scratch, size_t bytes, size_t n) {
  if (scratch) memset(scratch, 0xf8 + (int)(n % 7), bytes);
}

static void lend(struct batch *batch, struct site *site, struct lent *lent) {
  struct instance *instance = batch->trial->instance;
  struct worker *worker = &batch->trial->run.workers[batch->thread];
  *site = (struct site){
      .worker = worker, .row0 = batch->row[0], .n = batch->n, .is_probe = true};
  *lent = (struct lent){.batch = batch};
  batch->err = (kac_error){.row = -1};
  spoil(worker->scratch[instance->number], instance->plan.scratch_bytes,
        batch->n);
  call_loan(&lent->loan, site, instance);
  lent->loan.base.host = &services;
  lent->loan.base.pstate = batch->pstate;
  lent->loan.base.pstate_stride = batch->pstate_stride;
}

kac_status batch_call(struct batch *batch) {
  struct site site;
  struct lent lent;
  uint32_t kind = batch->trial->component->kind;
  kac_status status;
  lend(batch, &site, &lent);
  struct crash_site before = trial_enter(batch->trial);
  if (kind == KAC_SCORE)
    status = ask_score(batch, &lent.loan.base);
  else if (kind == KAC_POTENTIAL)
    status = ask_potential(batch, &lent.loan.base);
  else
    status = ask_move(batch, &lent.loan.base, &site);
  crash_enter(before);
  return status;
}

bool batch_ask_group(struct batch *const *batches, size_t n) {
  const kac_score_ops *ops = batches[0]->trial->component->ops;
  const void *selves[PATH_MAX_TERMS];
  kac_score_io io[PATH_MAX_TERMS], *ios[PATH_MAX_TERMS];
  struct site site;
  struct lent lent;
  lend(batches[0], &site, &lent);
  for (size_t k = 0; k < n; k++) {
    selves[k] = batches[k]->trial->instance->self;
    io[k] = score_io(batches[k], batches[0]->x);
    ios[k] = &io[k];
  }
  struct crash_site before = trial_enter(batches[0]->trial);
  kac_status status =
      ops->eval_group(selves, n, &lent.loan.base, ios, &batches[0]->err);
  crash_enter(before);
  return batch_judge(batches[0], status);
}
