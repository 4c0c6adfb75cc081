/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kac info: what one plugin is, what it takes, and how to write it down. */
#include <string.h>

#include "cli/commands.h"
#include "cli/describe.h"
#include "cli/plugin_options.h"

/* "score/gmm" names a kind; "./gmm.so", "a/b/gmm.so" and "gmm" do not. */
static uint32_t split_kind(const char **name) {
  const char *slash = strchr(*name, '/');
  if (!slash || strpbrk(slash + 1, "/.:")) return 0;
  uint32_t kind = plugin_options_kind(*name, (size_t)(slash - *name));
  if (kind) *name = slash + 1;
  return kind;
}

static void print_form(enum form form, const kac_component *component,
                       const char *path) {
  if (form == FORM_JSON)
    describe_json(stdout, component, path);
  else if (form == FORM_TEMPLATE)
    describe_template(stdout, component);
  else
    describe_text(stdout, component, path);
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
  uint32_t kind = split_kind(&name);
  const kac_component *component = search_find(
      search, kind, name, NULL, (struct place){where, 0}, diag, &module);
  diag_print(diag, stderr);
  int code = (int)diag_code(diag);
  diag_free(diag);
  if (!component) return code;
  print_form(options->form, component, module->path);
  return ferror(stdout) ? EXIT_FILE : EXIT_DONE;
}

int command_info(int argc, char **argv) {
  struct plugin_options options = {
      .usage =
          "kac info NAME [--json|--template] [--plugin-path DIR]...\n"
          "NAME is a plugin, KIND/PLUGIN or a path",
      .has_forms = true};
  struct search search = {.arena = arena_new()};
  int code = EXIT_CONFIG;
  if (!search.arena) return EXIT_RESOURCE;
  if (plugin_options_read(&options, argc, argv, &search)) {
    if (options.is_help)
      code = EXIT_DONE;
    else if (!options.word)
      plugin_options_wrong(&options, "name a plugin");
    else
      code = print_info(&options, &search);
  }
  arena_free(search.arena);
  return code;
}
