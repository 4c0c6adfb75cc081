/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of commands as text for a terminal. */
#ifndef KAC_CORE_HELP_H
#define KAC_CORE_HELP_H
#include <stdbool.h>
#include <stdio.h>

#include "cli/command.h"

/* "usage: kac run CONFIG [OPTION]..." */
void help_usage(FILE *out, const struct command *command);
/* What `kac COMMAND --help` prints. */
void help_command(FILE *out, const struct command *command);
/* The list of commands, for who gave none or a wrong one. */
void help_commands(FILE *out);
/* kac: error: unknown command 'rnu', on stderr; returns EXIT_CONFIG. */
int help_refuse(const char *name);
/* A command line that is wrong: a line and the usage on stderr; false. */
bool help_wrong(const struct command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* What getopt_long could not take, ':' or '?', with the word where it stood. */
bool help_wrong_option(const struct command *command, int option,
                       const char *word);

#endif
