/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kac list: the plugins found, where, which of them cannot be used, and which
 * this build does without. */
#include <string.h>

#include "cli/commands.h"
#include "cli/help.h"
#include "cli/plugin_options.h"
#include "config/schema.h"
#include "plugin/absent.h"

/* Filled by a first pass over the entries, used by a second one. */
struct columns {
  int kind, name, version;
  size_t n;
  uint64_t found; /* bit i: the i-th absent plugin, in a copy from elsewhere */
};

static int longer(int width, const char *text) {
  int length = (int)strlen(text);
  return length > width ? length : width;
}

static const char *version_of(const struct search_entry *entry) {
  return entry->component ? entry->component->version : "-";
}

static void measure(void *context, const struct search_entry *entry) {
  struct columns *columns = context;
  columns->kind = longer(columns->kind, kind_names[entry->kind]);
  columns->name = longer(columns->name, entry->name);
  columns->version = longer(columns->version, version_of(entry));
  columns->n++;
  const struct absent *absent;
  for (size_t i = 0; (absent = absent_get(i)); i++)
    if (absent->kind == entry->kind && strcmp(absent->name, entry->name) == 0)
      columns->found |= 1ull << i;
}

/* File names and reasons may hold what steers a terminal. */
static void print_safely(const char *text) {
  for (; *text; text++)
    putchar((unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text);
}

static void print_row(void *context, const struct search_entry *entry) {
  const struct columns *columns = context;
  printf("%-*s  ", columns->kind, kind_names[entry->kind]);
  print_safely(entry->name);
  printf("%*s  %-*s  ", columns->name - (int)strlen(entry->name), "",
         columns->version, version_of(entry));
  print_safely(entry->path);
  if (entry->shadowed_by) {
    fputs("  (shadowed by ", stdout);
    print_safely(entry->shadowed_by);
    putchar(')');
  }
  if (entry->why) {
    fputs("  (unusable: ", stdout);
    print_safely(entry->why);
    putchar(')');
  }
  putchar('\n');
}

static void print_absent(const struct columns *columns, uint32_t kind) {
  const struct absent *absent;
  char reason[128];
  for (size_t i = 0; (absent = absent_get(i)); i++) {
    if ((kind != 0 && kind != absent->kind) || (columns->found >> i & 1))
      continue;
    absent_reason(absent, reason, sizeof reason);
    printf("%-*s  %-*s  %-*s  (%s)\n", columns->kind, kind_names[absent->kind],
           columns->name, absent->name, columns->version, "-", reason);
  }
}

static void print_folders(const struct search *search) {
  fputs("no plugins found\n", stderr);
  for (size_t i = 0; i < search->n_folders; i++)
    fprintf(stderr, "  searched %s (%s)\n", search->folders[i].path,
            search->folders[i].origin);
}

static int print_table(struct search *search, uint32_t kind) {
  struct columns columns = {4, 4, 7, 0, 0};
  search_list(search, kind, measure, &columns);
  if (columns.n == 0) {
    print_folders(search);
    return EXIT_DONE;
  }
  printf("%-*s  %-*s  %-*s  %s\n", columns.kind, "kind", columns.name, "name",
         columns.version, "version", "path");
  search_list(search, kind, print_row, &columns);
  print_absent(&columns, kind);
  return ferror(stdout) ? EXIT_FILE : EXIT_DONE;
}

static bool read_kind(const struct plugin_options *options, uint32_t *kind) {
  const char *word = options->word;
  *kind = word ? plugin_options_kind(word, strlen(word)) : 0;
  if (!word || *kind) return true;
  const char *near = suggest(word, &kind_names[1], 6, sizeof kind_names[1]);
  if (near)
    return help_wrong(options->command, "no kind '%s'; did you mean '%s'?",
                      word, near);
  return help_wrong(options->command,
                    "no kind '%s': score, potential, "
                    "integrator, resampler, schedule or observer",
                    word);
}

int command_list(int argc, char **argv) {
  struct plugin_options options = {.command = command_find("list")};
  struct search search = {.arena = arena_new()};
  uint32_t kind = 0;
  int code = EXIT_CONFIG;
  if (!search.arena) return EXIT_RESOURCE;
  if (plugin_options_read(&options, argc, argv, &search) &&
      read_kind(&options, &kind))
    code = options.is_help ? EXIT_DONE : print_table(&search, kind);
  arena_free(search.arena);
  return code;
}
