/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The law `stride` of observers: frames whose rows lie further apart leave the
 * same files and results.  What differs between two equal frames, such as a
 * clock, says nothing. */
#include <dirent.h>
#include <kac/sdk.h>
#include <stdlib.h>

#include "conform/laws.h"
#include "output/outputs.h"

/* --- one look --------------------------------------------------------------
 */
struct showing { /* of frames with rows ld apart, and what was made of them */
  struct host_outputs *outputs;
  char folder[300];
};

static bool show(struct trial *trial, struct showing *showing, size_t number,
                 size_t gap) {
  struct trial seen;
  struct fault fault = {0};
  snprintf(showing->folder, sizeof showing->folder, "%s/%zu", trial->folder,
           number);
  showing->outputs = outputs_open(showing->folder, false, &fault);
  struct trial_wish wish = {.dim = trial->options->dim,
                            .outputs = showing->outputs};
  if (!showing->outputs) return trial_skipped(trial, "%s", fault.text);
  bool is_kept =
      trial_open(&seen, trial->options, KAC_OBSERVER, &wish, trial->verdict) ||
      trial_broken(trial, "%s", trial_messages(&seen));
  is_kept = is_kept && observer_show(&seen, gap);
  trial_close(&seen);
  return is_kept && (outputs_commit(showing->outputs, &fault) ||
                     trial_broken(trial, "its files: %s", fault.text));
}

/* --- what was made ---------------------------------------------------------
 */
static const struct host_outputs_result *result_of(
    const struct showing *showing, const struct host_outputs_result *like) {
  size_t n;
  const struct host_outputs_result *all = outputs_results(showing->outputs, &n);
  for (size_t i = 0; i < n; i++)
    if (strcmp(all[i].key, like->key) == 0 &&
        strcmp(all[i].instance, like->instance) == 0)
      return &all[i];
  return NULL;
}

static bool is_same_result(const struct host_outputs_result *a,
                           const struct host_outputs_result *b) {
  return b && a->n == b->n &&
         memcmp(a->value, b->value, a->n * sizeof *a->value) == 0;
}

static bool compare_results(struct trial *trial, const struct showing *seen) {
  size_t n;
  const struct host_outputs_result *all = outputs_results(seen[0].outputs, &n);
  for (size_t i = 0; i < n; i++)
    if (is_same_result(&all[i], result_of(&seen[1], &all[i])) &&
        !is_same_result(&all[i], result_of(&seen[2], &all[i])))
      return trial_broken(trial,
                          "the result '%s' is another where x.ld = n_real + 3",
                          all[i].key);
  return true;
}

static bool is_same_file(const struct showing *a, const struct showing *b,
                         const char *name) {
  char path[2][600];
  int c = 0;
  snprintf(path[0], sizeof path[0], "%s/%s", a->folder, name);
  snprintf(path[1], sizeof path[1], "%s/%s", b->folder, name);
  FILE *one = fopen(path[0], "rb"), *other = fopen(path[1], "rb");
  bool is_same = one && other;
  while (is_same && c != EOF) {
    c = getc(one);
    is_same = c == getc(other);
  }
  if (one) fclose(one);
  if (other) fclose(other);
  return is_same;
}

static bool compare_files(struct trial *trial, const struct showing *seen) {
  DIR *dir = opendir(seen[0].folder);
  const struct dirent *entry;
  bool is_kept = true;
  while (dir && is_kept && (entry = readdir(dir)))
    if (entry->d_name[0] != '.' &&
        is_same_file(&seen[0], &seen[1], entry->d_name) &&
        !is_same_file(&seen[0], &seen[2], entry->d_name))
      is_kept = trial_broken(trial,
                             "the file '%.100s' is another where x.ld = n_real "
                             "+ 3",
                             entry->d_name);
  if (dir) closedir(dir);
  return is_kept;
}

/* Twice as a run shows them, and once with rows apart. */
static bool look(struct trial *trial, struct showing seen[3]) {
  for (size_t k = 0; k < 2; k++)
    if (!show(trial, &seen[k], k, 0))
      return trial_skipped(trial, "frames are no matter: see `observes`");
  return show(trial, &seen[2], 2, 3) && compare_results(trial, seen) &&
         compare_files(trial, seen);
}

bool observer_stride(struct trial *trial) {
  struct showing seen[3] = {{0}};
  if (!trial->folder[0]) return trial_skipped(trial, "no folder to be had");
  bool is_kept = look(trial, seen);
  for (size_t k = 0; k < 3; k++) outputs_close(seen[k].outputs);
  return is_kept;
}
