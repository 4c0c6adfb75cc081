/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The move of a Gaussian kernel: the noise of a row is that of its address,
 * however many rows are drawn together, and no mean may be NaN.  The kernel
 * stays where it is (fixtures/nan_kernel.c). */
#include "sampler/rng.h"
#include "sampler_fixture.h"

enum { ROWS = 700, MOST_D = 5, NEVER = 99 };

static enum exit_code run_kernel(size_t d, double width, size_t bad_step,
                                 const char *more, struct run_result *result,
                                 struct fault *fault) {
  char text[1024];
  snprintf(text, sizeof text,
           "seed = 3; block = 512; state = { real = %zu; };"
           "schedule = { plugin = \"vp\"; }; time = { steps = 3; };"
           "scores = ({ plugin = \"gaussian\"; });"
           "integrators = ({ plugin = \"nan_kernel\"; width = %.17g;"
           " row = 601; step = %zu; });"
           "population = { particles = %d; }; %s",
           d, width, bad_step, ROWS, more);
  return rig_run(text, result, fault);
}

START_TEST(every_row_gets_the_noise_of_its_address) {
  static const size_t dims[] = {1, 2, MOST_D};
  static double z[ROWS * MOST_D];
  const double width = 0.125;
  for (size_t k = 0; k < 3; k++) {
    struct run_result still, moved;
    struct fault fault = {0};
    size_t d = dims[k];
    ck_assert_int_eq(run_kernel(d, 0, NEVER, "", &still, &fault), EXIT_DONE);
    ck_assert_int_eq(run_kernel(d, width, NEVER, "", &moved, &fault),
                     EXIT_DONE);
    for (uint32_t step = 0; step < 3; step++) {
      const struct rng_address at = {.step = step};
      rng_normal(rng_key(3, USE_NOISE, 0), at, ROWS, z, d, d);
      for (size_t i = 0; i < ROWS * d; i++) still.x[i] += width * z[i];
    }
    for (size_t i = 0; i < ROWS * d; i++)
      ck_assert_double_eq_tol(moved.x[i], still.x[i], 1e-14);
    run_result_free(&still);
    run_result_free(&moved);
  }
}
END_TEST

static const struct {
  const char *what;
  double width;
  const char *more;
} kinds[] = {{"told from the sum with the noise", 0.1, ""},
             {"without noise", 0, ""},
             {"with weights that need the noise", 0.1,
              "path = { weights = \"density\"; };"},
             {"with a guide", 0.1,
              "potentials = ({ plugin = \"quadratic\"; mode = \"difference\";"
              " guide = 1.0; });"}};
enum { N_KINDS = sizeof kinds / sizeof *kinds };

START_TEST(a_mean_that_is_nan_stops_the_run) {
  struct run_result result;
  struct fault fault = {0};
  enum exit_code code =
      run_kernel(3, kinds[_i].width, 1, kinds[_i].more, &result, &fault);
  ck_assert_msg(code == EXIT_NUMERIC, "%s: exit code %d, %s", kinds[_i].what,
                code, fault.text);
  ck_assert_msg(strstr(fault.text,
                       "the kernel's mean is NaN (expected a finite number) at "
                       "step 2, replicate 0, particle 601") != NULL,
                "%s: %s", kinds[_i].what, fault.text);
  run_result_free(&result);
}
END_TEST

int main(void) {
  const TTest *const tests[] = {every_row_gets_the_noise_of_its_address};
  const struct rig_loop loops[] = {{a_mean_that_is_nan_stops_the_run, N_KINDS}};
  return rig_suite("kernel", tests, 1, loops, 1);
}
