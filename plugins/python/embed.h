/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One CPython for the whole process, and calls into it: the C half of the
 * plugins named python.  What is done with the user's functions is in
 * helper.py.  docs/python.md is the contract. */
#ifndef KAC_PLUGINS_EMBED_H
#define KAC_PLUGINS_EMBED_H
#include <kac/plugin.h>

/* A file and the functions in it that a model is made of. */
struct embed_source {
  const char *file, *arguments;
  size_t n;
  const char *role[3], *function[3]; /* a name "" is not given */
};
/* A view for Python: n rows of d numbers, or n numbers where d is 0.  NULL
 * becomes None. */
struct embed_array {
  const double *data;
  size_t n, d, ld;
  int is_writable;
};

/* Parses the file, runs nothing of it: for plan. [main] */
kac_status embed_check(const struct embed_source *source, kac_error *err);
/* Imports the file; *model is freed by embed_drop. [main] */
kac_status embed_load(const struct embed_source *source, void **model,
                      kac_error *err);
void embed_drop(void *model);
/* model.METHOD(arrays..., t, alpha, sigma). [worker] */
kac_status embed_call(void *model, const char *method,
                      const struct embed_array *arrays, size_t n_arrays,
                      const kac_coeffs *c, kac_error *err);

#endif
