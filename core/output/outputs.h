/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The output folder of a run: locked, every file under a temporary name until
 * the run has succeeded, and the numbers that observers report. */
#ifndef KAC_CORE_OUTPUTS_H
#define KAC_CORE_OUTPUTS_H
#include "plugin/instance.h"

struct host_outputs_result { /* one host->result of an observer */
  const char *instance, *key;
  const double *value;
  size_t n;
};
struct host_outputs;

/* folder NULL: no files (open_output gives fd -1, results are still kept).
 * Makes the folder; refuses a folder in use (EXIT_IN_USE) and one that holds
 * a finished run (run.json) unless overwrite.  NULL with *fault. */
struct host_outputs *outputs_open(const char *folder, bool overwrite,
                                  struct fault *fault);
/* A new file `name` (no slash) under a temporary name; -1 with *fault. */
int outputs_create(struct host_outputs *outputs, const char *name,
                   struct fault *fault);
/* Of a run that has no samples: only run.json and resolved.cfg will be named.
 */
void outputs_leave_out(struct host_outputs *outputs);
/* fsync and rename everything; false with *fault and nothing left behind. */
bool outputs_commit(struct host_outputs *outputs, struct fault *fault);
/* Removes what was not committed.  NULL is fine. */
void outputs_close(struct host_outputs *outputs);
const char *outputs_folder(const struct host_outputs *outputs); /* or NULL */
bool outputs_add_result(struct host_outputs *outputs, const char *instance,
                        const char *key, const double *value, size_t n);
const struct host_outputs_result *outputs_results(
    const struct host_outputs *outputs, size_t *n);

#endif
