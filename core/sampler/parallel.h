/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small pool of threads: runs items 0 ... n-1 of a task, each once, in any
 * order.  Results must not depend on which thread takes which item. */
#ifndef KAC_CORE_PARALLEL_H
#define KAC_CORE_PARALLEL_H
#include <stddef.h>

struct pool;
typedef void task_fn(void *context, size_t item, size_t thread);

/* n_threads includes the caller.  NULL: no memory or no thread. [main] */
struct pool *pool_new(size_t n_threads);
void pool_free(struct pool *pool); /* NULL is fine */
/* Returns when all items are done; the caller works as thread 0. [main] */
void pool_run(struct pool *pool, task_fn *task, void *context, size_t n_items);

#endif
