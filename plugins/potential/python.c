/* SPDX-License-Identifier: GPL-3.0-or-later */
/* log phi(x) as a Python function says it; docs/python.md.
 *
 * SERIAL, for one interpreter runs one thread at a time: the host's lock keeps
 * the others out, while whatever else is in the pipeline runs in parallel.
 * Blocks stay blocks, so that results do not depend on the number of threads,
 * and are large, so that a call costs little beside its work.
 *
 * Check: def reward(x): return -0.5 * (x ** 2).sum(axis=1) is `quadratic`. */
#define KAC_NEED_MINOR 1u
#include <kac/sdk.h>

#include "plugins/python/embed.h"

enum { ROWS = 1024 };

struct config {
  const char *file, *function, *gradient, *arguments;
};
static const kac_param params[] = {
    KAC_STRING(struct config, file, KAC_P_REQUIRED | KAC_P_FILE, NULL,
               "the Python file"),
    KAC_STRING(struct config, function, 0, "reward",
               "log phi, as reward(x, ...) of shape (n,)"),
    KAC_STRING(struct config, gradient, 0, "",
               "its gradient of shape (n, d), or both as a pair"),
    KAC_STRING(struct config, arguments, 0, "",
               "constants for the functions, as \"scale=3, name='a'\""),
};

struct state {
  void *model;
};

static struct embed_source source_of(const struct config *cfg) {
  return (struct embed_source){.file = cfg->file,
                               .arguments = cfg->arguments,
                               .n = 2,
                               .role = {"function", "gradient"},
                               .function = {cfg->function, cfg->gradient}};
}

static kac_status plan(const void *config, kac_plan *plan, kac_error *err) {
  const struct config *cfg = config;
  const struct embed_source source = source_of(cfg);
  plan->rows_wanted = ROWS;
  plan->lacks = cfg->gradient[0] ? 0 : KAC_Q_DPHI;
  return embed_check(&source, err);
}

static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *plan, void **self, kac_error *err) {
  const struct embed_source source = source_of(config);
  struct state *state = host->alloc(host, sizeof *state);
  (void)plan;
  if (!state) return kac_fail(err, KAC_ENOMEM, "no memory");
  *self = state;
  return embed_load(&source, &state->model, err);
}

static void destroy(void *self) {
  struct state *state = self;
  embed_drop(state->model);
}

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  const struct state *state = self;
  size_t n = block->n, d = block->space->n_real;
  kac_coeffs c = {.struct_size = sizeof c};
  kac_status status = block->host->coeffs(block, io->t, &c, err);
  if (status != KAC_OK) return status;
  const struct embed_array arrays[] = {
      {io->x.real, n, d, io->x.ld, 0},
      {io->want & KAC_Q_PHI ? io->phi : NULL, n, 0, 0, 1},
      {io->want & KAC_Q_DPHI ? io->dphi : NULL, n, d, io->ld, 1}};
  return embed_call(state->model, "potential", arrays, 3, &c, err);
}

static const kac_potential_ops ops = {sizeof ops, 0, eval};
static const kac_component component = {
    KAC_COMPONENT(KAC_POTENTIAL, "python", "a function in a Python file",
                  struct config, params, kac_potential_ops, ops),
    .doc =
        "The function gets x of shape (n, d) and, if it has parameters of "
        "these names, t, alpha, sigma and out; it returns log phi of shape "
        "(n,), as an array, a tensor or a sequence, or fills out.",
    .provides = KAC_Q_PHI | KAC_Q_DPHI,
    .threads = KAC_THREADS_SERIAL,
    .plan = plan,
    .create = create,
    .destroy = destroy};
KAC_MODULE(component)
