/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where plugins are looked for, and the loaded modules.  The first folder that
 * has a file of the right name decides: a broken copy there is an error, never
 * silently passed over for another one further on. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* secure_getenv */
#endif
#include "plugin/search.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/schema.h"
#include "plugin/component.h"
#include "plugin/load.h"
#include "plugin/missing.h"
#include "plugin/table.h"

#ifndef KAC_PLUGIN_DIR
#error "define KAC_PLUGIN_DIR, the folder of the installed plugins"
#endif

enum { FOLDERS_MAX = 64, WHY_BYTES = 512 };

const char *const kind_names[7] = {"",           "score",     "potential",
                                   "integrator", "resampler", "schedule",
                                   "observer"};

/* One call of search_find. */
struct request {
  struct search *search;
  uint32_t kind; /* 0: any */
  const char *name;
  struct place at;
  struct diag *diag;
};

/* `path` seen from `base` seen from the working folder, as text: a plugin that
 * changes the working folder must not change where others are found. */
static const char *make_absolute(struct arena *arena, const char *base,
                                 const char *path) {
  if (path[0] == '/') return arena_copy(arena, path);
  if (base && base[0] == '/') return arena_format(arena, "%s/%s", base, path);
  char *here = getcwd(NULL, 0);
  if (!here) return NULL;
  const char *absolute = base && base[0]
                             ? arena_format(arena, "%s/%s/%s", here, base, path)
                             : arena_format(arena, "%s/%s", here, path);
  free(here);
  return absolute;
}

static void add_folder(struct search *search, const char *path,
                       const char *origin) {
  char *real = realpath(path, NULL);
  const char *shown = arena_copy(search->arena, real ? real : path);
  free(real);
  if (!shown) return;
  for (size_t i = 0; i < search->n_folders; i++)
    if (strcmp(search->folders[i].path, shown) == 0) return;
  if (search->n_folders < FOLDERS_MAX)
    search->folders[search->n_folders++] = (struct folder){shown, origin};
}

void search_add(struct search *search, const char *list, const char *origin,
                const char *base) {
  while (*list) {
    size_t length = strcspn(list, ":");
    const char *part = arena_format(search->arena, "%.*s", (int)length, list);
    if (part && part[0]) part = make_absolute(search->arena, base, part);
    if (part && part[0]) add_folder(search, part, origin);
    list += length;
    list += *list == ':';
  }
}

void search_add_environment(struct search *search) {
  const char *list = secure_getenv("KAC_PLUGIN_PATH");
  if (list) search_add(search, list, "KAC_PLUGIN_PATH", NULL);
}

void search_add_installed(struct search *search) {
  search_add(search, KAC_PLUGIN_DIR, "installed", NULL);
}

static const char *file_path(const struct search *search, size_t folder,
                             uint32_t kind, const char *name) {
  return arena_format(search->arena, "%s/%s/%s.so",
                      search->folders[folder].path, kind_names[kind], name);
}

/* A dangling link is there too: it decides, and is then reported. */
static bool is_there(const char *path) {
  struct stat info;
  return path && lstat(path, &info) == 0;
}

static const struct refused *refuse(struct search *search, const char *why,
                                    const struct stat *info) {
  struct refused *entry = arena_alloc(search->arena, sizeof *entry);
  const char *copy = arena_copy(search->arena, why);
  if (!entry || !copy) return NULL;
  *entry = (struct refused){copy, info->st_dev, info->st_ino, search->refused};
  if (info->st_ino) search->refused = entry;
  return entry;
}

/* The module of a file, loaded at most once by (device, inode).  A refused one
 * is remembered: loaded again, a -ffast-math plugin would look innocent, since
 * its constructor does not run twice. */
static struct module *open_file(struct search *search, const char *path,
                                const char **why) {
  char text[WHY_BYTES] = "no memory";
  struct stat info;
  memset(&info, 0, sizeof info);
  if (stat(path, &info) == 0) {
    for (struct module *m = search->modules; m; m = m->next)
      if (m->device == info.st_dev && m->inode == info.st_ino) return m;
    for (struct refused *r = search->refused; r; r = r->next)
      if (r->device == info.st_dev && r->inode == info.st_ino) {
        *why = r->why;
        return NULL;
      }
  }
  struct module *module =
      load_module(search->arena, path, search->overrides, text, sizeof text);
  if (module) {
    module->next = search->modules;
    search->modules = module;
    return module;
  }
  const struct refused *entry = refuse(search, text, &info);
  *why = entry ? entry->why : "no memory";
  return NULL;
}

static const kac_component *pick(const struct module *module, uint32_t kind,
                                 const char *name) {
  for (const kac_component *const *c = module->data->components; *c; c++)
    if ((kind == 0 || (*c)->kind == kind) && strcmp((*c)->name, name) == 0)
      return *c;
  return NULL;
}

/* Why pick() found nothing: another kind, or another name. */
static const char *why_not_picked(struct arena *arena,
                                  const struct module *module, uint32_t kind,
                                  const char *name, const char *path) {
  const kac_component *other = pick(module, 0, name);
  if (other)
    return arena_format(arena, "'%s' is %s, not %s", name,
                        component_kind_phrase(other->kind),
                        component_kind_phrase(kind));
  return arena_format(
      arena, "it holds '%s', not '%s'; write plugin = \"%s:%s\"",
      module->component->name, name, path, module->component->name);
}

static const kac_component *take(const struct request *ask, const char *path,
                                 const char *name, struct module **module) {
  const char *why = NULL;
  struct arena *arena = ask->search->arena;
  struct module *found = open_file(ask->search, path, &why);
  const kac_component *component = found ? pick(found, ask->kind, name) : NULL;
  if (component) {
    *module = found;
    return component;
  }
  if (found) why = why_not_picked(arena, found, ask->kind, name, path);
  diag_error(ask->diag, EXIT_LOAD, ask->at, "%s '%s' (%s): %s",
             ask->kind ? kind_names[ask->kind] : "plugin", name, path,
             why ? why : "no memory");
  return NULL;
}

/* First folder with that file, n_folders if there is none. */
static size_t find_folder(const struct search *search, uint32_t kind,
                          const char *name, size_t first) {
  while (first < search->n_folders &&
         !is_there(file_path(search, first, kind, name)))
    first++;
  return first;
}

const char *search_file(const struct search *search, uint32_t kind,
                        const char *name) {
  size_t i = find_folder(search, kind, name, 0);
  return i < search->n_folders ? file_path(search, i, kind, name) : NULL;
}

static const kac_component *take_named(const struct request *ask,
                                       struct module **module) {
  struct search *search = ask->search;
  size_t i = find_folder(search, ask->kind, ask->name, 0);
  if (i == search->n_folders) {
    missing_report(search, ask->kind, ask->name, ask->at, ask->diag);
    return NULL;
  }
  const char *path = file_path(search, i, ask->kind, ask->name);
  const kac_component *component = take(ask, path, ask->name, module);
  if (component) return component;
  i = find_folder(search, ask->kind, ask->name, i + 1);
  if (i < search->n_folders)
    diag_hint(ask->diag, "a later copy is not used: %s",
              file_path(search, i, ask->kind, ask->name));
  return NULL;
}

/* A bare name of any kind: it must mean one thing. */
static bool choose_kind(struct request *ask) {
  for (uint32_t k = KAC_SCORE; k <= KAC_OBSERVER; k++) {
    struct search *search = ask->search;
    if (find_folder(search, k, ask->name, 0) == search->n_folders) continue;
    if (ask->kind != 0) {
      diag_error(ask->diag, EXIT_LOAD, ask->at,
                 "'%s' is %s and %s: write '%s/%s' or '%s/%s'", ask->name,
                 component_kind_phrase(ask->kind), component_kind_phrase(k),
                 kind_names[ask->kind], ask->name, kind_names[k], ask->name);
      return false;
    }
    ask->kind = k;
  }
  if (ask->kind == 0)
    missing_report(ask->search, 0, ask->name, ask->at, ask->diag);
  return ask->kind != 0;
}

static const kac_component *find_by_name(struct request *ask,
                                         struct module **module) {
  if (!table_is_name(ask->name)) {
    diag_error(ask->diag, EXIT_LOAD, ask->at,
               "'%.80s' is not a plugin name: [a-z][a-z0-9_]*; a path has a "
               "slash or ends in .so, './%.80s'",
               ask->name, ask->name);
    return NULL;
  }
  if (ask->kind == 0 && !choose_kind(ask)) return NULL;
  return take_named(ask, module);
}

static const kac_component *find_by_path(const struct request *ask,
                                         const char *base,
                                         struct module **module) {
  struct arena *arena = ask->search->arena;
  char *path = arena_copy(arena, ask->name), *part = NULL;
  if (!path) return NULL;
  char *colon = strrchr(path, ':');
  if (colon && table_is_name(colon + 1)) *colon = '\0';
  const char *slash = strrchr(path, '/');
  char *file = arena_copy(arena, slash ? slash + 1 : path);
  const char *absolute = make_absolute(arena, base, path);
  if (!file || !absolute) return NULL;
  if (colon && *colon == '\0') part = colon + 1;
  size_t length = strlen(file);
  if (length > 3 && strcmp(file + length - 3, ".so") == 0)
    file[length - 3] = '\0';
  if (is_there(absolute))
    return take(ask, absolute, part ? part : file, module);
  diag_error(ask->diag, EXIT_LOAD, ask->at, "plugin '%s': no such file",
             absolute);
  const char *longer = arena_format(arena, "%s.so", absolute);
  if (is_there(longer)) diag_hint(ask->diag, "did you mean '%s'?", longer);
  return NULL;
}

bool search_is_path(const char *name) {
  const char *colon = strrchr(name, ':');
  size_t n = colon ? (size_t)(colon - name) : strlen(name);
  return strchr(name, '/') || (n > 3 && memcmp(name + n - 3, ".so", 3) == 0);
}

const kac_component *search_find(struct search *search, uint32_t kind,
                                 const char *name, const char *base,
                                 struct place at, struct diag *diag,
                                 struct module **module) {
  struct request ask = {search, kind, name, at, diag};
  struct module *found = NULL;
  const kac_component *component = search_is_path(name)
                                       ? find_by_path(&ask, base, &found)
                                       : find_by_name(&ask, &found);
  if (module) *module = found;
  return component;
}

static void list_file(struct search *search, struct search_entry *entry,
                      size_t folder) {
  if (!table_is_name(entry->name)) {
    entry->why = "its file name is not [a-z][a-z0-9_]*.so";
    return;
  }
  size_t first = find_folder(search, entry->kind, entry->name, 0);
  if (first < folder)
    entry->shadowed_by = file_path(search, first, entry->kind, entry->name);
  struct module *module = open_file(search, entry->path, &entry->why);
  if (!module) return;
  entry->component = pick(module, entry->kind, entry->name);
  if (!entry->component)
    entry->why = why_not_picked(search->arena, module, entry->kind, entry->name,
                                entry->path);
}

void search_list(struct search *search, uint32_t kind,
                 void (*each)(void *, const struct search_entry *),
                 void *context) {
  for (uint32_t k = KAC_SCORE; k <= KAC_OBSERVER; k++)
    for (size_t i = 0; i < search->n_folders; i++) {
      struct dirent **files = NULL;
      if (kind != 0 && kind != k) break;
      int n = missing_files(search, i, k, &files);
      for (int j = 0; j < n; j++) {
        struct search_entry entry = {.kind = k};
        size_t length = strlen(files[j]->d_name) - 3;
        entry.name =
            arena_format(search->arena, "%.*s", (int)length, files[j]->d_name);
        free(files[j]);
        if (!entry.name) continue;
        entry.path = file_path(search, i, k, entry.name);
        if (!entry.path) continue;
        list_file(search, &entry, i);
        each(context, &entry);
      }
      free(files);
    }
}
