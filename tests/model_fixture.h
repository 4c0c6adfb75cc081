/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A config with one score, studied as `kac check-model` does. */
#ifndef KAC_TESTS_MODEL_FIXTURE_H
#define KAC_TESTS_MODEL_FIXTURE_H
#include "model/study.h"
#include "unit/sampler_fixture.h"

enum { DATA = 512 };
struct trial {
  struct rig rig;
  struct points_from from;
  struct study study;
  bool is_done;
};

/* A config with one score, studied with n points and `data`, rows of d. */
static inline void study(struct trial *trial, int d, const char *schedule,
                         const char *score, size_t n, const double *data,
                         size_t n_data) {
  char text[4096];
  bool is_at_rest = strstr(schedule, "static") != NULL;
  snprintf(text, sizeof text,
           "seed = 7;\nstate = { real = %d; };\nschedule = { %s };\ntime = { "
           "steps = 50; };\n"
           "scores = ( { id = \"q\"; %s } );\n"
           "integrators = ( { plugin = \"%s\"; } );\n"
           "population = { particles = 100; };\n"
           "start = { law = \"%s\"; };\n",
           d, schedule, score, is_at_rest ? "langevin" : "euler_maruyama",
           is_at_rest ? "gaussian" : "prior");
  *trial = (struct trial){0};
  struct points_from *from = &trial->from;
  bool is_good = rig_check(&trial->rig, text);
  ck_assert_msg(is_good, "%s", diag_text(trial->rig.diag));
  from->spec = &trial->rig.pipeline.spec;
  from->n = n;
  if (data) {
    from->data = (kac_array){data, n_data * (size_t)d, 2, {n_data, (size_t)d}};
    ck_assert(baseline_new(&from->baseline, data, n_data, (size_t)d));
  }
  trial->is_done =
      study_model(&trial->study, from, 0, trial->rig.arena, trial->rig.diag);
  ck_assert_msg(trial->is_done, "%s", diag_text(trial->rig.diag));
}

static inline void end(struct trial *trial) {
  baseline_free(&trial->from.baseline);
  rig_close(&trial->rig);
}

static inline const char *messages(struct trial *trial) {
  return diag_text(trial->rig.diag);
}

static inline void expect_near(double value, double expected, double part) {
  ck_assert_msg(fabs(value - expected) <= part * fabs(expected),
                "%.17g, expected %.17g", value, expected);
}

enum { SCHEDULE_VP, SCHEDULE_VE };
static const char *const schedules[] = {"plugin = \"vp\";", "plugin = \"ve\";"};

#endif
