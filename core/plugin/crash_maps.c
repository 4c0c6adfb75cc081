/* SPDX-License-Identifier: GPL-3.0-or-later */
/* /proc/self/maps, read without memory of the heap.  Where there is no /proc,
 * no address is found. */
#include "plugin/crash_maps.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

/* What is beyond these is not known by name: a process with libtorch has some
 * 600 lines and 120 files. */
enum { TEXT_BYTES = 1 << 18, CODES_MAX = 1024, OWN_MAX = 256 };

struct range {
  uintptr_t begin, end;
};
struct line {
  struct range at;
  uintptr_t offset; /* in the file */
  bool is_code;
  const char *path; /* "": none */
};
struct code {
  struct range at;
  uintptr_t base; /* where the file begins in memory */
  const char *path;
};

/* A signal handler has no memory but this. */
static char text[TEXT_BYTES];
static struct code codes[CODES_MAX];
static struct range own[OWN_MAX];
static size_t n_codes, n_own;

static bool holds(const struct range *range, uintptr_t address) {
  return address >= range->begin && address < range->end;
}

static void read_text(void) {
  size_t n = 0;
  int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  while (fd >= 0 && n < sizeof text - 1) {
    ssize_t more = read(fd, text + n, sizeof text - 1 - n);
    if (more < 0 && errno == EINTR) continue;
    if (more <= 0) break;
    n += (size_t)more;
  }
  if (fd >= 0) close(fd);
  while (n > 0 && text[n - 1] != '\n') n--; /* whole lines only */
  text[n] = '\0';
}

static char *take_hex(char *at, uintptr_t *value) {
  *value = 0;
  for (;; at++) {
    unsigned digit = (unsigned)*at - '0';
    if (digit > 9) digit = (unsigned)*at - 'a' + 10;
    if (digit > 15) return at;
    *value = *value * 16 + digit;
  }
}

/* "begin-end r-xp offset device inode   path" */
static char *take_line(char *at, struct line *line) {
  at = take_hex(at, &line->at.begin);
  if (*at == '-') at++;
  at = take_hex(at, &line->at.end);
  line->is_code = strncmp(at, " r-x", 4) == 0;
  at = take_hex(at + 6, &line->offset);
  size_t length = strcspn(at, "\n"), before = strcspn(at, "/[\n");
  line->path = at + before;
  at[length] = '\0';
  return at + length + 1;
}

uintptr_t crash_maps_read(uintptr_t address) {
  struct line line = {.path = ""};
  const char *path = "";
  uintptr_t base = 0, end = 0;
  n_codes = 0;
  read_text();
  for (char *at = text; *at && n_codes < CODES_MAX;) {
    at = take_line(at, &line);
    if (holds(&line.at, address)) end = line.at.end;
    if (!line.path[0]) continue;
    /* The code of a file comes after its beginning.  That a shared object
     * begins at address 0 of its own is what linkers do. */
    if (line.offset == 0 || strcmp(line.path, path) != 0) {
      path = line.path;
      base = line.at.begin - line.offset;
    }
    if (line.is_code)
      codes[n_codes++] = (struct code){line.at, base, line.path};
  }
  return end;
}

void crash_maps_own(void) {
  crash_maps_read(0);
  n_own = n_codes < OWN_MAX ? n_codes : OWN_MAX;
  for (size_t i = 0; i < n_own; i++) own[i] = codes[i].at;
}

static bool is_own(uintptr_t address) {
  for (size_t i = 0; i < n_own; i++)
    if (holds(&own[i], address)) return true;
  return false;
}

bool crash_maps_find(uintptr_t address, struct crash_place *place) {
  uintptr_t self = (uintptr_t)crash_maps_find;
  for (size_t i = 0; i < n_codes; i++) {
    const struct code *code = &codes[i];
    if (!holds(&code->at, address)) continue;
    *place = (struct crash_place){.path = code->path,
                                  .offset = address - code->base,
                                  .is_own = is_own(address),
                                  .is_kac = holds(&code->at, self)};
    return true;
  }
  return false;
}
