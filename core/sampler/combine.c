/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See combine.h.  Children are asked one after the other and added up at once,
 * so that the work space does not grow with their number: a running maximum
 * keeps the sum of exponentials in range. */
#include "sampler/combine.h"

#include <kac/sdk.h>

#include "sampler/call.h"

/* Work space for n rows, and what the caller wants. */
struct work {
  const kac_potential_io *io;
  size_t n, d;
  double *phi, *dphi, *dphi_dt; /* of the child in hand */
  double *top, *sum;            /* running maximum (or value), running sum */
};

static size_t work_doubles(size_t n, size_t d) {
  return n * (d + 4);
}

static struct work work_space(const kac_block *block,
                              const kac_potential_io *io) {
  size_t n = block->n, d = block->space->n_real;
  double *at = block->scratch;
  return (struct work){.io = io,
                       .n = n,
                       .d = d,
                       .phi = at,
                       .dphi_dt = at + n,
                       .top = at + 2 * n,
                       .sum = at + 3 * n,
                       .dphi = at + 4 * n};
}

/* Time does not appear in a child that does not speak of it. */
static bool ask(const kac_block *block, struct instance *child,
                struct work *w) {
  const struct loan *loan = (const struct loan *)(const void *)block;
  uint64_t wanted = w->io->want & (KAC_Q_DPHI | KAC_Q_DPHI_DT);
  kac_potential_io io = *w->io;
  io.struct_size = sizeof io;
  io.want = KAC_Q_PHI | (wanted & instance_provides(child));
  io.phi = w->phi;
  io.dphi = w->dphi;
  io.ld = w->d;
  io.dphi_dt = w->dphi_dt;
  if (!(io.want & KAC_Q_DPHI_DT)) memset(w->dphi_dt, 0, w->n * sizeof(double));
  return call_potential(loan->site, child, &io);
}

/* Row i of what the caller wants = old of it + new of the child's. */
static void mix(const struct work *w, size_t i, double old, double new) {
  const kac_potential_io *io = w->io;
  if (io->want & KAC_Q_DPHI_DT)
    io->dphi_dt[i] = old * io->dphi_dt[i] + new * w->dphi_dt[i];
  if (!(io->want & KAC_Q_DPHI)) return;
  double *to = io->dphi + i * io->ld;
  const double *from = w->dphi + i * w->d;
  for (size_t j = 0; j < w->d; j++) to[j] = old * to[j] + new *from[j];
}

static void begin(const struct work *w, double top) {
  const kac_potential_io *io = w->io;
  for (size_t i = 0; i < w->n; i++) {
    w->top[i] = top;
    w->sum[i] = 0;
    if (io->want & KAC_Q_DPHI_DT) io->dphi_dt[i] = 0;
    if (io->want & KAC_Q_DPHI)
      memset(io->dphi + i * io->ld, 0, w->d * sizeof *io->dphi);
  }
}

/* --- any_of: gradients are averaged with the weights w_k exp(phi_k) ------- */
static void add_any(const struct work *w, double weight) {
  double shift = kac_log(weight);
  for (size_t i = 0; i < w->n; i++) {
    double a = w->phi[i] + shift, old = 1, new = 1;
    if (a == -KAC_INF) continue;
    if (a > w->top[i]) {
      old = kac_exp(w->top[i] - a);
      w->top[i] = a;
    } else {
      new = kac_exp(a - w->top[i]);
    }
    w->sum[i] = old * w->sum[i] + new;
    mix(w, i, old, new);
  }
}

static void finish_any(const struct work *w) {
  for (size_t i = 0; i < w->n; i++) {
    if (w->top[i] == -KAC_INF) continue; /* all are: the gradient stays 0 */
    w->top[i] += kac_log(w->sum[i]);
    mix(w, i, 1 / w->sum[i], 0);
  }
}

/* --- all_of ----------------------------------------------------------------
 */
static void add_all(const struct work *w, double weight) {
  for (size_t i = 0; i < w->n; i++) {
    w->top[i] += weight * w->phi[i];
    mix(w, i, 1, weight);
  }
}

/* --- not -------------------------------------------------------------------
 */
/* e^x - 1 for -1/2 <= x <= 0, by its series: the next term is below 1e-18. */
static double exp_minus_1(double x) {
  double sum = 0;
  for (int k = 15; k > 0; k--) sum = (1 + sum) * x / k;
  return sum;
}

/* log(1 - e^x) for x <= 0.  Near 0 it is log of a small number that must not
 * come from a difference; what is too small for kac_log counts as its least. */
static double log_not(double x) {
  const double least = 2.2250738585072014e-308;
  if (x >= 0) return -KAC_INF;
  double p = x < -0.5 ? 1 - kac_exp(x) : -exp_minus_1(x);
  return kac_log(p < least ? least : p);
}

/* d/dx log(1 - e^x) = -e^x / (1 - e^x), and 0 at the verdicts. */
static double slope_not(double x) {
  if (x >= 0) return 0;
  double p = x < -0.5 ? 1 - kac_exp(x) : -exp_minus_1(x);
  return -kac_exp(x) / p;
}

/* A sum of exponentials that is 1 may round to a little more. */
static const double rounding = 1e-12;

static kac_status add_not(const struct work *w, const struct instance *child,
                          kac_error *err) {
  for (size_t i = 0; i < w->n; i++) {
    double phi = w->phi[i];
    if (phi > rounding)
      return kac_fail_row(err, KAC_ENUMERIC, i,
                          "'%s' has to be shifted down: not, log(1 - exp phi), "
                          "needs phi <= 0, and it gives phi = %g",
                          child->id, phi);
    w->top[i] = log_not(phi);
    mix(w, i, 0, slope_not(phi));
  }
  return KAC_OK;
}

static kac_status add(const struct combine *combine, size_t k,
                      const struct work *w, kac_error *err) {
  if (combine->kind == COMBINE_NOT) return add_not(w, combine->child[k], err);
  if (combine->kind == COMBINE_ANY_OF)
    add_any(w, combine->weight[k]);
  else
    add_all(w, combine->weight[k]);
  return KAC_OK;
}

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  const struct combine *combine = self;
  struct work w = work_space(block, io);
  begin(&w, combine->kind == COMBINE_ANY_OF ? -KAC_INF : 0);
  for (size_t k = 0; k < combine->n; k++) {
    if (!ask(block, combine->child[k], &w))
      return KAC_ENUMERIC; /* the child's own fault stands */
    kac_status status = add(combine, k, &w, err);
    if (status != KAC_OK) return status;
  }
  if (combine->kind == COMBINE_ANY_OF) finish_any(&w);
  if (io->want & KAC_Q_PHI) memcpy(io->phi, w.top, w.n * sizeof *io->phi);
  return KAC_OK;
}

static kac_status plan(const void *config, kac_plan *plan, kac_error *err) {
  (void)config, (void)err;
  plan->scratch_bytes =
      work_doubles(plan->block, plan->space->n_real) * sizeof(double);
  return KAC_OK;
}

static const kac_potential_ops ops = {sizeof ops, 0, eval};

kac_component combine_component(const struct combine *combine) {
  static const char *const name[] = {"any_of", "all_of", "not"};
  uint64_t all = ~0ull, any = 0, needs = 0;
  for (size_t k = 0; k < combine->n; k++) {
    all &= combine->child[k]->component->provides;
    any |= combine->child[k]->component->provides;
    needs |= combine->child[k]->component->needs;
  }
  return (kac_component){
      .struct_size = sizeof(kac_component),
      .kind = KAC_POTENTIAL,
      .name = name[combine->kind],
      .version = "1.0",
      .summary = "a combination of potentials",
      .provides = KAC_Q_PHI | (all & KAC_Q_DPHI) | (any & KAC_Q_DPHI_DT),
      .needs = needs,
      .spans = KAC_SPAN_REAL,
      .config_size = sizeof *combine,
      .param_size = sizeof(kac_param),
      .plan = plan,
      .ops = &ops};
}

const struct combine *combine_of(const struct instance *instance) {
  return instance->component->ops == &ops ? instance->config : NULL;
}

const struct instance *combine_lacking(const struct instance *instance,
                                       uint64_t bit) {
  const struct combine *combine = combine_of(instance);
  if (!combine) return instance_provides(instance) & bit ? NULL : instance;
  for (size_t k = 0; k < combine->n; k++) {
    const struct instance *found = combine_lacking(combine->child[k], bit);
    if (found) return found;
  }
  return NULL;
}
