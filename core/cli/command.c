/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of commands.  Help, manual and completion follow by themselves. */
#include "cli/command.h"

#include <string.h>

#include "cli/commands.h"
#include "config/schema.h"
#include "overrides.h"

#define SET                                                      \
  {                                                              \
    OPTION_SET, "set", "PATH=VALUE",                             \
        "change a setting before it is checked, as "             \
        "potentials[0].strength=2; may be given again and again" \
  }
#define THREADS \
  { OPTION_THREADS, "threads", "N", "the same as --set threads=N" }
#define SEED \
  { OPTION_SEED, "seed", "S", "the same as --set seed=S" }
#define PLUGIN_PATH                                              \
  {                                                              \
    OPTION_PLUGIN_PATH, "plugin-path", "DIR",                    \
        "look for plugins in DIR first; several, as DIR:DIR or " \
        "one option each"                                        \
  }
#define INSECURE                                                  \
  {                                                               \
    OPTION_OVERRIDE + INSECURE_PLUGINS, "insecure-plugins", NULL, \
        "load plugins that others can change"                     \
  }
#define OVERRIDES                                                          \
  {OPTION_OVERRIDE + ALLOW_INCLUDE_OUTSIDE, "allow-include-outside", NULL, \
   "@include files elsewhere than below the config"},                      \
      INSECURE, {                                                          \
    OPTION_OVERRIDE + FORCE_MEMORY, "force-memory", NULL,                  \
        "go beyond the memory that is available"                           \
  }
#define JSON \
  { OPTION_JSON, "json", NULL, "print JSON" }
#define END \
  { 0, NULL, NULL, NULL }

static const struct command_option run_options[] = {
    SET,
    {OPTION_OUTPUT, "output", "DIR",
     "write samples.npz, trace.jsonl, run.json and resolved.cfg to DIR"},
    {OPTION_OVERWRITE, "overwrite", NULL,
     "replace the finished run that DIR holds"},
    THREADS,
    SEED,
    PLUGIN_PATH,
    {OPTION_QUIET, "quiet", NULL, "show no progress"},
    OVERRIDES,
    END};
static const struct command_option check_options[] = {
    SET,
    THREADS,
    SEED,
    PLUGIN_PATH,
    {OPTION_EXPLAIN, "explain", NULL, "print every setting with its origin"},
    OVERRIDES,
    END};
static const struct command_option check_model_options[] = {
    {OPTION_SCORE, "score", "ID", "this model only"},
    {OPTION_DATA, "data", "FILE",
     "rows of the data (.npy or text); else Gaussian points"},
    {OPTION_POINTS, "points", "N", "as many at each time (256)"},
    JSON,
    SET,
    SEED,
    PLUGIN_PATH,
    OVERRIDES,
    END};
static const struct command_option list_options[] = {PLUGIN_PATH, INSECURE,
                                                     END};
static const struct command_option info_options[] = {
    JSON,
    {OPTION_TEMPLATE, "template", NULL,
     "print a group for the config, every key with its default"},
    PLUGIN_PATH,
    INSECURE,
    END};
static const struct command_option test_options[] = {
    {OPTION_SET, "set", "KEY=VALUE",
     "a parameter of the plugin, also of the one that --config names"},
    {OPTION_CONFIG, "config", "FILE",
     "keys of the plugin, or a pipeline that uses it"},
    {OPTION_PARTICLES, "particles", "N",
     "so many bodies of --dim coordinates (a plain vector)"},
    {OPTION_DIM, "dim", "N", "dimension of the test problems (2)"},
    {OPTION_SPREAD, "spread", "S", "width of the test points (1)"},
    {OPTION_POINTS, "points", "FILE", "test points of your own, .npy or text"},
    {OPTION_SEED, "seed", "N", "of all random numbers (1)"},
    {OPTION_ONLY, "only", "LAW", "one law"},
    {OPTION_LIST, "list", NULL, "show the laws and what they say"},
    {OPTION_TIMEOUT, "timeout", "SECONDS", "for each law (45)"},
    {OPTION_IN_PROCESS, "in-process", NULL,
     "no child processes: for a debugger"},
    JSON,
    PLUGIN_PATH,
    INSECURE,
    END};
static const struct command_option new_options[] = {
    {OPTION_DIR, "dir", "DIR", "the folder to make (NAME)"}, END};
static const struct command_option help_options[] = {END};

const struct command commands[] = {
    {"run", command_run, "CONFIG", "run a pipeline",
     "Checks the pipeline that CONFIG describes ('-': standard input), runs "
     "it, and prints log Z, its standard error and what the observers found. "
     "Files are written only with --output.",
     run_options},
    {"check", command_check, "CONFIG",
     "everything that can be known before running",
     "Checks everything of CONFIG ('-': standard input) that can be known "
     "before a run: keys, types, ranges, files, plugins and how they fit, and "
     "the memory that a run needs.",
     check_options},
    {"check-model", command_check_model, "CONFIG",
     "does a score model fit its data?",
     "Looks at the score models of a pipeline at points of several times: do "
     "they fit what they were trained on, and does what they give agree with "
     "itself?",
     check_model_options},
    {"list", command_list, "[KIND]", "plugins found, and where",
     "Lists the plugins found, of one KIND or of all, with the file of each, "
     "what shadows it, why it cannot be used, and which ones this kac was "
     "built without.",
     list_options},
    {"info", command_info, "NAME",
     "parameters of a plugin or keys of a section",
     "Shows what NAME takes. NAME is a plugin (gmm), KIND/PLUGIN (score/gmm), "
     "the path of one (./mine.so), or a section of the config (run for its top "
     "level, potentials, path and so on), whose keys belong to kac itself.",
     info_options},
    {"test", command_test, "PLUGIN", "does a plugin keep the laws of its kind?",
     "Calls PLUGIN, a file, a name or KIND/NAME, as kac does, on small "
     "problems "
     "of its own, and says which laws of its kind it keeps: numbers that "
     "belong "
     "together, inputs left alone, the same for any block and thread, no leak. "
     "Each law has a process of its own.",
     test_options},
    {"new", command_new, "KIND NAME", "a plugin to start from",
     "Makes a folder with a plugin of KIND that is called NAME, a Makefile, a "
     "pipeline that uses it, and what to do next.",
     new_options},
    {"help", command_help, "[COMMAND]", "this text, or more of a command",
     "Shows all commands, or one of them as its --help does.", help_options},
    {NULL, NULL, NULL, NULL, NULL, NULL}};

const struct command_option command_help_option = {OPTION_HELP, "help", NULL,
                                                   "show this text"};

const struct command *command_find(const char *name) {
  for (const struct command *command = commands; command->name; command++)
    if (strcmp(name, command->name) == 0) return command;
  return NULL;
}

const char *command_suggest(const char *name) {
  size_t n = sizeof commands / sizeof commands[0] - 1;
  return suggest(name, commands, n, sizeof commands[0]);
}

size_t command_getopt(const struct command *command,
                      struct option table[COMMAND_OPTIONS_MAX]) {
  const struct command_option *row = command->options;
  size_t n = 0;
  for (; row->name && n < COMMAND_OPTIONS_MAX - 2; row++)
    table[n++] = (struct option){
        row->name, row->argument ? required_argument : no_argument, NULL,
        row->id};
  table[n++] = (struct option){"help", no_argument, NULL, OPTION_HELP};
  table[n] = (struct option){NULL, 0, NULL, 0};
  return n;
}
