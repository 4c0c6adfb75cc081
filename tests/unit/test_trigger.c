/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When populations are resampled: the looks, and the conditional ESS against
 * its formula, replayed along a run. */
#include "sampler/trigger.h"

#include "sampler/cess.h"
#include "sampler_fixture.h"

#define BASE                                                              \
  "state = { real = 1; }; schedule = { plugin = \"vp\"; };"               \
  "time = { steps = 30; }; scores = ({ id = \"q\"; plugin = "             \
  "\"gaussian\"; variance = 0.5; }); target = ({ score = \"q\"; power = " \
  "0.5; }); path = { frame = \"noise\"; }; integrators = ({ plugin = "    \
  "\"euler_maruyama\"; });"
enum { N = 80 };

/* N (sum W v)^2 / sum W v^2 with W of `last` and v = exp(now - last). */
static double cess_by_hand(const double *last, const double *now, size_t n) {
  long double w = 0, wv = 0, wv2 = 0;
  for (size_t i = 0; i < n; i++) {
    if (last[i] == -KAC_INF) continue;
    long double v = expl((long double)(now[i] - last[i]));
    long double weight = expl((long double)last[i]);
    w += weight;
    wv += weight * v;
    wv2 += weight * v * v;
  }
  return (double)((long double)n * wv * wv / (w * wv2));
}

START_TEST(the_conditional_ess_is_its_formula) {
  uint64_t seed = 5;
  double last[N], now[N], rise[N];
  for (size_t i = 0; i < N; i++) {
    last[i] = i % 7 == 3 ? -KAC_INF : rig_between(&seed, -9, -3);
    rise[i] = i % 11 == 5 ? -KAC_INF : rig_between(&seed, -2, 2);
    now[i] = last[i] + rise[i];
  }
  struct cess_sums chunk[3] = {cess_sums(last, rise, 30),
                               cess_sums(last + 30, rise + 30, 1),
                               cess_sums(last + 31, rise + 31, N - 31)};
  double expected = cess_by_hand(last, now, N);
  ck_assert_double_eq_tol(cess_value(chunk, 3, N), expected, 1e-11);
  ck_assert_double_lt(expected, 0.7 * N);
  for (size_t i = 0; i < N; i++) rise[i] = -1.5; /* equal increments: N */
  struct cess_sums all = cess_sums(last, rise, N);
  ck_assert_double_eq_tol(cess_value(&all, 1, N), N, 1e-12);
  for (size_t i = 0; i < N; i++) rise[i] = -KAC_INF;
  all = cess_sums(last, rise, N);
  ck_assert(rig_same(cess_value(&all, 1, N), 0));
}
END_TEST

/* A run that is watched: was it resampled where the formula says? */
struct watch {
  double below, last[N];
  size_t every, n_seen, n_resampled;
};

static bool watch_frame(void *context, const kac_frame *frame,
                        struct fault *fault) {
  struct watch *watch = context;
  bool is_look = frame->step % watch->every == 0, is_due = false;
  (void)fault;
  if (frame->step > 0 && is_look && frame->step < frame->n_steps)
    is_due = cess_by_hand(watch->last, frame->logw, N) < watch->below * N;
  ck_assert_int_eq((frame->flags & KAC_FRAME_RESAMPLED) != 0, is_due);
  if (is_look) memcpy(watch->last, frame->logw, sizeof watch->last);
  if (is_due) memset(watch->last, 0, sizeof watch->last);
  watch->n_seen++;
  watch->n_resampled += is_due;
  return true;
}

START_TEST(a_run_is_resampled_where_the_conditional_ess_is_low) {
  for (size_t threads = 1; threads <= 3; threads += 2) {
    struct watch watch = {.below = 0.9, .every = 3};
    struct engine_hooks hooks = {.context = &watch, .on_frame = watch_frame};
    struct run_result result;
    struct fault fault;
    struct rig rig;
    char text[1024];
    snprintf(text, sizeof text,
             BASE
             "threads = %zu; population = { particles = %d; };"
             "resampler = { plugin = \"systematic\"; cess_below = 0.9; "
             "every = 3; };",
             threads, N);
    rig_open(&rig, text);
    ck_assert_int_eq(engine_run(&rig.pipeline.spec, &hooks, &result, &fault),
                     EXIT_DONE);
    ck_assert_uint_eq(watch.n_seen, 31);
    ck_assert(watch.n_resampled > 1 && watch.n_resampled < 9);
    run_result_free(&result);
    rig_close(&rig);
  }
}
END_TEST

START_TEST(looks_may_be_listed) {
  struct rig rig;
  rig_open(&rig, BASE
           "population = { particles = 8; }; resampler = { plugin = "
           "\"systematic\"; ess_below = 1.0; at_steps = [4, 17, 30]; };");
  const struct spec *spec = &rig.pipeline.spec;
  const struct replicate replicate = {.ess = 8}, dead = {.is_extinct = true};
  for (size_t k = 1; k <= 30; k++) {
    bool is_listed = k == 4 || k == 17 || k == 30;
    ck_assert(trigger_is_look(spec, k) == is_listed);
    ck_assert(trigger_is_due(spec, k - 1, &replicate) == is_listed);
    ck_assert(!trigger_is_due(spec, k - 1, &dead));
  }
  rig_close(&rig);
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      the_conditional_ess_is_its_formula,
      a_run_is_resampled_where_the_conditional_ess_is_low,
      looks_may_be_listed,
  };
  return RIG_SUITE("trigger", tests);
}
