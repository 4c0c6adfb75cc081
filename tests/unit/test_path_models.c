/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Models of other forms, potentials with a time of their own, and points at
 * which no score is defined: components of this file take the place of those
 * that the config names. */
#include "sampler/path.h"

#include "sampler_fixture.h"

enum { D = 3, ROWS = 9 };

#define REST_OF                                        \
  "state = { real = 3; }; time = { steps = 4; };"      \
  "scores = ({ id = \"q\"; plugin = \"gaussian\"; });" \
  "start = { law = \"gaussian\"; }; population = { particles = 20; };"
#define VP \
  REST_OF  \
  "schedule = { plugin = \"vp\"; beta_min = 0.5; beta_max = 0.5; };"
#define REST REST_OF "schedule = { plugin = \"static\"; };"

static bool score_at(struct rig *rig, uint64_t step, const double *x,
                     double *s) {
  struct site site = rig_site(rig, 0, ROWS);
  site.step = step;
  kac_field_io io = {.struct_size = sizeof io,
                     .want = KAC_Q_S,
                     .t = 0.5,
                     .x = {x, D, NULL, 0},
                     .s = s,
                     .ld = D};
  return path_field(&site, &io);
}

/* A potential that changes in time of itself: log phi = -t a.x. */
static kac_status eval_drift(const void *self, const kac_block *block,
                             kac_potential_io *io, kac_error *err) {
  (void)self, (void)err;
  for (size_t i = 0; i < block->n; i++) {
    double sum = 0;
    for (size_t j = 0; j < block->space->n_real; j++) {
      sum += kac_row(&io->x, i)[j];
      if (io->want & KAC_Q_DPHI) io->dphi[i * io->ld + j] = -io->t;
    }
    if (io->want & KAC_Q_PHI) io->phi[i] = -io->t * sum;
    if (io->want & KAC_Q_DPHI_DT) io->dphi_dt[i] = -sum;
  }
  return KAC_OK;
}
static const kac_potential_ops drift_ops = {sizeof drift_ops, 0, eval_drift};

/* dh/du = lambda sum x; at rest G is that alone. */
START_TEST(a_potential_with_a_time_of_its_own_counts_also_at_rest) {
  struct rig rig;
  struct run_result result;
  struct fault fault = {0};
  rig_open(&rig,
           "state = { real = 1; }; schedule = { plugin = \"static\"; };"
           "time = { steps = 100; };"
           "scores = ({ id = \"q\"; plugin = \"gaussian\"; });"
           "potentials = ({ plugin = \"linear\"; slope = 1.0; "
           "mode = \"rate\"; });"
           "integrators = ({ plugin = \"langevin\"; step = 1e-12; });"
           "start = { law = \"gaussian\"; mean = 1.0; variance = 0.0; };"
           "population = { particles = 4; };");
  kac_component drift = *rig.pipeline.spec.potentials[0].instance->component;
  drift.provides |= KAC_Q_DPHI_DT;
  drift.ops = &drift_ops;
  rig.pipeline.spec.potentials[0].instance->component = &drift;
  ck_assert_int_eq(engine_run(&rig.pipeline.spec, NULL, &result, &fault), 0);
  /* x = 1 for all: from h = -1 at the start to h = 0. */
  ck_assert_double_eq_tol(result.log_z, 0, 1e-3);
  run_result_free(&result);
  rig_close(&rig);
}
END_TEST

/* --- forms, and failures of models ---------------------------------------- */
static kac_status eval_velocity(const void *self, const kac_block *block,
                                kac_score_io *io, kac_error *err) {
  (void)self, (void)err;
  ck_assert_uint_eq(io->want, KAC_Q_VELOCITY);
  for (size_t i = 0; i < block->n; i++)
    for (size_t j = 0; j < D; j++)
      io->velocity[i * io->ld + j] = kac_row(&io->x, i)[j];
  return KAC_OK;
}
static const kac_score_ops velocity_ops = {.struct_size = sizeof velocity_ops,
                                           .eval = eval_velocity};

/* dx/dt = f x - g2/2 s = x with f = -1/4, g2 = 1/2: s = -5 x. */
START_TEST(a_model_of_velocities_gives_its_score) {
  struct rig rig;
  static double x[ROWS * D], s[ROWS * D];
  uint64_t seed = 4;
  rig_open(&rig, VP "integrators = ({ plugin = \"euler_maruyama\"; });");
  kac_component model = *rig.pipeline.spec.scores[0]->component;
  model.provides = KAC_Q_VELOCITY;
  model.ops = &velocity_ops;
  rig.pipeline.spec.scores[0]->component = &model;
  for (size_t k = 0; k < ROWS * D; k++) x[k] = rig_between(&seed, -2, 2);
  ck_assert(score_at(&rig, 0, x, s));
  for (size_t k = 0; k < ROWS * D; k++)
    ck_assert_double_eq_tol(s[k], -5 * x[k], 1e-12);
  rig_close(&rig);
}
END_TEST

START_TEST(a_score_that_is_not_defined_is_a_fault_that_says_so) {
  struct rig rig;
  static double x[ROWS * D], s[ROWS * D];
  rig_open(&rig, REST "integrators = ({ plugin = \"mala\"; });");
  kac_component model = *rig.pipeline.spec.scores[0]->component;
  model.provides = KAC_Q_EPS;
  rig.pipeline.spec.scores[0]->component = &model;
  ck_assert(!score_at(&rig, 3, x, s));
  ck_assert_int_eq(rig.worker.fault.code, EXIT_NUMERIC);
  ck_assert_str_eq(rig.worker.fault.text,
                   "run.cfg:1: error: q 'gaussian' (gaussian.so 1.0): gives no "
                   "score, and none follows from what it gives at t = 0.5 "
                   "(sigma or g^2 is 0 there) at step 4");
  rig_close(&rig);
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      a_potential_with_a_time_of_its_own_counts_also_at_rest,
      a_model_of_velocities_gives_its_score,
      a_score_that_is_not_defined_is_a_fault_that_says_so,
  };
  return RIG_SUITE("path models", tests);
}
