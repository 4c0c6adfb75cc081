/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rules of a pipeline about its population: when it is resampled. */
#include "pipeline_fixture.h"

#define LOOKS(KEYS) "resampler = { plugin = \"systematic\"; " KEYS " };"
START_TEST(a_trigger_that_cannot_fire_is_an_error) {
  static const char few[] = "population = { particles = 2; };";
  static const char never[] =
      "run.cfg:9: error: ess_below = 0.5 of 2 particles can never be met: ESS "
      "is at least 1\n    raise it, leave the resampler out to never resample, "
      "or set at_end = true to resample at the end only\n";
  fails_2(POPULATION, few, MORE, LOOKS(""), never);
  warns_2(POPULATION, few, MORE, LOOKS("at_end = true;"), "");
  warns_2(POPULATION, few, MORE, LOOKS("cess_below = 0.5;"), "");
  warns_2(POPULATION, "population = { particles = 1; };", MORE, LOOKS(""), "");
  warns_2(POPULATION, "population = { particles = 3; };", MORE, LOOKS(""), "");
  fails(MORE, LOOKS("every = 1000000;"),
        "run.cfg:9: error: the resampler is never looked at: no step of 8 "
        "lies in its every and window\n");
}
END_TEST

START_TEST(the_looks_of_a_resampler_are_said_once_and_exist) {
  warns_2(MORE, LOOKS("at_steps = [1, 5, 8];"), TARGET, "", "");
  fails(MORE, LOOKS("at_steps = [2]; every = 1;"),
        "run.cfg:9: error: resampler: at_steps names the steps, every and "
        "window choose them: give one or the other\n");
  fails(MORE, LOOKS("ess_below = 0.5; cess_below = 0.5;"),
        "run.cfg:9: error: resampler: give either ess_below or cess_below\n");
  fails(MORE, LOOKS("at_steps = [2, 9];"),
        "run.cfg:9: error: at_steps[1] = 9 is no step of this run: they are "
        "whole numbers from 1 to 8\n");
  fails(MORE, LOOKS("at_steps = [2.5];"),
        "run.cfg:9: error: at_steps[0] = 2.5 is no step of this run: they are "
        "whole numbers from 1 to 8\n");
  fails(MORE, LOOKS("at_steps = [3, 3];"),
        "run.cfg:9: error: at_steps[1] = 3 does not lie above at_steps[0] = "
        "3: steps are given in their order\n");
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      a_trigger_that_cannot_fire_is_an_error,
      the_looks_of_a_resampler_are_said_once_and_exist,
  };
  return RIG_SUITE("pipeline_population", tests);
}
