/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What laws of manners, leaks and the like have a plugin do: what every kind is
 * there for, once. */
#include <kac/sdk.h>
#include <stdlib.h>

#include "conform/laws.h"

/* Draws of a score model, where it gives any. */
static void use_draws(struct trial *trial, size_t n) {
  size_t d = trial->spec->space.n_real;
  double *x = memory_alloc(n * (d + 1) * sizeof *x);
  struct site site = {
      .worker = &trial->run.workers[0], .n = n, .is_probe = true};
  kac_sample_io io = {.struct_size = sizeof io,
                      .t = sheet_time(trial),
                      .x = {x, d, NULL, 0},
                      .logp = x ? x + n * d : NULL};
  if (x) (void)call_sample(&site, trial->instance, &io);
  free(x);
}

static void use_rows(struct trial *trial) {
  struct sheet sheet;
  struct batch batch = {0};
  bool draws = trial->component->kind == KAC_SCORE &&
               (instance_provides(trial->instance) & KAC_Q_SAMPLE);
  if (sheet_open(&sheet, trial)) {
    (void)sheet_ask(&sheet, trial, 0, sheet.n, &batch);
    if (draws) use_draws(trial, sheet.n);
  }
  batch_free(&batch);
  sheet_close(&sheet);
}

bool law_use_plain(struct trial *trial) {
  switch (trial->component->kind) {
    case KAC_RESAMPLER:
      return resampler_use(trial);
    case KAC_SCHEDULE:
      return schedule_use(trial);
    default:
      return observer_use(trial);
  }
}

void law_use(struct trial *trial) {
  struct verdict verdict = {0}, *own = trial->verdict;
  trial->verdict = &verdict;
  if (batch_bits(trial) != 0)
    use_rows(trial);
  else
    (void)law_use_plain(trial);
  trial->verdict = own;
}
