/* SPDX-License-Identifier: GPL-3.0-or-later */
/* resolved.cfg.  Three things of a config depend on where it lies: relative
 * files, plugins named by a path, and plugin_path; these are made absolute.
 * What was not written stays a comment: a later version of a plugin may
 * improve a default, and a reader sees what was chosen on purpose. */
#include "output/resolved.h"

#include <stdlib.h>
#include <string.h>

#include "output/value.h"
#include "plugin/search.h"
#include "output/write.h"

enum { PATH_BYTES = 512 };
struct walk {
  FILE *out;
  const struct resolved *resolved;
  char *base; /* absolute, or NULL if it cannot be found out */
};

static void print_group(const struct walk *walk, const struct node *group,
                        const char *path, int indent);

static void print_string(const struct walk *walk, const struct node *node,
                         const char *path) {
  const char *text = node->string;
  bool is_path =
      settings_is_file(walk->resolved->settings, node->name, path) ||
      (node->name && strcmp(node->name, "plugin") == 0 && search_is_path(text));
  size_t bytes = walk->base ? strlen(walk->base) + strlen(text) + 2 : 0;
  char *whole = NULL;
  if (is_path && *text && *text != '/' && bytes) whole = malloc(bytes);
  if (whole) snprintf(whole, bytes, "%s/%s", walk->base, text);
  value_string(walk->out, whole ? whole : text);
  free(whole);
}

static bool has_group(const struct node *list) {
  for (size_t i = 0; i < list->n_children; i++)
    if (list->child[i]->kind == NODE_GROUP) return true;
  return false;
}

static void print_value(const struct walk *walk, const struct node *node,
                        const char *path, int indent) {
  if (node->kind == NODE_GROUP) {
    fputs("{\n", walk->out);
    print_group(walk, node, path, indent + 2);
    fprintf(walk->out, "%*s}", indent, "");
  } else if (node->kind == NODE_LIST && has_group(node)) {
    char item[PATH_BYTES];
    fputs("(\n", walk->out);
    for (size_t i = 0; i < node->n_children; i++) {
      snprintf(item, sizeof item, "%s[%zu]", path, i);
      fprintf(walk->out, "%*s", indent + 2, "");
      print_value(walk, node->child[i], item, indent + 2);
      fputs(i + 1 < node->n_children ? ",\n" : "\n", walk->out);
    }
    fprintf(walk->out, "%*s)", indent, "");
  } else if (node->kind == NODE_STRING) {
    print_string(walk, node, path);
  } else {
    value_node(walk->out, node);
  }
}

/* Control characters would end a comment. */
static void print_comment(FILE *out, const char *text) {
  for (; *text; text++) putc((unsigned char)*text < 0x20 ? '?' : *text, out);
}

/* Uncommented, the line is the setting itself: its unit is a comment too. */
static void print_default(FILE *out, const struct setting *setting,
                          const char *name, const char *margin) {
  const kac_param *param = setting->param;
  fprintf(out, "# %s%s = ", margin, name);
  value_setting(out, setting);
  putc(';', out);
  if (param && param->unit && *param->unit) {
    fputs(" # ", out);
    print_comment(out, param->unit);
  }
  putc('\n', out);
}

/* Is this a default right in the group of that path? */
static const char *default_in(const struct setting *setting, const char *path) {
  size_t n = strlen(path);
  const char *name = setting->path;
  if (setting->origin.file || setting->is_none || strncmp(name, path, n) != 0)
    return NULL;
  name += n;
  if (n > 0 && *name++ != '.') return NULL;
  return strpbrk(name, ".[") ? NULL : name;
}

/* By resolved_print itself, above all the rest. */
static bool is_written_first(const char *name) {
  return strcmp(name, "plugin_path") == 0 || strcmp(name, "seed") == 0;
}

static void print_group(const struct walk *walk, const struct node *group,
                        const char *path, int indent) {
  const struct settings *settings = walk->resolved->settings;
  for (size_t i = 0; i < group->n_children; i++) {
    const struct node *child = group->child[i];
    char item[PATH_BYTES];
    if (!*path && strcmp(child->name, "plugin_path") == 0) continue;
    snprintf(item, sizeof item, "%s%s%s", path, *path ? "." : "", child->name);
    fprintf(walk->out, "%*s%s = ", indent, "", child->name);
    print_value(walk, child, item, indent);
    fputs(";\n", walk->out);
  }
  for (size_t i = 0; i < settings->n; i++) {
    const char *name = default_in(&settings->item[i], path);
    if (!name || node_get(group, name)) continue;
    if (!*path && is_written_first(name)) continue;
    fprintf(walk->out, "%*s", indent, "");
    print_default(walk->out, &settings->item[i], name, "");
  }
}

/* "start.law": the bytes of "start" where that group is not in the config.
 * Elements of lists are not meant: an empty one is no default. */
static size_t absent_group(const struct walk *walk,
                           const struct setting *setting) {
  char name[PATH_BYTES];
  size_t n = strcspn(setting->path, ".[");
  if (setting->path[n] != '.' || n >= sizeof name) return 0;
  memcpy(name, setting->path, n);
  name[n] = '\0';
  return node_get(walk->resolved->root, name) ? 0 : n;
}

/* Defaults of groups that the config does not have at all; those of a group
 * stand together. */
static void print_absent(const struct walk *walk) {
  const struct settings *settings = walk->resolved->settings;
  for (size_t i = 0; i < settings->n;) {
    const char *path = settings->item[i].path;
    size_t n = absent_group(walk, &settings->item[i]);
    if (n > 0) fprintf(walk->out, "# %.*s = {\n", (int)n, path);
    size_t end = i + 1;
    while (n > 0 && end < settings->n &&
           strncmp(settings->item[end].path, path, n + 1) == 0)
      end++;
    for (; i < end; i++)
      if (n > 0 && !settings->item[i].is_none)
        print_default(walk->out, &settings->item[i],
                      settings->item[i].path + n + 1, "  ");
    if (n > 0) fputs("# };\n", walk->out);
  }
}

void resolved_print(FILE *out, const struct resolved *resolved) {
  struct walk walk = {out, resolved, realpath(resolved->base, NULL)};
  fputs("## The run of ", out);
  print_comment(out, resolved->config_path);
  fputs(
      " as it was done; run it again with: kac run resolved.cfg\n"
      "## Lines that begin with \"# \" are defaults: without it they are "
      "settings,\n## and the run stays the same.\n",
      out);
  if (resolved->plugin_path) {
    fputs("plugin_path = ", out);
    value_string(out, resolved->plugin_path);
    fputs(";\n", out);
  }
  if (!node_get(resolved->root, "seed")) {
    fputs("seed = ", out);
    value_integer(out, (int64_t)resolved->seed);
    fputs(";\n", out);
  }
  print_group(&walk, resolved->root, "", 0);
  print_absent(&walk);
  free(walk.base);
}

/* All folders in the order in which they were searched, but for the installed
 * one, which always comes last; NULL if none. */
static char *join_folders(const struct search *search) {
  char *joined = NULL;
  size_t bytes = 0;
  FILE *out = open_memstream(&joined, &bytes);
  if (!out) return NULL;
  for (size_t i = 0; i < search->n_folders; i++) {
    if (strcmp(search->folders[i].origin, "installed") == 0) continue;
    char *whole = realpath(search->folders[i].path, NULL);
    if (!whole) continue; /* not there: nothing came from it */
    fprintf(out, "%s%s", ftell(out) > 0 ? ":" : "", whole);
    free(whole);
  }
  fclose(out);
  if (bytes > 0) return joined;
  free(joined);
  return NULL;
}

bool resolved_write(int fd, const struct pipeline *pipeline,
                    const struct settings *settings, struct fault *fault) {
  static const char file[] = "resolved.cfg";
  struct write_text text;
  if (!write_text_open(&text, file, fault)) return false;
  char *folders = join_folders(&pipeline->search);
  resolved_print(text.out,
                 &(struct resolved){.root = pipeline->root,
                                    .settings = settings,
                                    .config_path = pipeline->config_path,
                                    .base = pipeline->base,
                                    .plugin_path = folders,
                                    .seed = pipeline->spec.seed});
  free(folders);
  return write_text_finish(&text, fd, file, fault);
}
