/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A score model that is a Python function F(x); docs/python.md.
 *
 * With x = alpha x_0 + sigma eps the denoised mean is x0hat = a x + b F:
 *
 *   score  a = 1/alpha                  b = sigma^2/alpha     (Tweedie)
 *   eps    a = 1/alpha                  b = -sigma/alpha
 *   x0     a = 0                        b = 1
 *   v      a = alpha/(alpha^2+sigma^2)  b = -sigma/(alpha^2+sigma^2)
 *
 * v = alpha eps - sigma x_0 (Salimans and Ho 2022).  Scores, eps and x0 are
 * handed to the host as they are; v becomes x0hat.  Threads as in
 * plugins/potential/python.c.
 *
 * Check: alpha = sigma = sqrt(1/2), x_0 = 3, eps = 1: x = 2.828427, v =
 * -1.414214, and (x - v) alpha = 3. */
#define KAC_NEED_MINOR 1u
#include <kac/sdk.h>

#include "plugins/python/embed.h"

enum { ROWS = 1024 };
enum { FORM_SCORE, FORM_EPS, FORM_X0, FORM_V };

struct config {
  const char *file, *function, *vjp, *logp, *arguments;
  int64_t parameterisation;
  double sigma_data;
};
static const kac_param params[] = {
    KAC_STRING(struct config, file, KAC_P_REQUIRED | KAC_P_FILE, NULL,
               "the Python file"),
    KAC_STRING(struct config, function, 0, "score",
               "the model, as score(x, t, ...) of shape (n, d)"),
    KAC_CHOICE(struct config, parameterisation, FORM_SCORE, "score|eps|x0|v",
               "what the function gives"),
    KAC_STRING(struct config, vjp, 0, "",
               "its vector-Jacobian product, as vjp(x, v, ...)"),
    KAC_STRING(struct config, logp, 0, "", "log density, of shape (n,)"),
    KAC_REAL(struct config, sigma_data, 0, 0, 1e308, "",
             "rms radius per coordinate of the data; 0: not known"),
    KAC_STRING(struct config, arguments, 0, "",
               "constants for the functions, as \"scale=3, name='a'\""),
};

struct state {
  void *model;
  int64_t form;
};

static struct embed_source source_of(const struct config *cfg) {
  return (struct embed_source){
      .file = cfg->file,
      .arguments = cfg->arguments,
      .n = 3,
      .role = {"function", "vjp", "logp"},
      .function = {cfg->function, cfg->vjp, cfg->logp}};
}

/* The one form that the host gets. */
static uint64_t given(int64_t form) {
  return form == FORM_SCORE ? KAC_Q_SCORE
         : form == FORM_EPS ? KAC_Q_EPS
                            : KAC_Q_X0;
}

static kac_status plan(const void *config, kac_plan *plan, kac_error *err) {
  const struct config *cfg = config;
  const struct embed_source source = source_of(cfg);
  const uint64_t forms = KAC_Q_SCORE | KAC_Q_EPS | KAC_Q_X0;
  plan->rows_wanted = ROWS;
  plan->sigma_data = cfg->sigma_data;
  plan->lacks = (forms & ~given(cfg->parameterisation)) |
                (cfg->vjp[0] ? 0 : KAC_Q_VJP) | (cfg->logp[0] ? 0 : KAC_Q_LOGP);
  return embed_check(&source, err);
}

static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *plan, void **self, kac_error *err) {
  const struct config *cfg = config;
  const struct embed_source source = source_of(cfg);
  struct state *state = host->alloc(host, sizeof *state);
  (void)plan;
  if (!state) return kac_fail(err, KAC_ENOMEM, "no memory");
  state->form = cfg->parameterisation;
  *self = state;
  return embed_load(&source, &state->model, err);
}

static void destroy(void *self) {
  struct state *state = self;
  embed_drop(state->model);
}

/* x0hat = to_x x + to_value F. */
struct denoised {
  double to_x, to_value;
};

static struct denoised denoised_of(int64_t form, const kac_coeffs *c) {
  double a = c->alpha, s = c->sigma;
  switch (form) {
    case FORM_SCORE:
      return (struct denoised){1 / a, s * s / a};
    case FORM_EPS:
      return (struct denoised){1 / a, -s / a};
    case FORM_X0:
      return (struct denoised){0, 1};
    default:
      return (struct denoised){a / (a * a + s * s), -s / (a * a + s * s)};
  }
}

/* rows = to_x x + to_value rows, in place. */
static void combine(struct denoised by, const double *x, size_t ldx, size_t n,
                    size_t d, double *rows, size_t ld) {
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < d; j++)
      rows[i * ld + j] =
          by.to_x * x[i * ldx + j] + by.to_value * rows[i * ld + j];
}

static kac_status eval(const void *self, const kac_block *block,
                       kac_score_io *io, kac_error *err) {
  const struct state *state = self;
  size_t n = block->n, d = block->space->n_real;
  double *value = io->want & KAC_Q_SCORE ? io->score
                  : io->want & KAC_Q_EPS ? io->eps
                  : io->want & KAC_Q_X0  ? io->x0
                                         : NULL;
  double *vjp = io->want & KAC_Q_VJP ? io->vjp : NULL;
  kac_coeffs c = {.struct_size = sizeof c};
  kac_status status = block->host->coeffs(block, io->t, &c, err);
  if (status != KAC_OK) return status;
  const struct embed_array arrays[] = {
      {io->x.real, n, d, io->x.ld, 0},
      {value, n, d, io->ld, 1},
      {vjp ? io->v : NULL, n, d, io->ld, 0},
      {vjp, n, d, io->ld, 1},
      {io->want & KAC_Q_LOGP ? io->logp : NULL, n, 0, 0, 1}};
  status = embed_call(state->model, "score", arrays, 5, &c, err);
  if (status != KAC_OK) return status;
  struct denoised by = denoised_of(state->form, &c);
  if (value && state->form == FORM_V)
    combine(by, io->x.real, io->x.ld, n, d, value, io->ld);
  if (vjp) combine(by, io->v, io->ld, n, d, vjp, io->ld);
  return KAC_OK;
}

static const kac_score_ops ops = {.struct_size = sizeof ops, .eval = eval};
static const kac_component component = {
    KAC_COMPONENT(KAC_SCORE, "python", "a function in a Python file",
                  struct config, params, kac_score_ops, ops),
    .doc =
        "The function gets x of shape (n, d) and, if it has parameters of "
        "these names, t, alpha, sigma and out; it returns its value of "
        "shape (n, d), as an array, a tensor or a sequence, or fills out. "
        "vjp(x, v) returns the gradient of sum(v * function(x)) in x.",
    .cites =
        (const char *const[]){
            "Salimans and Ho, Progressive distillation for fast sampling of "
            "diffusion models, ICLR 2022 (v)",
            NULL},
    .provides = KAC_Q_SCORE | KAC_Q_EPS | KAC_Q_X0 | KAC_Q_VJP | KAC_Q_LOGP,
    .threads = KAC_THREADS_SERIAL,
    .plan = plan,
    .create = create,
    .destroy = destroy};
KAC_MODULE(component)
