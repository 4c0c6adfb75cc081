/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a classifier network says of the end of a run, as results:
 *   class_masses       weight of the particles whose largest logit is that
 *                      class's, one number per class
 *   class_confidence   mean of the largest probability
 *   total_variance     E |x - E x|^2: how different the particles are
 * each with its standard error over replicates, `..._err` (estimate.h; that of
 * total_variance does not see the error of E x), and with `masses`, reference
 * values, class_zscore = (mass - reference)/sqrt(err^2 + masses_err^2).
 *
 * Check: a classifier with logits (x, -x): x = 1 with Z = 1 and x = -1 with
 * Z = 2 give masses (1/3, 2/3), total_variance 8/9. */
#include <kac/sdk.h>

#include "estimate.h"
#include "plugins/net/mlp.h"

struct config {
  const char *file;
  kac_array masses, masses_err;
};
static const kac_param params[] = {
    {"file", "", "the classifier, a safetensors file", KAC_T_STRING,
     KAC_P_REQUIRED | KAC_P_FILE, KAC_AT(struct config, file, const char *), 0,
     0, 0, NULL},
    KAC_ARRAY(struct config, masses, 0, "c", "", "reference masses"),
    KAC_ARRAY(struct config, masses_err, 0, "c", "",
              "their standard errors, 0 if not given")};

struct state {
  const kac_host *host;
  const struct config *cfg;
  const struct mlp *mlp;
  void *work; /* of the network, for a tile */
  /* Per row: one of n_classes, largest probability, |x - E x|^2. */
  double *rows;
  double *mean; /* n_real */
  struct estimate estimate;
  size_t d;
};

/* Per row of the run: its classes, confidence and distance. */
static void owns(const struct mlp *mlp, kac_plan *io) {
  size_t width = mlp->n_out + 2;
  network_owns(&mlp->network, mlp->half, io);
  kac_owns(io, 1, mlp_work_bytes(mlp));
  kac_owns(io, io->n_particles * io->n_replicates, width * sizeof(double));
  kac_owns(io, io->space->n_real, sizeof(double));
  estimate_owns(io, width);
}

static kac_status plan(const void *config, kac_plan *io, kac_error *err) {
  const struct config *cfg = config;
  struct network_source source = {.file = cfg->file};
  const struct mlp *mlp;
  kac_status status = mlp_acquire(&mlp_classifier, &source, &mlp, err);
  if (status != KAC_OK) return status;
  size_t n = mlp->n_out, d = mlp->n_in;
  owns(mlp, io);
  mlp_release(&mlp_classifier, mlp);
  if (d != io->space->n_real)
    return kac_fail(err, KAC_EINVAL,
                    "the classifier is for %zu reals, the state has %zu", d,
                    io->space->n_real);
  if (cfg->masses.n > 0 && cfg->masses.n != n)
    return kac_fail(err, KAC_EINVAL,
                    "masses has %zu numbers, but there are %zu classes",
                    cfg->masses.n, n);
  if (cfg->masses_err.n > 0 && cfg->masses.n == 0)
    return kac_fail(err, KAC_EINVAL, "masses_err is given without masses");
  return KAC_OK;
}

static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *io, void **self, kac_error *err) {
  const struct config *cfg = config;
  struct state *state = host->alloc(host, sizeof *state);
  if (!state) return kac_fail(err, KAC_ENOMEM, "no memory");
  struct network_source source = {.file = cfg->file};
  kac_status status = mlp_acquire(&mlp_classifier, &source, &state->mlp, err);
  if (status != KAC_OK) return status;
  /* estimate_create asks a plan how many numbers a row has. */
  size_t n = io->n_particles * io->n_replicates, width = state->mlp->n_out + 2;
  kac_space space = {.n_real = width};
  kac_plan of_rows = *io;
  of_rows.space = &space;
  state->host = host;
  state->cfg = cfg;
  state->d = io->space->n_real;
  state->work = host->alloc(host, mlp_work_bytes(state->mlp));
  state->rows = host->alloc(host, n * width * sizeof *state->rows);
  state->mean = host->alloc(host, state->d * sizeof *state->mean);
  status = state->work && state->rows && state->mean
               ? estimate_create(&state->estimate, host, &of_rows, err)
               : kac_fail(err, KAC_ENOMEM, "no memory for %zu rows", n);
  if (status != KAC_OK) mlp_release(&mlp_classifier, state->mlp);
  *self = state;
  return status;
}

static void destroy(void *self) {
  mlp_release(&mlp_classifier, ((struct state *)self)->mlp);
}

/* Logits of a row to one of n, and the largest probability. */
static void classify(const double *logits, size_t n, double *row) {
  size_t best = 0;
  for (size_t k = 1; k < n; k++)
    if (logits[k] > logits[best]) best = k;
  for (size_t k = 0; k < n; k++) row[k] = k == best ? 1 : 0;
  row[n] = exp(logits[best] - kac_logsumexp(logits, n));
}

static void classify_all(struct state *state, const kac_crows *x, size_t n) {
  const struct mlp *mlp = state->mlp;
  struct mlp_work work = mlp_work(mlp, state->work);
  size_t width = state->estimate.n_real, d = state->d;
  mlp_set_biases(mlp, 0, 0, work.biases);
  for (size_t first = 0; first < n; first += MLP_TILE) {
    size_t left = n - first, rows = left < MLP_TILE ? left : MLP_TILE;
    for (size_t i = 0; i < rows; i++)
      for (size_t j = 0; j < d; j++)
        work.x[i * d + j] = (float)kac_row(x, first + i)[j];
    mlp_enter(mlp, &work, rows, work.a);
    mlp_finish(mlp, &work, rows, work.a, false);
    for (size_t i = 0; i < rows; i++)
      classify(work.output + i * mlp->n_out, mlp->n_out,
               state->rows + (first + i) * width);
  }
}

/* The last column: |x - E x|^2. */
static void square_distances(struct state *state, const kac_crows *x,
                             size_t n) {
  size_t width = state->estimate.n_real, d = state->d;
  const double *weight = state->estimate.weight;
  memset(state->mean, 0, d * sizeof *state->mean);
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; weight[i] > 0 && j < d; j++)
      state->mean[j] += weight[i] * kac_row(x, i)[j];
  for (size_t i = 0; i < n; i++) {
    double sum = 0;
    for (size_t j = 0; j < d; j++) {
      double off = kac_row(x, i)[j] - state->mean[j];
      sum += off * off;
    }
    state->rows[i * width + width - 1] = sum;
  }
}

static kac_status report(const struct state *state, const char *key,
                         size_t first, size_t n, kac_error *err) {
  char with_err[64];
  const struct estimate *e = &state->estimate;
  snprintf(with_err, sizeof with_err, "%s_err", key);
  kac_status status =
      state->host->result(state->host, key, e->mean + first, n, err);
  if (status != KAC_OK || e->n_replicates < 2) return status;
  return state->host->result(state->host, with_err, e->mean_err + first, n,
                             err);
}

static kac_status compare(struct state *state, kac_error *err) {
  const kac_array *masses = &state->cfg->masses;
  const kac_array *errors = &state->cfg->masses_err;
  const struct estimate *e = &state->estimate;
  double *zscore = e->var; /* no longer needed */
  if (masses->n == 0 || e->n_replicates < 2) return KAC_OK;
  for (size_t k = 0; k < masses->n; k++) {
    double error = errors->n > 0 ? errors->data[k] : 0;
    double off = e->mean[k] - masses->data[k];
    error = hypot(e->mean_err[k], error);
    zscore[k] = off == 0 ? 0 : off / error;
  }
  return state->host->result(state->host, "class_zscore", zscore, masses->n,
                             err);
}

static kac_status record(void *self, const kac_frame *frame, kac_error *err) {
  struct state *state = self;
  struct estimate *e = &state->estimate;
  size_t n = e->n_particles * e->n_replicates, n_classes = state->mlp->n_out;
  if (!(frame->flags & KAC_FRAME_FINAL)) return KAC_OK;
  kac_status status = estimate_weights(e, frame, err);
  if (status != KAC_OK) return status;
  classify_all(state, &frame->x, n);
  square_distances(state, &frame->x, n);
  const kac_crows rows = {.real = state->rows, .ld = e->n_real};
  estimate_moments(e, &rows);
  status = report(state, "class_masses", 0, n_classes, err);
  if (status == KAC_OK)
    status = report(state, "class_confidence", n_classes, 1, err);
  if (status == KAC_OK)
    status = report(state, "total_variance", n_classes + 1, 1, err);
  return status == KAC_OK ? compare(state, err) : status;
}

static const kac_observer_ops ops = {.struct_size = sizeof ops,
                                     .record = record};
static const kac_component classes = {
    KAC_COMPONENT(KAC_OBSERVER, "classes",
                  "what a classifier says of the end of a run", struct config,
                  params, kac_observer_ops, ops),
    .doc =
        "Masses of the classes, confidence and total variance, with errors "
        "over replicates; against reference masses if there are any.",
    .plan = plan, .create = create, .destroy = destroy};
KAC_MODULE(classes)
