/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A potential of ABI 1.0: -k |x - center|^2 / 2, a parameter of every type, and
 * memory of all kinds.  phi falls a little with every look at a particle, so
 * that pstate has to move with it. */
#include <kac/sdk.h>

struct config {
  double k;
  int64_t looks, is_counted, form;
  const char *label;
  kac_array center;
};
static const kac_param params[] = {
    KAC_REAL(struct config, k, 1, 0, 1e6, "1/x^2", "stiffness"),
    KAC_INT(struct config, looks, 1000, 1, 1000000, "", "until it is 1 less"),
    KAC_BOOL(struct config, is_counted, 1, "do looks count?"),
    KAC_CHOICE(struct config, form, 0, "square|absolute", "of the distance"),
    KAC_STRING(struct config, label, 0, "none", "any text"),
    KAC_ARRAY(struct config, center, 0, "d?", "x", "where it is 0"),
};

struct potential {
  struct config config;
  double *scale; /* of the host's memory */
};

static double seen(const struct config *cfg, const kac_block *block, size_t i,
                   int is_trial) {
  int64_t n = 0;
  unsigned char *at =
      block->pstate ? block->pstate + i * block->pstate_stride : NULL;
  if (!at || !cfg->is_counted) return 0;
  memcpy(&n, at, sizeof n);
  n++;
  if (!is_trial) memcpy(at, &n, sizeof n);
  return (double)n / (double)cfg->looks;
}

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  const struct potential *potential = self;
  const struct config *cfg = &potential->config;
  size_t d = block->space->n_real;
  double *r = block->scratch;
  (void)err;
  for (size_t i = 0; i < block->n; i++) {
    const double *x = kac_row(&io->x, i);
    double sum = 0;
    for (size_t j = 0; j < d; j++) {
      r[j] = x[j] - (cfg->center.n > 0 ? kac_at(&cfg->center, j) : 0);
      sum += cfg->form == 0 ? 0.5 * r[j] * r[j] : fabs(r[j]);
    }
    if (io->want & KAC_Q_PHI)
      io->phi[i] =
          -*potential->scale * sum - seen(cfg, block, i, io->flags & KAC_TRIAL);
    for (size_t j = 0; io->want & KAC_Q_DPHI && j < d; j++)
      io->dphi[i * io->ld + j] = -*potential->scale * (cfg->form == 0 ? r[j]
                                                       : r[j] < 0     ? -1.0
                                                                      : 1.0);
    if (io->want & KAC_Q_DPHI_DT) io->dphi_dt[i] = 0;
  }
  return KAC_OK;
}

static kac_status plan(const void *config, kac_plan *plan, kac_error *err) {
  (void)config, (void)err;
  plan->pstate_bytes = sizeof(int64_t);
  plan->scratch_bytes = plan->space->n_real * sizeof(double);
  return KAC_OK;
}

static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *plan, void **self, kac_error *err) {
  struct potential *potential = host->alloc(host, sizeof *potential);
  (void)plan;
  if (!potential) return kac_fail(err, KAC_ENOMEM, "no memory");
  potential->scale = host->alloc(host, sizeof *potential->scale);
  if (!potential->scale) return kac_fail(err, KAC_ENOMEM, "no memory");
  memcpy(&potential->config, config, sizeof potential->config);
  *potential->scale = potential->config.k;
  *self = potential;
  return KAC_OK;
}

static const kac_potential_ops ops = {.struct_size = sizeof ops, .eval = eval};
static const kac_component component = {
    KAC_COMPONENT(KAC_POTENTIAL, "abi_potential", "a spring that tires",
                  struct config, params, kac_potential_ops, ops),
    .provides = KAC_Q_PHI | KAC_Q_DPHI | KAC_Q_DPHI_DT, .plan = plan,
    .create = create};
KAC_MODULE(component)
