/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the workloads of kac-bench share: options, clocks and result lines,
 * arrays from the input folder, and pipelines made from a config text. */
#ifndef KAC_BENCH_BENCH_H
#define KAC_BENCH_BENCH_H
#include "config/pipeline.h"
#include "sampler/engine.h"

struct options {
  const char *inputs;  /* folder of the raw arrays */
  const char *plugins; /* folder of plugins that are found first, or NULL */
  const char *only;    /* part of "workload case", or NULL */
  size_t threads, n, steps, reps, block; /* n, steps, block 0: as is usual */
};

/* --- clocks --------------------------------------------------------------- */
enum { MAX_REPS = 200 };
struct clocks {
  size_t n;
  double wall[MAX_REPS], cpu[MAX_REPS];
};
/* Runs fn(context, i) n_warm + reps times; the first n_warm are not kept. */
void clocks_measure(struct clocks *clocks, size_t n_warm, size_t reps,
                    void (*fn)(void *, size_t), void *context);

/* --- result lines: RESULT workload impl case metric value ----------------- */
struct label {
  const char *workload, *name; /* name: the case */
  size_t threads;
};
void result_line(const struct label *label, const char *metric, double value);
/* Wall and CPU seconds, and nanoseconds of wall and CPU per item. */
void result_clocks(const struct label *label, const struct clocks *clocks,
                   double n_items, const char *unit);
/* False if --only excludes it. */
bool is_wanted(const struct options *options, const struct label *label);

/* --- inputs --------------------------------------------------------------- */
/* A raw little-endian file <inputs>/<name>.bin of numbers of `each` bytes, to
 * be freed; the program ends with a message if it cannot be read. */
void *input_read(const struct options *options, const char *name, size_t each,
                 size_t *n);
/* Ends the program: kac-bench: TEXT. */
void die(const char *format, ...)
    __attribute__((format(printf, 1, 2), noreturn));

/* --- pipelines ------------------------------------------------------------ */
struct rig {
  struct arena *arena;
  struct diag *diag;
  struct pipeline pipeline;
};
/* Parsed, checked and created; `text` says all but threads and block. */
void rig_open(struct rig *rig, const struct options *options, const char *text);
void rig_close(struct rig *rig);
/* One run with its result to be freed. */
void rig_run(struct rig *rig, uint64_t seed, struct run_result *result);

/* --- workloads ------------------------------------------------------------ */
void bench_resamplers(const struct options *options); /* W1 */
void bench_mixtures(const struct options *options);   /* W3 */
void bench_network(const struct options *options);    /* W4 */
void bench_rare_event(const struct options *options); /* W5 */

#endif
