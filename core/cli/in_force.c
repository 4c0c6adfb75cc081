/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See in_force.h.  One row per key of the host whose default is no value of
 * its own. */
#include "cli/in_force.h"

#include <kac/sdk.h>
#include <stdlib.h>

#include "output/value.h"

static bool put_text(struct in_force *to, const char *text, const char *why) {
  snprintf(to->value, sizeof to->value, "%s", text);
  to->why = why;
  return true;
}

static bool put_count(struct in_force *to, size_t n, const char *why) {
  snprintf(to->value, sizeof to->value, "%zu", n);
  to->why = why;
  return true;
}

static bool put_reals(struct in_force *to, const double *value, size_t n,
                      const char *why) {
  FILE *text = fmemopen(to->value, sizeof to->value, "w");
  if (!text) return false;
  if (n > 1) putc('(', text);
  for (size_t i = 0; i < n; i++) {
    if (i) fputs(", ", text);
    value_real(text, value[i]);
  }
  if (n > 1) putc(')', text);
  fclose(text);
  to->why = why;
  return true;
}

static bool put_window(struct in_force *to, double from, double to_end) {
  const double ends[2] = {from, to_end};
  return put_reals(to, ends, 2, NULL);
}

static bool not_used(struct in_force *to, const char *why) {
  return put_text(to, "not used", why);
}

/* --- by section ----------------------------------------------------------
 * The key is one of the section's own; i is the item of a list. */
static bool of_top(const struct spec *spec, size_t i, const char *key,
                   struct in_force *to) {
  (void)i;
  if (strcmp(key, "threads") == 0)
    return put_count(to, spec->n_threads, "all processors");
  if (strcmp(key, "block") == 0)
    return put_count(to, spec->block, "what a cache holds, or a plugin wants");
  return false;
}

static bool of_state(const struct spec *spec, size_t i, const char *key,
                     struct in_force *to) {
  (void)i;
  bool is_plain = spec->space.n_bodies == 1;
  if (is_plain && strcmp(key, "real") != 0 && strcmp(key, "mean_free") != 0)
    return not_used(to, "the state has no bodies");
  if (strcmp(key, "real") == 0)
    return put_count(to, spec->space.n_real, "particles times dim");
  return false;
}

static bool of_time(const struct spec *spec, size_t i, const char *key,
                    struct in_force *to) {
  (void)i;
  if (strcmp(key, "steps") == 0)
    return put_count(to, spec->n_steps, "those of grid");
  if (strcmp(key, "t_min") == 0)
    return put_reals(to, &spec->t[spec->n_steps], 1, "the end of the times");
  if (strcmp(key, "t_max") == 0)
    return put_reals(to, &spec->t[0], 1, "the first of the times");
  return strcmp(key, "adapt") == 0 && put_text(to, "off", NULL);
}

static bool of_path(const struct spec *spec, size_t i, const char *key,
                    struct in_force *to) {
  (void)i;
  if (strcmp(key, "frame") == 0 && spec->frame == FRAME_NOISE)
    return put_text(to, "\"noise\"", "the powers sum to 1: no difference");
  if (strcmp(key, "sigma_data") != 0) return false;
  if (!(spec->sigma_data > 0)) return put_text(to, "not known", NULL);
  return put_reals(to, &spec->sigma_data, 1, "the models'");
}

static bool of_start(const struct spec *spec, size_t i, const char *key,
                     struct in_force *to) {
  const struct spec_start *start = &spec->start;
  const double zero = 0;
  (void)i;
  if (strcmp(key, "mean") == 0 && start->law <= START_GAUSSIAN)
    return put_reals(to, &zero, 1, NULL);
  if (strcmp(key, "variance") != 0 || start->law > START_GAUSSIAN) return false;
  return put_reals(to, &start->variance, 1,
                   start->law == START_PRIOR
                       ? "sigma(t_max)^2 over the sum of powers"
                       : NULL);
}

/* Why no key chooses the steps of a potential; NULL: keys do. */
static const char *why_no_steps(const struct spec_potential *p) {
  if (p->is_step) return "at_steps names the steps";
  if (p->mode == MODE_RATE || p->mode == MODE_INTEGRAL)
    return "the mode follows the whole path";
  return p->mode == MODE_FINAL && p->guide == 0
             ? "mode = \"final\" looks after the last step"
             : NULL;
}

static const char *why_no_every(const struct spec_potential *p) {
  const char *why = why_no_steps(p);
  bool is_guide = p->mode == MODE_FINAL || p->mode == MODE_GUIDE;
  return why || !is_guide ? why : "a guide acts on every step of its window";
}

static bool of_potential(const struct spec *spec, size_t i, const char *key,
                         struct in_force *to) {
  const struct spec_potential *p = &spec->potentials[i];
  const char *no_steps = why_no_steps(p), *no_every = why_no_every(p);
  if (strcmp(key, "every") == 0)
    return no_every ? not_used(to, no_every)
                    : put_count(to, (size_t)p->every, NULL);
  if (strcmp(key, "window") == 0)
    return no_steps ? not_used(to, no_steps) : put_window(to, p->from, p->to);
  if (strcmp(key, "guide") == 0)
    return p->guide != 0 ? put_reals(to, &p->guide, 1, "of mode = \"guide\"")
                         : put_text(to, "off", NULL);
  if (strcmp(key, "jacobian") == 0)
    return (p->guide == 0 || !p->at_x0hat) && not_used(to, "no guide at x0hat");
  if (strcmp(key, "samples") == 0) return put_text(to, "off", NULL);
  if (strcmp(key, "spread") != 0) return false;
  return p->samples > 0
             ? put_text(to, "posterior", "of data of width sigma_data")
             : not_used(to, "no samples");
}

static bool of_integrator(const struct spec *spec, size_t i, const char *key,
                          struct in_force *to) {
  const struct spec_integrator *entry = &spec->integrators[i];
  return strcmp(key, "window") == 0 && put_window(to, entry->from, entry->to);
}

static bool of_resampler(const struct spec *spec, size_t i, const char *key,
                         struct in_force *to) {
  const struct spec_resampler *r = &spec->resampler;
  bool is_listed = r->at_steps.n > 0;
  (void)i;
  if (strcmp(key, "ess_below") == 0)
    return r->cess_below > 0 ? not_used(to, "cess_below decides")
                             : put_reals(to, &r->ess_below, 1, NULL);
  if (strcmp(key, "cess_below") == 0) return not_used(to, "ess_below decides");
  if (is_listed && (strcmp(key, "every") == 0 || strcmp(key, "window") == 0))
    return not_used(to, "at_steps names the steps");
  if (strcmp(key, "every") == 0) return put_count(to, (size_t)r->every, NULL);
  return strcmp(key, "window") == 0 && put_window(to, r->from, r->to);
}

static const struct {
  const char *name;
  bool (*find)(const struct spec *, size_t, const char *, struct in_force *);
} sections[] = {{"", of_top},
                {"state", of_state},
                {"time", of_time},
                {"path", of_path},
                {"start", of_start},
                {"potentials", of_potential},
                {"integrators", of_integrator},
                {"resampler", of_resampler}};

static bool is_zero(const struct setting *setting) {
  const void *value = setting->value;
  if (setting->param->type == KAC_T_REAL) return *(const double *)value == 0;
  return setting->param->type == KAC_T_INT && *(const int64_t *)value == 0;
}

/* The name of an entry that has none is its place in the config. */
static bool name_itself(const char *path, int length, struct in_force *to) {
  char text[64];
  snprintf(text, sizeof text, "\"%.*s\"", length, path);
  return put_text(to, text, NULL);
}

bool in_force_find(const struct spec *spec, const struct setting *setting,
                   struct in_force *found) {
  const char *path = setting->path, *dot = strrchr(path, '.');
  int length = dot ? (int)(dot - path) : 0;
  const char *key = dot ? dot + 1 : path;
  size_t item = 0, name = strcspn(path, "[.");
  if (!setting->param || (setting->origin.file && !is_zero(setting)))
    return false;
  if (strcmp(key, "id") == 0) return name_itself(path, length, found);
  if (!dot) name = 0;
  if (dot && path[name] == '[') item = strtoul(path + name + 1, NULL, 10);
  if (dot && memchr(path, '.', (size_t)length)) return false; /* of a part */
  for (size_t k = 0; k < sizeof sections / sizeof sections[0]; k++)
    if (strlen(sections[k].name) == name &&
        strncmp(sections[k].name, path, name) == 0)
      return sections[k].find(spec, item, key, found);
  return false;
}
