/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One "path=value" of the command line, put into a tree. */
#include <string.h>
#include <strings.h>

#include "config/scan.h"
#include "config/tree.h"
#include "config/tree_parse.h"

enum { MAX_STEPS = SCAN_MAX_DEPTH, MAX_INDEX = 100000 };

struct step { /* ".name" or "[index]" */
  const char *name;
  size_t index;
  int end; /* of its text in the assignment */
};
struct edit {
  struct arena *arena;
  struct diag *diag;
  struct place at;
  const char *assignment;
  struct step steps[MAX_STEPS];
  size_t n_steps;
  bool lacks_memory; /* for the name of a step */
};

static bool no_memory(const struct edit *edit) {
  diag_error(edit->diag, EXIT_RESOURCE, edit->at, "no memory for '%.60s'",
             edit->assignment);
  return false;
}

/* One step of the path at p: bytes read, 0 if it is none. */
static size_t read_step(struct edit *edit, const char *p, struct step *step) {
  if (*p == '[') {
    size_t n = strspn(p + 1, "0123456789");
    step->name = NULL;
    for (size_t i = 0; i < n && step->index < MAX_INDEX; i++)
      step->index = 10 * step->index + (size_t)(p[1 + i] - '0');
    return n > 0 && p[1 + n] == ']' ? n + 2 : 0;
  }
  size_t dot = p > edit->assignment;
  if (dot && *p != '.') return 0;
  p += dot;
  size_t n = strspn(p,
                    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                    "0123456789_*-");
  if (n == 0 || n > SCAN_MAX_NAME || strchr("0123456789_-", *p)) return 0;
  step->name = arena_format(edit->arena, "%.*s", (int)n, p);
  edit->lacks_memory = !step->name;
  return step->name ? dot + n : 0;
}

/* The path before '='; *value is behind it. */
static bool read_path(struct edit *edit, const char **value) {
  const char *p = edit->assignment;
  while (*p && *p != '=') {
    struct step *step = &edit->steps[edit->n_steps];
    if (edit->n_steps == MAX_STEPS) {
      diag_error(edit->diag, EXIT_CONFIG, edit->at,
                 "path of '%.60s...' has more than %d steps", edit->assignment,
                 (int)MAX_STEPS);
      return false;
    }
    size_t n = read_step(edit, p, step);
    if (n == 0) break;
    p += n;
    step->end = (int)(p - edit->assignment);
    edit->n_steps++;
  }
  if (*p == '=' && p > edit->assignment) {
    *value = p + 1;
    return true;
  }
  if (edit->lacks_memory) return no_memory(edit);
  diag_error(edit->diag, EXIT_CONFIG, edit->at,
             "'%s' is not path=value, like a.b[2].c=1", edit->assignment);
  return false;
}

/* A new empty child at the end of a group or list; NULL without memory. */
static struct node **append(struct edit *edit, struct node *parent) {
  size_t n = parent->n_children;
  struct node **child =
      arena_alloc(edit->arena, (n + 1) * sizeof(struct node *));
  if (!child) return NULL;
  if (n > 0) memcpy(child, parent->child, n * sizeof(struct node *));
  parent->child = child;
  parent->n_children = n + 1;
  return &child[n];
}

/* Where the step leads from `parent`: an existing child, or NULL with *is_new
 * if one may be appended, or NULL with an error. */
static struct node **find(struct edit *edit, struct node *parent, size_t i,
                          bool *is_new) {
  const struct step *step = &edit->steps[i];
  enum node_kind wanted = step->name ? NODE_GROUP : NODE_LIST;
  int before = i > 0 ? edit->steps[i - 1].end : 0;
  const char *text = before > 0 ? edit->assignment : "the config";
  if (before == 0) before = (int)strlen(text);
  *is_new = false;
  if (parent->kind != wanted) {
    diag_error(edit->diag, EXIT_CONFIG, edit->at, "%.*s is %s, not a %s",
               before, text, node_kind_name(parent),
               wanted == NODE_LIST ? "list" : "group");
    return NULL;
  }
  for (size_t k = 0; step->name && k < parent->n_children; k++)
    if (strcmp(parent->child[k]->name, step->name) == 0)
      return &parent->child[k];
  if (!step->name && step->index < parent->n_children)
    return &parent->child[step->index];
  *is_new = step->name || step->index == parent->n_children;
  if (!*is_new)
    diag_error(edit->diag, EXIT_CONFIG, edit->at,
               "%.*s has %zu elements: the next one is %.*s[%zu]", before, text,
               parent->n_children, before, text, parent->n_children);
  return NULL;
}

static bool put(struct edit *edit, struct node *root, struct node *value) {
  struct node *parent = root;
  for (size_t i = 0; i < edit->n_steps; i++) {
    bool is_last = i + 1 == edit->n_steps, is_new = false;
    struct node **slot = find(edit, parent, i, &is_new);
    if (!slot && !is_new) return false;
    struct node *child = is_last ? value : slot ? *slot : NULL;
    if (!child) child = arena_alloc(edit->arena, sizeof *child);
    if (!slot) slot = child ? append(edit, parent) : NULL;
    if (!slot) return no_memory(edit);
    if (is_new || is_last) {
      child->name = edit->steps[i].name;
      child->at = edit->at;
    }
    if (is_new && !is_last)
      child->kind = edit->steps[i + 1].name ? NODE_GROUP : NODE_LIST;
    *slot = child;
    parent = child;
  }
  return true;
}

static size_t depth_of(const struct node *node) {
  size_t deepest = 0;
  for (size_t i = 0; i < node->n_children; i++) {
    size_t depth = depth_of(node->child[i]);
    if (depth > deepest) deepest = depth;
  }
  return deepest + 1;
}

/* A word that needs no quotes: neither a number, true or false, nor anything
 * with the marks of the config language in it. */
static bool is_bare_word(const char *text) {
  enum scan_number kind;
  size_t n = scan_number_length(text, &kind);
  if (n > 0 && text[n] == '\0') return false;
  if (strcasecmp(text, "true") == 0 || strcasecmp(text, "false") == 0)
    return false;
  return text[0] && !strpbrk(text, " \t\r\n\f\"'(){}[],;=@#");
}

static struct node *read_value(struct edit *edit, const char *text) {
  struct node *value = NULL;
  if (is_bare_word(text)) {
    value = arena_alloc(edit->arena, sizeof *value);
    if (value) {
      value->kind = NODE_STRING;
      value->string = arena_copy(edit->arena, text);
    }
    if (!value || !value->string) no_memory(edit);
    return value && value->string ? value : NULL;
  }
  struct scan_source source = {.file = edit->at.file, .is_one_place = true};
  source.text = arena_format(edit->arena, "value = %s", text);
  if (!source.text) {
    no_memory(edit);
    return NULL;
  }
  source.n = strlen(source.text);
  size_t before = diag_errors(edit->diag);
  struct node *root = tree_parse_source(edit->arena, &source, edit->diag);
  if (root && root->n_children == 1) return root->child[0];
  if (diag_errors(edit->diag) == before)
    diag_error(edit->diag, EXIT_CONFIG, edit->at, "more than one value");
  return NULL;
}

/* All of the value stands where the argument stands. */
static void set_place(struct node *node, struct place at) {
  node->at = at;
  for (size_t i = 0; i < node->n_children; i++) set_place(node->child[i], at);
}

bool tree_set(struct arena *arena, struct node *root, const char *assignment,
              struct place at, struct diag *diag) {
  struct edit edit = {arena, diag, at, assignment, {{0}}, 0, false};
  const char *text = NULL;
  if (!read_path(&edit, &text)) return false;
  if (text[strspn(text, " \t")] == '\0') {
    diag_error(diag, EXIT_CONFIG, at, "no value in '%s'", assignment);
    return false;
  }
  struct node *value = read_value(&edit, text);
  if (!value) return false;
  if (edit.n_steps + depth_of(value) > SCAN_MAX_DEPTH) {
    diag_error(diag, EXIT_CONFIG, at, "'%.60s...' is nested more than %d deep",
               assignment, (int)SCAN_MAX_DEPTH);
    return false;
  }
  set_place(value, at);
  return put(&edit, root, value);
}
