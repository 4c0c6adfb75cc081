/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes trace.jsonl: one JSON object per recorded step with step, t, ess and
 * unique (medians over replicates), log_z, log_z_err, resampled, accept and
 * the wall seconds since the start.  Numbers that are not finite are null.
 * ess, unique and log_z are those before the resampling of that step.
 *
 * Check: a run of 100 steps with interval = 10 gives 11 lines. */
#include <stdlib.h>
#include <time.h>

#include "output.h"

struct config {
  int64_t interval;
};

static const kac_param params[] = {
    KAC_INT(struct config, interval, 1, 1, 1e9, "steps",
            "write every interval-th step, and always the first and last")};

struct state {
  const kac_host *host;
  size_t interval;
  int fd;
  struct timespec start;
  double *sorted; /* n_replicates */
  char *text;
};
enum { LINE_BYTES = 512 };

static kac_status plan(const void *config, kac_plan *io, kac_error *err) {
  (void)config, (void)err;
  kac_owns(io, io->n_replicates, sizeof(double));
  return KAC_OK;
}

static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *plan, void **self, kac_error *err) {
  const struct config *cfg = config;
  struct state *state = host->alloc(host, sizeof *state);
  double *sorted = host->alloc(host, plan->n_replicates * sizeof *sorted);
  char *text = host->alloc(host, LINE_BYTES);
  if (!state || !sorted || !text)
    return kac_fail(err, KAC_ENOMEM, "no memory for %zu replicates",
                    plan->n_replicates);
  *state = (struct state){.host = host,
                          .interval = (size_t)cfg->interval,
                          .fd = -1,
                          .sorted = sorted,
                          .text = text};
  *self = state;
  return KAC_OK;
}

static kac_status begin(void *self, kac_error *err) {
  struct state *state = self;
  clock_gettime(CLOCK_MONOTONIC, &state->start);
  return state->host->open_output(state->host, "trace.jsonl", &state->fd, err);
}

/* The k-th smallest of x, which is reordered (Hoare's quickselect). */
static double smallest(double *x, size_t n, size_t k) {
  size_t low = 0, high = n - 1;
  while (low < high) {
    double pivot = x[low + (high - low) / 2];
    size_t i = low, j = high;
    for (;;) {
      while (x[i] < pivot) i++;
      while (x[j] > pivot) j--;
      if (i >= j) break;
      double swap = x[i];
      x[i++] = x[j];
      x[j--] = swap;
    }
    size_t cut = j;
    if (k <= cut)
      high = cut;
    else
      low = cut + 1;
  }
  return x[k];
}

static double median(struct state *state, const double *x, size_t n) {
  if (!x || n == 0) return KAC_NAN;
  for (size_t i = 0; i < n; i++) {
    if (isnan(x[i])) return x[i];
    state->sorted[i] = x[i];
  }
  double upper = smallest(state->sorted, n, n / 2);
  return n % 2 ? upper : 0.5 * (upper + smallest(state->sorted, n, n / 2 - 1));
}

static double seconds_since(const struct timespec *start) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)(now.tv_sec - start->tv_sec) +
         1e-9 * (double)(now.tv_nsec - start->tv_nsec);
}

static void line_pair(struct line *line, const char *key, double value) {
  line_add(line, ",\"%s\":", key);
  line_number(line, value);
}

static kac_status record(void *self, const kac_frame *frame, kac_error *err) {
  struct state *state = self;
  if (state->fd < 0) return KAC_OK;
  int is_last = (frame->flags & KAC_FRAME_FINAL) != 0;
  if (frame->step % state->interval != 0 && !is_last) return KAC_OK;
  size_t n = frame->n_replicates;
  struct line line = {.text = state->text, .size = LINE_BYTES};
  line_add(&line, "{\"step\":%llu", (unsigned long long)frame->step);
  line_pair(&line, "t", frame->t);
  line_pair(&line, "ess", median(state, frame->ess, n));
  line_pair(&line, "log_z", frame->log_z_mean);
  line_pair(&line, "log_z_err", frame->log_z_err);
  line_pair(&line, "unique", median(state, frame->unique, n));
  int is_resampled = (frame->flags & KAC_FRAME_RESAMPLED) != 0;
  line_add(&line, ",\"resampled\":%s", is_resampled ? "true" : "false");
  line_pair(&line, "accept", frame->accept);
  line_pair(&line, "seconds", seconds_since(&state->start));
  line_add(&line, "}\n");
  return output_write(state->fd, line.text, line.n, err);
}

static kac_status end(void *self, kac_error *err) {
  struct state *state = self;
  return output_close(&state->fd, err);
}

static const kac_observer_ops ops = {sizeof ops, 0, begin, record, end};

static const kac_component trace = {
    KAC_COMPONENT(KAC_OBSERVER, "trace", "a line of trace.jsonl per step",
                  struct config, params, kac_observer_ops, ops),
    .doc =
        "step, t, ess, log_z, log_z_err, unique, resampled, accept and "
        "seconds of every recorded step, as JSON lines.",
    .plan = plan, .create = create};
KAC_MODULE(trace)
