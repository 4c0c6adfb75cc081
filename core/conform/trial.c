/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pipelines that are made up have a variance preserving schedule, a
 * Gaussian as the model, and the plugin in its place among them. */
#include "conform/trial.h"

#include <kac/sdk.h>
#include <stdlib.h>

static bool rule(struct trial *trial, enum verdict_code code,
                 const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));
static bool rule(struct trial *trial, enum verdict_code code,
                 const char *format, va_list args) {
  trial->verdict->code = code;
  vsnprintf(trial->verdict->text, sizeof trial->verdict->text, format, args);
  return false;
}

bool trial_broken(struct trial *trial, const char *format, ...) {
  va_list args;
  va_start(args, format);
  bool is_kept = rule(trial, VERDICT_BROKEN, format, args);
  va_end(args);
  return is_kept;
}

bool trial_skipped(struct trial *trial, const char *format, ...) {
  va_list args;
  va_start(args, format);
  bool is_kept = rule(trial, VERDICT_SKIPPED, format, args);
  va_end(args);
  return is_kept;
}

bool trial_advise(struct trial *trial, const char *literal) {
  trial->verdict->advice = literal;
  return false;
}

/* --- the pipeline ----------------------------------------------------------
 */
#define MADE_UP "kac test" /* stands where messages have the file */
#define MODEL "scores = ( { id = \"base\"; plugin = \"gaussian\"; } );\n"
#define MOVES "integrators = ( { plugin = \"euler_maruyama\"; } );\n"
#define PROCESS "schedule = { plugin = \"vp\"; };\n"

/* %s: the plugin.  `group` is where its keys are. */
static const struct {
  const char *text, *group;
} around[7] = {
    {"", ""},
    {PROCESS MOVES "scores = ( { id = \"base\"; plugin = \"%s\"; } );\n",
     "scores[0]"},
    {PROCESS MODEL MOVES "potentials = ( { plugin = \"%s\"; } );\n",
     "potentials[0]"},
    {PROCESS MODEL "integrators = ( { plugin = \"%s\"; } );\n",
     "integrators[0]"},
    {PROCESS MODEL MOVES "resampler = { plugin = \"%s\"; };\n", "resampler"},
    {MODEL MOVES
     "start = { law = \"base\"; };\nschedule = { plugin = \"%s\"; };\n",
     "schedule"},
    {PROCESS MODEL MOVES "observers = ( { plugin = \"%s\"; } );\n",
     "observers[0]"}};

/* Moves at fixed t have nothing to move from noise to data. */
static const char move_at_rest[] =
    TRIAL_AT_REST MODEL "integrators = ( { plugin = \"%s\"; } );\n";

/* Only observers see more than one replicate: so many that what they need for
 * all, in memory for those of one, runs over a chunk of an arena. */
enum { STEPS = 4, PARTICLES = 256, REPLICATES = 9, BLOCK = 64 };

static const char *body_of(const struct trial *trial, uint32_t kind,
                           const struct trial_wish *wish) {
  bool advances = (trial->verdict->role & KAC_ADVANCES) != 0;
  if (wish->text) return wish->text;
  return kind == KAC_INTEGRATOR && !advances ? move_at_rest : around[kind].text;
}

static const char *state_of(const struct trial *trial, size_t dim) {
  size_t particles = trial->options->particles;
  if (particles == 0)
    return arena_format(trial->arena, "state = { real = %zu; };\n", dim);
  return arena_format(trial->arena,
                      "state = { particles = %zu; dim = %zu; };\n", particles,
                      dim);
}

static char *text_of(const struct trial *trial, uint32_t kind,
                     const struct trial_wish *wish) {
  const char *body = body_of(trial, kind, wish);
  const char *mark = strstr(body, "%s"), *state = state_of(trial, wish->dim);
  const char *head = arena_format(
      trial->arena,
      "seed = %llu; threads = %zu; block = %d;\ntime = { steps = %d; };\n"
      "population = { particles = %d; replicates = %d; };\n%s",
      (unsigned long long)(trial->options->seed & 0x7fffffff),
      wish->n_threads > 0 ? wish->n_threads : 1, BLOCK, STEPS, PARTICLES,
      kind == KAC_OBSERVER ? REPLICATES : 1, state ? state : "");
  if (!head || !state || !mark) return NULL;
  return arena_format(trial->arena, "%s%.*s%s%s", wish->text ? "" : head,
                      (int)(mark - body), body, trial->options->plugin,
                      mark + 2);
}

/* The keys of a file into the group of the plugin. */
static bool add_keys(struct trial *trial, uint32_t kind) {
  const char *group_name = around[kind].group;
  const char *name = arena_format(trial->arena, "%.*s",
                                  (int)strcspn(group_name, "["), group_name);
  const struct node *keys = tree_read(trial->arena, trial->options->keys,
                                      &trial->overrides, trial->diag);
  const struct node *section =
      name ? node_get(trial->pipeline.root, name) : NULL;
  if (!keys || !section) return false;
  struct node *group = section->kind == NODE_LIST
                           ? section->child[0]
                           : (struct node *)(uintptr_t)section;
  size_t n = group->n_children + keys->n_children;
  struct node **child = arena_alloc(trial->arena, n * sizeof *child);
  if (!child) return false;
  memcpy(child, group->child, group->n_children * sizeof *child);
  memcpy(child + group->n_children, keys->child,
         keys->n_children * sizeof *child);
  group->child = child;
  group->n_children = n;
  return true;
}

static bool read_tree(struct trial *trial, uint32_t kind,
                      const struct trial_wish *wish) {
  const struct trial_options *options = trial->options;
  struct pipeline *pipeline = &trial->pipeline;
  bool is_own = options->config && !wish->text;
  const char *file = is_own ? options->config : options->keys;
  pipeline->config_path = is_own ? options->config : MADE_UP;
  pipeline->base = file ? tree_folder(trial->arena, file) : ".";
  if (!pipeline->base) return false;
  if (is_own) {
    pipeline->root = tree_read(trial->arena, options->config, &trial->overrides,
                               trial->diag);
  } else {
    const char *text = text_of(trial, kind, wish);
    if (text)
      pipeline->root =
          tree_parse(trial->arena, text, pipeline->config_path, trial->diag);
  }
  return pipeline->root && (is_own || !options->keys || add_keys(trial, kind));
}

static bool set_key(struct trial *trial, uint32_t kind, bool is_path,
                    const char *assignment) {
  struct place at = {"kac test", 0};
  const char *path = is_path ? assignment
                             : arena_format(trial->arena, "%s.%s",
                                            around[kind].group, assignment);
  return path &&
         tree_set(trial->arena, trial->pipeline.root, path, at, trial->diag);
}

static bool set_keys(struct trial *trial, uint32_t kind,
                     const struct trial_wish *wish) {
  const struct trial_options *options = trial->options;
  bool is_path = options->config && !wish->text, is_good = true;
  for (size_t i = 0; i < options->n_sets; i++)
    is_good = set_key(trial, kind, is_path, options->sets[i]) && is_good;
  if (is_path && wish->n_threads > 0) {
    const char *threads =
        arena_format(trial->arena, "threads=%zu", wish->n_threads);
    is_good = threads && set_key(trial, kind, true, threads) && is_good;
  }
  if (wish->set) is_good = set_key(trial, kind, false, wish->set) && is_good;
  for (size_t i = 0; i < wish->n_sets; i++)
    is_good = set_key(trial, kind, false, wish->sets[i]) && is_good;
  return is_good;
}

static bool find_instance(struct trial *trial) {
  const struct spec *spec = &trial->pipeline.spec;
  for (size_t i = 0; i < spec->n_instances; i++) {
    struct instance *instance = spec->instances[i];
    instance->is_silent = true;
    if (trial->instance ||
        strcmp(instance->module->path, trial->options->plugin) != 0)
      continue;
    trial->instance = instance;
    trial->component = instance->component;
  }
  if (trial->instance) return true;
  diag_error(
      trial->diag, EXIT_CONFIG, (struct place){trial->pipeline.config_path, 0},
      "nothing in this pipeline is the plugin %s", trial->options->plugin);
  return false;
}

bool trial_open(struct trial *trial, const struct trial_options *options,
                uint32_t kind, const struct trial_wish *wish,
                struct verdict *verdict) {
  struct pipeline *pipeline = &trial->pipeline;
  *trial = (struct trial){.options = options,
                          .verdict = verdict,
                          .overrides = options->overrides,
                          .arena = arena_new(),
                          .diag = diag_new()};
  if (!trial->arena || !trial->diag) return false;
  pipeline->arena = pipeline->search.arena = trial->arena;
  pipeline->overrides = pipeline->search.overrides = &trial->overrides;
  for (size_t i = 0; i < options->n_plugin_paths; i++)
    search_add(&pipeline->search, options->plugin_paths[i], "--plugin-path",
               NULL);
  if (!read_tree(trial, kind, wish) || !set_keys(trial, kind, wish) ||
      !pipeline_check(pipeline, trial->diag) || !find_instance(trial) ||
      !pipeline_create(pipeline, wish->outputs, trial->diag))
    return false;
  trial->spec = &pipeline->spec;
  trial->step = pipeline->spec.n_steps / 2;
  return true;
}

void trial_close(struct trial *trial) {
  if (trial->is_lent) run_tear_down(&trial->run);
  if (trial->pipeline.arena) pipeline_destroy(&trial->pipeline);
  diag_free(trial->diag);
  arena_free(trial->arena);
  *trial = (struct trial){0};
}

/* Nobody has seen the config that is made up: its lines say nothing. */
static void drop_lines(char *text) {
  static const char name[] = MADE_UP ":";
  for (char *at = text; (at = strstr(at, name)); at += sizeof name - 1) {
    char *digits = at + sizeof name - 1;
    size_t n = strspn(digits, "0123456789");
    if (n > 0 && digits[n] == ':')
      memmove(digits, digits + n + 1, strlen(digits + n + 1) + 1);
  }
}

const char *trial_messages(const struct trial *trial) {
  const char *text = trial->diag ? diag_text(trial->diag) : "";
  char *copy = text[0] ? arena_copy(trial->arena, text) : NULL;
  if (!copy) return "no memory";
  drop_lines(copy);
  return copy;
}

/* What a plugin says that has been told too little: the host's words for a key,
 * and those of plugins about the state or what there is to do. */
bool trial_unopened(struct trial *trial, const struct trial *tried,
                    const char *what) {
  static const char *const keys[] = {"' needs the key ", "expected one of "};
  static const char *const states[] = {"expected particles", "state = {",
                                       "the state has 1"};
  const char *text = trial_messages(tried), *option = NULL;
  for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
    if (strstr(text, keys[k])) option = "--set KEY=VALUE";
  for (size_t k = 0; k < sizeof states / sizeof *states; k++)
    if (trial->options->particles == 0 && strstr(text, states[k]))
      option = "--particles N (and --dim N)";
  if (!option || trial->options->config)
    return trial_broken(trial, "%s%s", what, text);
  trial->verdict->is_untold = true;
  return trial_skipped(trial, "it needs %s: %s", option, text);
}

struct crash_site trial_enter(const struct trial *trial) {
  return crash_enter_instance(trial->instance);
}

bool trial_lend(struct trial *trial) {
  if (trial->is_lent) return true;
  trial->is_lent = true;
  return run_set_up(&trial->run, trial->spec);
}

/* --- what laws are asked with ----------------------------------------------
 */
static bool read_points(const struct trial *trial, size_t n, double *x) {
  size_t d = trial->spec->space.n_real;
  struct schema schema = {.arena = trial->arena, .diag = trial->diag};
  kac_array rows;
  if (!schema_read_array(&schema, trial->options->points,
                         (struct place){"--points", 0}, &rows))
    return false;
  if (rows.n == 0 || rows.n % d != 0) return false;
  for (size_t k = 0; k < n * d; k++) x[k] = rows.data[k % rows.n];
  return true;
}

bool trial_points(const struct trial *trial, uint32_t stream, size_t n,
                  double *x) {
  const kac_space *space = &trial->spec->space;
  struct rng_key key = rng_key(trial->options->seed, USE_MODEL, stream);
  if (trial->options->points) return read_points(trial, n, x);
  rng_normal(key, (struct rng_address){0}, n, x, space->n_real, space->n_real);
  for (size_t k = 0; k < n * space->n_real; k++) x[k] *= trial->options->spread;
  if (space->flags & KAC_MEAN_FREE) call_project(space, n, x, space->n_real);
  return true;
}
