/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sections and plugins: from groups of the config to filled structs. */
#include <kac/sdk.h>

#include "config/build.h"
#include "config/schema_value.h"
#include "plugin/component.h"

/* More than the lists of plugins may hold together. */
enum { MAX_INSTANCES = 512, MAX_RECORDS = 1536 };

static bool no_memory(struct build *build) {
  diag_error(build->diag, EXIT_RESOURCE, build_place(build),
             "no memory for the pipeline");
  return false;
}

void *build_take(struct build *build, size_t n, size_t bytes) {
  void *data = arena_alloc(build->pipeline->arena, (n + 1) * bytes);
  if (!data) no_memory(build);
  return data;
}

static void keep_record(struct build *build, const char *prefix,
                        const struct schema_part *part) {
  struct pipeline *pipeline = build->pipeline;
  if (pipeline->n_records == MAX_RECORDS) return;
  pipeline->records[pipeline->n_records++] =
      (struct record){prefix,           part->params, part->n_params,
                      part->param_size, part->config, part->origin};
}

/* A group of host keys, with those of a component if there is one. */
bool build_fill(struct build *build, const struct node *group,
                const char *prefix, const char *what, enum section_id id,
                void *config, struct instance *instance) {
  const struct section *section = section_table(id);
  struct schema_part parts[3] = {
      {section->params, section->n_params, sizeof(kac_param), config, NULL}};
  size_t n_parts = 1;
  if (section->more)
    parts[n_parts++] = (struct schema_part){section->more, section->n_more,
                                            sizeof(kac_param), config, NULL};
  if (instance) {
    const kac_component *c = instance->component;
    instance->config = build_take(build, 1, c->config_size);
    parts[n_parts++] = (struct schema_part){
        c->params, c->n_params, c->param_size, instance->config, NULL};
  }
  for (size_t k = 0; k < n_parts; k++) {
    parts[k].origin =
        build_take(build, parts[k].n_params, sizeof(struct place));
    if (!parts[k].origin || !parts[k].config) return false;
    keep_record(build, prefix, &parts[k]);
  }
  if (instance) instance->origin = parts[n_parts - 1].origin;
  return schema_fill(&build->schema, group, build_place(build), what, parts,
                     n_parts);
}

static const char *plugin_name(struct build *build, const struct node *group,
                               uint32_t kind) {
  const char *phrase = component_kind_phrase(kind);
  if (group->kind != NODE_GROUP) {
    build_error(build, group->at, "%s: must be a group { ... }, not %s",
                kind_names[kind], node_kind_name(group));
    return NULL;
  }
  const struct node *node = node_get(group, "plugin");
  if (node && node->kind == NODE_STRING) return node->string;
  if (node)
    build_error(build, node->at, "plugin of %s: must be a string", phrase);
  else
    build_error(build, group->at, "%s needs the key plugin", phrase);
  return NULL;
}

/* Messages, results and run.json tell the plugins of a kind apart by id. */
static bool is_new_id(struct build *build, const struct instance *instance,
                      struct place at) {
  const struct spec *spec = build->spec;
  for (size_t i = 0; i < spec->n_instances; i++) {
    const struct instance *other = spec->instances[i];
    if (other->component->kind != instance->component->kind ||
        strcmp(other->id, instance->id) != 0)
      continue;
    return build_error(build, at,
                       "the id '%s' of this %s was given before, at %s",
                       instance->id, kind_names[instance->component->kind],
                       schema_place_text(build->pipeline->arena, other->at));
  }
  return true;
}

/* id follows plugin in every section of a plugin. */
bool build_register(struct build *build, struct instance *instance,
                    const struct node *group, const char *prefix,
                    const void *host_config) {
  struct spec *spec = build->spec;
  const char *given = ((const struct section_plugin *)host_config)->id;
  int length = (int)strlen(prefix) - 1;
  instance->id =
      given[0] ? given
               : arena_format(build->pipeline->arena, "%.*s", length, prefix);
  if (!instance->id ||
      !is_new_id(build, instance, build_key(group, "id", group->at)))
    return false;
  instance->number = (uint32_t)spec->n_instances;
  build->groups[spec->n_instances] = group;
  spec->instances[spec->n_instances++] = instance;
  return true;
}

/* One plugin in use.  NULL with errors in diag. */
struct instance *build_instance(struct build *build, uint32_t kind,
                                const struct node *group, const char *prefix,
                                enum section_id id, void *host_config) {
  struct arena *arena = build->pipeline->arena;
  struct module *module = NULL;
  const char *kind_name = kind_names[kind];
  const char *name = plugin_name(build, group, kind);
  if (!name) return NULL;
  const kac_component *component =
      search_find(&build->pipeline->search, kind, name, build->pipeline->base,
                  group->at, build->diag, &module);
  struct instance *instance = build_take(build, 1, sizeof *instance);
  if (!component || !instance) return NULL;
  instance->component = component;
  instance->module = module;
  instance->at = group->at;
  const char *what = arena_format(arena, "%s '%s'", kind_name, component->name);
  if (!what ||
      !build_fill(build, group, prefix, what, id, host_config, instance))
    return NULL;
  if (!build_register(build, instance, group, prefix, host_config)) return NULL;
  return instance;
}

static bool set_space(struct build *build) {
  const struct section_state *state = &build->state;
  struct spec *spec = build->spec;
  const struct node *group = build->top.state;
  struct place at = group->at;
  if (state->has_real == state->has_particles) {
    struct place key = build_key(group, "real particles", at);
    build_error(build, key,
                "state: give either real (numbers per particle) or particles "
                "and dim (bodies)");
    return build_also(build, group, "real particles", key);
  }
  if (state->mean_free && (!state->has_particles || state->particles < 2))
    return build_error(build, build_key(group, "mean_free particles", at),
                       "state: mean_free needs particles >= 2");
  size_t bodies = state->has_real ? 1 : (size_t)state->particles;
  size_t dim = state->has_real ? (size_t)state->real : (size_t)state->dim;
  size_t free_bodies = bodies - (state->mean_free ? 1 : 0);
  spec->span =
      (kac_span){.kind = KAC_SPAN_REAL, .count = bodies * dim, .mask = -1};
  spec->space = (kac_space){.struct_size = sizeof spec->space,
                            .span_size = sizeof spec->span,
                            .n_real = bodies * dim,
                            .n_spans = 1,
                            .spans = &spec->span,
                            .n_bodies = bodies,
                            .n_dim = dim,
                            .n_dof = (double)(free_bodies * dim),
                            .flags = state->mean_free ? KAC_MEAN_FREE : 0};
  build->schema.n_real = spec->space.n_real;
  build->schema.state = at;
  return true;
}

static bool fill_host(struct build *build) {
  const struct section_top *top = &build->top;
  bool is_good = build_fill(build, top->state, "state.", "state", SECTION_STATE,
                            &build->state, NULL) &&
                 set_space(build);
  is_good = build_fill(build, top->time, "time.", "time", SECTION_TIME,
                       &build->time, NULL) &&
            is_good;
  is_good = build_fill(build, top->path, "path.", "path", SECTION_PATH,
                       &build->path, NULL) &&
            is_good;
  is_good = build_fill(build, top->population, "population.", "population",
                       SECTION_POPULATION, &build->population, NULL) &&
            is_good;
  is_good = build_fill(build, top->start, "start.", "start", SECTION_START,
                       &build->start, NULL) &&
            is_good;
  return build_fill(build, top->output, "output.", "output", SECTION_OUTPUT,
                    &build->output, NULL) &&
         is_good;
}

bool build_groups(struct build *build) {
  struct pipeline *pipeline = build->pipeline;
  struct section_plugin *schedule = build_take(build, 1, sizeof *schedule);
  pipeline->records = build_take(build, MAX_RECORDS, sizeof *pipeline->records);
  build->spec->instances =
      build_take(build, MAX_INSTANCES, sizeof *build->spec->instances);
  build->groups = build_take(build, MAX_INSTANCES, sizeof *build->groups);
  if (!schedule || !pipeline->records || !build->spec->instances ||
      !build->groups)
    return false;
  bool is_good = build_fill(build, pipeline->root, "", "the config",
                            SECTION_TOP, &build->top, NULL);
  const struct section_top *top = &build->top;
  if (!top->state || !top->schedule || !top->time || !top->integrators ||
      !top->population)
    return false;
  is_good = fill_host(build) && is_good;
  search_add_environment(&pipeline->search);
  search_add(&pipeline->search, top->plugin_path, "plugin_path",
             pipeline->base);
  search_add_installed(&pipeline->search);
  build->spec->schedule = build_instance(build, KAC_SCHEDULE, top->schedule,
                                         "schedule.", SECTION_PLUGIN, schedule);
  is_good = build->spec->schedule && is_good;
  bool has_scores = build_scores(build);
  is_good = has_scores && build_target(build) && is_good;
  is_good = build_potentials(build) && is_good;
  is_good = build_integrators(build) && is_good;
  is_good = build_resampler(build) && is_good;
  return build_observers(build) && is_good;
}
