/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is in the searched folders, and the message when a name is not. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700 /* scandir */
#endif
#include "plugin/missing.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config/schema.h"
#include "plugin/absent.h"
#include "plugin/component.h"

struct names { /* of the plugins there are, for the suggestion */
  const char **name;
  size_t n, capacity;
};

static int is_library(const struct dirent *entry) {
  size_t length = strlen(entry->d_name);
  return length > 3 && entry->d_name[0] != '.' &&
         strcmp(entry->d_name + length - 3, ".so") == 0;
}

/* By bytes: alphasort would depend on the locale. */
static int by_name(const struct dirent **a, const struct dirent **b) {
  return strcmp((*a)->d_name, (*b)->d_name);
}

static const char *kind_folder(const struct search *search, size_t folder,
                               uint32_t kind) {
  return arena_format(search->arena, "%s/%s", search->folders[folder].path,
                      kind_names[kind]);
}

int missing_files(const struct search *search, size_t folder, uint32_t kind,
                  struct dirent ***files) {
  const char *path = kind_folder(search, folder, kind);
  return path ? scandir(path, files, is_library, by_name) : -1;
}

static bool add_name(struct names *names, const char *name) {
  if (!name) return false;
  if (names->n == names->capacity) {
    size_t more = 2 * names->capacity + 16;
    const char **grown = realloc(names->name, more * sizeof *grown);
    if (!grown) return false;
    names->name = grown;
    names->capacity = more;
  }
  names->name[names->n++] = name;
  return true;
}

static void add_names(const struct search *search, size_t folder, uint32_t kind,
                      struct names *names) {
  struct dirent **files = NULL;
  int n = missing_files(search, folder, kind, &files);
  for (int i = 0; i < n; i++) {
    int length = (int)strlen(files[i]->d_name) - 3;
    add_name(names,
             arena_format(search->arena, "%.*s", length, files[i]->d_name));
    free(files[i]);
  }
  free(files);
}

static const char *nearest(const struct search *search, uint32_t kind,
                           const char *name) {
  struct names names = {NULL, 0, 0};
  for (uint32_t k = KAC_SCORE; k <= KAC_OBSERVER; k++)
    for (size_t i = 0; i < search->n_folders; i++)
      if (kind == 0 || kind == k) add_names(search, i, k, &names);
  const char *found =
      names.n ? suggest(name, names.name, names.n, sizeof *names.name) : NULL;
  free(names.name);
  return found;
}

/* The kind in whose folder the name does lie, or 0. */
static uint32_t other_kind(const struct search *search, const char *name) {
  struct stat info;
  for (uint32_t k = KAC_SCORE; k <= KAC_OBSERVER; k++)
    for (size_t i = 0; i < search->n_folders; i++) {
      const char *path = kind_folder(search, i, k);
      if (path) path = arena_format(search->arena, "%s/%s.so", path, name);
      if (path && stat(path, &info) == 0) return k;
    }
  return 0;
}

/* NULL if it can be read as a folder. */
static const char *folder_fault(const char *path) {
  struct stat info;
  DIR *folder = opendir(path);
  if (folder) closedir(folder);
  if (folder) return NULL;
  if (errno == ENOENT && lstat(path, &info) == 0) return "a dangling link";
  return errno == ENOENT ? "no such folder" : strerror(errno);
}

static void hint_folder(const struct search *search, size_t i, uint32_t kind,
                        const char *name, struct diag *diag) {
  const struct folder *folder = &search->folders[i];
  const char *sub = kind_folder(search, i, kind);
  const char *fault = folder_fault(folder->path);
  if (!fault && kind == 0) {
    diag_hint(diag, "searched %s (%s): no '%s.so' of any kind", folder->path,
              folder->origin, name);
    return;
  }
  const char *inner = fault || !sub ? NULL : folder_fault(sub);
  if (fault)
    diag_hint(diag, "searched %s (%s): %s", folder->path, folder->origin,
              fault);
  else if (inner)
    diag_hint(diag, "searched %s (%s): folder '%s' in it: %s", folder->path,
              folder->origin, kind_names[kind], inner);
  else
    diag_hint(diag, "searched %s (%s): no '%s.so' in its folder '%s'",
              folder->path, folder->origin, name, kind_names[kind]);
}

/* It has a name and a reason; where it is not does not matter. */
static void report_absent(const struct absent *absent, struct place at,
                          struct diag *diag) {
  char reason[128];
  absent_reason(absent, reason, sizeof reason);
  diag_error(diag, EXIT_LOAD, at, "%s plugin '%s' is absent: %s",
             kind_names[absent->kind], absent->name, reason);
}

void missing_report(const struct search *search, uint32_t kind,
                    const char *name, struct place at, struct diag *diag) {
  const struct absent *absent = absent_find(kind, name);
  if (absent) {
    report_absent(absent, at, diag);
    return;
  }
  const char *space = kind ? " " : "";
  uint32_t other = kind ? other_kind(search, name) : 0;
  const char *near = other ? NULL : nearest(search, kind, name);
  if (other)
    diag_error(diag, EXIT_LOAD, at, "'%s' is %s, not %s", name,
               component_kind_phrase(other), component_kind_phrase(kind));
  else if (near)
    diag_error(diag, EXIT_LOAD, at, "no %s%splugin '%s'; did you mean '%s'?",
               kind_names[kind], space, name, near);
  else
    diag_error(diag, EXIT_LOAD, at, "no %s%splugin '%s'", kind_names[kind],
               space, name);
  for (size_t i = 0; i < search->n_folders; i++)
    hint_folder(search, i, kind, name, diag);
  size_t most = sizeof search->folders / sizeof search->folders[0];
  if (search->n_folders == 0)
    diag_hint(diag, "no folder to search: give one with --plugin-path");
  if (search->n_folders == most)
    diag_hint(diag, "no more than %zu folders are searched", most);
}
