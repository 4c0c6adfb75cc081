/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command kac: picks the command by its name.  Libraries are tamed here:
 * GSL must not abort, OpenBLAS must not start threads. */
#include <cblas.h>
#include <gsl/gsl_errno.h>
#include <kac/plugin.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/help.h"
#include "config/diag.h"
#include "plugin/crash.h"

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
  crash_ending();
  return code;
}

static void tame_libraries(void) {
  gsl_set_error_handler_off();
  openblas_set_num_threads(1);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
}

static void print_version(void) {
  printf("kac %s (plugin ABI %u.%u)\n", KAC_VERSION, KAC_ABI_MAJOR,
         KAC_ABI_MINOR);
}

int main(int argc, char **argv) {
  static char help[] = "help";
  crash_install();
  tame_libraries();
  atexit(on_exit_inside);
  if (argc < 2) {
    help_commands(stderr);
    return EXIT_CONFIG;
  }
  char *name = argv[1];
  if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
    name = argv[1] = help;
  if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
    print_version();
    return EXIT_DONE;
  }
  const struct command *command = command_find(name);
  return command ? run_command(command, argc - 1, argv + 1) : help_refuse(name);
}
