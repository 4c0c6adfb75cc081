/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows lent to a plugin one call at a time, past the host's own checks, so that
 * a law can see everything that the call touched: all memory around and between
 * the numbers of the outputs holds a mark. */
#ifndef KAC_CORE_BATCH_H
#define KAC_CORE_BATCH_H
#include "conform/trial.h"

enum { BATCH_OUTPUTS = 8 };
struct output {
  uint64_t bit; /* of `want`; 0: always wanted */
  const char *name;
  size_t n_col, ld;
  double *values; /* row i at values + i * ld; NULL: not wanted */
  double *block;  /* with its margins */
};
struct batch { /* the rows first ... first + n - 1 of the points of a law */
  struct trial *trial;
  size_t n, ld, d, thread;
  const size_t *row; /* n: number of each row in the run, for random numbers */
  uint64_t want;
  double t, t_next; /* t_next: integrators */
  double *x, *v;    /* as lent */
  double *x_prev; /* of potentials that need it, with ld_prev; NULL at t_max */
  size_t ld_prev;
  double *x_block, *v_block, *x_prev_block;
  struct output out[BATCH_OUTPUTS];
  size_t n_out;
  unsigned char *pstate; /* n rows with marks between them, or NULL */
  size_t pstate_stride;
  const double *b, *s; /* n by d each: lent in place of the field's, or NULL */
  uint32_t most_draw;  /* out: of the requests for random numbers */
  uint32_t round;      /* tells apart random numbers of one row */
  bool is_mirrored; /* they are mirrored: -x of a normal, 1 - u of a uniform */
  double dlogw;     /* of a step: what is there for it to add to */
  bool wrote_field; /* of an integrator: it is input */
  kac_error err;
};

/* The bits that the plugin provides and a batch can ask for; 0 for kinds that
 * are not evaluated in rows. */
uint64_t batch_bits(const struct trial *trial);
/* Rows of dense x (and v) at `row`s, lent with a leading dimension; bits of
 * `want` decide which outputs there are.  False: no memory. */
bool batch_new(struct batch *batch, struct trial *trial, size_t n,
               const size_t *row, const double *x, uint64_t want, double t);
/* The same with ld > n_real. */
bool batch_new_wide(struct batch *batch, struct trial *trial, size_t n,
                    const size_t *row, const double *x, uint64_t want, double t,
                    size_t ld);
void batch_free(struct batch *batch);
/* One call of the plugin; KAC_OK or what it returned, with batch->err. */
kac_status batch_call(struct batch *batch);
/* batch_call, and a broken law unless it succeeds. */
bool batch_ask(struct batch *batch);

/* Scores of one group, with points of the first, in one call. */
bool batch_ask_group(struct batch *const *batches, size_t n);

/* Has cell (i, k) of an output not been written? */
bool batch_is_blank(const struct output *out, size_t i, size_t k);
/* What the host lets pass in a run: finite numbers, and -inf where that is a
 * verdict. */
bool batch_is_allowed(const struct output *out, double value);
/* "NaN", "+inf" or "-inf" */
const char *batch_word(double value);
/* Do v, the vector of a VJP, and x_prev still hold what was lent? */
bool batch_is_lent(const struct batch *batch, size_t i, size_t k);
/* The name of an output with a mark overwritten outside of its rows, or NULL;
 * *where says where. */
const char *batch_spill(const struct batch *batch, const char **where);
/* Are rows i of a and j of b the same bytes in all outputs of both?  If not,
 * the output and its column. */
bool batch_same(const struct batch *a, size_t i, const struct batch *b,
                size_t j, const char **name, size_t *column);

#endif
