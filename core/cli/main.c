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

#include "cli/command.h"
#include "cli/help.h"
#include "cli/leave.h"
#include "config/diag.h"
#include "plugin/crash.h"

static int run_command(const struct command *command, int argc, char **argv) {
  leave_forbid();
  int code = command->run(argc, argv);
  leave_allow();
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
  leave_watch();
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
