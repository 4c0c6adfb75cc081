/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kac help: the table of commands as text for a terminal.  Two more words that
 * only the build uses write the manual pages and the completion. */
#include "cli/help.h"

#include <stdarg.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/manual.h"
#include "cli/pages.h"
#include "config/diag.h"
#include "config/schema.h"

enum { WIDTH = 79, LEFT = 2, GAP = 2 };

static int word_length(const char *text) {
  return (int)strcspn(text, " ");
}

/* Words of `text` from `column` on; further lines begin at `margin`. */
static void print_wrapped(FILE *out, const char *text, int column, int margin) {
  bool is_first = true;
  for (int n; *text; text += n + (text[n] == ' ')) {
    n = word_length(text);
    if (!is_first && column + 1 + n > WIDTH) {
      fprintf(out, "\n%*s", margin, "");
      column = margin;
    } else if (!is_first) {
      putc(' ', out);
      column++;
    }
    fprintf(out, "%.*s", n, text);
    column += n;
    is_first = false;
  }
  putc('\n', out);
}

static void print_row(FILE *out, const char *name, int width,
                      const char *text) {
  int margin = LEFT + width + GAP;
  fprintf(out, "%*s%-*s", LEFT, "", width + GAP, name);
  print_wrapped(out, text, margin, margin);
}

static void print_table(FILE *out, const char *title,
                        const struct page_row *rows) {
  int width = 0;
  for (const struct page_row *row = rows; row->name; row++)
    if ((int)strlen(row->name) > width) width = (int)strlen(row->name);
  fprintf(out, "\n%s\n", title);
  for (; rows->name; rows++) print_row(out, rows->name, width, rows->text);
}

void help_usage(FILE *out, const struct command *command) {
  fprintf(out, "usage: kac %s%s%s%s\n", command->name,
          command->words[0] ? " " : "", command->words,
          command->options->name ? " [OPTION]..." : "");
}

static const char *option_name(const struct command_option *option, char *text,
                               size_t bytes) {
  snprintf(text, bytes, "--%s%s%s", option->name, option->argument ? " " : "",
           option->argument ? option->argument : "");
  return text;
}

void help_command(FILE *out, const struct command *command) {
  char name[64];
  int width = (int)strlen("--help");
  for (const struct command_option *row = command->options; row->name; row++) {
    int length = (int)strlen(option_name(row, name, sizeof name));
    if (length > width) width = length;
  }
  help_usage(out, command);
  putc('\n', out);
  print_wrapped(out, command->text, 0, 0);
  putc('\n', out);
  for (const struct command_option *row = command->options; row->name; row++)
    print_row(out, option_name(row, name, sizeof name), width, row->text);
  print_row(out, "--help", width, command_help_option.text);
}

void help_commands(FILE *out) {
  int width = 0;
  for (const struct command *row = commands; row->name; row++)
    if ((int)strlen(row->name) > width) width = (int)strlen(row->name);
  fputs("usage: kac COMMAND [ARGUMENT]...\n\n", out);
  for (const struct command *row = commands; row->name; row++)
    print_row(out, row->name, width, row->summary);
  fputs("\n`kac help COMMAND` tells more, `man kac` everything\n", out);
}

static void print_all(FILE *out) {
  help_commands(out);
  print_table(out, "options", page_options);
  print_table(out, "exit codes", page_exit_codes);
  print_table(out, "environment", page_environment);
  print_table(out, "files", page_files);
}

int help_refuse(const char *name) {
  const char *near = command_suggest(name);
  fprintf(stderr, "kac: error: unknown command '%s'", name);
  if (near) fprintf(stderr, "; did you mean '%s'?", near);
  fputc('\n', stderr);
  help_commands(stderr);
  return EXIT_CONFIG;
}

bool help_wrong(const struct command *command, const char *format, ...) {
  struct diag *diag = diag_new();
  char text[512];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  if (!diag) return false;
  diag_error(diag, EXIT_CONFIG, (struct place){NULL, 0}, "%s", text);
  diag_print(diag, stderr);
  diag_free(diag);
  help_usage(stderr, command);
  return false;
}

bool help_wrong_option(const struct command *command, int option,
                       const char *word) {
  struct option known[COMMAND_OPTIONS_MAX];
  size_t n = command_getopt(command, known);
  if (option == ':')
    return help_wrong(command, "option '%s' needs a value", word);
  const char *near = suggest(word + strspn(word, "-"), known, n, sizeof *known);
  return near ? help_wrong(command, "unknown option '%s'; did you mean '--%s'?",
                           word, near)
              : help_wrong(command, "unknown option '%s'", word);
}

static int wrong(const char *what, const char *word) {
  help_wrong(command_find("help"), "%s '%s'", what, word);
  return EXIT_CONFIG;
}

/* For the build: false if the words ask for something else. */
static bool print_generated(int argc, char **argv) {
  const char *option = argv[1], *page = argc > 2 ? argv[2] : "";
  if (strcmp(option, "--completion") == 0 && argc == 2)
    completion_print(stdout);
  else if (strcmp(option, "--man") == 0 && argc == 2)
    manual_print(stdout);
  else if (strcmp(option, "--man") == 0 && strcmp(page, "plugin") == 0)
    manual_plugin_print(stdout);
  else
    return false;
  return true;
}

static int print_help(int argc, char **argv) {
  const char *word = argc > 1 ? argv[1] : NULL;
  if (!word) {
    print_all(stdout);
    return EXIT_DONE;
  }
  if (print_generated(argc, argv)) return EXIT_DONE;
  if (argc > 2) return wrong("unexpected argument", argv[2]);
  if (strcmp(word, "--help") == 0) word = argv[0];
  if (word[0] == '-') return wrong("unknown option", word);
  const struct command *command = command_find(word);
  if (!command) return help_refuse(word);
  help_command(stdout, command);
  return EXIT_DONE;
}

int command_help(int argc, char **argv) {
  int code = print_help(argc, argv);
  if (fflush(stdout) == 0 && !ferror(stdout)) return code;
  perror("kac: error: standard output");
  return EXIT_FILE;
}
