/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All settings of a pipeline in one list, for those who look them up. */
#include "output/settings.h"

#include <stdlib.h>
#include <string.h>

static bool grow(struct settings *settings) {
  if (settings->n < settings->room) return true;
  size_t room = settings->room ? 2 * settings->room : 64;
  struct setting *item = realloc(settings->item, room * sizeof *item);
  if (item) settings->item = item;
  char **path = realloc(settings->path, room * sizeof *path);
  if (path) settings->path = path;
  if (!item || !path) return false;
  settings->room = room;
  return true;
}

static void add(void *context, const struct setting *setting) {
  struct settings *settings = context;
  if (setting->param && setting->param->type == SCHEMA_GIVEN) return;
  if (!setting->value) return;
  char *path = grow(settings) ? strdup(setting->path) : NULL;
  if (!path) {
    settings->is_short = true;
    return;
  }
  settings->path[settings->n] = path;
  settings->item[settings->n] = *setting;
  settings->item[settings->n++].path = path;
}

bool settings_collect(struct settings *settings,
                      const struct pipeline *pipeline) {
  *settings = (struct settings){0};
  pipeline_settings(pipeline, add, settings);
  return !settings->is_short;
}

void settings_free(struct settings *settings) {
  for (size_t i = 0; i < settings->n; i++) free(settings->path[i]);
  free(settings->path);
  free(settings->item);
  *settings = (struct settings){0};
}

const struct setting *settings_find(const struct settings *settings,
                                    const char *path) {
  for (size_t i = 0; i < settings->n; i++)
    if (strcmp(settings->path[i], path) == 0) return &settings->item[i];
  return NULL;
}

static bool ends_with(const char *text, const char *end) {
  size_t n = strlen(text), m = strlen(end);
  return n >= m && strcmp(text + n - m, end) == 0;
}

bool settings_is_file(const struct settings *settings, const char *name,
                      const char *path) {
  const struct setting *setting = settings_find(settings, path);
  if (setting && setting->param && setting->param->type == KAC_T_STRING)
    return (setting->param->flags & KAC_P_FILE) != 0;
  if (setting && setting->param && setting->param->type == KAC_T_ARRAY)
    return true;
  return name && (strcmp(name, "file") == 0 || ends_with(name, "_file"));
}
