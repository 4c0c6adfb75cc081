/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line of the commands that look at plugins: one word, folders,
 * and a form of output. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* getopt_long */
#endif
#include "cli/plugin_options.h"

#include <getopt.h>
#include <stdarg.h>
#include <string.h>

#include "cli/help.h"
#include "config/schema.h"

enum { OPTION_WORD = 1 };

void plugin_options_wrong(const struct plugin_options *options,
                          const char *format, ...) {
  struct diag *diag = diag_new();
  char text[512];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  if (!diag) return;
  diag_error(diag, EXIT_CONFIG, (struct place){NULL, 0}, "%s", text);
  diag_print(diag, stderr);
  diag_free(diag);
  help_usage(stderr, options->command);
}

uint32_t plugin_options_kind(const char *word, size_t length) {
  for (uint32_t k = KAC_SCORE; k <= KAC_OBSERVER; k++)
    if (strlen(kind_names[k]) == length &&
        memcmp(word, kind_names[k], length) == 0)
      return k;
  return 0;
}

/* `position` counts "kac" as 0, as messages do. */
static bool take_word(struct plugin_options *options, const char *word,
                      int position) {
  if (options->word) {
    plugin_options_wrong(options, "unexpected argument '%s'", word);
    return false;
  }
  options->word = word;
  options->word_position = position;
  return true;
}

static bool take_form(struct plugin_options *options, enum form form) {
  if (options->form != FORM_TEXT && options->form != form) {
    plugin_options_wrong(options, "give --json or --template, not both");
    return false;
  }
  options->form = form;
  return true;
}

void plugin_options_unknown(const struct plugin_options *options,
                            const char *word) {
  struct option known[COMMAND_OPTIONS_MAX];
  size_t n = command_getopt(options->command, known);
  const char *near = suggest(word + strspn(word, "-"), known, n, sizeof *known);
  if (near)
    plugin_options_wrong(options, "unknown option '%s'; did you mean '--%s'?",
                         word, near);
  else
    plugin_options_wrong(options, "unknown option '%s'", word);
}

static bool take_option(struct plugin_options *options, int option, char **argv,
                        struct search *search) {
  switch (option) {
    case OPTION_WORD:
      return take_word(options, optarg, optind);
    case OPTION_PLUGIN_PATH:
      search_add(search, optarg, "--plugin-path", NULL);
      return true;
    case OPTION_HELP:
      options->is_help = true;
      return true;
    case OPTION_OVERRIDE + INSECURE_PLUGINS:
      options->overrides.is_given[INSECURE_PLUGINS] = true;
      search->overrides = &options->overrides;
      return true;
    case OPTION_JSON:
    case OPTION_TEMPLATE:
      return take_form(options,
                       option == OPTION_JSON ? FORM_JSON : FORM_TEMPLATE);
    case ':':
      plugin_options_wrong(options, "option '%s' needs a value",
                           argv[optind - 1]);
      return false;
    default:
      plugin_options_unknown(options, argv[optind - 1]);
      return false;
  }
}

/* The leading '-' keeps getopt from moving words: their positions are told. */
bool plugin_options_read(struct plugin_options *options, int argc, char **argv,
                         struct search *search) {
  int option;
  struct option known[COMMAND_OPTIONS_MAX];
  command_getopt(options->command, known);
  optind = 0; /* glibc: start afresh */
  opterr = 0;
  while ((option = getopt_long(argc, argv, "-:", known, NULL)) != -1)
    if (!take_option(options, option, argv, search)) return false;
  for (; optind < argc; optind++)
    if (!take_word(options, argv[optind], optind + 1)) return false;
  if (options->is_help) help_command(stdout, options->command);
  search_add_environment(search);
  search_add_installed(search);
  return true;
}
