/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is lent is laid out here; ask.c makes the calls. */
#include "conform/batch.h"

#include <kac/sdk.h>
#include <stdlib.h>

#include "conform/ask.h"

/* A NaN that no computation gives, and that differs from the host's own. */
static const uint64_t mark_bits = 0x7ff8a5a5c3c3e1e1u;
/* The same beside inputs: what is made of it is not unwritten, but wrong. */
static const uint64_t beside_bits = 0x7ff8b6b6d4d4f2f2u;

enum { MARGIN = 16, STATE_MARK = 0xa5 };

static bool is_mark(double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits == mark_bits;
}

/* n rows, ld apart, marked all over, with margins on both sides. */
static double *marked_rows(size_t n, size_t ld, uint64_t mark, double **block) {
  size_t all = n * ld + 2 * MARGIN;
  *block = memory_alloc(all * sizeof **block);
  for (size_t k = 0; *block && k < all; k++)
    memcpy(*block + k, &mark, sizeof mark);
  return *block ? *block + MARGIN : NULL;
}

static double *lend_rows(const double *from, size_t n, size_t d, size_t ld,
                         double **block) {
  double *rows = marked_rows(n, ld, beside_bits, block);
  for (size_t i = 0; rows && i < n; i++)
    memcpy(rows + i * ld, from + i * d, d * sizeof *rows);
  return rows;
}

static const struct {
  uint64_t bit;
  const char *name;
  bool is_vector;
} score_outputs[] = {{KAC_Q_SCORE, "score", true},
                     {KAC_Q_X0, "x0", true},
                     {KAC_Q_EPS, "eps", true},
                     {KAC_Q_VELOCITY, "velocity", true},
                     {KAC_Q_LOGP, "logp", false},
                     {KAC_Q_DIV, "div", false},
                     {KAC_Q_VJP, "vjp", true}},
  potential_outputs[] = {{KAC_Q_PHI, "phi", false},
                         {KAC_Q_DPHI, "dphi", true},
                         {KAC_Q_DPHI_DT, "dphi_dt", false}};

uint64_t batch_bits(const struct trial *trial) {
  uint64_t bits = 0, provides = instance_provides(trial->instance);
  if (trial->component->kind == KAC_SCORE)
    for (size_t k = 0; k < sizeof score_outputs / sizeof *score_outputs; k++)
      bits |= score_outputs[k].bit;
  if (trial->component->kind == KAC_POTENTIAL)
    bits = KAC_Q_PHI | KAC_Q_DPHI | KAC_Q_DPHI_DT;
  if (trial->component->kind == KAC_INTEGRATOR) return ASK_MOVE;
  return bits & provides;
}

static bool add_output(struct batch *batch, uint64_t bit, const char *name,
                       bool is_vector) {
  struct output *out = &batch->out[batch->n_out];
  *out = (struct output){.bit = bit,
                         .name = name,
                         .n_col = is_vector ? batch->d : 1,
                         .ld = is_vector ? batch->ld : 1};
  if (bit != 0 && !(batch->want & bit)) return true;
  batch->n_out++;
  out->values = marked_rows(batch->n, out->ld, mark_bits, &out->block);
  return out->values;
}

static bool add_outputs(struct batch *batch) {
  bool is_good = true;
  uint32_t kind = batch->trial->component->kind;
  if (kind == KAC_SCORE)
    for (size_t k = 0; k < sizeof score_outputs / sizeof *score_outputs; k++)
      is_good = is_good &&
                add_output(batch, score_outputs[k].bit, score_outputs[k].name,
                           score_outputs[k].is_vector);
  if (kind == KAC_POTENTIAL)
    for (size_t k = 0; k < sizeof potential_outputs / sizeof *potential_outputs;
         k++)
      is_good = is_good && add_output(batch, potential_outputs[k].bit,
                                      potential_outputs[k].name,
                                      potential_outputs[k].is_vector);
  if (kind != KAC_INTEGRATOR) return is_good;
  bool is_kernel = ask_is_kernel(batch->trial);
  return add_output(batch, 0, is_kernel ? "mean" : "x", true) &&
         add_output(batch, 0, is_kernel ? "var" : "dlogw", false) &&
         (!ask_is_move_at_rest(batch->trial) ||
          add_output(batch, 0, "accept", false));
}

/* Zero where it is the plugin's own, marked between the rows. */
static unsigned char *lend_state(struct batch *batch, size_t bytes) {
  size_t stride = (bytes + 7) / 8 * 8 + 8; /* aligned as in a run */
  unsigned char *state = memory_alloc(batch->n * stride);
  for (size_t i = 0; state && i < batch->n; i++)
    memset(state + i * stride + bytes, STATE_MARK, stride - bytes);
  batch->pstate_stride = stride;
  return state;
}

/* Of what the row is, not of where it lies. */
static double vector_at(double x) {
  return x > 0 ? 1 : -0.5;
}

/* Somewhere near, fixed for a row whose point moves. */
static double previous_at(const struct batch *batch, size_t i, size_t k) {
  size_t mix = (batch->row[i] * 7 + k * 3) % 11;
  return 0.2 * batch->trial->options->spread * ((double)mix - 5);
}

bool batch_is_lent(const struct batch *batch, size_t i, size_t k) {
  size_t at = i * batch->ld + k, prev = i * batch->ld_prev + k;
  return (!batch->v || batch->v[at] == vector_at(batch->x[at])) &&
         (!batch->x_prev || batch->x_prev[prev] == previous_at(batch, i, k));
}

/* The point of the last look, which there is after the first of a run. */
static bool lend_previous(struct batch *batch) {
  const struct trial *trial = batch->trial;
  if (trial->component->kind != KAC_POTENTIAL || trial->step == 0 ||
      !(trial->component->needs & KAC_Q_PREV))
    return true;
  batch->ld_prev = batch->d + 1;
  batch->x_prev =
      marked_rows(batch->n, batch->ld_prev, beside_bits, &batch->x_prev_block);
  for (size_t i = 0; batch->x_prev && i < batch->n; i++)
    for (size_t k = 0; k < batch->d; k++)
      batch->x_prev[i * batch->ld_prev + k] = previous_at(batch, i, k);
  return batch->x_prev;
}

bool batch_new_wide(struct batch *batch, struct trial *trial, size_t n,
                    const size_t *row, const double *x, uint64_t want, double t,
                    size_t ld) {
  size_t d = trial->spec->space.n_real;
  size_t bytes = trial->instance->plan.pstate_bytes;
  *batch = (struct batch){.trial = trial,
                          .n = n,
                          .ld = ld,
                          .d = d,
                          .row = row,
                          .want = want,
                          .t = t,
                          .t_next = t};
  batch->x = lend_rows(x, n, d, ld, &batch->x_block);
  if (bytes > 0) batch->pstate = lend_state(batch, bytes);
  if (want & KAC_Q_VJP) {
    double *v = memory_alloc(n * d * sizeof *v);
    for (size_t k = 0; v && k < n * d; k++) v[k] = vector_at(x[k]);
    if (v) batch->v = lend_rows(v, n, d, ld, &batch->v_block);
    free(v);
    if (!batch->v) return false;
  }
  return batch->x && (bytes == 0 || batch->pstate) && lend_previous(batch) &&
         add_outputs(batch);
}

bool batch_new(struct batch *batch, struct trial *trial, size_t n,
               const size_t *row, const double *x, uint64_t want, double t) {
  return batch_new_wide(batch, trial, n, row, x, want, t,
                        trial->spec->space.n_real);
}

void batch_free(struct batch *batch) {
  for (size_t k = 0; k < batch->n_out; k++) free(batch->out[k].block);
  free(batch->x_block);
  free(batch->v_block);
  free(batch->x_prev_block);
  free(batch->pstate);
  *batch = (struct batch){0};
}

bool batch_ask(struct batch *batch) {
  return batch_judge(batch, batch_call(batch));
}

bool batch_judge(struct batch *batch, kac_status status) {
  if (status == KAC_OK) return true;
  batch->err.msg[sizeof batch->err.msg - 1] = '\0';
  trial_broken(batch->trial,
               "a call at ordinary points failed with status %d: %s",
               (int)status, batch->err.msg[0] ? batch->err.msg : "no message");
  return trial_advise(batch->trial,
                      "it is the plugin that returned this; `--points FILE` "
                      "and `--spread S` choose other points");
}

bool batch_is_blank(const struct output *out, size_t i, size_t k) {
  return is_mark(out->values[i * out->ld + k]);
}

const char *batch_word(double value) {
  return isnan(value) ? "NaN" : value > 0 ? "+inf" : "-inf";
}

bool batch_is_allowed(const struct output *out, double value) {
  bool may_be_low = strcmp(out->name, "phi") == 0 ||
                    strcmp(out->name, "logp") == 0 ||
                    strcmp(out->name, "dlogw") == 0;
  return isfinite(value) || (may_be_low && value == -KAC_INF);
}

static bool has_margins(const struct output *out, size_t n) {
  for (size_t k = 0; k < MARGIN; k++)
    if (!is_mark(out->block[k]) ||
        !is_mark(out->block[MARGIN + n * out->ld + k]))
      return false;
  return true;
}

static bool has_gaps(const struct output *out, size_t n) {
  for (size_t i = 0; i < n; i++)
    for (size_t k = out->n_col; k < out->ld; k++)
      if (!is_mark(out->values[i * out->ld + k])) return false;
  return true;
}

static bool has_state_gaps(const struct batch *batch) {
  size_t bytes = batch->trial->instance->plan.pstate_bytes;
  for (size_t i = 0; batch->pstate && i < batch->n; i++)
    for (size_t k = bytes; k < batch->pstate_stride; k++)
      if (batch->pstate[i * batch->pstate_stride + k] != STATE_MARK)
        return false;
  return true;
}

const char *batch_spill(const struct batch *batch, const char **where) {
  for (size_t k = 0; k < batch->n_out; k++) {
    const struct output *out = &batch->out[k];
    *where = "between its rows";
    if (!has_gaps(out, batch->n)) return out->name;
    *where = "beside its rows";
    if (!has_margins(out, batch->n)) return out->name;
  }
  *where = "between its rows";
  return has_state_gaps(batch) ? NULL : "pstate";
}

bool batch_same(const struct batch *a, size_t i, const struct batch *b,
                size_t j, const char **name, size_t *column) {
  for (size_t k = 0; k < a->n_out; k++)
    for (size_t m = 0; m < b->n_out; m++) {
      const struct output *p = &a->out[k], *q = &b->out[m];
      if (strcmp(p->name, q->name) != 0) continue;
      for (size_t c = 0; c < p->n_col; c++) {
        *name = p->name;
        *column = c;
        if (memcmp(p->values + i * p->ld + c, q->values + j * q->ld + c,
                   sizeof(double)) != 0)
          return false;
      }
    }
  return true;
}
