/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kac new KIND NAME: a folder with a plugin that compiles, a pipeline that uses
 * it, and what to do next. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* getopt_long */
#endif
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/help.h"
#include "cli/plugin_options.h"
#include "config/schema.h"
#include "plugin/component.h"
#include "plugin/table.h"
#include "template/template.h"

struct words {
  const struct command *command;
  const char *kind, *name, *folder;
  bool is_help;
};
enum { OPTION_WORD = 1 };

static bool take_word(struct words *words, const char *word) {
  if (!words->kind) {
    words->kind = word;
  } else if (!words->name) {
    words->name = word;
  } else {
    return help_wrong(words->command, "unexpected argument '%s'", word);
  }
  return true;
}

static bool take_option(struct words *words, int option, char **argv) {
  switch (option) {
    case OPTION_WORD:
      return take_word(words, optarg);
    case OPTION_DIR:
      words->folder = optarg;
      return optarg[0] || help_wrong(words->command, "--dir needs a folder");
    case OPTION_HELP:
      words->is_help = true;
      return true;
    default:
      return help_wrong_option(words->command, option, argv[optind - 1]);
  }
}

static bool read_words(struct words *words, int argc, char **argv) {
  int option;
  struct option known[COMMAND_OPTIONS_MAX];
  command_getopt(words->command, known);
  optind = 0; /* glibc: start afresh */
  opterr = 0;
  while ((option = getopt_long(argc, argv, "-:", known, NULL)) != -1)
    if (!take_option(words, option, argv)) return false;
  for (; optind < argc; optind++)
    if (!take_word(words, argv[optind])) return false;
  if (words->is_help || words->name) return true;
  return help_wrong(words->command, "give a kind and a name");
}

static bool check_kind(const struct words *words) {
  const char *kind = words->kind;
  if (plugin_options_kind(kind, strlen(kind))) return true;
  const char *near = suggest(kind, &kind_names[1], 6, sizeof kind_names[1]);
  if (near)
    return help_wrong(words->command, "no kind '%s'; did you mean '%s'?", kind,
                      near);
  return help_wrong(words->command,
                    "no kind '%s': score, potential, integrator, resampler, "
                    "schedule or observer",
                    kind);
}

/* A name that kac has already would hide that plugin, or be hidden by it. */
static bool check_name(const struct words *words, struct search *search) {
  if (!table_is_name(words->name))
    return help_wrong(words->command,
                      "'%.80s' is not a plugin name: [a-z][a-z0-9_]*, at "
                      "most %d letters",
                      words->name, TABLE_NAME_MAX);
  uint32_t kind = plugin_options_kind(words->kind, strlen(words->kind));
  const char *path = search_file(search, kind, words->name);
  if (!path) return true;
  return help_wrong(words->command,
                    "there is %s '%s' already (%s): choose another name",
                    component_kind_phrase(kind), words->name, path);
}

/* "a/b/" is "a/b": a temporary name is made from it. */
static const char *without_slashes(struct arena *arena, const char *folder) {
  size_t n = strlen(folder);
  while (n > 1 && folder[n - 1] == '/') n--;
  return arena_format(arena, "%.*s", (int)n, folder);
}

static enum exit_code fail(const struct fault *fault) {
  fprintf(stderr, "kac: error: %s\n", fault->text);
  return fault->code;
}

/* What a shell would take apart stands in quotes. */
static const char *quoted(struct arena *arena, const char *word) {
  static const char plain[] =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
      "_./+,:@%-";
  if (!word[strspn(word, plain)] || strchr(word, '\'')) return word;
  const char *text = arena_format(arena, "'%s'", word);
  return text ? text : word;
}

static enum exit_code make(struct arena *arena, const struct words *words) {
  struct fault fault = {EXIT_RESOURCE, "no memory"};
  struct template_wish wish = {words->kind, words->name, words->name};
  if (words->folder) wish.folder = without_slashes(arena, words->folder);
  const char *const *files = wish.folder ? template_files(arena, &wish) : NULL;
  if (!files || !template_write(arena, &wish, &fault)) return fail(&fault);
  printf("%s:", wish.folder);
  for (; *files; files++) printf(" %s", *files);
  printf(
      "\n\nnext:\n"
      "  cd %s\n"
      "  make\n"
      "  kac run %s.cfg\n"
      "  kac test ./%s.so\n",
      quoted(arena, wish.folder), wish.name, wish.name);
  return ferror(stdout) ? EXIT_FILE : EXIT_DONE;
}

int command_new(int argc, char **argv) {
  struct words words = {.command = command_find("new")};
  struct search search = {.arena = arena_new()};
  enum exit_code code = EXIT_CONFIG;
  if (!search.arena) return EXIT_RESOURCE;
  search_add_environment(&search);
  search_add_installed(&search);
  bool is_read = read_words(&words, argc, argv);
  if (is_read && words.is_help) {
    help_command(stdout, words.command);
    code = ferror(stdout) ? EXIT_FILE : EXIT_DONE;
  } else if (is_read && check_kind(&words) && check_name(&words, &search)) {
    code = make(search.arena, &words);
  }
  arena_free(search.arena);
  return (int)code;
}
