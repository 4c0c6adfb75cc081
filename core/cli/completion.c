/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What packaging/completion.bash needs to know of commands and options, as
 * variables and functions of bash. */
#include "cli/completion.h"

#include "cli/command.h"
#include "cli/info_section.h"
#include "plugin/search.h"

static void print_lists(FILE *out) {
  const struct info_section *section;
  fputs("_kac_commands='", out);
  for (const struct command *row = commands; row->name; row++)
    fprintf(out, "%s%s", row == commands ? "" : " ", row->name);
  fputs("'\n_kac_kinds='", out);
  for (uint32_t k = KAC_SCORE; k <= KAC_OBSERVER; k++)
    fprintf(out, "%s%s", k == KAC_SCORE ? "" : " ", kind_names[k]);
  fputs("'\n_kac_sections='", out);
  for (size_t i = 0; (section = info_section_get(i)); i++)
    fprintf(out, "%s%s", i == 0 ? "" : " ", section->name);
  fputs("'\n_kac_lists='", out);
  for (size_t i = 0; (section = info_section_get(i)); i++)
    if (section->is_list) fprintf(out, "%s ", section->name);
  fputs("'\n", out);
}

static void print_options(FILE *out) {
  fputs("_kac_options() { # COMMAND\n  case $1 in\n", out);
  for (const struct command *row = commands; row->name; row++) {
    fprintf(out, "    %s) echo '", row->name);
    const struct command_option *option = row->options;
    for (; option->name; option++) fprintf(out, "--%s ", option->name);
    fprintf(out, "--%s' ;;\n", command_help_option.name);
  }
  fputs("  esac\n}\n", out);
}

static void print_arguments(FILE *out) {
  fputs("_kac_argument() { # COMMAND OPTION\n  case $1$2 in\n", out);
  for (const struct command *row = commands; row->name; row++)
    for (const struct command_option *o = row->options; o->name; o++)
      if (o->argument)
        fprintf(out, "    %s--%s) echo '%s' ;;\n", row->name, o->name,
                o->argument);
  fputs("  esac\n}\n", out);
}

/* "[KIND]" is optional all the same. */
static void print_words(FILE *out) {
  fputs("_kac_word() { # COMMAND\n  case $1 in\n", out);
  for (const struct command *row = commands; row->name; row++) {
    fprintf(out, "    %s) echo '", row->name);
    for (const char *c = row->words; *c; c++)
      if (*c != '[' && *c != ']') putc(*c, out);
    fputs("' ;;\n", out);
  }
  fputs("  esac\n}\n", out);
}

void completion_print(FILE *out) {
  fputs("# bash completion for kac\n", out);
  print_lists(out);
  print_options(out);
  print_arguments(out);
  print_words(out);
}
