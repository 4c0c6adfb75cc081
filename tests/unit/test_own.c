/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What plugins allocate by themselves: their plans say what create takes, the
 * estimate of a run has it, and what does not fit is refused.  The fixture is
 * owner. */
#define _GNU_SOURCE /* mallinfo2 */
#include "sampler/own.h"

#include <malloc.h>
#include <unistd.h>

#include "sampler_fixture.h"

/* --- kac_owns ------------------------------------------------------------- */

START_TEST(kac_owns_adds_up_and_never_wraps) {
  kac_plan plan = {.struct_size = sizeof plan};
  kac_owns(&plan, 3, 100);
  kac_owns(&plan, 0, SIZE_MAX);
  kac_owns(&plan, SIZE_MAX, 0);
  kac_owns(&plan, 1, 7);
  ck_assert_uint_eq(plan.own_bytes, 307);
  kac_owns(&plan, SIZE_MAX / 2, 3);
  ck_assert_uint_eq(plan.own_bytes, SIZE_MAX);
  kac_owns(&plan, 1, 1);
  ck_assert_uint_eq(plan.own_bytes, SIZE_MAX);
}
END_TEST

START_TEST(kac_owns_writes_nothing_into_the_plan_of_an_older_host) {
  kac_plan plan = {.struct_size = offsetof(kac_plan, own_bytes)};
  kac_owns(&plan, 3, 100);
  ck_assert_uint_eq(plan.own_bytes, 0);
}
END_TEST

/* --- the sum -------------------------------------------------------------- */

struct config {
  const char *file;
};
static const kac_param params[] = {{"file", "", "", KAC_T_STRING, KAC_P_FILE,
                                    KAC_AT(struct config, file, const char *),
                                    0, 0, 0, ""}};

static int32_t same_group(const void *self, const void *other) {
  return self == other;
}

enum { N = 4 };
static struct config configs[N];
static struct instance instances[N];
static struct instance *all[N];
static const kac_score_ops heads = {.struct_size = sizeof heads,
                                    .same_group = same_group};
static const kac_score_ops loners = {.struct_size = sizeof loners};

/* N instances of a component, each with 1000 bytes and the same file. */
static struct spec spec_of(kac_component *component, const kac_score_ops *ops) {
  *component = (kac_component){.struct_size = sizeof *component,
                               .kind = KAC_SCORE,
                               .params = params,
                               .n_params = 1,
                               .param_size = sizeof *params,
                               .ops = ops};
  for (size_t i = 0; i < N; i++) {
    configs[i].file = i % 2 ? "net.safetensors" : &"./net.safetensors"[2];
    instances[i] =
        (struct instance){.component = component, .config = &configs[i]};
    instances[i].plan.own_bytes = 1000;
    all[i] = &instances[i];
  }
  return (struct spec){.instances = all, .n_instances = N};
}

START_TEST(what_plans_say_is_summed) {
  kac_component component;
  struct spec spec = spec_of(&component, &loners);
  ck_assert_uint_eq(own_bytes(&spec), 4000);
  instances[1].plan.own_bytes = 0;
  ck_assert_uint_eq(own_bytes(&spec), 3000);
}
END_TEST

START_TEST(heads_of_the_same_file_count_once) {
  kac_component component, other;
  struct spec spec = spec_of(&component, &heads);
  ck_assert_uint_eq(own_bytes(&spec), 1000);
  configs[2].file = "another.safetensors";
  ck_assert_uint_eq(own_bytes(&spec), 2000);
  instances[3].plan.own_bytes = 500; /* in another precision */
  ck_assert_uint_eq(own_bytes(&spec), 2500);
  other = component;
  instances[1].component = &other;
  ck_assert_uint_eq(own_bytes(&spec), 3500);
}
END_TEST

START_TEST(heads_without_a_file_and_other_kinds_count_each) {
  kac_component component;
  struct spec spec = spec_of(&component, &heads);
  component.n_params = 0;
  ck_assert_uint_eq(own_bytes(&spec), 4000);
  component.n_params = 1;
  component.kind = KAC_OBSERVER;
  ck_assert_uint_eq(own_bytes(&spec), 4000);
}
END_TEST

START_TEST(a_sum_that_does_not_fit_is_as_much_as_can_be) {
  kac_component component;
  struct spec spec = spec_of(&component, &loners);
  for (size_t i = 0; i < N; i++) instances[i].plan.own_bytes = SIZE_MAX / 3 + 1;
  ck_assert_uint_eq(own_bytes(&spec), SIZE_MAX);
}
END_TEST

/* --- the estimate --------------------------------------------------------- */

#define STEPS                                         \
  "time = { steps = 20; };"                           \
  "integrators = ({ plugin = \"euler_maruyama\"; });" \
  "resampler = { plugin = \"systematic\"; };"         \
  "output = { trace = false; };"
#define POPULATION "population = { particles = 5000; replicates = 4; };"
#define GAUSSIAN                     \
  "schedule = { plugin = \"vp\"; };" \
  "scores = ({ id = \"q\"; plugin = \"gaussian\"; });"
#define PLANE "state = { real = 2; };" GAUSSIAN STEPS

START_TEST(the_estimate_of_a_run_has_it) {
  struct rig rig;
  ck_assert(
      rig_check(&rig, PLANE POPULATION
                "observers = ({ plugin = \"owner\"; times = 3; bytes = 1000; },"
                "             { plugin = \"owner\"; bytes = 70; });"));
  size_t with = engine_memory(&rig.pipeline.spec);
  ck_assert_uint_eq(own_bytes(&rig.pipeline.spec), 3070);
  ck_assert_uint_eq(rig.pipeline.memory, with);
  for (size_t i = 0; i < rig.pipeline.spec.n_instances; i++)
    rig.pipeline.spec.instances[i]->plan.own_bytes = 0;
  ck_assert_uint_eq(engine_memory(&rig.pipeline.spec), with - 3070);
  rig_close(&rig);
}
END_TEST

/* Two thirds of the address space, and more than it. */
static const struct {
  const char *observers, *gigabytes;
} too_large[] = {
    {"{ plugin = \"owner\"; times = 2; bytes = 6000000000000000000L; }",
     "1.2e+10"},
    {"{ plugin = \"owner\"; times = 3; bytes = 6148914691236517206L; }",
     "1.84e+10"},
    {"{ plugin = \"owner\"; bytes = 6148914691236517206L; },"
     "{ plugin = \"owner\"; bytes = 6148914691236517207L; },"
     "{ plugin = \"owner\"; bytes = 6148914691236517208L; }",
     "1.84e+10"}};

START_TEST(more_than_the_machine_has_is_refused) {
  struct rig rig;
  char text[1024], wanted[256];
  snprintf(text, sizeof text, PLANE POPULATION "observers = (%s);",
           too_large[_i].observers);
  ck_assert(!rig_check(&rig, text));
  ck_assert_int_eq(diag_code(rig.diag), EXIT_RESOURCE);
  snprintf(wanted, sizeof wanted, "population: a run needs %s GB (5000 ",
           too_large[_i].gigabytes);
  ck_assert_msg(strstr(diag_text(rig.diag), wanted) != NULL, "%s",
                diag_text(rig.diag));
  snprintf(wanted, sizeof wanted, "plugins allocate %s GB of that by themselve",
           too_large[_i].gigabytes);
  ck_assert_msg(strstr(diag_text(rig.diag), wanted) != NULL, "%s",
                diag_text(rig.diag));
  rig_close(&rig);
}
END_TEST

/* --- our own plugins ------------------------------------------------------ */

#define SMALL PLANE POPULATION
#define BODIES "state = { particles = 4; dim = 2; };" GAUSSIAN STEPS POPULATION
#define MODELS "file = \"conf/models/"
#define CLASSIFIER MODELS "digits_classifier.safetensors\";"
#define DIGITS                                                            \
  "state = { real = 64; };"                                               \
  "schedule = { plugin = \"edm\"; sigma_min = 0.02; sigma_max = 20.0; };" \
  "scores = ({ id = \"a\"; plugin = \"unet\"; class = 3; " MODELS         \
  "digits.safetensors\"; }, { id = \"b\"; plugin = \"unet\"; " MODELS     \
  "digits.safetensors\"; });" STEPS POPULATION                            \
  "target = ({ score = \"a\"; power = 1.5; },"                            \
  "          { score = \"b\"; power = -0.5; });"

static const char *const owners[] = {
    SMALL "observers = ({ plugin = \"moments\"; });",
    SMALL "observers = ({ plugin = \"compare\"; mean = [ 0.0 ]; });",
    SMALL
    "observers = ({ plugin = \"compare\"; max_points = 100000;"
    "               samples = ((0.0, 1.0), (1.0, 2.0)); });",
    SMALL "observers = ({ plugin = \"npy\"; });",
    PLANE
    "population = { particles = 20; replicates = 20000; };"
    "observers = ({ plugin = \"trace\"; });",
    BODIES "observers = ({ plugin = \"xyz\"; });",
    BODIES "observers = ({ plugin = \"dcd\"; });",
    DIGITS,
    DIGITS "potentials = ({ plugin = \"classifier\"; class = 3; " CLASSIFIER
           "});",
    DIGITS "observers = ({ plugin = \"classes\"; " CLASSIFIER "});",
};

static size_t heap(void) {
  struct mallinfo2 now = mallinfo2();
  return now.uordblks + now.hblkhd;
}

/* But for what every instance has: a chunk or two, names, keys. */
START_TEST(our_plans_say_what_create_takes) {
  struct rig rig;
  ck_assert_int_eq(chdir(getenv("KAC_SRCDIR")), 0);
  ck_assert_msg(rig_check(&rig, owners[_i]), "%s", diag_text(rig.diag));
  size_t own = own_bytes(&rig.pipeline.spec), before = heap();
  ck_assert_msg(pipeline_create(&rig.pipeline, NULL, rig.diag), "%s",
                diag_text(rig.diag));
  size_t taken = heap() - before;
  size_t rest = rig.pipeline.spec.n_instances * 20000;
  ck_assert_uint_gt(own, 40000);
  /* A sanitizer's allocator is not seen by mallinfo2. */
  ck_assert_msg(before == 0 || taken < own + rest, "%zu of %zu", taken, own);
  ck_assert_msg(before == 0 || own < taken + taken / 10, "%zu of %zu", taken,
                own);
  rig_close(&rig);
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      kac_owns_adds_up_and_never_wraps,
      kac_owns_writes_nothing_into_the_plan_of_an_older_host,
      what_plans_say_is_summed,
      heads_of_the_same_file_count_once,
      heads_without_a_file_and_other_kinds_count_each,
      a_sum_that_does_not_fit_is_as_much_as_can_be,
      the_estimate_of_a_run_has_it,
  };
  const struct rig_loop loops[] = {
      {more_than_the_machine_has_is_refused,
       sizeof too_large / sizeof *too_large},
      {our_plans_say_what_create_takes, sizeof owners / sizeof *owners},
  };
  return rig_suite("own", tests, sizeof tests / sizeof *tests, loops,
                   sizeof loops / sizeof *loops);
}
