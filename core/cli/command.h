/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of commands: what each is called, takes, does and is run by.  The
 * dispatch, the parsers of options, the help, the manual pages and the
 * completion of the shell are all made from it, so that a command or an option
 * is one row. */
#ifndef KAC_CORE_COMMAND_H
#define KAC_CORE_COMMAND_H
#include <getopt.h>
#include <stddef.h>

/* Numbers of options for their parsers. */
enum option_id {
  OPTION_HELP = 1000,
  OPTION_SET,
  OPTION_OUTPUT,
  OPTION_OVERWRITE,
  OPTION_THREADS,
  OPTION_SEED,
  OPTION_PLUGIN_PATH,
  OPTION_QUIET,
  OPTION_EXPLAIN,
  OPTION_SCORE,
  OPTION_DATA,
  OPTION_POINTS,
  OPTION_JSON,
  OPTION_TEMPLATE,
  OPTION_DIR,
  OPTION_CONFIG,
  OPTION_DIM,
  OPTION_PARTICLES,
  OPTION_SPREAD,
  OPTION_ONLY,
  OPTION_LIST,
  OPTION_TIMEOUT,
  OPTION_IN_PROCESS,
  OPTION_OVERRIDE /* and those that follow, by enum override: keep it last */
};
enum { COMMAND_OPTIONS_MAX = 32 };

struct command_option {
  int id;
  const char *name;     /* without dashes; NULL ends a list */
  const char *argument; /* "DIR": also what completes it; NULL: none */
  const char *text;
};
struct command { /* a row without a name ends the table */
  const char *name;
  int (*run)(int argc, char **argv);    /* argv[0] is the name */
  const char *words;                    /* "CONFIG", "[KIND]", "" */
  const char *summary;                  /* a line in the list of commands */
  const char *text;                     /* sentences below the usage */
  const struct command_option *options; /* without --help, which all have */
};
extern const struct command commands[];
extern const struct command_option command_help_option;

/* NULL: there is no such command. */
const struct command *command_find(const char *name);
/* The nearest name, or NULL. */
const char *command_suggest(const char *name);

/* All options of the command with --help behind them, for getopt_long; the
 * count. */
size_t command_getopt(const struct command *command,
                      struct option table[COMMAND_OPTIONS_MAX]);

#endif
