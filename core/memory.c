/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory for the host: see memory.h.  Every allocation of the host comes
 * through memory_alloc, so that a test can make the n-th one fail. */
#define _DEFAULT_SOURCE /* madvise */
#include "memory.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { ALIGNMENT = 64, CHUNK_BYTES = 16384, HUGE_PAGE = 1 << 21 };

struct chunk { /* the header takes one alignment unit, then come the bytes */
  struct chunk *next;
  size_t n_bytes, n_used;
};
struct arena {
  struct chunk *chunks; /* the first one is being filled */
};

/* Arrays of the population in large pages, where the kernel has them to give:
 * fewer page faults at the start, fewer misses when rows are gathered. */
static void ask_large_pages(void *block, size_t bytes) {
#ifdef MADV_HUGEPAGE
  (void)madvise(block, bytes / HUGE_PAGE * HUGE_PAGE, MADV_HUGEPAGE);
#else
  (void)block;
  (void)bytes;
#endif
}

void *memory_alloc(size_t bytes) {
  void *block = NULL;
  bool is_large = bytes >= 2 * HUGE_PAGE;
  if (bytes > PTRDIFF_MAX - HUGE_PAGE) return NULL;
  if (bytes == 0) bytes = 1;
  if (posix_memalign(&block, is_large ? HUGE_PAGE : ALIGNMENT, bytes) != 0)
    return NULL;
  if (is_large) ask_large_pages(block, bytes);
  return memset(block, 0, bytes);
}

bool memory_product(size_t a, size_t b, size_t *product) {
  return !__builtin_mul_overflow(a, b, product);
}

struct arena *arena_new(void) {
  return memory_alloc(sizeof(struct arena));
}

void arena_free(struct arena *arena) {
  if (!arena) return;
  struct chunk *chunk = arena->chunks;
  while (chunk) {
    struct chunk *next = chunk->next;
    free(chunk);
    chunk = next;
  }
  free(arena);
}

/* A new chunk of n bytes.  One that is made for a single large block goes
 * behind the first, whose rest stays in use. */
static struct chunk *add_chunk(struct arena *arena, size_t bytes) {
  bool is_large = bytes > CHUNK_BYTES / 2;
  size_t n = is_large ? bytes : CHUNK_BYTES;
  if (n > PTRDIFF_MAX - 2 * ALIGNMENT) return NULL;
  struct chunk *chunk = memory_alloc(ALIGNMENT + n);
  if (!chunk) return NULL;
  chunk->n_bytes = n;
  if (is_large && arena->chunks) {
    chunk->next = arena->chunks->next;
    arena->chunks->next = chunk;
  } else {
    chunk->next = arena->chunks;
    arena->chunks = chunk;
  }
  return chunk;
}

static void *take(struct arena *arena, size_t bytes, size_t alignment) {
  struct chunk *chunk = arena->chunks;
  size_t start = 0;
  if (bytes == 0) bytes = 1;
  if (chunk) start = (chunk->n_used + alignment - 1) & ~(alignment - 1);
  if (!chunk || start > chunk->n_bytes || bytes > chunk->n_bytes - start) {
    chunk = add_chunk(arena, bytes);
    start = 0;
    if (!chunk) return NULL;
  }
  chunk->n_used = start + bytes;
  return (char *)chunk + ALIGNMENT + start;
}

void *arena_alloc(struct arena *arena, size_t bytes) {
  return take(arena, bytes, ALIGNMENT);
}

char *arena_copy(struct arena *arena, const char *text) {
  size_t n = strlen(text) + 1;
  char *copy = take(arena, n, 1);
  return copy ? memcpy(copy, text, n) : NULL;
}

char *arena_format(struct arena *arena, const char *format, ...) {
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  int n = vsnprintf(NULL, 0, format, args);
  char *text = n < 0 ? NULL : take(arena, (size_t)n + 1, 1);
  if (text) vsnprintf(text, (size_t)n + 1, format, again);
  va_end(again);
  va_end(args);
  return text;
}

/* The number behind `key` in a small file of the kernel; key "" takes the
 * first word.  "max" and whatever is no number give SIZE_MAX. */
static size_t kernel_number(const char *path, const char *key) {
  char line[256];
  size_t value = SIZE_MAX;
  FILE *file = fopen(path, "re");
  if (!file) return SIZE_MAX;
  while (fgets(line, sizeof line, file)) {
    size_t n = strlen(key);
    if (strncmp(line, key, n) != 0) continue;
    char *end = NULL;
    errno = 0;
    unsigned long long number = strtoull(line + n, &end, 10);
    if (end != line + n && errno == 0) value = (size_t)number;
    break;
  }
  fclose(file);
  return value;
}

/* What one control group leaves.  Its page cache can be taken back. */
static size_t group_rest(const char *folder, const char *limit_name,
                         const char *used_name) {
  char path[512];
  snprintf(path, sizeof path, "%s/%s", folder, limit_name);
  size_t limit = kernel_number(path, "");
  if (limit == SIZE_MAX) return SIZE_MAX;
  snprintf(path, sizeof path, "%s/%s", folder, used_name);
  size_t used = kernel_number(path, "");
  snprintf(path, sizeof path, "%s/memory.stat", folder);
  size_t cache = kernel_number(path, "inactive_file ");
  if (used == SIZE_MAX) used = 0;
  if (cache != SIZE_MAX) used -= cache < used ? cache : used;
  return used < limit ? limit - used : 0;
}

/* The group of this process and all above it, cgroup version 2. */
static size_t groups_rest(void) {
  char line[256] = "", folder[400];
  FILE *file = fopen("/proc/self/cgroup", "re");
  if (!file) return SIZE_MAX;
  while (fgets(line, sizeof line, file) && strncmp(line, "0::", 3) != 0)
    line[0] = '\0';
  fclose(file);
  line[strcspn(line, "\n")] = '\0';
  snprintf(folder, sizeof folder, "/sys/fs/cgroup%s",
           line[0] ? line + strlen("0::") : "");
  size_t least = SIZE_MAX;
  while (strlen(folder) >= strlen("/sys/fs/cgroup")) {
    size_t rest = group_rest(folder, "memory.max", "memory.current");
    if (rest < least) least = rest;
    *strrchr(folder, '/') = '\0';
  }
  return least;
}

size_t memory_available(void) {
  size_t kib = kernel_number("/proc/meminfo", "MemAvailable:");
  size_t least = SIZE_MAX;
  if (kib != SIZE_MAX && !memory_product(kib, 1024, &least)) least = SIZE_MAX;
  size_t v2 = groups_rest();
  size_t v1 = group_rest("/sys/fs/cgroup/memory", "memory.limit_in_bytes",
                         "memory.usage_in_bytes");
  if (v2 < least) least = v2;
  return v1 < least ? v1 : least;
}
