/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Laws of every plugin that is called for blocks of rows: what a row gets is a
 * function of the row, wherever it lies and whoever asks. */
#include <kac/sdk.h>
#include <stdlib.h>

#include "conform/ask.h"
#include "conform/laws.h"

/* --- rows to ask with ------------------------------------------------------
 */
bool sheet_open(struct sheet *sheet, struct trial *trial) {
  size_t d = trial->spec->space.n_real;
  *sheet =
      (struct sheet){.n = trial->spec->block < 64 ? trial->spec->block : 64};
  if (!trial_lend(trial)) return trial_broken(trial, "no memory for a run");
  sheet->x = memory_alloc(sheet->n * d * sizeof *sheet->x);
  if (!sheet->x) return trial_broken(trial, "no memory for points");
  for (size_t i = 0; i < sheet->n; i++) sheet->row[i] = i;
  if (trial_points(trial, 1, sheet->n, sheet->x)) return true;
  return trial_broken(trial, "--points %s: expected rows of %zu numbers",
                      trial->options->points, d);
}

void sheet_close(struct sheet *sheet) {
  free(sheet->x);
}

double sheet_time(const struct trial *trial) {
  return trial->spec->t[trial->step];
}

/* Moves go to the next time of the grid. */
static void set_next(struct batch *batch) {
  const struct spec *spec = batch->trial->spec;
  bool is_move = batch->want == ASK_MOVE && !ask_is_move_at_rest(batch->trial);
  if (is_move && batch->trial->step < spec->n_steps)
    batch->t_next = spec->t[batch->trial->step + 1];
}

bool sheet_lay(const struct sheet *sheet, struct trial *trial, size_t begin,
               size_t n, uint64_t want, struct batch *batch) {
  size_t d = trial->spec->space.n_real;
  if (!batch_new(batch, trial, n, sheet->row + begin, sheet->x + begin * d,
                 want, sheet_time(trial)))
    return false;
  set_next(batch);
  return true;
}

bool sheet_ask_for(const struct sheet *sheet, struct trial *trial, size_t begin,
                   size_t n, uint64_t want, struct batch *batch) {
  if (!sheet_lay(sheet, trial, begin, n, want, batch))
    return trial_broken(trial, "no memory for a batch");
  return batch_ask(batch);
}

bool sheet_ask(const struct sheet *sheet, struct trial *trial, size_t begin,
               size_t n, struct batch *batch) {
  return sheet_ask_for(sheet, trial, begin, n, batch_bits(trial), batch);
}

bool law_with_all(struct trial *trial, with_batch *look) {
  struct sheet sheet;
  struct batch all = {0};
  bool is_kept = sheet_open(&sheet, trial) &&
                 sheet_ask(&sheet, trial, 0, sheet.n, &all) &&
                 look(trial, &sheet, &all);
  batch_free(&all);
  sheet_close(&sheet);
  return is_kept;
}

/* The same at the start of the run, in its middle and near its end; potentials
 * are asked at the end as well. */
static bool with_times(struct trial *trial, with_batch *look) {
  size_t n = trial->spec->n_steps, middle = trial->step;
  bool is_last = trial->component->kind == KAC_POTENTIAL;
  const size_t steps[] = {middle, 0, n - 1, n};
  bool is_kept = true;
  for (size_t k = 0; is_kept && k < (is_last ? 4 : 3); k++) {
    trial->step = steps[k];
    is_kept = (k > 0 && steps[k] == middle) || law_with_all(trial, look);
  }
  trial->step = middle;
  return is_kept;
}

static bool differ(struct trial *trial, const char *how, size_t row,
                   const char *name, size_t column) {
  return trial_broken(trial, "%s[%zu] of row %zu %s", name, column, row, how);
}

/* --- what comes back -------------------------------------------------------
 */
static bool is_finite(struct trial *trial, const struct batch *all) {
  for (size_t k = 0; k < all->n_out; k++)
    for (size_t i = 0; i < all->n; i++)
      for (size_t c = 0; c < all->out[k].n_col; c++) {
        const struct output *out = &all->out[k];
        double value = out->values[i * out->ld + c];
        if (batch_is_allowed(out, value) || batch_is_blank(out, i, c)) continue;
        return trial_broken(
            trial, "%s[%zu] of row %zu is %s at x[0] = %g, t = %g", out->name,
            c, i, batch_word(value), all->x[i * all->ld], all->t);
      }
  return true;
}

/* Rows x of a plain state, where a plugin may say that it is not defined (an
 * error with a message); bodies may well be singular. */
static bool is_finite_at(struct trial *trial, const struct sheet *sheet,
                         const struct batch *like, size_t n, const double *x) {
  struct batch batch = {0};
  bool is_kept = true;
  if (batch_new(&batch, trial, n, sheet->row, x, like->want, like->t) &&
      batch_call(&batch) == KAC_OK)
    is_kept = is_finite(trial, &batch);
  batch_free(&batch);
  return is_kept;
}

/* Beside the ordinary points: the origin, where r/r is NaN, and widths from 20
 * to 80, where runs with variance exploding noise begin.  Who says a width that
 * is narrower says that nothing is to be asked outside. */
static bool look_elsewhere(struct trial *trial, const struct sheet *sheet,
                           const struct batch *all) {
  const struct trial_options *options = trial->options;
  size_t n = all->n, d = all->d;
  if (trial->spec->space.n_bodies != 1 || options->points ||
      trial->component->kind == KAC_INTEGRATOR)
    return true;
  double *x = memory_alloc((n > 0 ? n : 1) * d * sizeof *x);
  if (!x) return trial_broken(trial, "no memory for points");
  memset(x, 0, d * sizeof *x);
  bool is_kept = is_finite_at(trial, sheet, all, 1, x);
  for (size_t k = 0; k < n * d; k++) {
    double width = 20 * pow(4, (double)(k / d) / (double)n);
    x[k] = width / options->spread * sheet->x[k];
  }
  if (is_kept && options->spread >= 1)
    is_kept = is_finite_at(trial, sheet, all, n, x);
  free(x);
  return is_kept;
}

static bool look_finite(struct trial *trial, const struct sheet *sheet,
                        struct batch *all) {
  return is_finite(trial, all) && look_elsewhere(trial, sheet, all);
}

bool law_finite(struct trial *trial) {
  return with_times(trial, look_finite);
}

static bool look_written(struct trial *trial, const struct sheet *sheet,
                         struct batch *all) {
  (void)sheet;
  for (size_t k = 0; k < all->n_out; k++)
    for (size_t i = 0; i < all->n; i++)
      for (size_t c = 0; c < all->out[k].n_col; c++)
        if (batch_is_blank(&all->out[k], i, c))
          return trial_broken(trial,
                              "%s[%zu] of row %zu was asked for and not "
                              "written, though the call gave success",
                              all->out[k].name, c, i);
  return true;
}

bool law_written(struct trial *trial) {
  return with_times(trial, look_written);
}

/* What each wanted quantity gives alone must be what all together give. */
static bool look_alone(struct trial *trial, const struct sheet *sheet,
                       struct batch *all) {
  const char *where, *name = batch_spill(all, &where);
  if (name)
    return trial_broken(trial, "something was written %s of %s", where, name);
  for (uint64_t bit = 1; bit != 0; bit <<= 1) {
    struct batch one = {0};
    size_t column;
    bool is_same = true, is_asked = true;
    if (!(all->want & bit) || all->want == bit) continue;
    is_asked = sheet_ask_for(sheet, trial, 0, all->n, bit, &one);
    for (size_t i = 0; is_asked && is_same && i < all->n; i++)
      is_same =
          batch_same(&one, i, all, i, &name, &column) ||
          differ(trial, "is another number when nothing else is asked for", i,
                 name, column);
    batch_free(&one);
    if (!is_asked || !is_same) return false;
  }
  return true;
}

bool law_untouched(struct trial *trial) {
  return law_with_all(trial, look_alone);
}

static bool look_wide(struct trial *trial, const struct sheet *sheet,
                      struct batch *all) {
  struct batch wide = {0};
  const char *name, *where;
  size_t column;
  bool is_kept = batch_new_wide(&wide, trial, all->n, sheet->row, sheet->x,
                                all->want, all->t, all->d + 3);
  set_next(&wide);
  is_kept = is_kept && batch_ask(&wide);
  name = is_kept ? batch_spill(&wide, &where) : NULL;
  if (name)
    is_kept = trial_broken(trial, "with ld = n_real + 3 %s is written %s", name,
                           where);
  for (size_t i = 0; is_kept && i < all->n; i++)
    is_kept = batch_same(&wide, i, all, i, &name, &column) ||
              differ(trial, "is another number with ld = n_real + 3", i, name,
                     column);
  batch_free(&wide);
  return is_kept;
}

bool law_stride(struct trial *trial) {
  if (trial->component->kind == KAC_OBSERVER) return observer_stride(trial);
  return law_with_all(trial, look_wide);
}

static bool look_inputs(struct trial *trial, const struct sheet *sheet,
                        struct batch *all) {
  for (size_t i = 0; i < all->n; i++)
    for (size_t c = 0; c < all->d; c++)
      if (memcmp(all->x + i * all->ld + c, sheet->x + i * all->d + c,
                 sizeof(double)) != 0)
        return trial_broken(trial, "x[%zu] of row %zu was written: it is input",
                            c, i);
  const char *name = all->v ? "v" : "x_prev";
  for (size_t i = 0; i < all->n; i++)
    for (size_t c = 0; c < all->d; c++)
      if (!batch_is_lent(all, i, c))
        return trial_broken(
            trial, "%s[%zu] of row %zu was written: it is input", name, c, i);
  return !all->wrote_field ||
         trial_broken(trial, "the field f was written: it is input");
}

bool law_inputs(struct trial *trial) {
  if (trial->component->kind == KAC_RESAMPLER) return resampler_inputs(trial);
  return law_with_all(trial, look_inputs);
}

/* --- whoever asks ----------------------------------------------------------
 */
static bool look_parts(struct trial *trial, const struct sheet *sheet,
                       const struct batch *all, size_t size) {
  bool is_kept = true;
  for (size_t i = 0; is_kept && i < all->n; i += size) {
    size_t n = all->n - i < size ? all->n - i : size, column;
    struct batch part = {0};
    const char *name;
    is_kept = sheet_ask_for(sheet, trial, i, n, all->want, &part);
    for (size_t k = 0; is_kept && k < n; k++)
      if (!batch_same(&part, k, all, i + k, &name, &column))
        is_kept = trial_broken(trial,
                               "%s[%zu] of row %zu in a block of %zu differs "
                               "from the same row in a block of %zu",
                               name, column, i + k, n, all->n);
    batch_free(&part);
  }
  return is_kept;
}

static bool look_blocks(struct trial *trial, const struct sheet *sheet,
                        struct batch *all) {
  return look_parts(trial, sheet, all, 1) && look_parts(trial, sheet, all, 7) &&
         look_parts(trial, sheet, all, 32);
}

bool law_blocks(struct trial *trial) {
  return law_with_all(trial, look_blocks);
}

static bool look_order(struct trial *trial, const struct sheet *sheet,
                       struct batch *all) {
  struct sheet turned = {.n = sheet->n};
  struct batch other = {0};
  size_t d = all->d, n = all->n, column;
  const char *name;
  turned.x = memory_alloc(n * d * sizeof *turned.x);
  if (!turned.x) return trial_broken(trial, "no memory for points");
  for (size_t i = 0; i < n; i++) {
    size_t from = (i * 37 + 11) % n; /* 37 has no factor of 2 */
    turned.row[i] = from;
    memcpy(turned.x + i * d, sheet->x + from * d, d * sizeof *turned.x);
  }
  bool is_kept = sheet_ask_for(&turned, trial, 0, n, all->want, &other);
  for (size_t i = 0; is_kept && i < n; i++)
    is_kept = batch_same(&other, i, all, turned.row[i], &name, &column) ||
              differ(trial, "depends on where in the block the row lies", i,
                     name, column);
  batch_free(&other);
  sheet_close(&turned);
  return is_kept;
}

static bool look_order_and_draws(struct trial *trial, const struct sheet *sheet,
                                 struct batch *all) {
  return (all->most_draw < 4096 ||
          trial_broken(trial,
                       "random numbers are asked for with draw = %lu, expected "
                       "below 4096",
                       (unsigned long)all->most_draw)) &&
         look_order(trial, sheet, all);
}

bool law_order(struct trial *trial) {
  return law_with_all(trial, look_order_and_draws);
}
