/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mean and variance of every coordinate under the target, with standard errors
 * over replicates, at the end as the results mean, mean_err, var and var_err
 * (errors NaN with one replicate), with mean_err_lineage, the error of the mean
 * from the genealogy (below), and, with interval = k, every k steps as
 * lines of moments.jsonl.  Replicates are weighted by their Z, as estimate.h
 * says: a ratio of two unbiased estimates, not a mean of ratios.  Var is about
 * the estimated mean and has no n - 1: weights have no such number.
 *
 * Check: two replicates of one particle, x = 1 with Z = 1 and x = 4 with Z = 2:
 * mean 3, var 2, mean_err sqrt(2 (2 (2/3)^2)) = 4/3. */
#define KAC_NEED_MINOR 3u /* log_pairs of kac_frame */
#include "estimate.h"
#include "output.h"

struct config {
  int64_t interval;
};

static const kac_param params[] = {
    KAC_INT(struct config, interval, 0, 0, 1e9, "steps",
            "write moments.jsonl every interval-th step and at the end; 0: "
            "results at the end only")};

/* --- errors from the lineage -----------------------------------------------
 */
/* Standard errors of weighted means from the lineage, which need no replicates
 * (after Lee and Whiteley 2018, Biometrika 105, 609, eq. 5 for f - E f): with
 * c_a the sum of weight (f - E f) over the particles of a replicate that
 * descend from particle a of the start, and c the sum of the c_a, V = sum over
 * replicates of  c^2 - n/(n-1) P (c^2 - sum_a c_a^2), P = exp(log_pairs) of the
 * frame, whose mean is (n/(n-1))^m for m multinomial resamplings.  Without
 * resampling it is that of a mean of n independent numbers. */
struct lineage {
  size_t n_single; /* replicates that count and have one ancestor left */
  double *sum;     /* n_particles: c_a */
  double *weight;  /* n_particles: of a family */
  double *error;   /* n_real */
};

static size_t lineage_numbers(const kac_plan *plan) {
  return 2 * plan->n_particles + plan->space->n_real;
}

static kac_status lineage_create(struct lineage *to, const kac_host *host,
                                 const kac_plan *plan, kac_error *err) {
  size_t n = plan->n_particles, numbers = lineage_numbers(plan);
  double *at = host->alloc(host, numbers * sizeof *at);
  if (!at)
    return kac_fail(err, KAC_ENOMEM, "no memory for %zu numbers", numbers);
  *to = (struct lineage){.sum = at, .weight = at + n, .error = at + 2 * n};
  return KAC_OK;
}

/* What one replicate adds to V of coordinate k.  Where its particles share one
 * ancestor that is c^2: how far it lies from the other replicates. */
static double lineage_part(struct lineage *of, const struct estimate *e,
                           const kac_frame *frame, size_t r, size_t k) {
  size_t n = e->n_particles, n_families = 0;
  double total = 0, square = 0;
  double growth = frame->log_pairs[r] - log1p(-1 / (double)n);
  memset(of->sum, 0, n * sizeof *of->sum);
  memset(of->weight, 0, n * sizeof *of->weight);
  for (size_t i = r * n; i < (r + 1) * n; i++) {
    if (!(e->weight[i] > 0)) continue; /* such a row may hold anything */
    double c = e->weight[i] * (kac_row(&frame->x, i)[k] - e->mean[k]);
    of->sum[frame->ancestor[i]] += c;
    of->weight[frame->ancestor[i]] += e->weight[i];
    total += c;
  }
  for (size_t a = 0; a < n; a++) {
    square += of->sum[a] * of->sum[a];
    n_families += of->weight[a] > 0;
  }
  of->n_single += n_families < 2;
  if (n_families < 2) return total * total;
  return total * total - exp(growth) * (total * total - square);
}

/* error of every mean; false if there is none, and why is in *of: they are NaN
 * then.  Most replicates have to bring one of their own. */
static int lineage_errors(struct lineage *of, const struct estimate *e,
                          const kac_frame *frame) {
  int is_possible = frame->ancestor && e->n_particles > 1 && !e->is_extinct;
  int is_known = is_possible;
  for (size_t k = 0; k < e->n_real; k++) {
    double variance = is_possible ? 0 : KAC_NAN;
    of->n_single = 0;
    for (size_t r = 0; is_possible && r < e->n_replicates; r++) {
      if (e->share[r] > 0) variance += lineage_part(of, e, frame, r, k);
    }
    int is_good = variance > 0 && 2 * of->n_single < e->n_replicates;
    of->error[k] = is_good ? sqrt(variance) : KAC_NAN;
    is_known = is_known && is_good;
  }
  return is_known;
}

/* --- the observer ----------------------------------------------------------
 */
struct state {
  const kac_host *host;
  size_t interval;
  int fd;
  struct estimate estimate;
  struct lineage lineage;
  struct line line;
};

static size_t line_bytes(const kac_plan *plan) {
  return output_line(8, 2 + 4 * plan->space->n_real);
}

static kac_status plan(const void *config, kac_plan *io, kac_error *err) {
  (void)config, (void)err;
  kac_owns(io, 1, line_bytes(io));
  kac_owns(io, lineage_numbers(io), sizeof(double));
  estimate_owns(io, io->space->n_real);
  return KAC_OK;
}

static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *plan, void **self, kac_error *err) {
  const struct config *cfg = config;
  size_t bytes = line_bytes(plan);
  struct state *state = host->alloc(host, sizeof *state);
  char *text = host->alloc(host, bytes);
  if (!state || !text)
    return kac_fail(err, KAC_ENOMEM, "no memory for %zu bytes", bytes);
  *state = (struct state){.host = host,
                          .interval = (size_t)cfg->interval,
                          .fd = -1,
                          .line = {.text = text, .size = bytes}};
  *self = state;
  kac_status status = lineage_create(&state->lineage, host, plan, err);
  if (status != KAC_OK) return status;
  return estimate_create(&state->estimate, host, plan, err);
}

static kac_status begin(void *self, kac_error *err) {
  struct state *state = self;
  if (state->interval == 0) return KAC_OK;
  return state->host->open_output(state->host, "moments.jsonl", &state->fd,
                                  err);
}

static kac_status write_line(struct state *state, const kac_frame *frame,
                             kac_error *err) {
  const struct estimate *e = &state->estimate;
  struct line *line = &state->line;
  line->n = 0;
  line_add(line, "{\"step\":%llu,\"t\":", (unsigned long long)frame->step);
  line_number(line, frame->t);
  line_numbers(line, "mean", e->mean, e->n_real);
  line_numbers(line, "mean_err", e->mean_err, e->n_real);
  line_numbers(line, "var", e->var, e->n_real);
  line_numbers(line, "var_err", e->var_err, e->n_real);
  line_add(line, "}\n");
  return output_write(state->fd, line->text, line->n, err);
}

/* An error bar of zero would be a lie, NaN without a reason a riddle. */
static void measure_lineage(struct state *state, const kac_frame *frame) {
  const struct estimate *e = &state->estimate;
  char text[200];
  if (lineage_errors(&state->lineage, e, frame) || !state->host->log) return;
  if (e->is_extinct || e->n_particles < 2 || !frame->ancestor)
    snprintf(text, sizeof text, "no error of the means from the lineage: %s",
             e->is_extinct ? "the population died out"
                           : "it takes two particles with known ancestors");
  else if (2 * state->lineage.n_single >= e->n_replicates)
    snprintf(text, sizeof text,
             "no error of the means from the lineage: all particles that weigh "
             "anything have one ancestor in %zu of %zu replicates; use more "
             "particles, or resample less often",
             state->lineage.n_single, e->n_replicates);
  else
    snprintf(text, sizeof text,
             "no error of the means from the lineage: its square did not come "
             "out positive, as happens when resampling does most of it");
  state->host->log(state->host, 1, text);
}

static kac_status report(struct state *state, const kac_frame *frame,
                         kac_error *err) {
  const struct estimate *e = &state->estimate;
  measure_lineage(state, frame);
  const struct {
    const char *key;
    const double *value;
  } all[] = {{"mean", e->mean},
             {"mean_err", e->mean_err},
             {"mean_err_lineage", state->lineage.error},
             {"var", e->var},
             {"var_err", e->var_err}};
  kac_status status = KAC_OK;
  for (size_t i = 0; i < sizeof all / sizeof all[0] && status == KAC_OK; i++)
    status = state->host->result(state->host, all[i].key, all[i].value,
                                 e->n_real, err);
  return status;
}

static kac_status record(void *self, const kac_frame *frame, kac_error *err) {
  struct state *state = self;
  int is_last = (frame->flags & KAC_FRAME_FINAL) != 0;
  int is_written =
      state->fd >= 0 && (is_last || frame->step % state->interval == 0);
  if (!is_last && !is_written) return KAC_OK;
  kac_status status = estimate_weights(&state->estimate, frame, err);
  if (status != KAC_OK) return status;
  estimate_moments(&state->estimate, &frame->x);
  if (is_written) status = write_line(state, frame, err);
  if (is_last && status == KAC_OK) status = report(state, frame, err);
  return status;
}

static kac_status end(void *self, kac_error *err) {
  struct state *state = self;
  return output_close(&state->fd, err);
}

static const kac_observer_ops ops = {sizeof ops, 0, begin, record, end};

static const kac_component moments = {
    KAC_COMPONENT(KAC_OBSERVER, "moments",
                  "weighted mean and variance with standard errors",
                  struct config, params, kac_observer_ops, ops),
    .doc =
        "Results mean, mean_err, var and var_err per coordinate; every "
        "replicate counts with its estimate of Z. mean_err_lineage is the "
        "error of the mean from the genealogy, also of one replicate.",
    .plan = plan, .create = create};
KAC_MODULE(moments)
