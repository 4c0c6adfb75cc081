/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls into plugins.  See call.h; nothing here knows the mathematics. */
#include "sampler/call.h"

#include <kac/sdk.h>

#include "sampler/call_inner.h"
#include "sampler/path.h"

void call_loan(struct loan *loan, const struct site *site,
               const struct instance *instance) {
  const struct spec *spec = site->worker->spec;
  *loan =
      (struct loan){.base = {.struct_size = sizeof loan->base,
                             .row0 = site->row0,
                             .n = site->n,
                             .step = site->step,
                             .space = &spec->space,
                             .scratch = site->worker->scratch[instance->number],
                             .host = site->worker->calls},
                    .site = site,
                    .instance = instance};
  if (instance->plan.pstate_bytes > 0 && site->pstate) {
    loan->base.pstate =
        site->pstate + site->worker->pstate_offset[instance->number];
    loan->base.pstate_stride = site->pstate_stride;
  }
}

/* As people count: the start is 0, the steps are 1 to n_steps; what looks at
 * the final state belongs to the last one.  Outside of a run: -1. */
static int64_t step_number(const struct site *site) {
  size_t n = site->worker->spec->n_steps;
  if (site->is_probe) return -1;
  if (site->is_start) return 0;
  return site->step < n ? (int64_t)site->step + 1 : (int64_t)n;
}

bool call_fail(const struct site *site, const struct instance *instance,
               enum exit_code code, int64_t row, const char *text) {
  struct worker *worker = site->worker;
  if (worker->fault.code != 0) return false; /* the root cause stands */
  size_t n = worker->spec->n_particles;
  size_t global = site->row0 + (row < 0 ? 0 : (size_t)row);
  bool is_known = row >= 0 && !site->is_probe;
  int64_t replicate = is_known ? (int64_t)(global / n) : -1;
  int64_t particle = is_known ? (int64_t)(global % n) : -1;
  worker->fault_row = site->row0;
  instance_fault(instance, &worker->fault, code, step_number(site), replicate,
                 particle, text);
  return false;
}

bool call_refused(const struct site *site, const struct instance *instance,
                  kac_status status, kac_error *err) {
  char text[320];
  err->msg[sizeof err->msg - 1] = 0;
  int64_t row = err->row >= 0 && err->row < (int64_t)site->n ? err->row : -1;
  bool is_known = status < 0 && status >= KAC_EIO;
  if (!is_known)
    snprintf(text, sizeof text, "returned the unknown status %d: %s",
             (int)status, err->msg[0] ? err->msg : "no message given");
  else
    snprintf(text, sizeof text, "%s",
             err->msg[0] ? err->msg : "failed without a message");
  enum exit_code code = status == KAC_ENUMERIC ? EXIT_NUMERIC
                        : status == KAC_ENOMEM ? EXIT_RESOURCE
                        : status == KAC_EIO    ? EXIT_FILE
                                               : EXIT_PLUGIN;
  return call_fail(site, instance, code, row, text);
}

/* The address of the first number that is not finite, or n * n_col.  Summing
 * 0 * value in lanes finds out quickly that there is none. */
KAC_CLONES static double zero_sum(const double *values, size_t n) {
  double lane[8] = {0}, sum = 0;
  size_t whole = n - n % 8;
  for (size_t i = 0; i < whole; i += 8)
    for (size_t j = 0; j < 8; j++) lane[j] += values[i + j] * 0.0;
  for (size_t i = whole; i < n; i++) sum += values[i] * 0.0;
  for (size_t j = 0; j < 8; j++) sum += lane[j];
  return sum;
}

/* A NaN that no computation gives: what still holds it was never written. */
static const uint64_t unwritten = 0x7ff8dead6b616331u;

static bool is_unwritten(double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits == unwritten;
}

void call_mark(const struct site *site, double *values, size_t ld,
               size_t n_col) {
  if (site->step > 0 || !values) return;
  for (size_t i = 0; i < site->n; i++)
    for (size_t k = 0; k < n_col; k++)
      memcpy(&values[i * ld + k], &unwritten, sizeof unwritten);
}

bool call_finite(const struct site *site, const struct instance *blamed,
                 const char *what, const double *values, size_t ld,
                 size_t n_col, bool may_be_low) {
  for (size_t i = 0; i < site->n; i++) {
    size_t rows = ld == n_col ? site->n : 1; /* dense: all rows at once */
    if (zero_sum(values + i * ld, rows * n_col) == 0.0) {
      i += rows - 1;
      continue;
    }
    for (size_t k = 0; k < rows * n_col; k++) {
      double value = values[i * ld + k];
      if (isfinite(value) || (may_be_low && value == -KAC_INF)) continue;
      char text[128];
      bool is_blank = is_unwritten(value);
      const char *expected = may_be_low ? " (expected a finite number or -inf)"
                                        : " (expected a finite number)";
      snprintf(text, sizeof text, "%s is %s%s", what,
               is_blank       ? "not written, though eval gave success"
               : isnan(value) ? "NaN"
               : value > 0    ? "+inf"
                              : "-inf",
               is_blank ? "" : expected);
      return call_fail(site, blamed, is_blank ? EXIT_PLUGIN : EXIT_NUMERIC,
                       (int64_t)(i + k / n_col), text);
    }
    i += rows - 1;
  }
  return true;
}

static struct crash_site site_of(const struct site *site,
                                 const struct instance *instance) {
  return (struct crash_site){.instance = instance,
                             .step = step_number(site),
                             .row0 = site->row0,
                             .n_rows = site->n};
}

struct crash_site call_enter(const struct site *site,
                             struct instance *instance) {
  if (instance->component->threads == KAC_THREADS_SERIAL)
    pthread_mutex_lock(&instance->lock);
  return crash_enter(site_of(site, instance));
}

void call_leave(struct instance *instance, struct crash_site before) {
  crash_enter(before);
  if (instance->component->threads == KAC_THREADS_SERIAL)
    pthread_mutex_unlock(&instance->lock);
}

bool call_potential(const struct site *site, struct instance *potential,
                    kac_potential_io *io) {
  const kac_potential_ops *ops = potential->component->ops;
  struct loan loan;
  kac_error err = {.row = -1};
  size_t d = site->worker->spec->space.n_real;
  if (io->want & KAC_Q_PHI) call_mark(site, io->phi, 1, 1);
  if (io->want & KAC_Q_DPHI_DT) call_mark(site, io->dphi_dt, 1, 1);
  if (io->want & KAC_Q_DPHI) call_mark(site, io->dphi, io->ld, d);
  call_loan(&loan, site, potential);
  struct crash_site before = call_enter(site, potential);
  kac_status status = ops->eval(potential->self, &loan.base, io, &err);
  call_leave(potential, before);
  if (!site->is_uncounted)
    atomic_fetch_add_explicit(&potential->n_rows, site->n,
                              memory_order_relaxed);
  if (status != KAC_OK) return call_refused(site, potential, status, &err);
  if ((io->want & KAC_Q_PHI) &&
      !call_finite(site, potential, "phi", io->phi, 1, 1, true))
    return false;
  if ((io->want & KAC_Q_DPHI_DT) &&
      !call_finite(site, potential, "dphi_dt", io->dphi_dt, 1, 1, false))
    return false;
  return !(io->want & KAC_Q_DPHI) ||
         call_finite(site, potential, "the gradient", io->dphi, io->ld, d,
                     false);
}

bool call_strength(const struct site *site, const struct instance *potential,
                   double strength, const double *phi) {
  return !(strength < 0) ||
         call_finite(site, potential,
                     "phi, which a negative strength multiplies,", phi, 1, 1,
                     false);
}

bool call_phi(const struct site *site, struct instance *potential,
              uint32_t flags, double t, const double *x, double *phi) {
  kac_potential_io io = {.struct_size = sizeof io,
                         .flags = flags,
                         .want = KAC_Q_PHI,
                         .t = t,
                         .x = {x, site->worker->spec->space.n_real, NULL, 0},
                         .phi = phi};
  return call_potential(site, potential, &io);
}

bool call_kernel(const struct site *site, struct instance *integrator,
                 kac_kernel_io *io) {
  const kac_integrator_ops *ops = integrator->component->ops;
  struct loan loan;
  kac_error err = {.row = -1};
  call_loan(&loan, site, integrator);
  struct crash_site before = call_enter(site, integrator);
  kac_status status = ops->kernel(integrator->self, &loan.base, io, &err);
  call_leave(integrator, before);
  if (status != KAC_OK) return call_refused(site, integrator, status, &err);
  if (!(io->var >= 0) || io->var > 1e300)
    return call_fail(
        site, integrator, EXIT_NUMERIC, -1,
        "the kernel's variance is not a finite number >= 0 (du = c0->t - "
        "c1->t is negative for the reversed kernel)");
  if (site->worker->spec->weights == WEIGHTS_DENSITY && !(io->var > 0)) {
    char text[200];
    snprintf(text, sizeof text,
             "the step from t = %g to %g has variance 0, and so no density "
             "for weights = \"density\": end at sigma > 0 (time.t_min), or "
             "take another variance or integrator",
             io->c0->t, io->c1->t);
    return call_fail(site, integrator, EXIT_CONFIG, -1, text);
  }
  return true;
}

bool call_mean(const struct site *site, const struct instance *integrator,
               const kac_kernel_io *io) {
  return call_finite(site, integrator, "the kernel's mean", io->mean, io->ld,
                     site->worker->spec->space.n_real, false);
}

bool call_step(const struct site *site, struct instance *integrator,
               kac_step_io *io) {
  const kac_integrator_ops *ops = integrator->component->ops;
  struct loan loan;
  kac_error err = {.row = -1};
  call_loan(&loan, site, integrator);
  struct crash_site before = call_enter(site, integrator);
  kac_status status = ops->step(integrator->self, &loan.base, io, &err);
  call_leave(integrator, before);
  if (site->worker->fault.code != 0) return false; /* failed in an upcall */
  if (status != KAC_OK) return call_refused(site, integrator, status, &err);
  return call_finite(site, integrator, "the new state", io->x.real, io->x.ld,
                     site->worker->spec->space.n_real, false) &&
         call_finite(site, integrator, "dlogw", io->dlogw, 1, 1, true);
}

bool call_coeffs(const struct site *site, double t, kac_coeffs *coeffs) {
  struct instance *schedule = site->worker->spec->schedule;
  kac_error err = {.row = -1};
  struct crash_site before = crash_enter(site_of(site, schedule));
  kac_status status = path_coeffs(schedule, t, coeffs, &err);
  crash_enter(before);
  return status == KAC_OK || call_refused(site, schedule, status, &err);
}

void call_project(const kac_space *space, size_t n, double *rows, size_t ld) {
  size_t bodies = space->n_bodies, dim = space->n_dim;
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < dim; k++) {
      double sum = 0, *at = rows + i * ld + k;
      for (size_t j = 0; j < bodies; j++) sum += at[j * dim];
      for (size_t j = 0; j < bodies; j++) at[j * dim] -= sum / (double)bodies;
    }
}

typedef void draw_fn(struct rng_key, struct rng_address, size_t, double *,
                     size_t, size_t);

/* Blocks may cross replicates: random numbers are addressed within one. */
static void draw(const struct site *site, uint32_t use, uint32_t draw_number,
                 draw_fn *fill, double *out, size_t ld, size_t n_col) {
  const struct spec *spec = site->worker->spec;
  struct rng_key key = rng_key(spec->seed, use, site->sub);
  for (size_t i = 0; i < site->n;) {
    size_t replicate = (site->row0 + i) / spec->n_particles;
    size_t row = (site->row0 + i) % spec->n_particles;
    size_t left = spec->n_particles - row;
    size_t n = left < site->n - i ? left : site->n - i;
    struct rng_address address = {(uint32_t)replicate, (uint32_t)row,
                                  (uint32_t)site->step, draw_number};
    fill(key, address, n, out + i * ld, ld, n_col);
    i += n;
  }
}

void call_normal(const struct site *site, uint32_t use, uint32_t draw_number,
                 double *out, size_t ld, size_t n_col) {
  const kac_space *space = &site->worker->spec->space;
  draw(site, use, draw_number, rng_normal, out, ld, n_col);
  if ((space->flags & KAC_MEAN_FREE) && n_col == space->n_real)
    call_project(space, site->n, out, ld);
}

void call_uniform(const struct site *site, uint32_t use, uint32_t draw_number,
                  double *out) {
  draw(site, use, draw_number, rng_uniform, out, 1, 1);
}

/* --- what the host lends: the upcalls ------------------------------------- */
static const struct loan *loan_of(const kac_block *block) {
  return (const struct loan *)(const void *)block;
}

static void lend_normal(const kac_block *block, uint32_t draw_number,
                        double *out, size_t ld, size_t n_col) {
  const struct loan *loan = loan_of(block);
  call_normal(loan->site, USE_INSTANCES + loan->instance->number, draw_number,
              out, ld, n_col);
}

static void lend_uniform(const kac_block *block, uint32_t draw_number,
                         double *out, size_t ld, size_t n_col) {
  const struct loan *loan = loan_of(block);
  draw(loan->site, USE_INSTANCES + loan->instance->number, draw_number,
       rng_uniform, out, ld, n_col);
}

static kac_status lend_coeffs(const kac_block *block, double t,
                              kac_coeffs *coeffs, kac_error *err) {
  const struct spec *spec = loan_of(block)->site->worker->spec;
  return path_coeffs(spec->schedule, t, coeffs, err);
}

static kac_status lend_field(const kac_block *block, kac_field_io *io,
                             kac_error *err) {
  const struct loan *loan = loan_of(block);
  if (io->ld != block->space->n_real)
    return kac_fail(err, KAC_EINVAL, "field outputs need ld = n_real");
  if (((io->want & KAC_Q_B) && !io->b) || ((io->want & KAC_Q_S) && !io->s) ||
      ((io->want & KAC_Q_X0) && !io->x0) ||
      ((io->want & KAC_Q_LOGPI) && !io->logpi) ||
      ((io->want & KAC_Q_G) && !io->g))
    return kac_fail(err, KAC_EINVAL, "a wanted field output is NULL");
  struct site trial = *loan->site;
  trial.pstate = NULL;
  if (path_field(&trial, io)) return KAC_OK;
  return kac_fail(err, KAC_ENUMERIC, "the field could not be evaluated");
}

const kac_calls call_services = {sizeof(kac_calls), 0,           lend_field,
                                 lend_coeffs,       lend_normal, lend_uniform};
