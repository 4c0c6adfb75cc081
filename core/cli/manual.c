/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kac(1): every command with its options, from the table of commands. */
#include "cli/manual.h"

#include <string.h>

#include "cli/command.h"
#include "cli/info_section.h"
#include "cli/roff.h"

static void print_option(FILE *out, const struct command_option *option) {
  char name[64];
  snprintf(name, sizeof name, "--%s", option->name);
  roff_item(out, name, option->argument, option->text);
}

static void print_command(FILE *out, const struct command *command) {
  char title[128];
  snprintf(title, sizeof title, "kac %s%s%s%s", command->name,
           command->words[0] ? " " : "", command->words,
           command->options->name ? " [OPTION]..." : "");
  roff_subsection(out, title);
  roff_text(out, command->text);
  for (const struct command_option *row = command->options; row->name; row++)
    print_option(out, row);
  print_option(out, &command_help_option);
}

static void print_description(FILE *out) {
  roff_section(out, "DESCRIPTION");
  roff_text(
      out,
      "kac runs a population of particles from noise to data with Feynman-Kac "
      "weights (sequential Monte Carlo). A config, a libconfig text, says "
      "which score models are composed, which potentials steer, how particles "
      "move and when they are resampled. The results are weighted samples and "
      "log Z with a standard error. Scores, potentials, integrators, "
      "resamplers, schedules and observers are plugins; kac-plugin(7) says "
      "how to write one.");
}

static void print_sections(FILE *out) {
  const struct info_section *section;
  roff_section(out, "SECTIONS OF A CONFIG");
  roff_text(out,
            "`kac info SECTION` lists the keys of each with types, "
            "defaults and ranges.");
  for (size_t i = 0; (section = info_section_get(i)); i++)
    roff_item(out, section->name, NULL, section->text);
}

static void print_examples(FILE *out) {
  roff_section(out, "EXAMPLES");
  roff_example(out,
               "kac run gmm40.cfg --output out --seed 7\n"
               "kac check gmm40.cfg --explain --set target[0].power=2\n"
               "kac info gmm --template\n"
               "kac info potentials\n");
}

void manual_print(FILE *out) {
  roff_page(out, "kac", "1", page_summary);
  roff_section(out, "SYNOPSIS");
  roff_text(out, "kac COMMAND [ARGUMENT]...");
  print_description(out);
  roff_section(out, "COMMANDS");
  for (const struct command *row = commands; row->name; row++)
    print_command(out, row);
  roff_section(out, "OPTIONS");
  roff_items(out, page_options);
  print_sections(out);
  roff_section(out, "EXIT STATUS");
  roff_items(out, page_exit_codes);
  roff_section(out, "ENVIRONMENT");
  roff_items(out, page_environment);
  roff_section(out, "FILES");
  roff_items(out, page_files);
  print_examples(out);
  roff_section(out, "SEE ALSO");
  roff_text(out, "kac-plugin(7)");
}
