/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a command of the program prints, for tests of commands. */
#ifndef KAC_TESTS_CAPTURE_FIXTURE_H
#define KAC_TESTS_CAPTURE_FIXTURE_H
#include <check.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_BYTES = 65536 };

/* What the last command printed on stdout and stderr together. */
static char text[TEXT_BYTES];

/* Both streams go to a file while `command` runs. */
static int capture(int (*command)(int, char **), int argc, char **argv) {
  FILE *file = tmpfile();
  fflush(stdout);
  int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
  dup2(fileno(file), STDOUT_FILENO);
  dup2(fileno(file), STDERR_FILENO);
  int code = command(argc, argv);
  fflush(stdout);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  close(out);
  close(err);
  rewind(file);
  text[fread(text, 1, TEXT_BYTES - 1, file)] = '\0';
  fclose(file);
  return code;
}

static void says(const char *part) {
  ck_assert_msg(strstr(text, part) != NULL, "'%s' lacks '%s'", text, part);
}

#endif
