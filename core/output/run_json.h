/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run.json: what was run, with what, on what, and what came out. */
#ifndef KAC_CORE_RUN_JSON_H
#define KAC_CORE_RUN_JSON_H
#include <time.h>

#include "output/inputs.h"
#include "output/report.h"
#include "overrides.h"
#include "output/settings.h"

struct run_record {
  struct report report;
  const struct settings *settings;
  const struct inputs *inputs; /* NULL: none */
  const char *config_path;
  int argc; /* the command line */
  char *const *argv;
  time_t started;
  const struct overrides *overrides;
  enum exit_code code; /* 0, or that the run was extinct */
};

/* The keys of the head are stable: docs/design.md section 6. */
bool run_json_write(int fd, const struct run_record *record,
                    struct fault *fault);

#endif
