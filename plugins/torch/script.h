/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TorchScript modules through libtorch, as the torch plugins see them: a C
 * interface to the one C++ file of kac.  No exception leaves it; each becomes
 * a kac_error of one line. */
#ifndef KAC_TORCH_SCRIPT_H
#define KAC_TORCH_SCRIPT_H
#include <kac/plugin.h>
#include <stdbool.h>
#ifdef __cplusplus
extern "C" {
#endif

/* The numbers inside: those of the module's parameters (float64 if it has
 * none), or one of two, to which they are converted. */
enum script_precision { SCRIPT_FILE, SCRIPT_FLOAT32, SCRIPT_FLOAT64 };

struct script;

/* Instances of one file and precision share a module. [main] */
kac_status script_acquire(const char *path, enum script_precision precision,
                          struct script **script, kac_error *err);
void script_release(struct script *script);
/* The text of its extra file kac.json, "" if it has none. */
const char *script_notes(const struct script *script);
/* How many arguments forward takes besides self. */
void script_arguments(const struct script *script, size_t *least, size_t *most);

/* What forward gives for n rows and what is made of it. */
enum script_result {
  SCRIPT_ROWS,       /* n by d */
  SCRIPT_VALUES,     /* n, or n by 1 */
  SCRIPT_COLUMN,     /* one of n by k, k above 1 */
  SCRIPT_LOG_SOFTMAX /* the same after log softmax, in float64 */
};
/* forward(x), (x, label), (x, class) or (x, label, class). */
struct script_form {
  enum script_result result;
  bool has_label, has_class;
  int64_t class_at, column;
};
struct script_call {
  size_t n, d; /* rows, numbers of a row of x */
  const double *x;
  size_t ld;
  double scale; /* forward sees scale times x */
  double label; /* the same for all rows */
  /* out: n by d, or n numbers */
  double *result;
  /* Gradients, NULL where not wanted.  by_x: n by d, of the sum of
   * cotangent * result by what forward sees; cotangent: n by d with leading
   * dimension ldv, NULL for ones.  by_label: n. */
  const double *cotangent;
  size_t ldv;
  double *by_x, *by_label;
};
/* [worker] */
kac_status script_run(const struct script *script,
                      const struct script_form *form,
                      const struct script_call *call, kac_error *err);
/* A call on a few made-up rows of d numbers: does it run, is its result of the
 * right shape and type, and does it depend on x in a way that torch can
 * differentiate? */
kac_status script_try(const struct script *script,
                      const struct script_form *form, size_t d, double label,
                      bool *has_gradient, kac_error *err);

#ifdef __cplusplus
}
#endif
#endif
