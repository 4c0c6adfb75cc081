/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kac info: what one plugin is, what it takes, and how to write it down; the
 * same of the sections of a config. */
#include <string.h>

#include "cli/commands.h"
#include "cli/describe.h"
#include "cli/info_section.h"
#include "cli/help.h"
#include "cli/plugin_options.h"
#include "plugin/absent.h"

static void print_form(enum form form, const kac_component *component,
                       const char *path) {
  if (form == FORM_JSON)
    describe_json(stdout, component, path);
  else if (form == FORM_TEMPLATE)
    describe_template(stdout, component);
  else
    describe_text(stdout, component, path);
}

static void print_section(enum form form, const struct info_section *section) {
  if (form == FORM_JSON)
    info_section_json(stdout, section);
  else if (form == FORM_TEMPLATE)
    info_section_template(stdout, section);
  else
    info_section_text(stdout, section);
}

/* A name that is no plugin may be a section mistyped; that of plugins of two
 * kinds is one well typed. */
static void hint_section(const struct search *search, struct diag *diag,
                         const char *name) {
  const char *near = info_section_suggest(name);
  for (uint32_t kind = KAC_SCORE; kind <= KAC_OBSERVER; kind++)
    if (search_file(search, kind, name) || absent_find(kind, name)) return;
  if (near)
    diag_hint(diag,
              "the section '%s' of a config has keys too: "
              "kac info %s",
              near, near);
}

static int print_info(const struct plugin_options *options,
                      struct search *search) {
  char where[48];
  struct module *module = NULL;
  const char *name = options->word;
  struct diag *diag = diag_new();
  if (!diag) return EXIT_RESOURCE;
  snprintf(where, sizeof where, "command line argument %d",
           options->word_position);
  uint32_t kind = plugin_options_split(&name);
  const kac_component *component = search_find(
      search, kind, name, NULL, (struct place){where, 0}, diag, &module);
  if (!component) hint_section(search, diag, name);
  diag_print(diag, stderr);
  int code = (int)diag_code(diag);
  diag_free(diag);
  if (!component) return code;
  print_form(options->form, component, module->path);
  return ferror(stdout) ? EXIT_FILE : EXIT_DONE;
}

/* The section wins: a plugin of its name has KIND/NAME besides. */
static int print_name(const struct plugin_options *options,
                      struct search *search) {
  const struct info_section *section = info_section_find(options->word);
  if (!section) return print_info(options, search);
  print_section(options->form, section);
  return ferror(stdout) ? EXIT_FILE : EXIT_DONE;
}

int command_info(int argc, char **argv) {
  struct plugin_options options = {.command = command_find("info")};
  struct search search = {.arena = arena_new()};
  int code = EXIT_CONFIG;
  if (!search.arena) return EXIT_RESOURCE;
  if (plugin_options_read(&options, argc, argv, &search)) {
    if (options.is_help)
      code = EXIT_DONE;
    else if (!options.word)
      help_wrong(options.command, "name a plugin or a section");
    else
      code = print_name(&options, &search);
  }
  arena_free(search.arena);
  return code;
}
