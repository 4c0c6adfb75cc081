/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `kac check --explain`: plugins, settings with their origins, time grid and
 * correctness class of a checked pipeline. */
#include "cli/explain.h"

#include "cli/in_force.h"
#include "output/report.h"
#include "output/value.h"

static void print_plugins(FILE *out, const struct spec *spec) {
  fputs("plugins\n", out);
  for (size_t i = 0; i < spec->n_instances; i++) {
    const struct instance *instance = spec->instances[i];
    fprintf(out, "  %-14s %s '%s' %s, %s\n", instance->id,
            kind_names[instance->component->kind], instance->component->name,
            instance->component->version, instance->module->path);
  }
}

struct explaining {
  FILE *out;
  const struct spec *spec;
};

/* The value is composed first, so that origins stand in one column. */
static void print_setting(void *context, const struct setting *setting) {
  const struct explaining *explaining = context;
  FILE *out = explaining->out;
  struct in_force found = {.why = NULL};
  char value[200] = "";
  if (setting->param && setting->param->type == SCHEMA_GIVEN) return;
  if (!setting->value) return;
  FILE *text = fmemopen(value, sizeof value, "w");
  if (!text) return;
  const char *unit = setting->param ? setting->param->unit : NULL;
  bool is_found = in_force_find(explaining->spec, setting, &found);
  if (is_found || setting->is_none)
    fputs(is_found ? found.value : "none", text);
  else
    value_setting(text, setting);
  if (!is_found && !setting->is_none && unit && *unit)
    fprintf(text, " %s", unit);
  fclose(text);
  value[sizeof value - 1] = '\0';
  fprintf(out, "  %-36s = %-20s # ", setting->path, value);
  value_place(out, setting->origin);
  if (found.why) fprintf(out, ": %s", found.why);
  putc('\n', out);
}

static void print_time(FILE *out, const struct spec *spec) {
  size_t n = spec->n_steps;
  if (!spec->t || n == 0) return;
  if (spec->adapt > 0) {
    fprintf(out,
            "time\n  at most %zu steps from t = %.6g to %.6g, chosen so that "
            "the conditional ESS of each is %g N\n",
            n, spec->t[0], spec->t[n], spec->adapt);
    return;
  }
  fprintf(out,
          "time\n  %zu steps from t = %.6g to %.6g; the first goes to %.6g, "
          "the last starts at %.6g\n",
          n, spec->t[0], spec->t[n], spec->t[1], spec->t[n - 1]);
}

/* What defaults such as 0 came to. */
static void print_derived(FILE *out, const struct spec *spec) {
  fputs("derived\n", out);
  if (spec->frame == FRAME_MATCHED)
    fprintf(out, "  matched frame, sigma_data = %.6g\n", spec->sigma_data);
  else
    fputs("  noise frame\n", out);
  fprintf(out, "  %zu rows per block, %zu threads\n", spec->block,
          spec->n_threads);
}

void explain_print(FILE *out, const struct pipeline *pipeline) {
  const struct spec *spec = &pipeline->spec;
  print_plugins(out, spec);
  fputs("settings\n", out);
  struct explaining explaining = {out, spec};
  pipeline_settings(pipeline, print_setting, &explaining);
  print_time(out, spec);
  print_derived(out, spec);
  fprintf(out, "correctness\n  %s: %s\n", report_class(spec->correctness),
          spec->correctness_reason);
}
