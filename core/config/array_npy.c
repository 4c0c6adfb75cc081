/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The .npy format of NumPy, versions 1 to 3: magic, version, the length of a
 * header that is a Python dictionary, the numbers.
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/array_file.h"
#include "config/schema_value.h"

enum { MAX_HEADER = 65536, MAX_DIMS = 4 };

struct header {
  char type[32];
  bool has_type, has_order, has_shape, is_fortran;
  bool is_record, is_deep; /* why it could not be read */
  size_t n_dim, shape[MAX_DIMS];
};

static uint64_t little_endian(const char *data, size_t n) {
  uint64_t value = 0;
  for (size_t i = n; i-- > 0;) value = value << 8 | (unsigned char)data[i];
  return value;
}

static const char *skip(const char *p) {
  return p + strspn(p, " \t\n\r");
}

/* 'text' at p; the byte behind it, or NULL. */
static const char *quoted(const char *p, char *text, size_t bytes) {
  char quote = *p;
  if (quote != '\'' && quote != '"') return NULL;
  const char *end = strchr(p + 1, quote);
  if (!end || (size_t)(end - p) > bytes) return NULL;
  snprintf(text, bytes, "%.*s", (int)(end - p - 1), p + 1);
  return end + 1;
}

/* (3, 4) at p; the byte behind it, or NULL. */
static const char *tuple(const char *p, struct header *header) {
  if (*p++ != '(') return NULL;
  header->has_shape = true;
  header->n_dim = 0;
  for (p = skip(p); *p != ')'; p = skip(p)) {
    size_t n = strspn(p, "0123456789");
    header->is_deep = n > 0 && header->n_dim == MAX_DIMS;
    if (n == 0 || n > 18 || header->is_deep) return NULL;
    header->shape[header->n_dim++] = (size_t)strtoull(p, NULL, 10);
    p = skip(p + n + (p[n] == 'L'));
    if (*p == ',') p++;
  }
  return p + 1;
}

/* The value of a key at p; the byte behind it, or NULL. */
static const char *entry(const char *p, const char *key,
                         struct header *header) {
  if (strcmp(key, "descr") == 0) {
    header->has_type = true;
    header->is_record = *p == '[';
    return quoted(p, header->type, sizeof header->type);
  }
  if (strcmp(key, "shape") == 0) return tuple(p, header);
  if (strcmp(key, "fortran_order") != 0) return NULL;
  header->has_order = true;
  header->is_fortran = strncmp(p, "True", 4) == 0;
  if (header->is_fortran) return p + 4;
  return strncmp(p, "False", 5) == 0 ? p + 5 : NULL;
}

/* {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), } */
static bool parse(const char *text, struct header *header) {
  char key[16];
  const char *p = skip(text);
  if (*p++ != '{') return false;
  for (p = skip(p); *p != '}'; p = skip(p)) {
    p = quoted(p, key, sizeof key);
    if (!p) return false;
    p = skip(p);
    if (*p++ != ':') return false;
    p = entry(skip(p), key, header);
    if (!p) return false;
    p = skip(p);
    if (*p == ',') p++;
  }
  return header->has_type && header->has_order && header->has_shape;
}

static bool check_type(const struct array_file *file,
                       const struct header *header) {
  char why[160];
  const char *type = header->type;
  static const char *const known[] = {"<f8", "<f4", "<i8", "<i4"};
  if (header->is_fortran)
    return array_file_refuse(
        file, 0, "in Fortran order: save numpy.ascontiguousarray(x)");
  for (size_t i = 0; i < 4; i++)
    if (strcmp(type, known[i]) == 0) return true;
  if (type[0] == '>')
    snprintf(why, sizeof why, "big-endian numbers '%s': save x.astype('<f8')",
             type);
  else if (strchr(type, 'O'))
    snprintf(why, sizeof why,
             "Python objects '%s', not numbers: save x.astype('<f8')", type);
  else
    snprintf(why, sizeof why,
             "numbers of type '%s', not <f8, <f4, <i8 or <i4: save "
             "x.astype('<f8')",
             type);
  return array_file_refuse(file, 0, why);
}

static bool refuse_header(const struct array_file *file,
                          const struct header *header) {
  char why[96];
  if (header->is_record)
    return array_file_refuse(
        file, 0, "records with named fields, not numbers: save x['field']");
  if (!header->is_deep)
    return array_file_refuse(file, 0, "header is not that of a plain array");
  snprintf(why, sizeof why,
           "more than %d dimensions: save x.reshape(len(x), -1)",
           (int)MAX_DIMS);
  return array_file_refuse(file, 0, why);
}

/* The header's text, in the arena; NULL with an error. */
static char *header_text(const struct array_file *file, size_t *start) {
  size_t field = file->n > 6 && file->data[6] == 1 ? 2 : 4;
  char why[96];
  if (file->n < 8 + field) {
    array_file_refuse(file, 0, "cut off in the header");
    return NULL;
  }
  if (file->data[6] < 1 || file->data[6] > 3) {
    snprintf(why, sizeof why, ".npy version %d, not 1, 2 or 3", file->data[6]);
    array_file_refuse(file, 0, why);
    return NULL;
  }
  size_t n = (size_t)little_endian(file->data + 8, field);
  *start = 8 + field + n;
  if (n > MAX_HEADER || *start > file->n) {
    if (n > MAX_HEADER)
      snprintf(why, sizeof why, "header of %zu bytes, over the limit of %d", n,
               (int)MAX_HEADER);
    else
      snprintf(why, sizeof why, "header of %zu bytes in a file of %zu: cut off",
               n, file->n);
    array_file_refuse(file, 0, why);
    return NULL;
  }
  char *text = arena_alloc(file->schema->arena, n + 1);
  if (!text) schema_no_memory(file->schema, file->at);
  return text ? memcpy(text, file->data + 8 + field, n) : NULL;
}

/* Number i of the data; false if a double does not hold it. */
static bool number(const char *data, const char *type, size_t i, double *x) {
  size_t bytes = (size_t)(type[2] - '0');
  uint64_t bits = little_endian(data + i * bytes, bytes);
  uint32_t low = (uint32_t)bits;
  float single;
  if (type[1] == 'f' && bytes == 8) {
    memcpy(x, &bits, sizeof bits);
  } else if (type[1] == 'f') {
    memcpy(&single, &low, sizeof single);
    *x = (double)single;
  } else if (bytes == 8) {
    int64_t value = (int64_t)bits;
    const int64_t exact = (int64_t)1 << 53;
    *x = (double)value;
    return value >= -exact && value <= exact;
  } else {
    *x = (double)(int32_t)low;
  }
  return true;
}

static bool read_numbers(const struct array_file *file,
                         const struct header *header, const char *data,
                         kac_array *array) {
  double *to = arena_alloc(file->schema->arena, array->n * sizeof *to);
  char why[160];
  if (!to) return schema_no_memory(file->schema, file->at);
  for (size_t i = 0; i < array->n; i++) {
    bool is_exact = number(data, header->type, i, &to[i]);
    if (is_exact && isfinite(to[i])) continue;
    int used = snprintf(why, sizeof why, "element ");
    size_t block = array->n, rest = i;
    for (size_t k = 0; k < array->n_dim; k++) {
      block /= array->shape[k];
      used += snprintf(why + used, sizeof why - (size_t)used, "[%zu]",
                       rest / block);
      rest %= block;
    }
    snprintf(why + used, sizeof why - (size_t)used, " is %.17g: must be %s",
             to[i], is_exact ? "finite" : "at most 2^53");
    return array_file_refuse(file, 0, why);
  }
  array->data = to;
  return true;
}

static bool shape_array(const struct array_file *file,
                        const struct header *header, kac_array *array) {
  array->n = 1;
  for (size_t k = 0; k < header->n_dim; k++) {
    array->shape[k] = header->shape[k];
    if (!memory_product(array->n, header->shape[k], &array->n))
      return array_file_refuse(file, 0, "shape is too large");
  }
  array->n_dim = header->n_dim;
  if (array->n_dim == 0) array->shape[array->n_dim++] = 1;
  if (array->n == 0) return array_file_refuse(file, 0, "no numbers in it");
  return true;
}

bool array_npy(const struct array_file *file, kac_array *array) {
  struct header header = {0};
  size_t start = 0, bytes = 0;
  const char *text = header_text(file, &start);
  if (!text) return false;
  if (!parse(text, &header)) return refuse_header(file, &header);
  if (!check_type(file, &header)) return false;
  if (!shape_array(file, &header, array)) return false;
  size_t each = (size_t)(header.type[2] - '0');
  if (!memory_product(array->n, each, &bytes))
    return array_file_refuse(file, 0, "shape is too large");
  if (bytes != file->n - start) {
    char why[96];
    snprintf(why, sizeof why, "%zu bytes of numbers, its shape needs %zu%s",
             file->n - start, bytes,
             bytes > file->n - start ? ": cut off" : "");
    return array_file_refuse(file, 0, why);
  }
  return read_numbers(file, &header, file->data + start, array);
}
