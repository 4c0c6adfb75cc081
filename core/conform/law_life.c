/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Laws of an instance's life: it can be made, twice, from any allowed setting,
 * in other dimensions, and nothing of it remains. */
#define _GNU_SOURCE /* mallinfo2 */
#include <dirent.h>
#include <fcntl.h>
#include <kac/sdk.h>
#include <malloc.h>
#include <stdlib.h>
#include <unistd.h>

#include "conform/ask.h"
#include "conform/laws.h"
#include "plugin/table.h"

/* --- one life --------------------------------------------------------------
 */
bool law_live(const struct trial *like, const struct trial_wish *wish) {
  struct trial trial;
  bool is_good = trial_open(&trial, like->options, like->component->kind, wish,
                            like->verdict);
  if (is_good) law_use(&trial);
  trial_close(&trial);
  return is_good;
}

/* --- creates ---------------------------------------------------------------
 */
bool law_creates(struct trial *trial) {
  struct trial first, second;
  struct trial_wish wish = {.dim = trial->options->dim};
  uint32_t kind = trial->verdict->kind;
  bool is_kept =
      trial_open(&first, trial->options, kind, &wish, trial->verdict) ||
      trial_unopened(trial, &first, "");
  if (!is_kept) {
    trial_close(&first);
    return false;
  }
  is_kept = trial_open(&second, trial->options, kind, &wish, trial->verdict) ||
            trial_broken(trial, "a second one beside the first: %s",
                         trial_messages(&second));
  trial_close(&first);
  trial_close(&second);
  return is_kept;
}

/* --- bounds ----------------------------------------------------------------
 */
/* A stranger's texts: a message, and not a blank one. */
static bool has_reason(struct trial *trial, const struct trial *tried,
                       const char *set) {
  const char *text = trial_messages(tried);
  bool is_named =
      !strstr(text, "no message given") && !strstr(text, "undefined status");
  return is_named ||
         trial_broken(trial, "with %s it fails without a reason: %s", set,
                      text);
}

static bool is_allowed(const struct batch *batch, const struct output *out) {
  for (size_t i = 0; i < batch->n; i++)
    for (size_t c = 0; c < out->n_col; c++)
      if (!batch_is_allowed(out, out->values[i * out->ld + c])) return false;
  return true;
}

static bool has_good_rows(struct trial *trial) {
  struct sheet sheet;
  struct batch batch = {0};
  bool is_good =
      sheet_open(&sheet, trial) && sheet_ask(&sheet, trial, 0, sheet.n, &batch);
  for (size_t k = 0; is_good && k < batch.n_out; k++)
    is_good = is_allowed(&batch, &batch.out[k]);
  batch_free(&batch);
  sheet_close(&sheet);
  return is_good;
}

/* What is wrong with the settings as they are is the matter of other laws. */
static bool is_sound(struct trial *trial) {
  struct verdict verdict = {0}, *own = trial->verdict;
  trial->verdict = &verdict;
  bool is_good =
      batch_bits(trial) ? has_good_rows(trial) : law_use_plain(trial);
  trial->verdict = own;
  return is_good;
}

/* Numbers, all of them, and nothing else. */
static bool is_whole(struct trial *trial, const struct batch *batch,
                     const char *set) {
  const char *where, *name = batch_spill(batch, &where);
  if (name)
    return trial_broken(trial, "with %s something is written %s of %s", set,
                        where, name);
  for (size_t k = 0; k < batch->n_out; k++)
    for (size_t i = 0; i < batch->n; i++)
      for (size_t c = 0; c < batch->out[k].n_col; c++) {
        const struct output *out = &batch->out[k];
        if (batch_is_blank(out, i, c))
          return trial_broken(trial,
                              "with %s, %s[%zu] of row %zu is not written", set,
                              out->name, c, i);
        double value = out->values[i * out->ld + c];
        if (!batch_is_allowed(out, value))
          return !is_sound(trial) ||
                 trial_broken(trial, "with %s, %s[%zu] of row %zu is %s", set,
                              out->name, c, i, batch_word(value));
      }
  return true;
}

bool law_is_refusal(const char *text) {
  return strstr(text, "status ") && !strstr(text, "no message");
}

static bool gives_no_nan(struct trial *trial, struct trial *tried,
                         const char *set) {
  struct sheet sheet;
  struct batch batch = {0};
  struct verdict verdict = {0};
  bool is_kept = true;
  tried->verdict = &verdict;
  if (batch_bits(tried) == 0)
    return law_use_plain(tried) || law_is_refusal(verdict.text) ||
           !is_sound(trial) ||
           trial_broken(trial, "with %s: %.400s", set, verdict.text);
  bool is_asked =
      sheet_open(&sheet, tried) && sheet_ask(&sheet, tried, 0, sheet.n, &batch);
  if (is_asked) is_kept = is_whole(trial, &batch, set);
  if (is_kept && !is_asked && strstr(verdict.text, "no message"))
    is_kept =
        trial_broken(trial, "with %s a call fails without a message", set);
  batch_free(&batch);
  sheet_close(&sheet);
  return is_kept;
}

static bool try_setting(struct trial *trial, const char *set) {
  struct trial tried;
  struct trial_wish wish = {.dim = trial->options->dim, .set = set};
  bool is_good = trial_open(&tried, trial->options, trial->component->kind,
                            &wish, trial->verdict);
  bool is_kept = is_good ? gives_no_nan(trial, &tried, set)
                         : has_reason(trial, &tried, set);
  trial_close(&tried);
  return is_kept;
}

/* Ends beyond this are "as large as you like", where numbers overflow. */
#define LARGEST 1e6

static double inside(double value, const kac_param *param, bool is_min) {
  double other = is_min ? param->max : param->min;
  uint32_t open = is_min ? KAC_P_OPEN_MIN : KAC_P_OPEN_MAX;
  if (fabs(value) > LARGEST) value = is_min ? -LARGEST : LARGEST;
  if (value < param->min) value = param->min;
  if (value > param->max) value = param->max;
  if (param->flags & open) value += 1e-6 * (other > value ? 1 : -1);
  return value;
}

bool law_write_number(char set[160], const kac_param *param, double value) {
  if (param->type == KAC_T_REAL)
    snprintf(set, 160, "%s=%.17e", param->name, value);
  else if (param->type == KAC_T_INT)
    snprintf(set, 160, "%s=%.0f", param->name, floor(value));
  else if (param->type == KAC_T_BOOL)
    snprintf(set, 160, "%s=%s", param->name, value > 0 ? "true" : "false");
  else
    return false;
  return true;
}

void law_write_choice(char set[160], const kac_param *param, size_t i) {
  size_t length;
  const char *choice = table_choice(param->text, i, &length);
  snprintf(set, 160, "%s=\"%.*s\"", param->name, (int)length, choice);
}

bool law_set_number(char set[160], const kac_param *param, double u) {
  double low = inside(param->min, param, true);
  double high = inside(param->max, param, false);
  /* A count may be an amount of memory or of work. */
  if (param->type == KAC_T_INT && high > 1000) high = 1000;
  return law_write_number(set, param, u < 1 ? low + u * (high - low) : high);
}

static bool try_choices(struct trial *trial, const kac_param *param) {
  char set[160];
  size_t n = table_choices(param->text);
  for (size_t i = 0; i < n; i++) {
    law_write_choice(set, param, i);
    if (!try_setting(trial, set)) return false;
  }
  return true;
}

enum { N_INSIDE = 3 };

static bool try_param(struct trial *trial, const kac_param *param,
                      const double u[N_INSIDE]) {
  const double at[N_INSIDE + 2] = {0, 1, u[0], u[1], u[2]};
  char set[160];
  if (param->type == KAC_T_CHOICE) return try_choices(trial, param);
  for (size_t k = 0; k < N_INSIDE + 2; k++)
    if (law_set_number(set, param, at[k]) && !try_setting(trial, set))
      return false;
  return true;
}

bool law_bounds(struct trial *trial) {
  const kac_component *component = trial->component;
  if (trial->options->config)
    return trial_skipped(trial, "not with a config of one's own");
  if (component->n_params == 0)
    return trial_skipped(trial, "it has no parameters");
  for (size_t i = 0; i < component->n_params; i++) {
    double u[N_INSIDE];
    struct rng_key key = rng_key(trial->options->seed, USE_MODEL, 5);
    rng_uniform(key, (struct rng_address){(uint32_t)i, 0, 0, 0}, 1, u, 0,
                N_INSIDE);
    if (!try_param(trial, table_row(component, i), u)) return false;
  }
  return true;
}

/* --- ends ------------------------------------------------------------------
 */
/* The rest is done by the process that this runs in (LAW_EXITS). */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
bool law_ends(struct trial *trial) {
  return trial_skipped(trial, "the sanitizer has its own say at the end");
}
#else
bool law_ends(struct trial *trial) {
  struct trial tried;
  struct trial_wish wish = {.dim = trial->options->dim};
  bool is_open = trial_open(&tried, trial->options, trial->verdict->kind, &wish,
                            trial->verdict);
  if (is_open)
    law_use(&tried);
  else
    trial_unopened(trial, &tried, "no instance of it: ");
  trial_close(&tried);
  return is_open;
}
#endif

/* --- dimension -------------------------------------------------------------
 */
bool law_dimension(struct trial *trial) {
  static const size_t dims[] = {1, 3, 5, 16};
  if (trial->options->config || trial->options->particles > 0)
    return trial_skipped(trial, "not with a state of one's own");
  for (size_t k = 0; k < sizeof dims / sizeof *dims; k++) {
    struct trial tried;
    char set[48];
    struct trial_wish wish = {.dim = dims[k]};
    bool is_good = trial_open(&tried, trial->options, trial->component->kind,
                              &wish, trial->verdict);
    snprintf(set, sizeof set, "%zu dimensions", dims[k]);
    bool is_kept = is_good ? gives_no_nan(trial, &tried, set)
                           : has_reason(trial, &tried, set);
    trial_close(&tried);
    if (!is_kept) return false;
  }
  return true;
}

size_t law_count_entries(const char *folder) {
  size_t n = 0;
  DIR *dir = opendir(folder);
  if (!dir) return 0;
  while (readdir(dir)) n++;
  closedir(dir);
  return n;
}

/* --- leaks -----------------------------------------------------------------
 */
enum { LIVES = 24, FEWEST_LIVES = 6, MOST_SPANS = 10 };
#define LONG_LIFE 0.05 /* seconds */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
bool law_leaks(struct trial *trial) {
  return trial_skipped(trial, "the sanitizer's allocator does not tell");
}
#else
struct memory {
  ptrdiff_t allocated; /* bytes of malloc */
  ptrdiff_t mapped;    /* bytes of address space, malloc's own included */
};

static struct memory memory_in_use(void) {
  struct mallinfo2 info = mallinfo2();
  struct memory memory = {(ptrdiff_t)(info.uordblks + info.hblkhd), 0};
  char text[32] = "";
  int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return memory;
  if (read(fd, text, sizeof text - 1) > 0)
    memory.mapped =
        (ptrdiff_t)(strtoll(text, NULL, 10) * sysconf(_SC_PAGESIZE));
  close(fd);
  return memory;
}

static struct memory more_after(struct trial *trial, size_t lives) {
  struct trial_wish wish = {.dim = trial->options->dim};
  struct memory before = memory_in_use();
  for (size_t k = 0; k < lives; k++) law_live(trial, &wish);
  struct memory after = memory_in_use();
  return (struct memory){after.allocated - before.allocated,
                         after.mapped - before.mapped};
}

/* A leak goes on, by a chunk of 32 bytes at least, or a page, for each life. */
static bool is_little(struct memory more, size_t lives) {
  return more.allocated < 24 * (ptrdiff_t)lives &&
         more.mapped < (ptrdiff_t)lives * sysconf(_SC_PAGESIZE);
}

/* What the allocator keeps for itself grows at first, by odds and ends of
 * chunks, and then no more: two spans in a row with little are enough. */
bool law_leaks(struct trial *trial) {
  double begin = run_seconds();
  (void)more_after(trial, 1);
  size_t lives =
      run_seconds() - begin > LONG_LIFE ? FEWEST_LIVES : (size_t)LIVES;
  (void)more_after(trial, lives);
  size_t files = law_count_entries("/proc/self/fd"), n_low = 0, n = 0;
  struct memory all = {0, 0};
  for (; n < MOST_SPANS && n_low < 2; n++) {
    struct memory more = more_after(trial, lives);
    n_low = is_little(more, lives) ? n_low + 1 : 0;
    all.allocated += more.allocated;
    all.mapped += more.mapped;
  }
  size_t now = law_count_entries("/proc/self/fd");
  if (now > files)
    return trial_broken(trial, "%zu more files are open after %zu lives",
                        now - files, n * lives);
  if (n_low >= 2) return true;
  if (all.allocated >= 24 * (ptrdiff_t)(n * lives))
    return trial_broken(trial, "%td bytes more are in use after %zu lives",
                        all.allocated, n * lives);
  trial_broken(trial, "%td bytes more are mapped after %zu lives", all.mapped,
               n * lives);
  return trial_advise(
      trial, "unmap in destroy what create maps; map nothing in calls");
}
#endif
