/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A whole file in memory: see read_file.h. */
#include "config/read_file.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory.h"

static enum exit_code system_error(char *why, size_t why_bytes) {
  snprintf(why, why_bytes, "%s", strerror(errno));
  why[0] = (char)tolower((unsigned char)why[0]);
  return EXIT_CONFIG;
}

static const char *type_name(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

/* Room for twice as much, at most limit + 2 bytes. */
static bool grow(struct file_bytes *file, size_t *capacity, size_t limit) {
  size_t wanted = *capacity < limit / 2 ? 2 * *capacity : limit + 2;
  char *data = memory_alloc(wanted);
  if (!data) return false;
  memcpy(data, file->data, file->n);
  free(file->data);
  file->data = data;
  *capacity = wanted;
  return true;
}

static enum exit_code read_all(int fd, size_t limit, size_t capacity,
                               struct file_bytes *file, char *why,
                               size_t why_bytes) {
  file->data = memory_alloc(capacity);
  while (file->data) {
    if (file->n + 1 == capacity && !grow(file, &capacity, limit)) break;
    ssize_t n = read(fd, file->data + file->n, capacity - 1 - file->n);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error(why, why_bytes);
    if (n == 0) {
      file->data[file->n] = '\0';
      return EXIT_DONE;
    }
    file->n += (size_t)n;
    if (file->n > limit) {
      snprintf(why, why_bytes, "larger than %zu bytes", limit);
      return EXIT_CONFIG;
    }
  }
  snprintf(why, why_bytes, "no memory to read it");
  return EXIT_RESOURCE;
}

enum exit_code read_file(const char *path, size_t limit,
                         struct file_bytes *file, char *why, size_t why_bytes) {
  bool is_input = strcmp(path, "-") == 0;
  struct stat about;
  enum exit_code code = EXIT_CONFIG;
  memset(file, 0, sizeof *file);
  if (limit > PTRDIFF_MAX - 2) limit = PTRDIFF_MAX - 2;
  int fd = is_input ? STDIN_FILENO
                    : open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) return system_error(why, why_bytes);
  if (fstat(fd, &about) != 0) {
    code = system_error(why, why_bytes);
  } else if (!is_input && !S_ISREG(about.st_mode)) {
    snprintf(why, why_bytes, "%s, not a regular file",
             type_name(about.st_mode));
  } else if (about.st_size > 0 && (size_t)about.st_size > limit) {
    snprintf(why, why_bytes, "larger than %zu bytes", limit);
  } else {
    size_t expected = about.st_size > 0 ? (size_t)about.st_size : 4094;
    file->device = (unsigned long long)about.st_dev;
    file->inode = (unsigned long long)about.st_ino;
    code = read_all(fd, limit, expected + 2, file, why, why_bytes);
  }
  if (!is_input) close(fd);
  if (code == EXIT_DONE) return code;
  free(file->data);
  file->data = NULL;
  return code;
}
