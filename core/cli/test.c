/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kac test PLUGIN: does a plugin keep the promises of its header? */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* getopt_long, realpath */
#endif
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/plugin_options.h"
#include "conform/conform.h"

static const char usage[] =
    "kac test PLUGIN [OPTION]...\n"
    "PLUGIN is a file, a plugin's name, or KIND/NAME\n"
    "  --set KEY=VALUE    a parameter of the plugin (or, with --config, of "
    "it)\n"
    "  --config FILE      keys of the plugin, or a pipeline that uses it\n"
    "  --particles N      of bodies in dim dimensions (default: a plain "
    "vector)\n"
    "  --dim N            dimension of the test problems (default 2)\n"
    "  --spread S         width of the test points (default 1)\n"
    "  --points FILE      test points of your own, .npy or text\n"
    "  --seed N           of all random numbers (default 1)\n"
    "  --only LAW         one law\n"
    "  --list             the laws, and what they say\n"
    "  --timeout SECONDS  for each law (default 45)\n"
    "  --in-process       no child processes: for a debugger\n"
    "  --json             for machines\n"
    "  --plugin-path DIR  more plugins";

enum {
  OPTION_WORD = 1,
  OPTION_SET,
  OPTION_CONFIG,
  OPTION_DIM,
  OPTION_PARTICLES,
  OPTION_SPREAD,
  OPTION_POINTS,
  OPTION_SEED,
  OPTION_ONLY,
  OPTION_LIST,
  OPTION_TIMEOUT,
  OPTION_IN_PROCESS,
  OPTION_JSON,
  OPTION_PATH,
  OPTION_HELP
};
static const struct option known[] = {
    {"set", required_argument, NULL, OPTION_SET},
    {"config", required_argument, NULL, OPTION_CONFIG},
    {"particles", required_argument, NULL, OPTION_PARTICLES},
    {"dim", required_argument, NULL, OPTION_DIM},
    {"spread", required_argument, NULL, OPTION_SPREAD},
    {"points", required_argument, NULL, OPTION_POINTS},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"only", required_argument, NULL, OPTION_ONLY},
    {"list", no_argument, NULL, OPTION_LIST},
    {"timeout", required_argument, NULL, OPTION_TIMEOUT},
    {"in-process", no_argument, NULL, OPTION_IN_PROCESS},
    {"json", no_argument, NULL, OPTION_JSON},
    {"plugin-path", required_argument, NULL, OPTION_PATH},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0}};

/* The command line, with room for what may be given more than once. */
struct test {
  struct conform_options options;
  const char *word;
  const char **sets, **paths;
  bool is_help, is_list;
  struct search search;
};

static bool wrong(const char *format, ...)
    __attribute__((format(printf, 1, 2)));
static bool wrong(const char *format, ...) {
  va_list args;
  va_start(args, format);
  fputs("kac: error: ", stderr);
  vfprintf(stderr, format, args);
  fputs("\nusage: ", stderr);
  fputs(usage, stderr);
  fputc('\n', stderr);
  va_end(args);
  return false;
}

/* --- options ---------------------------------------------------------------
 */
static bool read_number(const char *name, const char *text, double min,
                        double max, bool is_whole, double *value) {
  char *end;
  *value = strtod(text, &end);
  bool is_good = end != text && *end == '\0' && *value >= min && *value <= max;
  if (is_good && (!is_whole || *value == (double)(int64_t)*value)) return true;
  return wrong("--%s: '%s' is not a %s from %g to %g", name, text,
               is_whole ? "whole number" : "number", min, max);
}

static bool take_law(struct test *test, const char *name) {
  test->options.only = name;
  if (conform_find(name)) return true;
  const char *near = suggest(name, laws, n_laws, sizeof laws[0]);
  return near ? wrong("there is no law '%s'; did you mean '%s'?", name, near)
              : wrong("there is no law '%s'; --list shows them", name);
}

static bool take_number(struct test *test, int option) {
  struct trial_options *trial = &test->options.trial;
  double value;
  switch (option) {
    case OPTION_DIM:
      if (!read_number("dim", optarg, 1, 4096, true, &value)) return false;
      trial->dim = (size_t)value;
      return true;
    case OPTION_PARTICLES:
      if (!read_number("particles", optarg, 1, 4096, true, &value))
        return false;
      trial->particles = (size_t)value;
      return true;
    case OPTION_SEED:
      if (!read_number("seed", optarg, 0, 2147483647, true, &value))
        return false;
      trial->seed = (uint64_t)value;
      return true;
    case OPTION_TIMEOUT:
      return read_number("timeout", optarg, 0.1, 86400, false,
                         &test->options.limit);
    default:
      return read_number("spread", optarg, 1e-6, 1e6, false, &trial->spread);
  }
}

static bool take_option(struct test *test, int option, char **argv) {
  struct trial_options *trial = &test->options.trial;
  switch (option) {
    case OPTION_WORD:
      if (test->word) return wrong("unexpected argument '%s'", optarg);
      test->word = optarg;
      return true;
    case OPTION_SET:
      test->sets[trial->n_sets++] = optarg;
      return strchr(optarg, '=') ||
             wrong("--set: '%s' is not KEY=VALUE", optarg);
    case OPTION_PATH:
      test->paths[trial->n_plugin_paths++] = optarg;
      search_add(&test->search, optarg, "--plugin-path", NULL);
      return true;
    case OPTION_CONFIG:
      trial->config = optarg;
      return access(optarg, R_OK) == 0 ||
             wrong("--config %s: %s", optarg, strerror(errno));
    case OPTION_POINTS:
      trial->points = optarg;
      return access(optarg, R_OK) == 0 ||
             wrong("--points %s: %s", optarg, strerror(errno));
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
    case ':':
      return wrong("option '%s' needs a value", argv[optind - 1]);
    default:
      return wrong("unknown option '%s'", argv[optind - 1]);
  }
}

static bool read_options(struct test *test, int argc, char **argv) {
  const char *scale = getenv("KAC_TEST_SCALE");
  int option;
  test->options = (struct conform_options){
      .trial = {.dim = 2, .seed = 1, .spread = 1, .scale = 1}, .limit = 45};
  if (scale && atof(scale) > 0) test->options.trial.scale = atof(scale);
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
    if (test->word) return wrong("unexpected argument '%s'", argv[optind]);
    test->word = argv[optind];
  }
  return true;
}

/* --- the plugin ------------------------------------------------------------
 */
/* A name is looked for as a pipeline does; a file is not touched before it is
 * on trial. */
static bool is_path(const char *word) {
  const char *slash = strchr(word, '/');
  bool is_kind = slash && plugin_options_kind(word, (size_t)(slash - word)) &&
                 !strpbrk(slash + 1, "/.:");
  return access(word, F_OK) == 0 || (slash && !is_kind) ||
         (strlen(word) > 3 && strcmp(word + strlen(word) - 3, ".so") == 0);
}

static const char *find_by_name(struct test *test, struct diag *diag) {
  const char *name = test->word, *slash = strchr(name, '/');
  uint32_t kind = slash ? plugin_options_kind(name, (size_t)(slash - name)) : 0;
  struct module *module = NULL;
  if (kind) name = slash + 1;
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
  const struct node *root = tree_read(test->search.arena, trial->config, diag);
  diag_print(diag, stderr);
  diag_free(diag);
  if (!root) return false;
  for (size_t k = 0; k < sizeof sections / sizeof *sections; k++)
    if (node_get(root, sections[k])) return true;
  trial->keys = trial->config;
  trial->config = NULL;
  return true;
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
  code = conform.n_broken > 0 ? EXIT_PLUGIN : EXIT_DONE;
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
  struct test test = {.search = {.arena = arena_new()}};
  enum exit_code code = EXIT_CONFIG;
  if (!test.search.arena) return EXIT_RESOURCE;
  if (read_options(&test, argc, argv)) {
    if (test.is_help || test.is_list)
      code = EXIT_DONE;
    else if (test.word)
      code = run_laws(&test);
    else
      wrong("name a plugin");
    if (test.is_help) printf("usage: %s\n", usage);
    if (test.is_list && !test.is_help) print_laws();
  }
  free(test.sets);
  free(test.paths);
  arena_free(test.search.arena);
  return (int)code;
}
