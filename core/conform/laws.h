/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The laws of `kac test`, in the order in which they are asked. */
#ifndef KAC_CORE_LAWS_H
#define KAC_CORE_LAWS_H
#include "conform/batch.h"

enum {
  LAW_ALONE = 1,     /* opens pipelines of its own: none is opened for it */
  LAW_FOLDER = 2,    /* is given an empty folder: trial->folder */
  LAW_EXITS = 4,     /* its process ends by exit() */
  LAW_QUIET = 8,     /* makes no calls of rows, draws and frames */
  LAW_VARIES = 16,   /* makes them with other settings, or ends otherwise */
  LAW_COMPARES = 32, /* calls with calls, which must be the same if repeated */
  LAW_SETTINGS = 64  /* is asked with other parameters as well */
};
struct law {
  const char *name;
  const char *promise; /* what is looked at, one line */
  const char *advice;  /* where an author should look when it is broken */
  uint32_t kinds;      /* bit 1 << KAC_SCORE and so on */
  /* True: kept; else the trial has a verdict.  `loads` gets a trial without a
   * pipeline, the others one that has been opened. */
  bool (*is_kept)(struct trial *trial);
  uint32_t flags;
};
extern const struct law laws[];
extern const size_t n_laws;

/* Rows to ask with, at most a block of them, and their numbers. */
struct sheet {
  size_t n;
  double *x;
  size_t row[64];
};
bool sheet_open(struct sheet *sheet, struct trial *trial);
void sheet_close(struct sheet *sheet);
/* The time at which rows are asked for: trial->step. */
double sheet_time(const struct trial *trial);
/* A batch of rows begin ... that is not asked yet; false without memory. */
bool sheet_lay(const struct sheet *sheet, struct trial *trial, size_t begin,
               size_t n, uint64_t want, struct batch *batch);
/* A batch of rows begin ... begin + n - 1 of the sheet with all outputs, asked;
 * false with a verdict. */
bool sheet_ask(const struct sheet *sheet, struct trial *trial, size_t begin,
               size_t n, struct batch *batch);
bool sheet_ask_for(const struct sheet *sheet, struct trial *trial, size_t begin,
                   size_t n, uint64_t want, struct batch *batch);
/* One law with a sheet and one batch of all its rows. */
typedef bool with_batch(struct trial *, const struct sheet *, struct batch *);
bool law_with_all(struct trial *trial, with_batch *look);

/* "key=value" with the value at u in [0, 1] of a parameter's range; false for
 * what is no number. */
bool law_set_number(char set[160], const kac_param *param, double u);
/* The same of a value, and of the i-th choice. */
bool law_write_number(char set[160], const kac_param *param, double value);
void law_write_choice(char set[160], const kac_param *param, size_t i);

/* Does a verdict say that a call was refused, with a reason? */
bool law_is_refusal(const char *text);

/* The verdict of a law that has been asked, asked again of instances with other
 * parameters beside the defaults; those that the plugin refuses say nothing. */
bool law_elsewhere(struct trial *trial, bool (*is_kept)(struct trial *),
                   bool is_kept_here);

/* What a run does with an instance, once: a call of all rows, a draw, a
 * resampling, the coefficients at some times, a run that is recorded.
 * Failures are no matter here. */
void law_use(struct trial *trial);
/* The same for kinds that have no rows; false with a verdict, which has the
 * word "status" where the plugin refused. */
bool law_use_plain(struct trial *trial);
bool resampler_use(struct trial *trial);
bool schedule_use(struct trial *trial);
bool observer_use(struct trial *trial);
/* Three frames with rows n_real + gap apart. */
bool observer_show(struct trial *trial, size_t gap);
/* A whole life of another instance: made, used, destroyed. */
bool law_live(const struct trial *like, const struct trial_wish *wish);
size_t law_count_entries(const char *folder);

/* The laws `inputs`, `repeats`, `threads` and `stride` of kinds that have no
 * rows. */
bool resampler_inputs(struct trial *trial);
bool resampler_repeats(struct trial *trial);
bool resampler_threads(struct trial *trial);
bool schedule_repeats(struct trial *trial);
bool observer_stride(struct trial *trial);

bool law_loads(struct trial *trial);
bool law_exports(struct trial *trial);
bool law_table(struct trial *trial);
bool law_creates(struct trial *trial);
bool law_bounds(struct trial *trial);
bool law_dimension(struct trial *trial);
bool law_manners(struct trial *trial);
bool law_fpenv(struct trial *trial);
bool law_ends(struct trial *trial);
bool law_leaks(struct trial *trial);
bool law_finite(struct trial *trial);
bool law_written(struct trial *trial);
bool law_untouched(struct trial *trial);
bool law_stride(struct trial *trial);
bool law_inputs(struct trial *trial);
bool law_blocks(struct trial *trial);
bool law_order(struct trial *trial);
bool law_threads(struct trial *trial);
bool law_repeats(struct trial *trial);
bool law_score(struct trial *trial);
bool law_divergence(struct trial *trial);
bool law_vjp(struct trial *trial);
bool law_denoised(struct trial *trial);
bool law_sample(struct trial *trial);
bool law_group(struct trial *trial);
bool law_gradient(struct trial *trial);
bool law_state(struct trial *trial);
bool law_range(struct trial *trial);
bool law_unbiased(struct trial *trial);
bool law_zero(struct trial *trial);
bool law_degenerate(struct trial *trial);
bool law_gaussian(struct trial *trial);
bool law_converges(struct trial *trial);
bool law_invariant(struct trial *trial);
bool law_reversed(struct trial *trial);
bool law_short(struct trial *trial);
bool law_weights(struct trial *trial);
bool law_consistent(struct trial *trial);
bool law_monotone(struct trial *trial);
bool law_observes(struct trial *trial);

#endif
