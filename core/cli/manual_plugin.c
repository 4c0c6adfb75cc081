/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kac-plugin(7): the plugin ABI in short, from the tables that the loader
 * checks plugins with.  include/kac/plugin.h is the contract itself. */
#include <string.h>

#include "cli/describe_words.h"
#include "cli/manual.h"
#include "cli/roff.h"
#include "plugin/component.h"
#include "plugin/search.h"
#include "plugin/table.h"

enum { TEXT_BYTES = 2048 };

/* Adds to a list: "a, b, c". */
static void add(char text[TEXT_BYTES], const char *word) {
  size_t n = strlen(text);
  snprintf(text + n, TEXT_BYTES - n, "%s%s", n > 0 ? ", " : "", word);
}

static void print_synopsis(FILE *out) {
  roff_section(out, "SYNOPSIS");
  roff_example(out,
               "#include <kac/plugin.h> /* the ABI: types and constants */\n"
               "#include <kac/sdk.h>    /* helpers, all of them inline */\n\n"
               "const kac_module *" KAC_ENTRY "(void);\n");
}

static void print_description(FILE *out) {
  char text[256];
  roff_section(out, "DESCRIPTION");
  roff_text(
      out,
      "A plugin of kac(1) is a shared library that exports one "
      "function, " KAC_ENTRY
      ". It returns constant data: a module with one or more components, each "
      "with its name, its kind, its parameter table and the functions of its "
      "kind. The plugin never links to kac; it calls back through pointers "
      "that it is lent.");
  snprintf(text, sizeof text,
           "This kac speaks version %u.%u of the ABI. A plugin of the same "
           "major version loads, whatever its minor version is, unless it says "
           "that it needs a newer one (KAC_NEED_MINOR).",
           KAC_ABI_MAJOR, KAC_ABI_MINOR);
  roff_paragraph(out, text);
}

static void print_kind(FILE *out, uint32_t kind) {
  char text[TEXT_BYTES] = "", all[TEXT_BYTES * 2];
  const char *function;
  for (size_t i = 0; (function = component_required(kind, i)); i++)
    add(text, function);
  if (kind == KAC_INTEGRATOR) add(text, "kernel or step");
  snprintf(all, sizeof all, "%s. Functions: kac_%s_ops. Required: %s.",
           page_kinds[kind - KAC_SCORE].text, kind_names[kind], text);
  roff_item(out, kind_names[kind], NULL, all);
}

static void print_kinds(FILE *out) {
  roff_section(out, "KINDS");
  for (uint32_t kind = KAC_SCORE; kind <= KAC_OBSERVER; kind++)
    print_kind(out, kind);
}

static void print_quantities(FILE *out) {
  char text[TEXT_BYTES] = "";
  size_t n = sizeof describe_quantities / sizeof describe_quantities[0];
  for (size_t i = 0; i < n; i++) add(text, describe_quantities[i].word);
  roff_section(out, "QUANTITIES");
  roff_text(out,
            "A component states what it provides and needs as bits KAC_Q_ "
            "and KAC_R_, and a call what it wants. kac info shows them "
            "under these names:");
  roff_paragraph(out, text);
}

static void print_life(FILE *out) {
  roff_section(out, "LIFE OF AN INSTANCE");
  roff_text(
      out,
      "Every use of a component in a config is an instance. kac fills its "
      "config struct from the config, then calls plan (optional: rules across "
      "keys, and what memory to lend), create (optional), the functions of its "
      "kind, and destroy (optional). Functions marked [worker] in the header "
      "are called for several blocks of particles at once and must not write "
      "to the instance. A file is never unloaded.");
}

static void print_parameters(FILE *out) {
  char all[TEXT_BYTES] = "", potentials[TEXT_BYTES] = "";
  const char *key;
  for (size_t i = 0; (key = table_reserved(i)); i++) add(all, key);
  for (size_t i = 0; (key = table_reserved_by_potentials(i)); i++)
    add(potentials, key);
  roff_section(out, "PARAMETERS");
  roff_text(out,
            "One row kac_param for each key of the config: name, unit, "
            "text, type, default and range. The types are");
  roff_items(out, page_types);
  roff_paragraph(out, "These keys belong to kac and may not be declared:");
  roff_paragraph(out, all);
  roff_paragraph(out, "and by potentials also not");
  roff_paragraph(out, potentials);
}

static void print_statuses(FILE *out) {
  roff_section(out, "STATUS CODES");
  roff_text(out,
            "Functions that can fail return a kac_status. Those that fail "
            "fill a kac_error too: a text in lower case without a full "
            "stop and the row that is to blame, or -1.");
  roff_items(out, page_statuses);
}

static void print_search(FILE *out) {
  roff_section(out, "SEARCH PATH");
  roff_text(
      out,
      "A config that says plugin = \"name\" gets KIND/name.so from the first "
      "of these folders that has it: those of --plugin-path, of the variable "
      "KAC_PLUGIN_PATH, of the key plugin_path of the config, and "
      "last " KAC_PLUGIN_DIR
      ". A name with a slash is a file, relative to the config, with an "
      "optional :component behind it. `kac list` shows what is found and what "
      "shadows it. A file or folder that others can write to is refused.");
}

static void print_building(FILE *out) {
  roff_section(out, "BUILDING");
  roff_example(out,
               "mkdir -p mine/potential\n"
               "cc -O2 -shared -fPIC $(pkg-config --cflags kac) spring.c \\\n"
               "  -o mine/potential/spring.so\n"
               "kac info potential/spring --plugin-path mine\n");
  roff_paragraph(out,
                 "Neither -ffast-math nor -Ofast: they change how the whole "
                 "process computes, and such a plugin is refused.");
}

void manual_plugin_print(FILE *out) {
  roff_page(out, "kac-plugin", "7", "the plugin interface of kac");
  print_synopsis(out);
  print_description(out);
  print_kinds(out);
  print_quantities(out);
  print_life(out);
  print_parameters(out);
  print_statuses(out);
  print_search(out);
  print_building(out);
  roff_section(out, "SEE ALSO");
  roff_text(out, "kac(1), " KAC_DOC_DIR "/docs");
}
