/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory for the host: checked sizes, aligned blocks, and an arena that frees
 * a whole pipeline at once.  Not for the step loop, which allocates nothing. */
#ifndef KAC_CORE_MEMORY_H
#define KAC_CORE_MEMORY_H
#include <stdbool.h>
#include <stddef.h>

struct arena; /* everything allocated from it lives until arena_free */

struct arena *arena_new(void);
void arena_free(struct arena *arena); /* NULL is fine */
/* Zeroed, 64-byte aligned; NULL when there is no memory. */
void *arena_alloc(struct arena *arena, size_t bytes);
char *arena_copy(struct arena *arena, const char *text);
char *arena_format(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Zeroed, 64-byte aligned, freed with free(); NULL when there is no memory. */
void *memory_alloc(size_t bytes);
/* *product = a * b, false when it does not fit. */
bool memory_product(size_t a, size_t b, size_t *product);
/* Bytes that this process may still use: MemAvailable and the cgroup limit. */
size_t memory_available(void);

#endif
