/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arrays from files: the schema's schema_read_array.  NumPy's .npy is in
 * array_npy.c, everything else is read as a table of numbers: white space or
 * commas between them, # comments, as many in every line. */
#include "config/array_file.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "config/read_file.h"
#include "config/schema_value.h"

struct table {
  const struct array_file *file;
  double *data; /* NULL while counting */
  size_t n_rows, n_columns;
  int line;
};

bool array_file_refuse(const struct array_file *file, int line,
                       const char *why) {
  struct place at = {file->path, line};
  const struct schema *schema = file->schema;
  diag_error(schema->diag, EXIT_CONFIG, at, "%s", why);
  diag_hint(schema->diag, "named at %s",
            schema_place_text(schema->arena, file->at));
  return false;
}

/* One number and the separator behind it; NULL with an error. */
static const char *read_number(const struct table *table, const char *p,
                               double *number) {
  char why[128], *end = NULL;
  size_t n = strcspn(p, " \t\r\n,#");
  errno = 0;
  *number = strtod(p, &end);
  bool is_number = n > 0 && end == p + n && strcspn(p, "xXnN") >= n;
  bool is_lost = errno == ERANGE && !(*number < 0) && !(*number > 0);
  if (is_number && isfinite(*number) && !is_lost) {
    p += n + strspn(p + n, " \t\r");
    if (*p != ',') return p;
    p += 1 + strspn(p + 1, " \t\r");
    if (*p && *p != '\n' && *p != '#') return p;
    snprintf(why, sizeof why, "a number is missing behind the last comma");
  } else if (n == 0) {
    snprintf(why, sizeof why, "a number is missing before the comma");
  } else {
    snprintf(why, sizeof why, "'%.*s' is not a %snumber",
             (int)(n < 60 ? n : 60), p, is_number ? "finite double " : "");
  }
  array_file_refuse(table->file, table->line, why);
  return NULL;
}

/* One line up to its end, NULL with an error. */
static const char *read_line(struct table *table, const char *p) {
  size_t n = 0;
  p += strspn(p, " \t\r");
  while (*p && *p != '\n' && *p != '#') {
    double number = 0;
    p = read_number(table, p, &number);
    if (!p) return NULL;
    if (table->data) table->data[table->n_rows * table->n_columns + n] = number;
    n++;
  }
  p += strcspn(p, "\n");
  if (n == 0) return p;
  if (table->n_rows == 0) table->n_columns = n;
  table->n_rows++;
  if (n == table->n_columns) return p;
  char why[96];
  snprintf(why, sizeof why, "%zu numbers, %zu in the lines above", n,
           table->n_columns);
  array_file_refuse(table->file, table->line, why);
  return NULL;
}

static bool read_lines(struct table *table, const char *text) {
  table->n_rows = 0;
  table->line = 1;
  for (const char *p = text; *p; table->line++) {
    p = read_line(table, p);
    if (!p) return false;
    if (*p == '\n') p++;
  }
  return true;
}

/* Twice over the text: to count, then to fill. */
static bool read_table(const struct array_file *file, kac_array *array) {
  struct table table = {.file = file};
  const char *text = file->data;
  if (memchr(text, '\0', file->n))
    return array_file_refuse(
        file, 0,
        "neither an array of numpy.save (.npy) nor a table of numbers as text");
  if (strncmp(text, "\xef\xbb\xbf", 3) == 0) text += 3;
  if (!read_lines(&table, text)) return false;
  if (table.n_rows == 0) return array_file_refuse(file, 0, "no numbers in it");
  array->n = table.n_rows * table.n_columns; /* below the bytes of the file */
  table.data = arena_alloc(file->schema->arena, array->n * sizeof(double));
  if (!table.data) return schema_no_memory(file->schema, file->at);
  if (!read_lines(&table, text)) return false;
  array->data = table.data;
  array->n_dim = 2;
  array->shape[0] = table.n_rows;
  array->shape[1] = table.n_columns;
  return true;
}

/* With a decimal point, whatever locale a plugin may have set. */
static bool read_table_in_c(const struct array_file *file, kac_array *array) {
  locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  if (!c_locale) return schema_no_memory(file->schema, file->at);
  locale_t before = uselocale(c_locale);
  bool is_good = read_table(file, array);
  uselocale(before);
  freelocale(c_locale);
  return is_good;
}

/* What numpy.savez writes, and torch.save: not one array. */
static bool refuse_zip(const struct array_file *file) {
  array_file_refuse(file, 0,
                    "a zip archive of several arrays (.npz), and one is needed "
                    "(.npy)");
  diag_hint(file->schema->diag,
            "in Python: numpy.save('x.npy', numpy.load('x.npz')['NAME']), "
            "with x.npz this file; numpy.load('x.npz').files are the names");
  return false;
}

bool schema_read_array(const struct schema *schema, const char *path,
                       struct place at, kac_array *array) {
  struct file_bytes bytes;
  char why[128];
  const char *full = schema_path(schema, path);
  memset(array, 0, sizeof *array);
  if (!full) return schema_no_memory(schema, at);
  if (strcmp(path, "-") == 0 || path[0] == '\0') {
    diag_error(schema->diag, EXIT_CONFIG, at, "'%s' is not the path of a file",
               path);
    return false;
  }
  enum exit_code code = read_file(full, SIZE_MAX, &bytes, why, sizeof why);
  if (code != EXIT_DONE) {
    diag_error(schema->diag, code, at, "file '%s': %s", full, why);
    return false;
  }
  struct array_file file = {schema, full, at, bytes.data, bytes.n};
  bool is_npy = bytes.n >= 6 && memcmp(bytes.data, "\x93NUMPY", 6) == 0;
  bool is_zip = bytes.n >= 4 && memcmp(bytes.data, "PK\003\004", 4) == 0;
  bool is_good = is_npy   ? array_npy(&file, array)
                 : is_zip ? refuse_zip(&file)
                          : read_table_in_c(&file, array);
  free(bytes.data);
  return is_good;
}
