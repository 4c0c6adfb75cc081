/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command lines of `kac run`, `kac check` and `kac check-model`. */
#ifndef KAC_CORE_OPTIONS_H
#define KAC_CORE_OPTIONS_H
#include "config/diag.h"
#include "overrides.h"

struct option_set { /* one "path=value" with where it stood */
  const char *assignment;
  struct place at;
};
enum options_command { OPTIONS_RUN, OPTIONS_CHECK, OPTIONS_CHECK_MODEL };
struct options { /* strings are of argv, or owned by `texts` */
  enum options_command command;
  int argc;
  char *const *argv;
  const char *config; /* "-": standard input */
  struct option_set *sets;
  size_t n_sets;
  const char **plugin_paths;
  size_t n_plugin_paths;
  const char *output;       /* NULL: no files */
  const char *score, *data; /* of check-model; NULL: all, none */
  struct place data_at;
  size_t points;
  bool overwrite, quiet, explain, json, help;
  struct overrides overrides;
  char **texts;
  size_t n_texts;
};

/* argv[0] is the name of the command, as in `run CONFIG`.  EXIT_DONE, or
 * EXIT_CONFIG with the reason on `err`.  Free it in any case.  --help has been
 * answered on `out` where `help` is set. */
enum exit_code options_parse(struct options *options,
                             enum options_command command, int argc,
                             char **argv, FILE *out, FILE *err);
void options_free(struct options *options);

#endif
