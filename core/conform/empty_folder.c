/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _XOPEN_SOURCE 700 /* mkdtemp, nftw */
#include "conform/empty_folder.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void empty_folder_make(char path[EMPTY_FOLDER_MAX]) {
  const char *temporary = getenv("TMPDIR");
  if (!temporary || temporary[0] != '/' ||
      strlen(temporary) > EMPTY_FOLDER_MAX / 2)
    temporary = "/tmp";
  snprintf(path, EMPTY_FOLDER_MAX, "%s/kac-test-XXXXXX", temporary);
  if (!mkdtemp(path)) path[0] = '\0';
}

static int remove_entry(const char *path, const struct stat *info, int type,
                        struct FTW *at) {
  (void)info, (void)type, (void)at;
  return remove(path);
}

void empty_folder_remove(const char *path) {
  if (path[0]) (void)nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}
