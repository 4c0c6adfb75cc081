/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls into score models: one, several heads of one network, draws. */
#include <kac/sdk.h>

#include "sampler/call_inner.h"

enum { N_SCORE_OUTPUTS = 6 };
struct score_output {
  uint64_t bit;
  const char *what;
  double *values;
  size_t ld, n_col;
  bool may_be_low;
};

static void list_outputs(const struct site *site, const kac_score_io *io,
                         struct score_output outputs[N_SCORE_OUTPUTS]) {
  size_t d = site->worker->spec->space.n_real;
  const struct score_output all[N_SCORE_OUTPUTS] = {
      {KAC_Q_SCORE, "the score", io->score, io->ld, d, false},
      {KAC_Q_X0, "x0", io->x0, io->ld, d, false},
      {KAC_Q_EPS, "eps", io->eps, io->ld, d, false},
      {KAC_Q_VELOCITY, "the velocity", io->velocity, io->ld, d, false},
      {KAC_Q_LOGP, "logp", io->logp, 1, 1, true},
      {KAC_Q_VJP, "vjp", io->vjp, io->ld, d, false}};
  memcpy(outputs, all, sizeof all);
}

static void mark_score(const struct site *site, const kac_score_io *io) {
  struct score_output outputs[N_SCORE_OUTPUTS];
  list_outputs(site, io, outputs);
  for (size_t k = 0; k < N_SCORE_OUTPUTS; k++)
    if (io->want & outputs[k].bit)
      call_mark(site, outputs[k].values, outputs[k].ld, outputs[k].n_col);
}

/* Looks for what is not finite. */
static bool take_score(const struct site *site, struct instance *score,
                       const kac_score_io *io) {
  struct score_output outputs[N_SCORE_OUTPUTS];
  list_outputs(site, io, outputs);
  for (size_t k = 0; k < N_SCORE_OUTPUTS; k++)
    if ((io->want & outputs[k].bit) &&
        !call_finite(site, score, outputs[k].what, outputs[k].values,
                     outputs[k].ld, outputs[k].n_col, outputs[k].may_be_low))
      return false;
  return true;
}

static void count_rows(const struct site *site, struct instance *instance,
                       uint64_t want) {
  atomic_fetch_add_explicit(&instance->n_rows, site->n, memory_order_relaxed);
  if (want & KAC_Q_VJP)
    atomic_fetch_add_explicit(&instance->n_vjps, site->n, memory_order_relaxed);
}

bool call_score(const struct site *site, struct instance *score,
                kac_score_io *io) {
  const kac_score_ops *ops = score->component->ops;
  struct loan loan;
  kac_error err = {.row = -1};
  mark_score(site, io);
  call_loan(&loan, site, score);
  struct crash_site before = call_enter(site, score);
  kac_status status = ops->eval(score->self, &loan.base, io, &err);
  call_leave(score, before);
  count_rows(site, score, io->want);
  if (status != KAC_OK) return call_refused(site, score, status, &err);
  return take_score(site, score, io);
}

bool call_score_group(const struct site *site, struct instance *const *scores,
                      size_t n, kac_score_io *const *ios) {
  const kac_score_ops *ops = scores[0]->component->ops;
  const void *selves[PATH_MAX_TERMS];
  struct loan loan;
  kac_error err = {.row = -1};
  for (size_t k = 0; k < n; k++) {
    selves[k] = scores[k]->self;
    mark_score(site, ios[k]);
  }
  call_loan(&loan, site, scores[0]);
  struct crash_site before = call_enter(site, scores[0]);
  kac_status status = ops->eval_group(selves, n, &loan.base, ios, &err);
  call_leave(scores[0], before);
  for (size_t k = 0; k < n; k++) count_rows(site, scores[k], ios[k]->want);
  if (status != KAC_OK) return call_refused(site, scores[0], status, &err);
  for (size_t k = 0; k < n; k++)
    if (!take_score(site, scores[k], ios[k])) return false;
  return true;
}

bool call_undefined(const struct site *site, const struct instance *score,
                    double t) {
  char text[128];
  snprintf(text, sizeof text,
           "gives no score, and none follows from what it gives at t = %g "
           "(sigma or g^2 is 0 there)",
           t);
  return call_fail(site, score, EXIT_NUMERIC, -1, text);
}

bool call_sample(const struct site *site, struct instance *score,
                 kac_sample_io *io) {
  const kac_score_ops *ops = score->component->ops;
  struct loan loan;
  kac_error err = {.row = -1};
  call_loan(&loan, site, score);
  struct crash_site before = call_enter(site, score);
  kac_status status = ops->sample(score->self, &loan.base, io, &err);
  call_leave(score, before);
  if (status != KAC_OK) return call_refused(site, score, status, &err);
  return call_finite(site, score, "a draw", io->x.real, io->x.ld,
                     site->worker->spec->space.n_real, false);
}
