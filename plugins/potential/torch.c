/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A potential written in PyTorch: a TorchScript file, run by libtorch, whose
 * forward(x) or forward(x, t) gives log phi for each row, or a table of which
 * one column counts: as it is, or as the logits of a classifier,
 *
 *   log phi = log softmax(forward(x))[class].
 *
 * Gradients, in time too, are torch's own.  docs/torch.md.
 * Check: forward(x) = -(x * x).sum(1)/2 is the quadratic of stiffness 1. */
#include <kac/sdk.h>

#include "plugins/torch/script.h"

enum {
  LABEL_AUTO,
  LABEL_NONE,
  LABEL_T,
  LABEL_SIGMA,
  LABEL_LOG_SNR,
  LABEL_C_NOISE
};

struct config {
  const char *file;
  int64_t label, column, class_at, precision;
};
static const kac_param params[] = {
    KAC_STRING(struct config, file, KAC_P_REQUIRED | KAC_P_FILE, NULL,
               "the module, a TorchScript file"),
    KAC_CHOICE(struct config, label, LABEL_AUTO,
               "auto|none|t|sigma|log_snr|c_noise",
               "what its second argument is told of the noise; auto: t if "
               "forward needs two"),
    KAC_INT(struct config, column, -1, -1, 1e9, "",
            "the column of a table that is log phi; -1: there is one"),
    {"class", "",
     "the class of a classifier whose logits forward gives: log softmax; -1: "
     "none",
     KAC_T_INT, 0, KAC_AT(struct config, class_at, int64_t), -1, -1, 1e9, NULL},
    KAC_CHOICE(struct config, precision, 0, "file|float32|float64",
               "numbers inside; file: those of its parameters"),
};

struct self {
  struct script *script;
  struct script_form form;
  int64_t label;
};

static kac_status choose(const struct config *cfg, struct self *self,
                         kac_error *err) {
  size_t least, most;
  script_arguments(self->script, &least, &most);
  self->label = cfg->label != LABEL_AUTO ? cfg->label
                : least > 1              ? LABEL_T
                                         : LABEL_NONE;
  self->form.has_label = self->label != LABEL_NONE;
  size_t n = 1u + self->form.has_label;
  if (n < least || n > most)
    return kac_fail(err, KAC_EINVAL,
                    "forward takes %zu argument%s, but gets %zu: x%s",
                    n < least ? least : most, n < least || most > 1 ? "s" : "",
                    n, self->form.has_label ? ", label" : "");
  if (cfg->column >= 0 && cfg->class_at >= 0)
    return kac_fail(err, KAC_EINVAL,
                    "both column = %lld and class = %lld: choose one",
                    (long long)cfg->column, (long long)cfg->class_at);
  self->form.column = cfg->column >= 0 ? cfg->column : cfg->class_at;
  self->form.result = cfg->column >= 0     ? SCRIPT_COLUMN
                      : cfg->class_at >= 0 ? SCRIPT_LOG_SOFTMAX
                                           : SCRIPT_VALUES;
  return KAC_OK;
}

/* What forward is told, and its derivative in t. */
static kac_status label_at(int64_t label, const kac_coeffs *c, double *value,
                           double *rate, kac_error *err) {
  double log_rate = c->dsigma / c->sigma - c->dalpha / c->alpha;
  *value = c->t;
  *rate = 1;
  if (label == LABEL_SIGMA) {
    *value = c->sigma;
    *rate = c->dsigma;
  } else if (label == LABEL_LOG_SNR) {
    *value = 2 * log(c->alpha / c->sigma);
    *rate = -2 * log_rate;
  } else if (label == LABEL_C_NOISE) {
    *value = 0.25 * log(c->sigma / c->alpha);
    *rate = 0.25 * log_rate;
  }
  if (isfinite(*value)) return KAC_OK;
  return kac_fail(err, KAC_EINVAL,
                  "the label is %g at sigma = %g: end the run above sigma = 0 "
                  "(time.t_min)",
                  *value, c->sigma);
}

static kac_status open_module(const struct config *cfg, const kac_plan *plan,
                              struct self *self, bool *has_gradient,
                              kac_error *err) {
  double label = 1, rate;
  *self = (struct self){0};
  kac_status status = script_acquire(
      cfg->file, (enum script_precision)cfg->precision, &self->script, err);
  if (status != KAC_OK) return status;
  status = choose(cfg, self, err);
  if (status == KAC_OK && plan->first && plan->first->sigma > 0)
    status = label_at(self->label, plan->first, &label, &rate, err);
  if (status == KAC_OK)
    status = script_try(self->script, &self->form, plan->space->n_real, label,
                        has_gradient, err);
  if (status != KAC_OK) script_release(self->script);
  return status;
}

static kac_status plan(const void *config, kac_plan *plan, kac_error *err) {
  struct self self;
  bool has_gradient;
  kac_status status = open_module(config, plan, &self, &has_gradient, err);
  if (status != KAC_OK) return status;
  plan->scratch_bytes =
      plan->block * (plan->space->n_real + 2) * sizeof(double);
  if (KAC_HAS(kac_plan, plan, rows_wanted)) plan->rows_wanted = 512;
  if (KAC_HAS(kac_plan, plan, lacks))
    plan->lacks = (has_gradient ? 0 : KAC_Q_DPHI) |
                  (self.form.has_label ? 0 : KAC_Q_DPHI_DT);
  script_release(self.script);
  return KAC_OK;
}

static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *plan, void **out, kac_error *err) {
  bool has_gradient;
  struct self *self = host->alloc(host, sizeof *self);
  if (!self) return kac_fail(err, KAC_ENOMEM, "no memory");
  *out = self;
  return open_module(config, plan, self, &has_gradient, err);
}

static void destroy(void *self) {
  script_release(((struct self *)self)->script);
}

/* A verdict has no slope. */
static void copy_rows(const double *phi, const double *by_x, size_t n, size_t d,
                      kac_potential_io *io) {
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < d; j++)
      io->dphi[i * io->ld + j] = phi[i] > -KAC_INF ? by_x[i * d + j] : 0;
}

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  const struct self *model = self;
  size_t n = block->n, d = block->space->n_real;
  double *by_x = block->scratch, *phi = by_x + n * d, *by_label = phi + n;
  double label = 0, rate = 0;
  bool has_label = model->form.has_label;
  if (has_label) {
    kac_coeffs now = {.struct_size = sizeof now};
    kac_status status = block->host->coeffs(block, io->t, &now, err);
    if (status == KAC_OK)
      status = label_at(model->label, &now, &label, &rate, err);
    if (status != KAC_OK) return status;
  }
  struct script_call call = {
      .n = n,
      .d = d,
      .x = io->x.real,
      .ld = io->x.ld,
      .scale = 1,
      .label = label,
      .result = phi,
      .by_x = io->want & KAC_Q_DPHI ? by_x : NULL,
      .by_label = has_label && io->want & KAC_Q_DPHI_DT ? by_label : NULL};
  kac_status status = script_run(model->script, &model->form, &call, err);
  if (status != KAC_OK) return status;
  if (io->want & KAC_Q_PHI) memcpy(io->phi, phi, n * sizeof *phi);
  if (io->want & KAC_Q_DPHI) copy_rows(phi, by_x, n, d, io);
  for (size_t i = 0; i < n && io->want & KAC_Q_DPHI_DT; i++)
    io->dphi_dt[i] = has_label && phi[i] > -KAC_INF ? by_label[i] * rate : 0;
  return KAC_OK;
}

static const kac_potential_ops ops = {sizeof ops, 0, eval};
static const kac_component component = {
    KAC_COMPONENT(KAC_POTENTIAL, "torch",
                  "PyTorch module from a TorchScript file", struct config,
                  params, kac_potential_ops, ops),
    .doc =
        "forward(x) or forward(x, label) gives log phi for each row, or a "
        "table of which column or class counts (docs/torch.md).",
    .provides = KAC_Q_PHI | KAC_Q_DPHI | KAC_Q_DPHI_DT,
    .plan = plan,
    .create = create,
    .destroy = destroy};
KAC_MODULE(component)
