/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command lines of `kac run`, `kac check` and `kac check-model`.  --threads
 * and --seed are nothing but short forms of --set, so that they are checked,
 * recorded and explained like every other setting. */
#include "cli/options.h"

#include <ctype.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/help.h"
#include "config/schema.h"

static const char *const names[] = {[OPTIONS_RUN] = "run",
                                    [OPTIONS_CHECK] = "check",
                                    [OPTIONS_CHECK_MODEL] = "check-model"};

struct parse {
  struct options *options;
  const struct option *table;
  size_t n;         /* of its rows */
  const char *name; /* "run" */
  FILE *out, *err;
};

/* libconfig wants an L behind what 32 bits do not hold; on the command line
 * nobody should have to know. */
static const char *long_mark(const char *value) {
  size_t n = strspn(value, "0123456789");
  if (n == 0 || value[n] != '\0') return "";
  return n > 10 || strtoull(value, NULL, 10) > INT32_MAX ? "L" : "";
}

static const char *number_setting(struct options *options, const char *key,
                                  const char *value) {
  size_t bytes = strlen(key) + strlen(value) + 3;
  char *text = malloc(bytes);
  if (!text) return NULL;
  snprintf(text, bytes, "%s=%s%s", key, value, long_mark(value));
  options->texts[options->n_texts++] = text;
  return text;
}

/* Where messages and origins say that a setting comes from; a long value is
 * cut, and what is no text is blanked. */
static char *make_place(const char *option, const char *value, int index) {
  enum { SHOWN = 72 };
  size_t bytes = strlen(option) + SHOWN + 64;
  char *place = malloc(bytes);
  if (!place) return NULL;
  snprintf(place, bytes, "command line argument %d (--%s %.*s%s)", index,
           option, (int)SHOWN, value, strlen(value) > SHOWN ? "..." : "");
  for (char *c = place; *c; c++)
    if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = '?';
  return place;
}

static void add_set(struct options *options, const char *assignment,
                    const char *option, const char *value, int index) {
  struct option_set *set = &options->sets[options->n_sets++];
  char *place = make_place(option, value, index);
  if (place) options->texts[options->n_texts++] = place;
  set->assignment = assignment;
  set->at = (struct place){place ? place : "command line", 0};
}

static enum exit_code add_number(struct options *options, const char *key,
                                 const char *value, int index) {
  const char *assignment = number_setting(options, key, value);
  if (!assignment) return EXIT_RESOURCE;
  add_set(options, assignment, key, value, index);
  return EXIT_DONE;
}

static enum exit_code usage(const struct parse *parse, const char *what,
                            const char *word, const char *near) {
  fprintf(parse->err, "kac %s: error: %s", parse->name, what);
  if (word) fprintf(parse->err, " '%s'", word);
  if (near) fprintf(parse->err, " (did you mean '--%s'?)", near);
  fprintf(parse->err, "\ntry 'kac %s --help'\n", parse->name);
  return EXIT_CONFIG;
}

static enum exit_code bad_option(const struct parse *parse, const char *word,
                                 int option) {
  if (option == ':')
    return usage(parse, "a value is missing behind", word, NULL);
  char name[64];
  const char *plain = word + strspn(word, "-");
  snprintf(name, sizeof name, "%.*s", (int)strcspn(plain, "="), plain);
  for (size_t i = 0; i < parse->n; i++)
    if (strcmp(parse->table[i].name, name) == 0)
      return usage(parse, "no value is expected in", word, NULL);
  return usage(parse, "unknown option", word,
               suggest(name, parse->table, parse->n, sizeof parse->table[0]));
}

static enum exit_code add_config(const struct parse *parse, const char *word) {
  if (parse->options->config)
    return usage(parse, "one config is expected, not also", word, NULL);
  parse->options->config = word;
  return EXIT_DONE;
}

static enum exit_code add_points(const struct parse *parse, const char *word) {
  size_t n = strspn(word, "0123456789");
  unsigned long value =
      n > 0 && n < 8 && !word[n] ? strtoul(word, NULL, 10) : 0;
  if (value < 2 || value > 1000000)
    return usage(parse, "--points is a number from 2 to 1000000, not", word,
                 NULL);
  parse->options->points = value;
  return EXIT_DONE;
}

static enum exit_code add_data(struct options *options, const char *word,
                               int index) {
  char *place = make_place("data", word, index);
  if (!place) return EXIT_RESOURCE;
  options->texts[options->n_texts++] = place;
  options->data = word;
  options->data_at = (struct place){place, 0};
  return EXIT_DONE;
}

/* `index` counts in argv, which starts at the command: one more in full. */
static enum exit_code take(const struct parse *parse, int option, int index,
                           const char *word) {
  struct options *options = parse->options;
  switch (option) {
    case 1:
      return add_config(parse, optarg);
    case OPTION_SET:
      add_set(options, optarg, "set", optarg, index + 1);
      return EXIT_DONE;
    case OPTION_THREADS:
      return add_number(options, "threads", optarg, index + 1);
    case OPTION_SEED:
      return add_number(options, "seed", optarg, index + 1);
    case OPTION_OUTPUT:
      if (!*optarg) return usage(parse, "--output needs a folder", NULL, NULL);
      options->output = optarg;
      return EXIT_DONE;
    case OPTION_PLUGIN_PATH:
      options->plugin_paths[options->n_plugin_paths++] = optarg;
      return EXIT_DONE;
    case OPTION_OVERWRITE:
      options->overwrite = true;
      return EXIT_DONE;
    case OPTION_QUIET:
      options->quiet = true;
      return EXIT_DONE;
    case OPTION_EXPLAIN:
      options->explain = true;
      return EXIT_DONE;
    case OPTION_SCORE:
      options->score = optarg;
      return EXIT_DONE;
    case OPTION_DATA:
      return add_data(options, optarg, index + 1);
    case OPTION_POINTS:
      return add_points(parse, optarg);
    case OPTION_JSON:
      options->json = true;
      return EXIT_DONE;
    case OPTION_HELP:
      options->help = true;
      return EXIT_DONE;
    default:
      break;
  }
  int override = option - OPTION_OVERRIDE;
  if (override < 0 || override >= N_OVERRIDES)
    return bad_option(parse, word, option);
  if (overrides_give(&options->overrides, (enum override) override, word))
    return EXIT_DONE;
  return usage(parse, "what overrides a refusal is written in full, not as",
               word, override_names[override]);
}

static bool allocate(struct options *options, int argc) {
  size_t n = (size_t)argc + 1;
  options->sets = calloc(n, sizeof *options->sets);
  options->plugin_paths = calloc(n, sizeof *options->plugin_paths);
  options->texts = calloc(2 * n, sizeof *options->texts);
  return options->sets && options->plugin_paths && options->texts;
}

/* The leading '-' keeps getopt from moving the arguments about, so that their
 * numbers in messages are those on the command line. */
static enum exit_code parse_words(const struct parse *parse, int argc,
                                  char **argv) {
  enum exit_code code = EXIT_DONE;
  opterr = 0;
  optind = 0;
  while (code == EXIT_DONE && !parse->options->help) {
    int before = optind > 0 ? optind : 1;
    int option = getopt_long(argc, argv, "-:", parse->table, NULL);
    if (option == -1) break;
    const char *word = before < argc ? argv[before] : "";
    code = take(parse, option, optind - 1, word);
  }
  while (code == EXIT_DONE && !parse->options->help && optind < argc)
    code = add_config(parse, argv[optind++]);
  return code;
}

enum exit_code options_parse(struct options *options,
                             enum options_command command, int argc,
                             char **argv, FILE *out, FILE *err) {
  struct option table[COMMAND_OPTIONS_MAX];
  const struct command *row = command_find(names[command]);
  struct parse parse = {options,   table, command_getopt(row, table),
                        row->name, out,   err};
  *options = (struct options){
      .command = command, .argc = argc, .argv = argv, .points = 256};
  if (!allocate(options, argc)) return EXIT_RESOURCE;
  enum exit_code code = parse_words(&parse, argc, argv);
  if (code != EXIT_DONE) return code;
  if (options->help)
    help_command(out, row);
  else if (!options->config)
    return usage(&parse, "a config is expected", NULL, NULL);
  return EXIT_DONE;
}

void options_free(struct options *options) {
  for (size_t i = 0; i < options->n_texts; i++) free(options->texts[i]);
  free(options->texts);
  free(options->plugin_paths);
  free(options->sets);
  *options = (struct options){0};
}
