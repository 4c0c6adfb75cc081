/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The commands of kac.  argv[0] is the command's own name ("list"); each
 * returns the exit code of the program (config/diag.h). */
#ifndef KAC_CORE_COMMANDS_H
#define KAC_CORE_COMMANDS_H

int command_run(int argc, char **argv);
int command_check(int argc, char **argv);
int command_check_model(int argc, char **argv);
int command_list(int argc, char **argv);
int command_info(int argc, char **argv);
int command_help(int argc, char **argv);
int command_new(int argc, char **argv);
int command_test(int argc, char **argv);

#endif
