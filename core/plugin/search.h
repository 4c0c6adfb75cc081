/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where plugins are looked for, and the loaded modules.  A plugin of kind k
 * and name n is <folder>/<k>/<n>.so in the first folder that has it: those of
 * --plugin-path, KAC_PLUGIN_PATH, plugin_path of the config, the installed one.
 */
#ifndef KAC_CORE_SEARCH_H
#define KAC_CORE_SEARCH_H
#include <kac/plugin.h>

#include "config/diag.h"
#include "memory.h"
#include "overrides.h"

extern const char *const kind_names[7]; /* by KAC_SCORE...; [0] is "" */

struct module {     /* one loaded file; never unloaded */
  const char *path; /* resolved */
  const kac_module *data;
  const kac_component *component; /* the first one */
  unsigned long long device, inode;
  struct module *next;
};
struct refused { /* a file that cannot be used, and why: never tried again */
  const char *why;
  unsigned long long device, inode;
  struct refused *next;
};
struct folder {
  const char *path, *origin; /* "--plugin-path", "KAC_PLUGIN_PATH", ... */
};
struct search {
  struct arena *arena;
  struct folder folders[64];
  size_t n_folders;
  struct module *modules;
  struct refused *refused;
  struct overrides *overrides; /* NULL: none */
};

/* Folders in order; list is colon-separated, empty elements are ignored,
 * relative ones are taken from `base` (NULL: the working folder). */
void search_add(struct search *search, const char *list, const char *origin,
                const char *base);
/* KAC_PLUGIN_PATH (secure_getenv) and, last, the installed folder. */
void search_add_environment(struct search *search);
void search_add_installed(struct search *search);

/* Has it a slash, or does it end in ".so" (before a ":component")?  No name of
 * a plugin does. */
bool search_is_path(const char *name);
/* `name`: a plain name, or a path (search_is_path, relative to base) with an
 * optional ":component" behind it.  kind 0 takes any kind.  NULL with errors
 * (EXIT_LOAD) in diag: not found says which folders were searched, why each
 * candidate did not fit and the nearest name.  The component's kind and tables
 * have been checked. */
const kac_component *search_find(struct search *search, uint32_t kind,
                                 const char *name, const char *base,
                                 struct place at, struct diag *diag,
                                 struct module **module);

/* The file that a name of this kind means, or NULL. */
const char *search_file(const struct search *search, uint32_t kind,
                        const char *name);

/* Everything found, for `kac list`: calls back for each file, shadowed ones
 * (same kind and name in an earlier folder) flagged; `why` is the reason why
 * a file cannot be used, or NULL. */
struct search_entry {
  uint32_t kind;
  const char *path, *name, *why;
  const kac_component *component; /* NULL if unusable */
  const char *shadowed_by;        /* path, or NULL */
};
void search_list(struct search *search, uint32_t kind,
                 void (*each)(void *, const struct search_entry *), void *);

#endif
