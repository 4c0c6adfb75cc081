/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command kac: picks the command by its name.  Libraries are tamed here:
 * GSL must not abort, OpenBLAS must not start threads. */
#include <cblas.h>
#include <gsl/gsl_errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands.h"
#include "config/diag.h"
#include "config/schema.h"
#include "plugin/crash.h"

struct command {
  const char *name;
  int (*run)(int argc, char **argv);
  const char *summary;
};
static const struct command commands[] = {
    {"run", command_run, "run a pipeline"},
    {"check", command_check, "everything that can be known before running"},
    {"check-model", command_check_model, "does a score model fit its data?"},
    {"list", command_list, "plugins found, and where"},
    {"info", command_info, "parameters and capabilities of a plugin"},
    {"new", command_new, "a plugin to start from"},
};
enum { N_COMMANDS = sizeof commands / sizeof commands[0] };

static void print_usage(FILE *out) {
  fputs("usage: kac COMMAND [ARGUMENT]...\n\n", out);
  for (size_t i = 0; i < N_COMMANDS; i++)
    fprintf(out, "  %-11s %s\n", commands[i].name, commands[i].summary);
  fputs("\n`kac COMMAND --help` tells more; `kac --version` the version\n",
        out);
}

static int refuse(const char *name) {
  const char *near = suggest(name, commands, N_COMMANDS, sizeof commands[0]);
  fprintf(stderr, "kac: error: unknown command '%s'", name);
  if (near) fprintf(stderr, "; did you mean '%s'?", near);
  fputc('\n', stderr);
  print_usage(stderr);
  return EXIT_CONFIG;
}

/* The process that runs a command, or 0; exit handlers get no argument. */
static pid_t running;

/* A plugin that calls exit() must not look like success.  A child that it has
 * forked is its own affair. */
static void on_exit_inside(void) {
  static const char text[] = "kac: error: a plugin called exit()\n";
  if (running != getpid()) return;
  ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
  _exit(written < 0 ? EXIT_FILE : EXIT_PLUGIN);
}

static int run_command(const struct command *command, int argc, char **argv) {
  running = getpid();
  int code = command->run(argc, argv);
  running = 0;
  return code;
}

static const struct command *find_command(const char *name) {
  for (size_t i = 0; i < N_COMMANDS; i++)
    if (strcmp(name, commands[i].name) == 0) return &commands[i];
  return NULL;
}

/* `kac help`, and `kac help COMMAND` as `kac COMMAND --help`. */
static int help(int argc, char **argv) {
  static char option[] = "--help";
  if (argc < 3) {
    print_usage(stdout);
    return EXIT_DONE;
  }
  const struct command *command = find_command(argv[2]);
  char *asked[] = {argv[2], option, NULL};
  return command ? run_command(command, 2, asked) : refuse(argv[2]);
}

static void tame_libraries(void) {
  gsl_set_error_handler_off();
  openblas_set_num_threads(1);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
}

int main(int argc, char **argv) {
  crash_install();
  tame_libraries();
  atexit(on_exit_inside);
  if (argc < 2) {
    print_usage(stderr);
    return EXIT_CONFIG;
  }
  const char *name = argv[1];
  if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 ||
      strcmp(name, "help") == 0)
    return help(argc, argv);
  if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
    printf("kac %s (plugin ABI %u.%u)\n", KAC_VERSION, KAC_ABI_MAJOR,
           KAC_ABI_MINOR);
    return EXIT_DONE;
  }
  const struct command *command = find_command(name);
  return command ? run_command(command, argc - 1, argv + 1) : refuse(name);
}
