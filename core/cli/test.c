/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kac test PLUGIN: does a plugin keep the promises of its header? */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* getopt_long, realpath */
#endif
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/help.h"
#include "cli/plugin_options.h"
#include "conform/conform.h"

enum { OPTION_WORD = 1 };

/* The command line, with room for what may be given more than once. */
struct test {
  const struct command *command;
  struct conform_options options;
  const char *word;
  const char **sets, **paths;
  bool is_help, is_list;
  struct search search;
};

/* --- options ---------------------------------------------------------------
 */
static bool read_number(const struct test *test, const char *name,
                        const char *text, double min, double max, bool is_whole,
                        double *value) {
  char *end;
  *value = strtod(text, &end);
  bool is_good = end != text && *end == '\0' && *value >= min && *value <= max;
  if (is_good && (!is_whole || *value == (double)(int64_t)*value)) return true;
  return help_wrong(test->command, "--%s: '%s' is not a %s from %g to %g", name,
                    text, is_whole ? "whole number" : "number", min, max);
}

static bool take_law(struct test *test, const char *name) {
  test->options.only = name;
  if (conform_find(name)) return true;
  const char *near = suggest(name, laws, n_laws, sizeof laws[0]);
  return near ? help_wrong(test->command,
                           "there is no law '%s'; did you mean '%s'?", name,
                           near)
              : help_wrong(test->command,
                           "there is no law '%s'; --list shows them", name);
}

static bool take_number(struct test *test, int option) {
  struct trial_options *trial = &test->options.trial;
  double value;
  switch (option) {
    case OPTION_DIM:
      if (!read_number(test, "dim", optarg, 1, 4096, true, &value))
        return false;
      trial->dim = (size_t)value;
      return true;
    case OPTION_PARTICLES:
      if (!read_number(test, "particles", optarg, 1, 4096, true, &value))
        return false;
      trial->particles = (size_t)value;
      return true;
    case OPTION_SEED:
      if (!read_number(test, "seed", optarg, 0, 2147483647, true, &value))
        return false;
      trial->seed = (uint64_t)value;
      return true;
    case OPTION_TIMEOUT:
      return read_number(test, "timeout", optarg, 0.1, 86400, false,
                         &test->options.limit);
    default:
      return read_number(test, "spread", optarg, 1e-6, 1e6, false,
                         &trial->spread);
  }
}

static bool take_option(struct test *test, int option, char **argv) {
  struct trial_options *trial = &test->options.trial;
  switch (option) {
    case OPTION_WORD:
      if (test->word)
        return help_wrong(test->command, "unexpected argument '%s'", optarg);
      test->word = optarg;
      return true;
    case OPTION_SET:
      test->sets[trial->n_sets++] = optarg;
      return strchr(optarg, '=') ||
             help_wrong(test->command, "--set: '%s' is not KEY=VALUE", optarg);
    case OPTION_PLUGIN_PATH:
      test->paths[trial->n_plugin_paths++] = optarg;
      search_add(&test->search, optarg, "--plugin-path", NULL);
      return true;
    case OPTION_OVERRIDE + INSECURE_PLUGINS:
      test->search.overrides = &trial->overrides;
      return overrides_give(&trial->overrides, INSECURE_PLUGINS,
                            argv[optind - 1]) ||
             help_wrong(test->command,
                        "what overrides a refusal is written in full, not as "
                        "'%s' (did you mean '--insecure-plugins'?)",
                        argv[optind - 1]);
    case OPTION_CONFIG:
      trial->config = optarg;
      return access(optarg, R_OK) == 0 ||
             help_wrong(test->command, "--config %s: %s", optarg,
                        strerror(errno));
    case OPTION_POINTS:
      trial->points = optarg;
      return access(optarg, R_OK) == 0 ||
             help_wrong(test->command, "--points %s: %s", optarg,
                        strerror(errno));
    case OPTION_ONLY:
      return take_law(test, optarg);
    case OPTION_LIST:
      return test->is_list = true;
    case OPTION_IN_PROCESS:
      return test->options.in_process = true;
    case OPTION_JSON:
      return test->options.json = true;
    case OPTION_HELP:
      return test->is_help = true;
    case OPTION_DIM:
    case OPTION_PARTICLES:
    case OPTION_SEED:
    case OPTION_SPREAD:
    case OPTION_TIMEOUT:
      return take_number(test, option);
    default:
      return help_wrong_option(test->command, option, argv[optind - 1]);
  }
}

static bool read_options(struct test *test, int argc, char **argv) {
  int option;
  struct option known[COMMAND_OPTIONS_MAX];
  command_getopt(test->command, known);
  test->options = (struct conform_options){
      .trial = {.dim = 2, .seed = 1, .spread = 1}, .limit = 45};
  test->sets = calloc((size_t)argc + 1, sizeof *test->sets);
  test->paths = calloc((size_t)argc + 1, sizeof *test->paths);
  if (!test->sets || !test->paths) return false;
  test->options.trial.sets = test->sets;
  test->options.trial.plugin_paths = test->paths;
  optind = 0; /* glibc: start afresh */
  opterr = 0;
  while ((option = getopt_long(argc, argv, "-:", known, NULL)) != -1)
    if (!take_option(test, option, argv)) return false;
  for (; optind < argc; optind++) {
    if (test->word)
      return help_wrong(test->command, "unexpected argument '%s'",
                        argv[optind]);
    test->word = argv[optind];
  }
  return true;
}

/* --- the plugin ------------------------------------------------------------
 */
/* A name is looked for as a pipeline does; a file is not touched before it is
 * on trial. */
static bool is_path(const char *word) {
  return access(word, F_OK) == 0 ||
         (search_is_path(word) && !plugin_options_split(&word));
}

static const char *find_by_name(struct test *test, struct diag *diag) {
  const char *name = test->word;
  uint32_t kind = plugin_options_split(&name);
  struct module *module = NULL;
  if (!search_find(&test->search, kind, name, NULL,
                   (struct place){"command line", 0}, diag, &module))
    return NULL;
  return module->path;
}

/* The pipelines that are made up around it are of kac's own plugins. */
static bool has_company(struct test *test, struct diag *diag) {
  static const struct {
    uint32_t kind;
    const char *name;
  } company[] = {{KAC_SCHEDULE, "vp"},
                 {KAC_SCORE, "gaussian"},
                 {KAC_INTEGRATOR, "euler_maruyama"}};
  bool is_good = true;
  if (test->options.trial.config) return true;
  for (size_t k = 0; is_good && k < sizeof company / sizeof *company; k++) {
    struct module *module = NULL;
    is_good = search_find(&test->search, company[k].kind, company[k].name, NULL,
                          (struct place){"kac test", 0}, diag, &module);
  }
  return is_good;
}

static enum exit_code resolve(struct test *test, char *resolved) {
  struct diag *diag = diag_new();
  if (!diag) return EXIT_RESOURCE;
  search_add_environment(&test->search);
  search_add_installed(&test->search);
  const char *path =
      is_path(test->word) ? test->word : find_by_name(test, diag);
  bool is_found = path && realpath(path, resolved);
  if (path && !is_found)
    fprintf(stderr, "kac: error: %s: %s\n", path, strerror(errno));
  is_found = is_found && has_company(test, diag);
  diag_print(diag, stderr);
  diag_free(diag);
  return is_found ? EXIT_DONE : EXIT_LOAD;
}

/* --- the command -----------------------------------------------------------
 */
static void print_line(void *out, const struct conform *conform,
                       const struct outcome *outcome) {
  conform_line(out, conform, outcome);
}

/* Is it a whole pipeline, or keys of the plugin alone? */
static bool classify_config(struct test *test) {
  static const char *const sections[] = {"scores", "schedule", "time",
                                         "integrators"};
  struct trial_options *trial = &test->options.trial;
  struct diag *diag = trial->config ? diag_new() : NULL;
  if (!diag) return !trial->config;
  const struct node *root =
      tree_read(test->search.arena, trial->config, &trial->overrides, diag);
  diag_print(diag, stderr);
  diag_free(diag);
  if (!root) return false;
  for (size_t k = 0; k < sizeof sections / sizeof *sections; k++)
    if (node_get(root, sections[k])) return true;
  trial->keys = trial->config;
  trial->config = NULL;
  return true;
}

/* One law that was wished for and not asked is no success, nor are all of them
 * where the command line lacks something. */
static enum exit_code judge_end(const struct conform *conform) {
  const struct conform_options *options = conform->options;
  if (conform->n_broken > 0) return EXIT_PLUGIN;
  if (!options->only && conform->n_untold > 0) {
    fputs("kac: error: the plugin was not asked: it needs an option more\n",
          stderr);
    return EXIT_CONFIG;
  }
  if (!options->only || conform->n_kept > 0) return EXIT_DONE;
  fprintf(stderr, "kac: error: --only %s: the law was not asked: %s\n",
          options->only,
          conform->n > 0 ? conform->outcomes[0].verdict.text : "no verdict");
  return EXIT_CONFIG;
}

static enum exit_code run_laws(struct test *test) {
  char resolved[4096];
  struct conform conform;
  bool has_lines = !test->options.json;
  if (!classify_config(test)) return EXIT_CONFIG;
  enum exit_code code = resolve(test, resolved);
  if (code != EXIT_DONE) return code;
  test->options.trial.plugin = resolved;
  if (!conform_run(&conform, &test->options, has_lines ? print_line : NULL,
                   stdout)) {
    fputs("kac: error: no memory\n", stderr);
    return EXIT_RESOURCE;
  }
  if (has_lines)
    conform_summary(stdout, &conform);
  else
    conform_json(stdout, &conform);
  code = judge_end(&conform);
  conform_free(&conform);
  return ferror(stdout) ? EXIT_FILE : code;
}

static void print_laws(void) {
  for (size_t k = 0; k < n_laws; k++) {
    printf("%-11s", laws[k].name);
    for (uint32_t kind = KAC_SCORE; kind <= KAC_OBSERVER; kind++)
      putchar(laws[k].kinds & 1u << kind ? kind_names[kind][0] : '.');
    printf("  %s\n", laws[k].promise);
  }
  puts(
      "s score, p potential, i integrator, r resampler, s schedule, o "
      "observer");
}

int command_test(int argc, char **argv) {
  struct test test = {.command = command_find("test"),
                      .search = {.arena = arena_new()}};
  enum exit_code code = EXIT_CONFIG;
  if (!test.search.arena) return EXIT_RESOURCE;
  if (read_options(&test, argc, argv)) {
    if (test.is_help || test.is_list)
      code = EXIT_DONE;
    else if (test.word)
      code = run_laws(&test);
    else
      help_wrong(test.command, "name a plugin");
    if (test.is_help) help_command(stdout, test.command);
    if (test.is_list && !test.is_help) print_laws();
  }
  free(test.sets);
  free(test.paths);
  arena_free(test.search.arena);
  return (int)code;
}
