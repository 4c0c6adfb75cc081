/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "conform/pairs.h"

#include <kac/sdk.h>
#include <stdlib.h>

#include "conform/ask.h"

/* 900,000 squares of noise: their mean is known to 0.15 %. */
enum { N_PAIRS = 4700 };
/* Of the run: what is of second order is 1e-3 of the first. */
#define STEP 1e-4

/* Data of half the width of the noise, off the origin, and late: b and eps S
 * are of one size, and in another ratio at each row. */
#define TEXT                                                                 \
  "seed = %llu; block = %d;\nstate = { real = %d; };\n"                      \
  "time = { steps = 8; };\npopulation = { particles = 256; };\n"             \
  "schedule = { plugin = \"vp\"; };\n"                                       \
  "scores = ( { id = \"base\"; plugin = \"gaussian\"; mean = 0.7; variance " \
  "= 0.25; } );\nintegrators = ( { plugin = \"%%s\"; } );\n"
enum { LATE = 7 };

/* --- one pair --------------------------------------------------------------
 */
struct ends { /* where both steps of a pair lead, and their weights */
  double x[2][PAIRS_ROWS * PAIRS_DIM], w[2][PAIRS_ROWS];
};

static bool ask_pair(struct batch *batch, uint32_t round, struct ends *ends) {
  batch->round = round;
  for (size_t m = 0; m < 2; m++) {
    batch->is_mirrored = m == 1;
    if (!batch_ask(batch)) return false;
    memcpy(ends->x[m], batch->out[0].values, sizeof ends->x[m]);
    for (size_t i = 0; i < PAIRS_ROWS; i++)
      ends->w[m][i] = exp(batch->out[1].values[i]);
  }
  return true;
}

static void add_pair(struct pairs *pairs, const double *x,
                     const struct ends *ends) {
  for (size_t i = 0; i < PAIRS_ROWS; i++) {
    double w[2] = {0.5 * ends->w[0][i], 0.5 * ends->w[1][i]};
    tally_add(&pairs->weight, w[0] + w[1]);
    for (size_t k = i * PAIRS_DIM; k < (i + 1) * PAIRS_DIM; k++) {
      double drift = (pairs->b[k] + pairs->eps * pairs->s[k]) * pairs->du;
      double one = ends->x[0][k] - x[k], other = ends->x[1][k] - x[k];
      double square = w[0] * (one - drift) * (one - drift) +
                      w[1] * (other - drift) * (other - drift);
      tally_add(&pairs->moved[k], (w[0] * one + w[1] * other) / pairs->du);
      if (pairs->eps > 0)
        tally_add(&pairs->spread, square / (2 * pairs->eps * pairs->du));
    }
  }
}

/* --- all of them -----------------------------------------------------------
 */
static bool take_field(struct pairs *pairs, struct trial *own,
                       const struct sheet *sheet) {
  struct site site = {
      .worker = &own->run.workers[0], .n = sheet->n, .is_probe = true};
  struct path_point here;
  kac_field_io f = {.struct_size = sizeof f,
                    .want = KAC_Q_B | KAC_Q_S,
                    .t = sheet_time(own),
                    .t_next = sheet_time(own) - pairs->du,
                    .x = {sheet->x, PAIRS_DIM, NULL, 0},
                    .b = pairs->b,
                    .s = pairs->s,
                    .ld = PAIRS_DIM};
  if (!path_at(&site, f.t, &here) || !path_field(&site, &f))
    return trial_broken(own, "no field: %s", site.worker->fault.text);
  pairs->eps = run_coeffs(&here, ask_entry(own)).eps;
  return true;
}

static bool look(struct pairs *pairs, struct trial *own,
                 const struct sheet *sheet) {
  struct batch batch = {0};
  struct ends ends;
  double t = sheet_time(own);
  bool is_kept =
      take_field(pairs, own, sheet) &&
      (batch_new(&batch, own, sheet->n, sheet->row, sheet->x, ASK_MOVE, t) ||
       trial_broken(own, "no memory for a batch"));
  batch.t_next = t - pairs->du;
  for (uint32_t round = 0; is_kept && round < N_PAIRS; round++) {
    is_kept = ask_pair(&batch, round, &ends);
    if (is_kept) add_pair(pairs, sheet->x, &ends);
  }
  batch_free(&batch);
  return is_kept;
}

static bool open_points(struct trial *own, struct sheet *sheet) {
  if (!sheet_open(sheet, own)) return false;
  return sheet->n == PAIRS_ROWS ||
         trial_skipped(own, "blocks are of %zu rows, expected %d", sheet->n,
                       (int)PAIRS_ROWS);
}

bool pairs_take(struct pairs *pairs, struct trial *trial) {
  struct trial own;
  struct sheet sheet = {0};
  char text[1024];
  snprintf(text, sizeof text, TEXT,
           (unsigned long long)(trial->options->seed & 0x7fffffff),
           (int)PAIRS_ROWS, (int)PAIRS_DIM);
  struct trial_wish wish = {.dim = PAIRS_DIM, .text = text};
  *pairs = (struct pairs){0};
  bool is_kept =
      trial_open(&own, trial->options, KAC_INTEGRATOR, &wish, trial->verdict);
  if (!is_kept)
    trial_skipped(trial, "no steps on Gaussian data: %s", trial_messages(&own));
  if (is_kept) {
    own.step = LATE;
    pairs->du = STEP * (own.spec->t[0] - own.spec->t[own.spec->n_steps]);
    is_kept = open_points(&own, &sheet) && look(pairs, &own, &sheet);
  }
  sheet_close(&sheet);
  trial_close(&own);
  return is_kept;
}
