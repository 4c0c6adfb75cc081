/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A config as a tree of our own: read once, scanned for what libconfig gets
 * silently wrong (scan.h), parsed by libconfig, copied with file and line,
 * edited by --set.  Meaning is schema.h's business. */
#ifndef KAC_CORE_TREE_H
#define KAC_CORE_TREE_H
#include <stdint.h>

#include "config/diag.h"
#include "memory.h"
#include "overrides.h"

enum node_kind {
  NODE_GROUP,
  NODE_LIST, /* ( ) and [ ] alike */
  NODE_INT,
  NODE_REAL,
  NODE_BOOL,
  NODE_STRING
};
struct node {
  enum node_kind kind;
  const char *name; /* NULL in lists */
  struct place at;
  int64_t integer; /* INT and BOOL */
  double real;     /* REAL */
  const char *string;
  struct node **child; /* GROUP and LIST, in the order of the file */
  size_t n_children;
};

/* The folder of a config, where its relative files start; "." of a bare name.
 * NULL: no memory. */
const char *tree_folder(struct arena *arena, const char *path);
/* The root group, or NULL with the errors in diag.  Everything lives in arena.
 * path "-" reads standard input. */
struct node *tree_read(struct arena *arena, const char *path,
                       struct overrides *overrides, struct diag *diag);
struct node *tree_parse(struct arena *arena, const char *text,
                        const char *file_name, struct diag *diag);
/* One "path=value": a.b[2].c = any libconfig value; a bare word that is no
 * libconfig value is a string.  Creates missing keys and groups (the schema
 * judges them later).  False with an error in diag. */
bool tree_set(struct arena *arena, struct node *root, const char *assignment,
              struct place at, struct diag *diag);
const struct node *node_get(const struct node *group, const char *name);
/* "a number", "a string", ... for messages. */
const char *node_kind_name(const struct node *node);

#endif
