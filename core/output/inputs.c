/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of a config and their hashes; see inputs.h. */
#include "output/inputs.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct walk {
  struct arena *arena;
  const struct settings *settings;
  const char *base; /* folder of the config */
  struct input *first, **end;
};

/* With the base in front, and without links where the file is still there. */
static const char *whole_path(const struct walk *walk, const char *path) {
  bool is_here = path[0] == '/' || !walk->base || !walk->base[0];
  const char *joined =
      is_here ? path : arena_format(walk->arena, "%s/%s", walk->base, path);
  char *real = joined ? realpath(joined, NULL) : NULL;
  if (!real) return joined;
  joined = arena_copy(walk->arena, real);
  free(real);
  return joined;
}

static void hash(struct input *input) {
  struct stat about;
  int fd = open(input->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) return;
  if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode) &&
      sha256_file(fd, input->sha256))
    input->size = (uint64_t)about.st_size;
  close(fd);
}

/* Many heads of one network are one file. */
static const struct input *find(const struct walk *walk, const char *path) {
  const struct input *input = walk->first;
  while (input && strcmp(input->path, path) != 0) input = input->next;
  return input;
}

static bool add(struct walk *walk, const char *setting, const char *path) {
  struct input *input = arena_alloc(walk->arena, sizeof *input);
  if (!input) return false;
  input->setting = setting;
  input->path = whole_path(walk, path);
  if (!input->path) return false;
  const struct input *known = find(walk, input->path);
  if (known) {
    input->size = known->size;
    memcpy(input->sha256, known->sha256, sizeof input->sha256);
  } else {
    hash(input);
  }
  *walk->end = input;
  walk->end = &input->next;
  return true;
}

/* Recursion is as deep as a config may be nested. */
static bool walk_node(struct walk *walk, const struct node *node,
                      const char *path) {
  if (!path) return false;
  if (node->kind == NODE_STRING) {
    if (!settings_is_file(walk->settings, node->name, path)) return true;
    return node->string[0] == '\0' || add(walk, path, node->string);
  }
  bool is_group = node->kind == NODE_GROUP;
  if (!is_group && node->kind != NODE_LIST) return true;
  for (size_t i = 0; i < node->n_children; i++) {
    const struct node *child = node->child[i];
    const char *inner =
        !is_group ? arena_format(walk->arena, "%s[%zu]", path, i)
        : *path   ? arena_format(walk->arena, "%s.%s", path, child->name)
                  : child->name;
    if (!walk_node(walk, child, inner)) return false;
  }
  return true;
}

bool inputs_read(struct inputs *inputs, const struct pipeline *pipeline,
                 const struct settings *settings) {
  struct walk walk = {pipeline->arena, settings, pipeline->base, NULL, NULL};
  walk.end = &walk.first;
  bool is_good = walk_node(&walk, pipeline->root, "");
  inputs->first = walk.first;
  return is_good;
}

void inputs_json(struct json *json, const struct inputs *inputs) {
  json_array(json, "inputs");
  for (const struct input *input = inputs ? inputs->first : NULL; input;
       input = input->next) {
    bool is_known = input->sha256[0] != '\0';
    json_object(json, NULL);
    json_string(json, "setting", input->setting);
    json_string(json, "path", input->path);
    if (is_known)
      json_count(json, "size", input->size);
    else
      json_string(json, "size", NULL);
    json_string(json, "sha256", is_known ? input->sha256 : NULL);
    json_end(json);
  }
  json_end(json);
}
