/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `kac run` and `kac check` share: from a command line to a checked
 * pipeline. */
#ifndef KAC_CORE_JOB_H
#define KAC_CORE_JOB_H
#include "cli/options.h"
#include "config/pipeline.h"

struct job {
  struct arena *arena;
  struct diag *diag;
  struct pipeline pipeline;
  struct overrides overrides;
};

/* Messages are in job->diag, not yet printed.  Close it in any case. */
enum exit_code job_open(struct job *job, const struct options *options);
void job_close(struct job *job);
/* "a run needs about 12 MB of memory, 3.1 GB are free" */
void job_memory(const struct job *job, char *text, size_t bytes);
/* Prints what has not been printed; `code`: how it went. */
void job_messages(struct job *job, enum exit_code code);

#endif
