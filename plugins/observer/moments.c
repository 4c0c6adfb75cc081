/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mean and variance of every coordinate under the target, with standard errors
 * over replicates, at the end as the results mean, mean_err, var and var_err
 * (errors NaN with one replicate) and, with interval = k, every k steps as
 * lines of moments.jsonl.  Replicates are weighted by their Z, as estimate.h
 * says: a ratio of two unbiased estimates, not a mean of ratios.  Var is about
 * the estimated mean and has no n - 1: weights have no such number.
 *
 * Check: two replicates of one particle, x = 1 with Z = 1 and x = 4 with Z = 2:
 * mean 3, var 2, mean_err sqrt(2 (2 (2/3)^2)) = 4/3. */
#include "estimate.h"
#include "output.h"

struct config {
  int64_t interval;
};

static const kac_param params[] = {
    KAC_INT(struct config, interval, 0, 0, 1e9, "steps",
            "write moments.jsonl every interval-th step and at the end; 0: "
            "results at the end only")};

struct state {
  const kac_host *host;
  size_t interval;
  int fd;
  struct estimate estimate;
  struct line line;
};

static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *plan, void **self, kac_error *err) {
  const struct config *cfg = config;
  size_t bytes = output_line(8, 2 + 4 * plan->space->n_real);
  struct state *state = host->alloc(host, sizeof *state);
  char *text = host->alloc(host, bytes);
  if (!state || !text)
    return kac_fail(err, KAC_ENOMEM, "no memory for %zu bytes", bytes);
  *state = (struct state){.host = host,
                          .interval = (size_t)cfg->interval,
                          .fd = -1,
                          .line = {.text = text, .size = bytes}};
  *self = state;
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

static kac_status report(struct state *state, kac_error *err) {
  const struct estimate *e = &state->estimate;
  const struct {
    const char *key;
    const double *value;
  } all[] = {{"mean", e->mean},
             {"mean_err", e->mean_err},
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
  if (is_last && status == KAC_OK) status = report(state, err);
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
        "replicate counts with its estimate of Z.",
    .create = create};
KAC_MODULE(moments)
