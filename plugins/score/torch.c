/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A score model written in PyTorch: a TorchScript file, run by libtorch.
 *
 * What forward gives becomes score, denoised mean and noise by the same
 * formulas as those of kac's own networks (docs/networks.md); (d x0hat / d x)^T
 * v is torch's own gradient.  Without a schedule in the file the module was
 * trained on the one that it runs on.  docs/torch.md. Check: forward(x) = -x
 * with parameterisation "score" is N(0, 1) noised. */
#include <kac/sdk.h>

#include "plugins/net/network.h"
#include "plugins/torch/script.h"

enum { CONFIG_FILE, CONFIG_NONE }; /* of label; then those of net_label */

struct config {
  struct network_config network;
  int64_t label, precision;
};
static const kac_param params[] = {
    {"file", "", "the module, a TorchScript file", KAC_T_STRING,
     KAC_P_REQUIRED | KAC_P_FILE,
     KAC_AT(struct config, network.file, const char *), 0, 0, 0, NULL},
    {"parameterisation", "",
     "what forward gives; file: as kac.json in the file says", KAC_T_CHOICE, 0,
     KAC_AT(struct config, network.parameterisation, int64_t), 0, 0, 0,
     "file|eps|x0|v|score|edm"},
    KAC_CHOICE(struct config, label, 0, "file|none|t|sigma|log_snr|c_noise",
               "what its second argument is told of the noise; file: as "
               "kac.json says, none if forward takes x alone"),
    {"class", "", "class of a conditional module, its last argument; -1: none",
     KAC_T_INT, 0, KAC_AT(struct config, network.class_index, int64_t), -1, -1,
     1e9, NULL},
    {"sigma_data", "",
     "rms radius per coordinate of the data; 0: as kac.json says", KAC_T_REAL,
     0, KAC_AT(struct config, network.sigma_data, double), 0, 0, 1e12, NULL},
    KAC_CHOICE(struct config, precision, 0, "file|float32|float64",
               "numbers inside; file: those of its parameters"),
};

struct self {
  struct script *script;
  struct script_form form;
  struct network network, of_file;
  bool has_notes;
};

/* kac.json, where there is one. */
static kac_status read_notes(struct self *self, kac_error *err) {
  const char *text = script_notes(self->script);
  struct safetensors *notes;
  self->has_notes = text[0] != '\0';
  self->of_file.precondition.schedule = NET_RUN;
  if (!self->has_notes) return KAC_OK;
  kac_status status =
      safetensors_notes("kac.json", text, strlen(text), &notes, err);
  if (status != KAC_OK) return status;
  status =
      network_read_program(notes, &self->of_file, &self->form.has_label, err);
  safetensors_close(notes);
  return status;
}

/* Nothing that matters is guessed. */
static kac_status choose_label(const struct config *cfg, struct self *self,
                               kac_error *err) {
  size_t least, most;
  script_arguments(self->script, &least, &most);
  if (cfg->label != CONFIG_FILE) {
    self->form.has_label = cfg->label != CONFIG_NONE;
    if (self->form.has_label)
      self->of_file.precondition.label =
          (enum net_label)(cfg->label - CONFIG_NONE - 1);
    return KAC_OK;
  }
  if (self->has_notes || most < 2) return KAC_OK;
  return kac_fail(err, KAC_EINVAL,
                  "forward takes %zu arguments, but what is the second told of "
                  "the noise? set label = \"t\", \"sigma\", \"log_snr\", "
                  "\"c_noise\" or \"none\"",
                  most);
}

static kac_status choose_class(const struct config *cfg, struct self *self,
                               kac_error *err) {
  struct network_config config = cfg->network;
  size_t class_at = 0;
  bool is_own = !self->has_notes && config.class_index >= 0;
  if (is_own) config.class_index = -1; /* how many there are is not known */
  self->network = self->of_file;
  kac_status status = network_apply(&config, &self->network, &class_at, err);
  self->form.has_class = is_own || self->network.n_classes > 0;
  self->form.class_at = is_own ? cfg->network.class_index : (int64_t)class_at;
  return status;
}

static kac_status count_arguments(const struct self *self, kac_error *err) {
  size_t least, most;
  size_t n = 1u + self->form.has_label + self->form.has_class;
  script_arguments(self->script, &least, &most);
  if (n >= least && n <= most) return KAC_OK;
  return kac_fail(
      err, KAC_EINVAL, "forward takes %zu argument%s, but gets %zu: x%s%s%s",
      n < least ? least : most, n < least || most > 1 ? "s" : "", n,
      self->form.has_label ? ", label" : "",
      self->form.has_class ? ", class" : "",
      n < least && !self->form.has_class ? "; is class missing?" : "");
}

/* All that file and config say; the caller releases self->script. */
static kac_status understand(const struct config *cfg, struct self *self,
                             kac_error *err) {
  kac_status status = read_notes(self, err);
  if (status != KAC_OK) return status;
  if (!self->has_notes && cfg->network.parameterisation == 0)
    return kac_fail(err, KAC_EINVAL,
                    "what does forward give? there is no kac.json in the file: "
                    "set parameterisation = \"eps\", \"x0\", \"v\", \"score\" "
                    "or \"edm\"");
  status = choose_label(cfg, self, err);
  if (status == KAC_OK) status = choose_class(cfg, self, err);
  if (status == KAC_OK) status = count_arguments(self, err);
  return status;
}

static kac_status open_module(const struct config *cfg, struct self *self,
                              kac_error *err) {
  *self = (struct self){.form = {.result = SCRIPT_ROWS}};
  kac_status status =
      script_acquire(cfg->network.file, (enum script_precision)cfg->precision,
                     &self->script, err);
  if (status != KAC_OK) return status;
  status = understand(cfg, self, err);
  if (status != KAC_OK) script_release(self->script);
  return status;
}

/* One call at the noise where the run starts. */
static kac_status try_forward(const struct self *self, const kac_plan *plan,
                              bool *has_gradient, kac_error *err) {
  struct net_point at = {.label = 1};
  const kac_coeffs *first = plan->first;
  if (first && first->alpha > 0 && first->sigma > 0) {
    kac_status status =
        precondition_now(&self->network.precondition, first, &at, err);
    if (status != KAC_OK) return status;
  }
  return script_try(self->script, &self->form, plan->space->n_real, at.label,
                    has_gradient, err);
}

static kac_status plan(const void *config, kac_plan *plan, kac_error *err) {
  const struct config *cfg = config;
  struct self self;
  size_t n = plan->block * plan->space->n_real;
  bool has_gradient = true;
  kac_status status = open_module(cfg, &self, err);
  if (status != KAC_OK) return status;
  status = precondition_plan(&self.network.precondition, plan, err);
  if (status == KAC_OK) status = try_forward(&self, plan, &has_gradient, err);
  plan->scratch_bytes = 2 * n * sizeof(double);
  plan->sigma_data = self.network.sigma_data;
  if (KAC_HAS(kac_plan, plan, rows_wanted)) plan->rows_wanted = 512;
  if (KAC_HAS(kac_plan, plan, lacks) && !has_gradient) plan->lacks = KAC_Q_VJP;
  if (self.has_notes) network_warn(&cfg->network, &self.of_file, plan);
  script_release(self.script);
  return status;
}

static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *plan, void **out, kac_error *err) {
  const struct config *cfg = config;
  bool has_gradient;
  struct self *self = host->alloc(host, sizeof *self);
  if (!self) return kac_fail(err, KAC_ENOMEM, "no memory");
  kac_status status = open_module(cfg, self, err);
  if (status != KAC_OK) return status;
  status = try_forward(self, plan, &has_gradient,
                       err); /* the file may have changed */
  if (status != KAC_OK) {
    script_release(self->script);
    return status;
  }
  *out = self;
  return KAC_OK;
}

static void destroy(void *self) {
  script_release(((struct self *)self)->script);
}

/* vjp = skip v + out in (dF/d input)^T v */
static void finish_vjp(const struct net_point *at, const double *by_x, size_t n,
                       size_t d, const kac_score_io *io) {
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < d; j++)
      io->vjp[i * io->ld + j] =
          at->skip * io->v[i * io->ld + j] + at->out * at->in * by_x[i * d + j];
}

static kac_status eval(const void *self, const kac_block *block,
                       kac_score_io *io, kac_error *err) {
  const struct self *model = self;
  size_t n = block->n, d = block->space->n_real;
  bool pulls = (io->want & KAC_Q_VJP) != 0;
  double *output = block->scratch, *by_x = output + n * d;
  struct net_point at;
  kac_coeffs now = {.struct_size = sizeof now};
  kac_status status = block->host->coeffs(block, io->t, &now, err);
  if (status == KAC_OK)
    status = precondition_now(&model->network.precondition, &now, &at, err);
  if (status != KAC_OK) return status;
  struct script_call call = {.n = n,
                             .d = d,
                             .x = io->x.real,
                             .ld = io->x.ld,
                             .scale = at.in,
                             .label = at.label,
                             .result = output};
  if (pulls) {
    call.cotangent = io->v;
    call.ldv = io->ld;
    call.by_x = by_x;
  }
  status = script_run(model->script, &model->form, &call, err);
  if (status != KAC_OK) return status;
  precondition_outputs(&at, output, d, 0, n, d, io);
  if (pulls) finish_vjp(&at, by_x, n, d, io);
  return KAC_OK;
}

static const kac_score_ops ops = {.struct_size = sizeof ops, .eval = eval};
static const kac_component component = {
    KAC_COMPONENT(KAC_SCORE, "torch", "PyTorch module from a TorchScript file",
                  struct config, params, kac_score_ops, ops),
    .doc =
        "forward(x), forward(x, label) or forward(x, label, class) on rows "
        "of particles, as docs/torch.md says.",
    .provides = KAC_Q_SCORE | KAC_Q_X0 | KAC_Q_EPS | KAC_Q_VJP,
    .plan = plan,
    .create = create,
    .destroy = destroy};
KAC_MODULE(component)
