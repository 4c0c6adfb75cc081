/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Building a pipeline, stage by stage; each reports all its errors and the
 * next one begins only where there were none. */
#include "config/pipeline.h"

#include <kac/sdk.h>
#include <unistd.h>

#include "config/build.h"
#include "config/schema_value.h"
#include "sampler/engine.h"
#include "sampler/own.h"
#include "sampler/run.h"

bool build_error(struct build *build, struct place at, const char *format,
                 ...) {
  char text[512];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  diag_error(build->diag, EXIT_CONFIG, at, "%s", text);
  return false;
}

struct place build_place(const struct build *build) {
  return (struct place){build->pipeline->config_path, 0};
}

/* What came from the command line has no line (tree_set). */
struct place build_key(const struct node *group, const char *keys,
                       struct place otherwise) {
  const struct node *found = NULL;
  for (size_t n; *keys; keys += n + (keys[n] == ' ')) {
    char key[32];
    n = strcspn(keys, " ");
    snprintf(key, sizeof key, "%.*s", (int)n, keys);
    const struct node *node = node_get(group, key);
    if (node && node->at.line == 0) return node->at;
    if (!found) found = node;
  }
  return found ? found->at : otherwise;
}

struct place build_key_of(const struct build *build,
                          const struct instance *instance, const char *keys) {
  return build_key(build->groups[instance->number], keys, instance->at);
}

static bool is_same(struct place a, struct place b) {
  return a.line == b.line && a.file && b.file && strcmp(a.file, b.file) == 0;
}

bool build_also_at(struct build *build, const char *what, struct place other,
                   struct place at) {
  const char *text = schema_place_text(build->pipeline->arena, other);
  if (!is_same(other, at) && text)
    diag_hint(build->diag, "%s is set at %s", what, text);
  return false;
}

bool build_also(struct build *build, const struct node *group, const char *keys,
                struct place at) {
  for (size_t n; *keys; keys += n + (keys[n] == ' ')) {
    char key[32];
    n = strcspn(keys, " ");
    snprintf(key, sizeof key, "%.*s", (int)n, keys);
    const struct node *node = node_get(group, key);
    if (node) build_also_at(build, key, node->at, at);
  }
  return false;
}

static struct place place_of(const struct build *build,
                             const struct node *node) {
  return node ? node->at : build_place(build);
}

static bool has_self_threads(const struct spec *spec) {
  for (size_t i = 0; i < spec->n_instances; i++)
    if (spec->instances[i]->component->threads == KAC_THREADS_SELF) return true;
  return false;
}

/* Rows per block: a block's arrays should stay in the cache. */
static size_t block_rows(const struct spec *spec, int64_t asked) {
  size_t rows = spec->n_particles * spec->n_replicates;
  if (has_self_threads(spec)) return rows;
  size_t fit = 4096 / spec->space.n_real;
  size_t block = asked > 0   ? (size_t)asked
                 : fit > 512 ? 512
                 : fit < 16  ? 16
                             : fit;
  return block < rows ? block : rows;
}

/* Where the number was said that is too large. */
static struct place count_place(const struct build *build, const char *key) {
  const struct node *population = build->top.population;
  return build_key(population, key, place_of(build, population));
}

/* Rows of one replicate are numbered in 31 bits, replicates in 32. */
static bool set_sizes(struct build *build) {
  struct spec *spec = build->spec;
  size_t n = (size_t)build->population.particles;
  size_t r = (size_t)build->population.replicates, rows;
  struct place at =
      count_place(build, r > UINT32_MAX ? "replicates" : "particles");
  spec->n_particles = n;
  spec->n_replicates = r;
  spec->n_children = (size_t)build->population.children;
  if (n >= 1u << 31 || r > UINT32_MAX || !memory_product(n, r, &rows)) {
    double bytes = (double)n * (double)r * 8 * (double)spec->space.n_real;
    diag_error(build->diag, EXIT_RESOURCE, at,
               "population: %zu particles in %zu replicates need about %.3g "
               "GB; at most 2^31 particles and 2^32 replicates can be numbered",
               n, r, bytes / 1e9);
    return false;
  }
  long processors = sysconf(_SC_NPROCESSORS_ONLN);
  spec->seed = (uint64_t)build->top.seed;
  spec->n_threads = build->top.threads > 0 ? (size_t)build->top.threads
                    : processors > 0       ? (size_t)processors
                                           : 1;
  spec->block = block_rows(spec, build->top.block);
  return true;
}

/* A plan may be at odds with times that the command line has changed. */
static void hint_times(struct build *build) {
  const struct node *times = build->top.time;
  for (size_t i = 0; i < times->n_children; i++)
    if (times->child[i]->at.line == 0)
      diag_hint(build->diag, "with %s", times->child[i]->at.file);
}

static bool plan_each(struct build *build) {
  const struct spec *spec = build->spec;
  kac_plan plan = {.struct_size = sizeof plan,
                   .n_threads = (uint32_t)spec->n_threads,
                   .space = &spec->space,
                   .n_particles = spec->n_particles,
                   .n_replicates = spec->n_replicates,
                   .block = spec->block,
                   .n_steps = spec->n_steps,
                   .t_min = spec->t[spec->n_steps],
                   .t_max = spec->t[0]};
  bool is_good = true;
  for (size_t i = 0; i < spec->n_instances; i++) {
    struct instance *instance = spec->instances[i];
    if (!(instance->component->spans & KAC_SPAN_REAL))
      is_good = build_error(build, instance->at,
                            "'%s' does not handle real coordinates",
                            instance->component->name);
    if (instance == spec->schedule) continue;
    if (!build_ends(build, instance, &plan)) return false;
    if (instance_plan(instance, &plan, build->diag)) continue;
    is_good = false;
    hint_times(build);
  }
  return is_good;
}

/* Rows per block that an instance wants, where the config does not say; no more
 * than there are. */
static size_t wanted_rows(const struct build *build) {
  const struct spec *spec = build->spec;
  size_t rows = spec->n_particles * spec->n_replicates, wanted = 0;
  for (size_t i = 0; build->top.block == 0 && i < spec->n_instances; i++) {
    size_t one = spec->instances[i]->plan.rows_wanted;
    wanted = one > wanted ? one : wanted;
  }
  return wanted < rows ? wanted : rows;
}

/* A plan is pure: it is made again where a wish changes what it is told. */
static bool plan_all(struct build *build) {
  struct spec *spec = build->spec;
  if (!plan_each(build)) return false;
  size_t wanted = wanted_rows(build);
  if (wanted > spec->block) {
    spec->block = wanted;
    if (!plan_each(build)) return false;
  }
  for (size_t i = 0; i < spec->n_instances; i++)
    instance_warn(spec->instances[i], build->diag);
  return true;
}

/* The schedule is created first: the grid of times asks it. */
static bool create_schedule(struct build *build) {
  struct spec *spec = build->spec;
  kac_plan plan = {.struct_size = sizeof plan,
                   .space = &spec->space,
                   .n_particles = spec->n_particles,
                   .n_replicates = spec->n_replicates,
                   .block = spec->block};
  return instance_plan(spec->schedule, &plan, build->diag) &&
         instance_create(spec->schedule, NULL, build->diag);
}

static bool check_memory(struct build *build) {
  struct pipeline *pipeline = build->pipeline;
  pipeline->memory = engine_memory(build->spec);
  size_t available = memory_available();
  if (available == 0 || pipeline->memory <= available / 10 * 9) return true;
  if (overrides_allow(pipeline->overrides, FORCE_MEMORY)) return true;
  diag_error(build->diag, EXIT_RESOURCE, count_place(build, "particles"),
             "population: a run needs %.3g GB (%zu particles x %zu replicates, "
             "%zu numbers each), and %.3g GB are available",
             (double)pipeline->memory / 1e9, build->spec->n_particles,
             build->spec->n_replicates, build->spec->space.n_real,
             (double)available / 1e9);
  size_t own = own_bytes(build->spec);
  if (own > pipeline->memory / 2)
    diag_hint(build->diag, "plugins allocate %.3g GB of that by themselves",
              (double)own / 1e9);
  diag_hint(build->diag, "--force-memory tries all the same");
  return false;
}

bool pipeline_check(struct pipeline *pipeline, struct diag *diag) {
  struct build *build = arena_alloc(pipeline->arena, sizeof *build);
  if (!build) {
    diag_error(diag, EXIT_RESOURCE, (struct place){0}, "no memory");
    return false;
  }
  *build = (struct build){
      .pipeline = pipeline,
      .spec = &pipeline->spec,
      .diag = diag,
      .schema = {
          .arena = pipeline->arena, .diag = diag, .base = pipeline->base}};
  if (!build_groups(build)) return false;
  build->time_at = place_of(build, build->top.time);
  struct place target = place_of(build, build->top.target);
  build->path_at = build->top.path ? build->top.path->at : target;
  build->start_at = build->top.start ? build->top.start->at : target;
  pipeline->spec.weights = (enum weights_mode)build->path.weights;
  pipeline->output.trace = build->output.trace != 0;
  pipeline->spec.keeps_logp = build->output.logp != 0;
  pipeline->spec.best_of_n = build->output.best_of_n != 0;
  pipeline->output.samples = build->output.samples != 0;
  if (!set_sizes(build) || !create_schedule(build) || !build_time(build) ||
      !plan_all(build))
    return false;
  bool is_good = build_rules(build);
  if (!build_start(build) || !is_good) return false;
  build_correctness(build);
  build_warn(build);
  return check_memory(build);
}

bool pipeline_create(struct pipeline *pipeline, struct host_outputs *outputs,
                     struct diag *diag) {
  const struct spec *spec = &pipeline->spec;
  for (size_t i = 0; i < spec->n_instances; i++)
    if (spec->instances[i] != spec->schedule &&
        !instance_create(spec->instances[i], outputs, diag))
      return false;
  return true;
}

void pipeline_destroy(struct pipeline *pipeline) {
  struct spec *spec = &pipeline->spec;
  for (size_t i = spec->n_instances; i-- > 0;)
    instance_destroy(spec->instances[i]);
  spec->n_instances = 0;
}

/* Left out of the config, a key may mean something that no value of it says:
 * t_min is the schedule's, an array has no elements, a name is empty, a number
 * is outside of its own range. */
static bool is_none(const struct record *record, size_t i) {
  const char *rows = (const char *)record->params;
  const kac_param *param = (const void *)(rows + i * record->param_size);
  const void *value = (const char *)record->config + param->offset;
  const char *string = "";
  if (record->origin[i].file) return false;
  if (param->type == KAC_T_ARRAY) return ((const kac_array *)value)->n == 0;
  if (param->type == KAC_T_STRING) memcpy(&string, value, sizeof string);
  if (param->type == KAC_T_STRING) return !string || !string[0];
  if (param->type == KAC_T_INT && !schema_in_range(param, param->def))
    return true;
  for (size_t k = 0; k < record->n_params; k++) {
    const kac_param *other = (const void *)(rows + k * record->param_size);
    if (other->type == SCHEMA_GIVEN && strcmp(other->name, param->name) == 0)
      return true;
  }
  return false;
}

void pipeline_settings(const struct pipeline *pipeline,
                       void (*each)(void *, const struct setting *),
                       void *context) {
  for (size_t k = 0; k < pipeline->n_records; k++) {
    const struct record *record = &pipeline->records[k];
    for (size_t i = 0; i < record->n_params; i++) {
      const void *row = (const char *)record->params + i * record->param_size;
      const kac_param *param = row;
      if (param->type == SCHEMA_GIVEN || param->type == SCHEMA_NODE) continue;
      char path[256];
      snprintf(path, sizeof path, "%s%s", record->prefix, param->name);
      struct setting setting = {path, param,
                                (const char *)record->config + param->offset,
                                record->origin[i], is_none(record, i)};
      each(context, &setting);
    }
  }
}
