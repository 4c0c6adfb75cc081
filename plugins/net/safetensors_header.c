/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The header of a safetensors file: JSON of the one form that there is, without
 * duplicates; the product of each shape is that of its bytes; the tensors cover
 * the data without hole or overlap. */
#include <kac/sdk.h>
#include <stdbool.h>
#include <stdlib.h>

#include "cursor.h"
#include "number.h"
#include "safetensors.h"

static const size_t max_header = 100000000;

const char *safetensors_shape(size_t n_dim, const size_t *shape,
                              char text[TENSOR_TEXT]) {
  size_t n = 1;
  snprintf(text, TENSOR_TEXT, "(");
  for (size_t i = 0; i < n_dim && n < TENSOR_TEXT; i++)
    n += (size_t)snprintf(text + n, TENSOR_TEXT - n, i ? ", %zu" : "%zu",
                          shape[i]);
  if (n < TENSOR_TEXT) snprintf(text + n, TENSOR_TEXT - n, ")");
  return text;
}

static kac_status bad(const struct safetensors *file, kac_error *err,
                      const char *text) {
  return kac_fail(err, KAC_EINVAL, "%s: %s", file->name, text);
}

static kac_status bad_json(const struct safetensors *file,
                           const struct cursor *json, kac_error *err) {
  return kac_fail(err, KAC_EINVAL, "%s: byte %zu of the JSON header: %s",
                  file->name, cursor_offset(json), json->error);
}

static kac_status bad_tensor(const struct safetensors *file, kac_error *err,
                             const char *tensor, const char *text) {
  return kac_fail(err, KAC_EINVAL, "%s: tensor '%.80s': %s", file->name, tensor,
                  text);
}

static kac_status bad_field(const struct safetensors *file, kac_error *err,
                            const char *tensor, const char *field,
                            bool is_twice) {
  return kac_fail(err, KAC_EINVAL,
                  is_twice ? "%s: tensor '%.80s': has '%.40s' twice"
                           : "%s: tensor '%.80s': unknown field '%.40s', "
                             "expected dtype, shape and data_offsets",
                  file->name, tensor, field);
}

/* Room for one more of n things of `bytes` each, doubling. */
static bool grow(void **things, size_t n, size_t *held, size_t bytes) {
  if (n < *held) return true;
  size_t more = *held ? 2 * *held : 16;
  void *larger = realloc(*things, more * bytes);
  if (!larger) return false;
  *things = larger;
  *held = more;
  return true;
}

static int by_key(const void *a, const void *b) {
  const struct tensor_note *left = a, *right = b;
  return strcmp(left->key, right->key);
}

static int by_name(const void *a, const void *b) {
  const struct tensor *left = a, *right = b;
  return strcmp(left->name, right->name);
}

static int by_place(const void *a, const void *b) {
  const struct tensor *left = a, *right = b;
  if (left->begin != right->begin) return left->begin < right->begin ? -1 : 1;
  return left->end < right->end ? -1 : left->end > right->end;
}

/* { "key": "value", ... } */
static kac_status read_notes(struct safetensors *file, struct cursor *json,
                             kac_error *err) {
  if (!cursor_need(json, '{')) return bad_json(file, json, err);
  for (bool more = !cursor_take(json, '}'); more;) {
    struct tensor_note note;
    if (!cursor_string(json, &note.key) || !cursor_need(json, ':') ||
        !cursor_string(json, &note.value))
      return bad_json(file, json, err);
    void *notes = file->notes;
    bool has_room = grow(&notes, file->n_notes, &file->notes_held, sizeof note);
    file->notes = notes;
    if (!has_room) return kac_fail(err, KAC_ENOMEM, "no memory");
    file->notes[file->n_notes++] = note;
    more = cursor_take(json, ',');
    if (!more && !cursor_need(json, '}')) return bad_json(file, json, err);
  }
  if (file->n_notes == 0) return KAC_OK;
  qsort(file->notes, file->n_notes, sizeof *file->notes, by_key);
  for (size_t i = 1; i < file->n_notes; i++)
    if (by_key(&file->notes[i - 1], &file->notes[i]) == 0)
      return kac_fail(err, KAC_EINVAL,
                      "%s: the metadata have the key '%.80s' twice", file->name,
                      file->notes[i].key);
  return KAC_OK;
}

/* [a, b, ...], at most `most` counts. */
static bool read_counts(struct cursor *json, size_t *counts, size_t most,
                        size_t *n, const char *too_many) {
  *n = 0;
  if (!cursor_need(json, '[')) return false;
  if (cursor_take(json, ']')) return true;
  do {
    if (*n == most) {
      json->error = too_many;
      return false;
    }
    if (!cursor_count(json, &counts[(*n)++])) return false;
  } while (cursor_take(json, ','));
  return cursor_need(json, ']');
}

/* dtype, shape and data_offsets, each once, in any order. */
static kac_status read_fields(struct safetensors *file, struct cursor *json,
                              struct tensor *tensor, kac_error *err) {
  static const char *const names[] = {"dtype", "shape", "data_offsets"};
  bool has[3] = {0};
  const char *key, *type = "";
  size_t offsets[2] = {0}, n_offsets = 0;
  if (!cursor_need(json, '{')) return bad_json(file, json, err);
  do {
    if (!cursor_string(json, &key) || !cursor_need(json, ':'))
      return bad_json(file, json, err);
    size_t field = 0;
    while (field < 3 && strcmp(key, names[field]) != 0) field++;
    if (field == 3 || has[field])
      return bad_field(file, err, tensor->name, key, field < 3);
    has[field] = true;
    bool is_good = field == 0 ? cursor_string(json, &type)
                   : field == 1
                       ? read_counts(json, tensor->shape, TENSOR_MAX_DIMS,
                                     &tensor->n_dim, "more than 8 dimensions")
                       : read_counts(json, offsets, 2, &n_offsets,
                                     "expected two offsets [begin, end]");
    if (!is_good) return bad_json(file, json, err);
  } while (cursor_take(json, ','));
  if (!cursor_need(json, '}')) return bad_json(file, json, err);
  if (!has[0] || !has[1] || !has[2] || n_offsets != 2)
    return bad_tensor(file, err, tensor->name,
                      "needs dtype, shape and data_offsets [begin, end]");
  tensor->begin = offsets[0];
  tensor->end = offsets[1];
  tensor->type = number_type(type);
  if (tensor->type < NUMBER_TYPES) return KAC_OK;
  return kac_fail(err, KAC_EINVAL,
                  "%s: tensor '%.80s': dtype '%.20s', expected F32, F16, BF16 "
                  "or F64",
                  file->name, tensor->name, type);
}

/* Product of the shape against the bytes. */
static kac_status check_size(const struct safetensors *file,
                             struct tensor *tensor, kac_error *err) {
  size_t available = file->n_bytes - (size_t)(file->data - file->bytes);
  char text[TENSOR_TEXT];
  tensor->n = 1;
  for (size_t i = 0; i < tensor->n_dim; i++)
    if (tensor->shape[i] == 0 ||
        __builtin_mul_overflow(tensor->n, tensor->shape[i], &tensor->n))
      return kac_fail(err, KAC_EINVAL,
                      "%s: tensor '%.80s': shape %s has %s numbers", file->name,
                      tensor->name,
                      safetensors_shape(tensor->n_dim, tensor->shape, text),
                      tensor->shape[i] == 0 ? "no" : "too many");
  size_t width = number_bytes(tensor->type), bytes;
  if (tensor->begin > tensor->end)
    return kac_fail(err, KAC_EINVAL,
                    "%s: tensor '%.80s': data_offsets [%zu, %zu], expected "
                    "begin <= end",
                    file->name, tensor->name, tensor->begin, tensor->end);
  if (tensor->end > available)
    return kac_fail(err, KAC_EINVAL,
                    "%s: tensor '%.80s': data_offsets [%zu, %zu], but the "
                    "file ends after %zu bytes of data: is it cut off?",
                    file->name, tensor->name, tensor->begin, tensor->end,
                    available);
  if (!__builtin_mul_overflow(tensor->n, width, &bytes) &&
      bytes == tensor->end - tensor->begin)
    return KAC_OK;
  return kac_fail(err, KAC_EINVAL,
                  "%s: tensor '%.80s': %zu bytes by its data_offsets, but "
                  "shape %s needs %zu numbers of %zu bytes each",
                  file->name, tensor->name, tensor->end - tensor->begin,
                  safetensors_shape(tensor->n_dim, tensor->shape, text),
                  tensor->n, width);
}

static kac_status read_tensor(struct safetensors *file, struct cursor *json,
                              const char *name, kac_error *err) {
  struct tensor tensor = {.name = name};
  kac_status status = read_fields(file, json, &tensor, err);
  if (status == KAC_OK) status = check_size(file, &tensor, err);
  if (status != KAC_OK) return status;
  if (file->n_tensors == TENSOR_MAX_COUNT)
    return kac_fail(err, KAC_EINVAL, "%s: more than %d tensors", file->name,
                    TENSOR_MAX_COUNT);
  void *tensors = file->tensors;
  bool has_room =
      grow(&tensors, file->n_tensors, &file->tensors_held, sizeof tensor);
  file->tensors = tensors;
  if (!has_room) return kac_fail(err, KAC_ENOMEM, "no memory");
  file->tensors[file->n_tensors++] = tensor;
  return KAC_OK;
}

/* The tensors cover the data exactly; names differ.  Leaves them by name. */
static kac_status check_cover(struct safetensors *file, kac_error *err) {
  size_t at = 0, n = file->n_tensors;
  size_t available = file->n_bytes - (size_t)(file->data - file->bytes);
  if (n > 0) qsort(file->tensors, n, sizeof *file->tensors, by_place);
  for (size_t i = 0; i < n; i++) {
    const struct tensor *tensor = &file->tensors[i];
    if (tensor->begin < at)
      return kac_fail(err, KAC_EINVAL,
                      "%s: tensor '%.80s' begins at byte %zu of the data, "
                      "inside of '%.80s', which ends at %zu",
                      file->name, tensor->name, tensor->begin, tensor[-1].name,
                      at);
    if (tensor->begin > at)
      return kac_fail(err, KAC_EINVAL,
                      "%s: tensor '%.80s' begins at byte %zu of the data, but "
                      "bytes %zu to %zu before it belong to no tensor",
                      file->name, tensor->name, tensor->begin, at,
                      tensor->begin);
    at = tensor->end;
  }
  if (at != available)
    return kac_fail(err, KAC_EINVAL,
                    "%s: bytes %zu to %zu at the end of the data belong to no "
                    "tensor",
                    file->name, at, available);
  if (n > 0) qsort(file->tensors, n, sizeof *file->tensors, by_name);
  for (size_t i = 1; i < n; i++)
    if (by_name(&file->tensors[i - 1], &file->tensors[i]) == 0)
      return bad_tensor(file, err, file->tensors[i].name, "stands there twice");
  return KAC_OK;
}

static kac_status read_header(struct safetensors *file, struct cursor *json,
                              kac_error *err) {
  bool has_notes = false;
  if (!cursor_need(json, '{')) return bad_json(file, json, err);
  for (bool more = !cursor_take(json, '}'); more;) {
    const char *name;
    if (!cursor_string(json, &name) || !cursor_need(json, ':'))
      return bad_json(file, json, err);
    bool is_notes = strcmp(name, "__metadata__") == 0;
    if (is_notes && has_notes)
      return bad(file, err, "__metadata__ stands there twice");
    has_notes = has_notes || is_notes;
    kac_status status = is_notes ? read_notes(file, json, err)
                                 : read_tensor(file, json, name, err);
    if (status != KAC_OK) return status;
    more = cursor_take(json, ',');
    if (!more && !cursor_need(json, '}')) return bad_json(file, json, err);
  }
  if (!cursor_finish(json)) return bad_json(file, json, err);
  return check_cover(file, err);
}

/* What else the file is, by its first bytes: what people have at hand. */
static const char *known_as(const struct safetensors *file) {
  static const struct {
    const char *magic, *words;
  } others[] = {
      {"PK\003\004", "a zip archive, as torch.save and numpy.savez write"},
      {"\200\002\212\012", "a pickle, as older torch.save writes"},
      {"\211HDF", "an HDF5 file"},
      {"\223NUMPY", "an array of numpy.save"},
      {"version ", "a pointer of Git LFS: fetch the file with git lfs pull"}};
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
    size_t n = strlen(others[i].magic);
    if (file->n_bytes >= n && memcmp(file->bytes, others[i].magic, n) == 0)
      return others[i].words;
  }
  return NULL;
}

static kac_status bad_length(const struct safetensors *file, size_t length,
                             kac_error *err) {
  const char *other = known_as(file);
  if (other)
    return kac_fail(err, KAC_EINVAL, "%s: not a safetensors file, but %s",
                    file->name, other);
  if (length < 2)
    return kac_fail(err, KAC_EINVAL,
                    "%s: a header of %zu bytes, expected at least 2: not a "
                    "safetensors file",
                    file->name, length);
  if (length > max_header)
    return kac_fail(err, KAC_EINVAL,
                    "%s: a header of %zu bytes, over the limit of %zu: not a "
                    "safetensors file, or damaged",
                    file->name, length, max_header);
  return kac_fail(err, KAC_EINVAL,
                  "%s: a header of %zu bytes in a file of %zu: cut off, or not "
                  "a safetensors file",
                  file->name, length, file->n_bytes);
}

kac_status safetensors_header(struct safetensors *file, kac_error *err) {
  size_t length = 0;
  if (file->n_bytes < 8)
    return kac_fail(err, KAC_EINVAL,
                    "%s: %zu bytes, too few for a safetensors file", file->name,
                    file->n_bytes);
  for (size_t i = 8; i-- > 0;) length = length << 8 | file->bytes[i];
  if (length < 2 || length > max_header || length > file->n_bytes - 8)
    return bad_length(file, length, err);
  file->data = file->bytes + 8 + length;
  file->text = malloc(length);
  if (!file->text) return kac_fail(err, KAC_ENOMEM, "no memory");
  struct cursor json;
  cursor_start(&json, (const char *)file->bytes + 8, length, file->text);
  return read_header(file, &json, err);
}

kac_status safetensors_object(struct safetensors *file, kac_error *err) {
  struct cursor json;
  file->data = file->bytes + file->n_bytes;
  file->text = malloc(file->n_bytes + 1);
  if (!file->text) return kac_fail(err, KAC_ENOMEM, "no memory");
  cursor_start(&json, (const char *)file->bytes, file->n_bytes, file->text);
  kac_status status = read_notes(file, &json, err);
  return status != KAC_OK || cursor_finish(&json) ? status
                                                  : bad_json(file, &json, err);
}
