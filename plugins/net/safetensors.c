/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reader of safetensors files; see safetensors.h, and safetensors_header.c for
 * what is checked of the header. */
#include "safetensors.h"

#include <errno.h>
#include <fcntl.h>
#include <kac/sdk.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "number.h"

static const uint64_t max_file = (uint64_t)1 << 36;

static struct safetensors *new_file(const char *path, size_t n) {
  const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
  size_t length = strlen(name) + 1;
  struct safetensors *file = calloc(1, sizeof *file + length);
  if (!file) return NULL;
  char *copy = (char *)(file + 1);
  memcpy(copy, name, length);
  file->name = copy;
  file->n_bytes = n;
  file->bytes = malloc(n > 0 ? n : 1);
  if (file->bytes) return file;
  free(file);
  return NULL;
}

void safetensors_close(struct safetensors *file) {
  if (!file) return;
  free(file->notes);
  free(file->tensors);
  free(file->text);
  free(file->bytes);
  free(file);
}

/* Takes the file over: closed after an error. */
static kac_status keep_or_close(struct safetensors *file, kac_status status,
                                struct safetensors **out) {
  *out = status == KAC_OK ? file : NULL;
  if (status != KAC_OK) safetensors_close(file);
  return status;
}

kac_status safetensors_parse(const char *name, const unsigned char *bytes,
                             size_t n, struct safetensors **out,
                             kac_error *err) {
  struct safetensors *file = new_file(name, n);
  *out = NULL;
  if (!file) return kac_fail(err, KAC_ENOMEM, "no memory");
  if (n > 0) memcpy(file->bytes, bytes, n);
  return keep_or_close(file, safetensors_header(file, err), out);
}

kac_status safetensors_notes(const char *name, const char *object, size_t n,
                             struct safetensors **out, kac_error *err) {
  struct safetensors *file = new_file(name, n);
  *out = NULL;
  if (!file) return kac_fail(err, KAC_ENOMEM, "no memory");
  if (n > 0) memcpy(file->bytes, object, n);
  return keep_or_close(file, safetensors_object(file, err), out);
}

static kac_status read_all(int fd, unsigned char *bytes, size_t n,
                           const char *path, kac_error *err) {
  for (size_t got = 0; got < n;) {
    ssize_t more = read(fd, bytes + got, n - got);
    if (more < 0 && errno == EINTR) continue;
    if (more <= 0)
      return kac_fail(
          err, KAC_EIO, "%s: %s", path,
          more < 0 ? strerror(errno) : "became shorter while it was read");
    got += (size_t)more;
  }
  return KAC_OK;
}

static kac_status open_file(int fd, const char *path, struct safetensors **out,
                            kac_error *err) {
  struct stat about;
  if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))
    return kac_fail(err, KAC_EINVAL, "%s: not a regular file", path);
  if (about.st_size < 0 || (uint64_t)about.st_size > max_file)
    return kac_fail(err, KAC_EINVAL, "%s: %lld bytes, over the limit of %llu",
                    path, (long long)about.st_size,
                    (unsigned long long)max_file);
  struct safetensors *file = new_file(path, (size_t)about.st_size);
  if (!file) return kac_fail(err, KAC_ENOMEM, "no memory for %s", path);
  kac_status status = read_all(fd, file->bytes, file->n_bytes, path, err);
  if (status == KAC_OK) status = safetensors_header(file, err);
  return keep_or_close(file, status, out);
}

kac_status safetensors_open(const char *path, struct safetensors **out,
                            kac_error *err) {
  *out = NULL;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return kac_fail(err, KAC_EINVAL, "%s: %s", path, strerror(errno));
  kac_status status = open_file(fd, path, out, err);
  close(fd);
  return status;
}

static int by_key(const void *a, const void *b) {
  const struct tensor_note *left = a, *right = b;
  return strcmp(left->key, right->key);
}

static int by_name(const void *a, const void *b) {
  const struct tensor *left = a, *right = b;
  return strcmp(left->name, right->name);
}

static struct tensor *find(const struct safetensors *file, const char *name) {
  struct tensor key = {.name = name};
  if (file->n_tensors == 0) return NULL;
  return bsearch(&key, file->tensors, file->n_tensors, sizeof key, by_name);
}

size_t safetensors_numbers(const struct safetensors *file) {
  size_t n = 0;
  for (size_t i = 0; i < file->n_tensors; i++) n += file->tensors[i].n;
  return n;
}

const struct tensor *safetensors_find(const struct safetensors *file,
                                      const char *name) {
  return find(file, name);
}

const char *safetensors_note(const struct safetensors *file, const char *key) {
  struct tensor_note wanted = {key, NULL};
  if (file->n_notes == 0) return NULL;
  const struct tensor_note *note =
      bsearch(&wanted, file->notes, file->n_notes, sizeof wanted, by_key);
  return note ? note->value : NULL;
}

kac_status safetensors_floats(const struct safetensors *file, const char *name,
                              size_t n_dim, const size_t *shape, float *out,
                              kac_error *err) {
  struct tensor *tensor = find(file, name);
  char found[TENSOR_TEXT], expected[TENSOR_TEXT];
  safetensors_shape(n_dim, shape, expected);
  if (!tensor)
    return kac_fail(err, KAC_EINVAL,
                    "%s: no tensor '%s', expected one of shape %s", file->name,
                    name, expected);
  tensor->is_used = true;
  bool is_same = tensor->n_dim == n_dim;
  for (size_t i = 0; is_same && i < n_dim; i++)
    is_same = tensor->shape[i] == shape[i];
  if (!is_same)
    return kac_fail(
        err, KAC_EINVAL, "%s: tensor '%s' has shape %s, expected %s",
        file->name, name,
        safetensors_shape(tensor->n_dim, tensor->shape, found), expected);
  size_t at =
      number_read(tensor->type, file->data + tensor->begin, tensor->n, out);
  if (at == tensor->n) return KAC_OK;
  return kac_fail(err, KAC_EINVAL,
                  "%s: tensor '%s': number %zu of %zu is not finite in "
                  "float32 (%g)",
                  file->name, name, at, tensor->n, (double)out[at]);
}

kac_status safetensors_all_used(const struct safetensors *file, const char *who,
                                kac_error *err) {
  const struct tensor *unused = NULL;
  size_t n = 0;
  char shape[TENSOR_TEXT], others[48] = "";
  for (size_t i = 0; i < file->n_tensors; i++) {
    if (file->tensors[i].is_used) continue;
    if (!unused) unused = &file->tensors[i];
    n++;
  }
  if (!unused) return KAC_OK;
  if (n > 1) snprintf(others, sizeof others, " and %zu more", n - 1);
  return kac_fail(err, KAC_EINVAL,
                  "%s: tensor '%.80s' of shape %s%s in the file, but %s uses "
                  "only %zu of its %zu tensors",
                  file->name, unused->name,
                  safetensors_shape(unused->n_dim, unused->shape, shape),
                  others, who, file->n_tensors - n, file->n_tensors);
}
