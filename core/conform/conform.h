/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `kac test`: a plugin against the laws that apply to its kind, each in a
 * process of its own. */
#ifndef KAC_CORE_CONFORM_H
#define KAC_CORE_CONFORM_H
#include "conform/child.h"
#include "conform/laws.h"

struct conform_options {
  struct trial_options trial;
  const char *only; /* one law, or NULL */
  double limit;     /* seconds for each law */
  bool json, in_process;
};
/* How the laws fared, in the order of laws[]. */
struct outcome {
  const struct law *law;
  struct verdict verdict;
  enum child_end end; /* CHILD_DONE as well for what was not asked */
  bool is_at_exit;    /* the end came when the law had its verdict */
  double seconds;
};
struct conform {
  const struct conform_options *options;
  struct verdict about; /* kind, name and version, from the law `loads` */
  struct outcome *outcomes;
  size_t n, n_kept, n_broken, n_skipped;
  size_t n_untold; /* skipped for want of an option */
};

/* Calls back after each law (NULL: not at all).  False without memory or
 * processes. */
bool conform_run(struct conform *conform, const struct conform_options *options,
                 void (*each)(void *, const struct conform *,
                              const struct outcome *),
                 void *context);
void conform_free(struct conform *conform);
const struct law *conform_find(const char *name);
/* Without an instance there is nothing more to ask. */
bool conform_is_stop(const struct conform *conform,
                     const struct outcome *outcome);

/* report.c */
void conform_line(FILE *out, const struct conform *conform,
                  const struct outcome *outcome);
void conform_summary(FILE *out, const struct conform *conform);
void conform_json(FILE *out, const struct conform *conform);

#endif
