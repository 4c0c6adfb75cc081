/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line of the commands that look at plugins: one word, folders,
 * and a form of output. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* getopt_long */
#endif
#include "cli/plugin_options.h"

#include <getopt.h>
#include <string.h>

#include "cli/help.h"

enum { OPTION_WORD = 1 };

uint32_t plugin_options_kind(const char *word, size_t length) {
  for (uint32_t k = KAC_SCORE; k <= KAC_OBSERVER; k++)
    if (strlen(kind_names[k]) == length &&
        memcmp(word, kind_names[k], length) == 0)
      return k;
  return 0;
}

uint32_t plugin_options_split(const char **name) {
  const char *slash = strchr(*name, '/');
  if (!slash || strpbrk(slash + 1, "/.:")) return 0;
  uint32_t kind = plugin_options_kind(*name, (size_t)(slash - *name));
  if (kind) *name = slash + 1;
  return kind;
}

/* `position` counts "kac" as 0, as messages do. */
static bool take_word(struct plugin_options *options, const char *word,
                      int position) {
  if (options->word)
    return help_wrong(options->command, "unexpected argument '%s'", word);
  options->word = word;
  options->word_position = position;
  return true;
}

static bool take_form(struct plugin_options *options, enum form form) {
  if (options->form != FORM_TEXT && options->form != form)
    return help_wrong(options->command, "give --json or --template, not both");
  options->form = form;
  return true;
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
      search->overrides = &options->overrides;
      return overrides_give(&options->overrides, INSECURE_PLUGINS,
                            argv[optind - 1]) ||
             help_wrong(options->command,
                        "what overrides a refusal is written in full, not as "
                        "'%s' (did you mean '--insecure-plugins'?)",
                        argv[optind - 1]);
    case OPTION_JSON:
    case OPTION_TEMPLATE:
      return take_form(options,
                       option == OPTION_JSON ? FORM_JSON : FORM_TEMPLATE);
    default:
      return help_wrong_option(options->command, option, argv[optind - 1]);
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
