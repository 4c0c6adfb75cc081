/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Children are proposed one after the other from a copy of their parents, and
 * the choice is made on the way (a reservoir of one, Chao 1982, Biometrika 69,
 * 653): child c replaces the one kept with probability w_c / (w_0 + ... + w_c),
 * so that in the end each is kept with probability w_c / sum w.  Two copies of
 * the rows are enough for any number of children. */
#include "sampler/children.h"

#include <kac/sdk.h>

/* Random numbers of a child: beyond any repeat of a move. */
static const uint32_t CHILD = 1024;

/* A copy of the rows of a block, plugins' bytes and field included. */
struct copy {
  struct move_rows rows;
  unsigned char *pstate;
};
enum { N_COPIES = 2, N_ARRAYS = 10 };

size_t children_scratch(const struct spec *spec,
                        const struct population_needs *needs, size_t n) {
  if (spec->n_children <= 1) return 0;
  size_t row = 4 * spec->space.n_real + 3 + needs->n_twist + needs->n_slots +
               needs->pstate_bytes / sizeof(double);
  return n * (N_COPIES * row + 2);
}

/* One array of the rows: where the parents have it, and its bytes per row. */
struct array {
  void *data;
  size_t bytes;
};

static void list_arrays(const struct run *run, const struct move_rows *rows,
                        unsigned char *pstate, struct array array[N_ARRAYS]) {
  const struct population *population = &run->population;
  const size_t real = sizeof(double), d = population->n_real * real;
  array[0] = (struct array){rows->x, d};
  array[1] = (struct array){rows->logw, real};
  array[2] = (struct array){rows->twist, population->n_twist * real};
  array[3] = (struct array){pstate, population->pstate_stride};
  array[4] = (struct array){rows->f.b, d};
  array[5] = (struct array){rows->f.s, d};
  array[6] = (struct array){rows->f.x0, d};
  array[7] = (struct array){rows->f.g, real};
  array[8] = (struct array){rows->f.logpi, real};
  array[9] = (struct array){rows->f.terms, rows->f.n_terms * real};
}

/* The next copy in scratch memory, laid out as the parents are. */
static struct copy lay_out(const struct run *run, const struct site *site,
                           const struct move_rows *parent, double **at) {
  struct array array[N_ARRAYS];
  void *data[N_ARRAYS];
  list_arrays(run, parent, site->pstate, array);
  for (size_t k = 0; k < N_ARRAYS; k++) {
    data[k] = array[k].data ? *at : NULL;
    if (array[k].data) *at += site->n * array[k].bytes / sizeof(double);
  }
  struct copy copy = {{data[0], data[1], data[2], parent->f}, data[3]};
  copy.rows.f.x.real = copy.rows.x;
  copy.rows.f.b = data[4];
  copy.rows.f.s = data[5];
  copy.rows.f.x0 = data[6];
  copy.rows.f.g = data[7];
  copy.rows.f.logpi = data[8];
  copy.rows.f.terms = data[9];
  return copy;
}

/* Rows begin ... end - 1 of all arrays. */
static void copy_rows(const struct array *from, const struct array *to,
                      size_t begin, size_t end) {
  for (size_t k = 0; k < N_ARRAYS; k++) {
    size_t bytes = from[k].bytes;
    if (from[k].data)
      memcpy((char *)to[k].data + begin * bytes,
             (const char *)from[k].data + begin * bytes, (end - begin) * bytes);
  }
}

/* total += exp(logw) in logs; the share of logw in it. */
static double add_share(double logw, double *total) {
  double high = logw > *total ? logw : *total;
  double low = logw > *total ? *total : logw;
  if (logw == -KAC_INF) return 0;
  *total = high + kac_log(1 + kac_exp(low - high));
  return kac_exp(logw - *total);
}

/* The children of one turn against those that were kept so far. */
static void choose(const struct array *child, const struct array *kept,
                   const double *logw, const double *u, double *total,
                   size_t n) {
  for (size_t i = 0; i < n; i++) {
    bool is_first = total[i] == -KAC_INF;
    double share = add_share(logw[i], &total[i]);
    if (share > 0 && (is_first || u[i] < share))
      copy_rows(child, kept, i, i + 1);
  }
}

static bool propose(struct run *run, const struct site *site, size_t number,
                    struct copy *child) {
  struct site here = *site;
  here.sub = (uint32_t)number * CHILD;
  here.pstate = child->pstate;
  return move_propose(run, &here, &child->rows);
}

bool children_move(struct run *run, const struct site *site,
                   struct move_rows *rows) {
  size_t n = site->n, n_children = run->spec->n_children;
  double *u = site->worker->child_scratch, *total = u + n, *at = total + n;
  struct array from[N_ARRAYS], child_at[N_ARRAYS], kept_at[N_ARRAYS];
  struct copy child = lay_out(run, site, rows, &at);
  struct copy kept = lay_out(run, site, rows, &at);
  list_arrays(run, rows, site->pstate, from);
  list_arrays(run, &child.rows, child.pstate, child_at);
  list_arrays(run, &kept.rows, kept.pstate, kept_at);
  for (size_t c = 0; c < n_children; c++) {
    copy_rows(from, child_at, 0, n);
    if (!propose(run, site, c, &child)) return false;
    if (c == 0) {
      copy_rows(child_at, kept_at, 0, n);
      memcpy(total, child.rows.logw, n * sizeof *total);
      continue;
    }
    call_uniform(site, USE_CHILD, (uint32_t)c, u);
    choose(child_at, kept_at, child.rows.logw, u, total, n);
  }
  copy_rows(kept_at, from, 0, n);
  double share = log((double)n_children);
  for (size_t i = 0; i < n; i++) rows->logw[i] = total[i] - share;
  return true;
}
