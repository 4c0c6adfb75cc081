/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A config as a tree of our own: see tree.h.  What libconfig makes of the
 * scanned text is copied at once, so that nothing else depends on it. */
#include "config/tree.h"

#include <libconfig.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "config/read_file.h"
#include "config/scan.h"
#include "config/tree_parse.h"

static struct node *copy(struct arena *arena, const struct scan *scan,
                         config_setting_t *setting);

static bool copy_children(struct arena *arena, const struct scan *scan,
                          config_setting_t *setting, struct node *node) {
  node->n_children = (size_t)config_setting_length(setting);
  node->child = arena_alloc(arena, node->n_children * sizeof(struct node *));
  if (!node->child) return false;
  for (size_t i = 0; i < node->n_children; i++) {
    config_setting_t *child = config_setting_get_elem(setting, (unsigned)i);
    node->child[i] = copy(arena, scan, child);
    if (!node->child[i]) return false;
  }
  return true;
}

/* The scan has bounded the depth.  NULL: no memory. */
static struct node *copy(struct arena *arena, const struct scan *scan,
                         config_setting_t *setting) {
  struct node *node = arena_alloc(arena, sizeof *node);
  const char *name = config_setting_name(setting);
  if (!node) return NULL;
  node->at = scan_place(scan, config_setting_source_line(setting));
  if (name && !(node->name = arena_copy(arena, name))) return NULL;
  switch (config_setting_type(setting)) {
    case CONFIG_TYPE_GROUP:
      node->kind = NODE_GROUP;
      return copy_children(arena, scan, setting, node) ? node : NULL;
    case CONFIG_TYPE_FLOAT:
      node->kind = NODE_REAL;
      node->real = config_setting_get_float(setting);
      return node;
    case CONFIG_TYPE_BOOL:
      node->kind = NODE_BOOL;
      node->integer = config_setting_get_bool(setting);
      return node;
    case CONFIG_TYPE_STRING:
      node->kind = NODE_STRING;
      node->string = arena_copy(arena, config_setting_get_string(setting));
      return node->string ? node : NULL;
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_INT64:
      node->kind = NODE_INT;
      node->integer = config_setting_get_int64(setting);
      return node;
    default: /* arrays and lists */
      node->kind = NODE_LIST;
      return copy_children(arena, scan, setting, node) ? node : NULL;
  }
}

static void explain(const config_t *config, const struct scan *scan,
                    struct diag *diag) {
  int at = config_error_line(config);
  size_t line = at > 0 ? (size_t)at : 1;
  const char *text = config_error_text(config);
  diag_error(diag, EXIT_CONFIG, scan_place(scan, line), "%s", text);
  scan_show(scan, line, diag);
  if (strcmp(text, "syntax error") == 0) scan_hint(scan, diag);
  if (strstr(text, "mismatched element type"))
    diag_hint(diag, "an array [ ] holds one type: write 1.0 or use ( )");
}

static struct node *parse_scanned(struct arena *arena, const struct scan *scan,
                                  struct diag *diag) {
  config_t config;
  struct node *root = NULL;
  config_init(&config);
  if (config_read_string(&config, scan->text) == CONFIG_TRUE) {
    root = copy(arena, scan, config_root_setting(&config));
    if (!root)
      diag_error(diag, EXIT_RESOURCE, scan_place(scan, 1),
                 "no memory for the config");
  } else {
    explain(&config, scan, diag);
  }
  config_destroy(&config);
  return root;
}

/* libconfig 1.5 crashes when memory ends while it parses: it took at most 64
 * times the text, so see first whether that much is there.  Volatile, because
 * a compiler may leave out a malloc whose block is only freed. */
static bool has_memory(const struct scan *scan, struct diag *diag) {
  void *volatile block = malloc(64 * scan->n + 65536);
  free(block);
  if (!block)
    diag_error(diag, EXIT_RESOURCE, scan_place(scan, 1),
               "no memory to parse the config");
  return block != NULL;
}

/* Numbers have a decimal point, whatever locale a plugin may have set. */
struct node *tree_parse_source(struct arena *arena,
                               const struct scan_source *source,
                               struct diag *diag) {
  struct scan scan;
  struct node *root = NULL;
  struct place at = {source->file, 0};
  locale_t c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  if (!c_locale) {
    diag_error(diag, EXIT_RESOURCE, at, "no memory to parse the config");
    return NULL;
  }
  locale_t before = uselocale(c_locale);
  if (scan_text(arena, source, diag, &scan) && has_memory(&scan, diag))
    root = parse_scanned(arena, &scan, diag);
  uselocale(before);
  freelocale(c_locale);
  if (root) root->at = at;
  return root;
}

/* NULL: no memory. */
const char *tree_folder(struct arena *arena, const char *path) {
  const char *slash = strrchr(path, '/');
  if (!slash) return ".";
  if (slash == path) return "/";
  return arena_format(arena, "%.*s", (int)(slash - path), path);
}

struct node *tree_parse(struct arena *arena, const char *text,
                        const char *file_name, struct diag *diag) {
  struct scan_source source = {.text = text,
                               .n = strlen(text),
                               .file = arena_copy(arena, file_name),
                               .base = tree_folder(arena, file_name)};
  struct place at = {file_name, 0};
  if (source.file && source.base)
    return tree_parse_source(arena, &source, diag);
  diag_error(diag, EXIT_RESOURCE, at, "no memory to parse the config");
  return NULL;
}

struct node *tree_read(struct arena *arena, const char *path,
                       struct overrides *overrides, struct diag *diag) {
  struct file_bytes bytes;
  char why[128];
  bool is_input = strcmp(path, "-") == 0;
  const char *name = is_input ? "standard input" : arena_copy(arena, path);
  struct place at = {is_input ? name : path, 0};
  enum exit_code code =
      read_file(path, SCAN_MAX_BYTES, &bytes, why, sizeof why);
  if (code != EXIT_DONE) {
    diag_error(diag, code, at, "%s", why);
    return NULL;
  }
  struct scan_source source = {.text = bytes.data,
                               .n = bytes.n,
                               .file = name ? name : path,
                               .base = tree_folder(arena, is_input ? "" : path),
                               .overrides = overrides,
                               .device = bytes.device,
                               .inode = bytes.inode};
  struct node *root = NULL;
  if (name && source.base)
    root = tree_parse_source(arena, &source, diag);
  else
    diag_error(diag, EXIT_RESOURCE, at, "no memory to read the config");
  free(bytes.data);
  return root;
}

const struct node *node_get(const struct node *group, const char *name) {
  if (!group || group->kind != NODE_GROUP) return NULL;
  for (size_t i = 0; i < group->n_children; i++)
    if (strcmp(group->child[i]->name, name) == 0) return group->child[i];
  return NULL;
}

const char *node_kind_name(const struct node *node) {
  switch (node->kind) {
    case NODE_GROUP:
      return "a group";
    case NODE_LIST:
      return "a list";
    case NODE_INT:
      return "an integer";
    case NODE_REAL:
      return "a real number";
    case NODE_BOOL:
      return "a truth value";
    default:
      return "a string";
  }
}
