/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What array_file.c and array_npy.c share. */
#ifndef KAC_CORE_ARRAY_FILE_H
#define KAC_CORE_ARRAY_FILE_H
#include "config/schema.h"

struct array_file { /* read, and to be understood */
  const struct schema *schema;
  const char *path;
  struct place at; /* where the config names it */
  const char *data;
  size_t n;
};

/* An error about the file (line 0: as a whole), naming the config too. */
bool array_file_refuse(const struct array_file *file, int line,
                       const char *why);
/* A .npy file: little-endian f8, f4, i8, i4 in C order, up to 4 dimensions. */
bool array_npy(const struct array_file *file, kac_array *array);

#endif
