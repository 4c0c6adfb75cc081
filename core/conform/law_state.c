/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The law of bytes that a potential keeps with every particle. */
#include <kac/sdk.h>
#include <stdlib.h>

#include "conform/laws.h"

static void move_state(const struct batch *from, struct batch *to,
                       const size_t *source) {
  size_t stride = from->pstate_stride;
  for (size_t i = 0; i < to->n; i++)
    memcpy(to->pstate + i * stride, from->pstate + source[i] * stride, stride);
}

/* Look, move the rows with their bytes, look again; and the same with the rows
 * left where they are. */
static bool look_state(struct trial *trial, const struct sheet *sheet) {
  struct sheet turned = {.n = sheet->n};
  struct batch first = {0}, moved = {0};
  size_t d = trial->spec->space.n_real, n = sheet->n, column;
  const char *name;
  turned.x = memory_alloc(n * d * sizeof *turned.x);
  if (!turned.x) return trial_broken(trial, "no memory for points");
  for (size_t i = 0; i < n; i++) {
    turned.row[i] = (i * 37 + 11) % n;
    memcpy(turned.x + i * d, sheet->x + turned.row[i] * d,
           d * sizeof *turned.x);
  }
  bool is_kept =
      sheet_ask(sheet, trial, 0, n, &first) &&
      batch_new(&moved, trial, n, turned.row, turned.x, first.want, first.t);
  if (is_kept) move_state(&first, &moved, turned.row);
  is_kept = is_kept && batch_ask(&first) && batch_ask(&moved);
  for (size_t i = 0; is_kept && i < n; i++)
    if (!batch_same(&moved, i, &first, turned.row[i], &name, &column))
      is_kept = trial_broken(trial,
                             "%s[%zu] of row %zu changes when the row has "
                             "moved with its bytes",
                             name, column, i);
  if (is_kept && batch_spill(&moved, &name))
    is_kept =
        trial_broken(trial, "more than pstate_bytes = %zu of a row are written",
                     trial->instance->plan.pstate_bytes);
  batch_free(&first);
  batch_free(&moved);
  sheet_close(&turned);
  return is_kept;
}

/* A trial call: the point may be rejected, and has no bytes. */
static bool look_in_trial(struct trial *trial, const struct sheet *sheet) {
  struct batch batch = {0};
  bool is_kept = batch_new(&batch, trial, sheet->n, sheet->row, sheet->x,
                           batch_bits(trial), sheet_time(trial)) ||
                 trial_broken(trial, "no memory for a batch");
  free(batch.pstate);
  batch.pstate = NULL;
  is_kept = is_kept && batch_ask(&batch);
  batch_free(&batch);
  return is_kept;
}

bool law_state(struct trial *trial) {
  if (trial->instance->plan.pstate_bytes == 0)
    return trial_skipped(trial, "it keeps no bytes per particle");
  struct sheet sheet;
  bool is_kept = sheet_open(&sheet, trial) && look_state(trial, &sheet) &&
                 look_in_trial(trial, &sheet);
  sheet_close(&sheet);
  return is_kept;
}
