/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plugin on trial: a small pipeline around it, built as `kac run` builds one,
 * and the verdict of the law in hand.  A law is a function that looks at one
 * promise of include/kac/plugin.h and says whether it is kept. */
#ifndef KAC_CORE_TRIAL_H
#define KAC_CORE_TRIAL_H
#include "config/pipeline.h"
#include "plugin/crash.h"
#include "sampler/run.h"

enum verdict_code {
  VERDICT_NONE,
  VERDICT_KEPT,
  VERDICT_BROKEN,
  VERDICT_SKIPPED
};
struct verdict { /* plain data: it comes out of another process */
  enum verdict_code code;
  char text[768];
  char warning[160];  /* what breaks no law, or "" */
  bool is_untold;     /* skipped for want of an option of `kac test` */
  const char *advice; /* in place of the law's own, or NULL; a literal, which
                         has the same address in both processes */
  /* Of the law `loads`: what was found. */
  uint32_t kind, threads, role; /* role: of integrators */
  uint64_t provides;
  char name[64], version[32];
};

struct trial_options {
  const char *plugin;      /* a file, resolved */
  const char *config;      /* a pipeline that uses it; NULL: one is made up */
  const char *keys;        /* a file with keys of the plugin, or NULL */
  const char *const *sets; /* key=value of the plugin, or of the config */
  size_t n_sets;
  size_t dim;
  size_t particles; /* 0: a plain vector of dim numbers */
  uint64_t seed;
  double spread;      /* width of the test points */
  const char *points; /* a file with points of one's own, or NULL */
  const char *const *plugin_paths;
  size_t n_plugin_paths;
  struct overrides overrides;
};

struct trial {
  const struct trial_options *options;
  struct verdict *verdict;
  struct arena *arena;
  struct diag *diag;
  struct overrides overrides;
  struct pipeline pipeline;
  const struct spec *spec;
  struct instance *instance;
  const kac_component *component;
  const char *folder; /* an empty one, or "": of laws that want it */
  size_t step;        /* of the grid, at which rows are asked for */
  struct run run;     /* threads of their own memory: of trial_lend */
  bool is_lent;
};

/* A pipeline of moves at fixed t, which begin with draws from the model. */
#define TRIAL_AT_REST                      \
  "schedule = { plugin = \"static\"; };\n" \
  "start = { law = \"base\"; };\n"

/* Both are false, so that a law ends in `return trial_broken(...)`; a skipped
 * law is one that cannot be asked of this plugin. */
bool trial_broken(struct trial *trial, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool trial_skipped(struct trial *trial, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The verdict where `tried` could not be opened as the options say: a broken
 * law, or one that is skipped as the plugin has a key that must be given, or
 * needs bodies. */
bool trial_unopened(struct trial *trial, const struct trial *tried,
                    const char *what);

/* Where to look, in place of the law's own advice; false as well. */
bool trial_advise(struct trial *trial, const char *literal);

/* A pipeline in `dim` dimensions with `more` added to the text of the config
 * that is made up, "%s" standing for the plugin (NULL: nothing), and key=value
 * set in the plugin's group (NULL: nothing).  False with the host's messages in
 * trial_messages.  The verdict is left alone. */
struct trial_wish {
  size_t dim, n_threads;
  const char *text; /* in place of the pipeline of the kind */
  const char *set;
  const char *const *sets; /* n_sets of the same */
  size_t n_sets;
  struct host_outputs *outputs; /* for observers */
};
bool trial_open(struct trial *trial, const struct trial_options *options,
                uint32_t kind, const struct trial_wish *wish,
                struct verdict *verdict);
void trial_close(struct trial *trial);
const char *trial_messages(const struct trial *trial);
/* What crashes from here on is the plugin; to be given to crash_enter after the
 * call. [any] */
struct crash_site trial_enter(const struct trial *trial);
/* Memory of a run around the pipeline, for calls one by one. */
bool trial_lend(struct trial *trial);
/* n rows of the dimension of the pipeline: draws from N(0, spread^2), or the
 * points of the options, over and over. */
bool trial_points(const struct trial *trial, uint32_t stream, size_t n,
                  double *x);

#endif
