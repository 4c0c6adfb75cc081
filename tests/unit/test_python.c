/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a run finds wrong in a Python file, word for word; one process for many
 * files, for an interpreter is slow to start.  What check finds is in
 * tests/cli/python.sh. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* mkdtemp */
#endif
#include "config_fixture.h"
#include "sampler_fixture.h"

struct trouble {
  const char *source, *keys, *message; /* keys besides the file */
};

#define AT_STEP " at step 1"
static const struct trouble with_numpy[] = {
    {"def reward(x):\n    return x[:, 0]\na = 1 / 0\n", "",
     "reward.py:3: ZeroDivisionError: division by zero\n"},
    {"import nowhere_to_be_found\ndef reward(x): return x[:, 0]\n", "",
     "reward.py:1: ModuleNotFoundError: No module named "
     "'nowhere_to_be_found'\n"},
    {"reward = 1.5\n", "",
     "'reward' of reward.py is of type float, expected a function\n"},
    {"from math import *\ndef rewards(x): return x[:, 0]\n", "",
     "reward.py has no function 'reward'; did you mean 'rewards'?\n"},
    {"def decorated(function): return lambda *, a, b: function\n"
     "@decorated\n"
     "def reward(x): return x\n",
     "",
     "reward.py: reward(*, a, b) does not take x: expected reward(x, ...)\n"},
    {"reward = print\nreward.missing = 3\n", "",
     "reward.py:2: AttributeError: 'builtin_function_or_method' object has no "
     "attribute 'missing'"},
    {"def inner(x):\n"
     "    raise ValueError('two lines\\nof text')\n"
     "def reward(x):\n"
     "    return inner(x)\n",
     "", "reward.py:2: ValueError: two lines of text" AT_STEP},
    {"class Mute(Exception):\n"
     "    def __str__(self): raise self\n"
     "def reward(x): raise Mute\n",
     "", "reward.py:3: Mute: its text cannot be had" AT_STEP},
    {"def reward(x): raise KeyError\n", "", "reward.py:1: KeyError" AT_STEP},
    {"def reward(x): import sys; sys.exit(3)\n", "",
     "reward.py:1: SystemExit: 3" AT_STEP},
    {"import numpy as np\n"
     "def reward(x):\n"
     "    return np.concatenate([np.ones(3), np.ones((2, 2))])\n",
     "",
     "reward.py:3: ValueError: all the input arrays must have same number of "
     "dimensions"},
    {"def reward(x):\n    x[:, 0] = 1\n", "",
     "reward.py:2: ValueError: assignment destination is read-only" AT_STEP},
    {"def reward(x): return x[:, :1]\n", "",
     "reward() returned shape (10, 1), expected (10,)" AT_STEP},
    {"def reward(x): return 1.0\n", "",
     "reward() returned shape (), expected (10,)" AT_STEP},
    {"def reward(x): return\n", "",
     "reward() returned NoneType, expected an array of shape (10,)" AT_STEP},
    {"def reward(x): return x[:, 0] * 1j\n", "",
     "reward() returned numbers of type complex128, expected "
     "float64" AT_STEP},
    {"def reward(x): return x[:, 0]\ndef slope(x): return x[:, 0]\n",
     "gradient = \"slope\"; guide = 1.0;",
     "slope() returned shape (10,), expected (10, 2)" AT_STEP},
    {"def reward(x): return x[:, 0], x, x\n",
     "gradient = \"reward\"; guide = 1.0;",
     "reward() returned tuple of 3, expected an array of shape (10, 2): "
     "ValueError: "},
    {"def reward(x): return {1: 2}\n", "",
     "reward() returned shape (), expected (10,)" AT_STEP},
    {"def reward(x): raise ValueError('word ' * 60)\n", "",
     "reward.py:1: ValueError: word word word word word word word word word "
     "word word word word word word word word word word word word word word "
     "word word word word word word word word word word word word word word "
     "word word word word word word "
     "..." AT_STEP},
    {"kept = []\n"
     "def reward(x):\n"
     "    kept.append(x[:, 0])\n"
     "    return x[:, 0]\n",
     "",
     "reward() keeps an array of kac's after it has returned: keep a copy of "
     "it, as x.copy()" AT_STEP},
    {"def reward(x):\n"
     "    y = x[:, 0].copy()\n"
     "    y[7] = float('nan')\n"
     "    return y\n",
     "",
     "phi is NaN (expected a finite number or -inf)" AT_STEP
     ", replicate 0, particle 7"},
    {"def reward(x, out): pass\n", "",
     "phi is not written, though eval gave success" AT_STEP
     ", replicate 0, particle 0"},
};

/* The module numpy cannot be imported. */
#define BARE "import sys; sys.modules['numpy'] = None\n"
static const struct trouble without_numpy[] = {
    {BARE "def reward(x): return [0.0] * 9\n", "",
     "reward() returned shape (9,), expected (10,)" AT_STEP},
    {BARE "def reward(x): return 0.0\n", "",
     "reward() returned float, expected an array of shape (10,)" AT_STEP},
    {BARE "def reward(x): return [0.0] * 10\n"
          "def slope(x): return [[1.0, 0.0]] * 9 + [[1.0]]\n",
     "gradient = \"slope\"; guide = 0.5;",
     "slope() returned shape (10, 'various'), expected (10, 2)" AT_STEP},
    {BARE "def reward(x): return ['a'] * 10\n", "",
     "reward() returned list of 10, expected an array of shape (10,): "
     "TypeError: memoryview: invalid type for format 'd'" AT_STEP},
    {BARE "def reward(x):\n    x[0, 0] = 1.0\n", "",
     "reward.py:3: TypeError: cannot modify read-only memory" AT_STEP},
    {BARE "kept = []\n"
          "def reward(x):\n    kept.append(x)\n    return [0.0] * 10\n",
     "",
     "reward() keeps an array of kac's after it has returned: keep a copy of "
     "it, as x.copy()" AT_STEP},
};

static void run_one(const struct trouble *trouble, size_t i) {
  static const char before[] = "potentials[0] 'python' (python.so 1.0): ";
  char text[4096], path[64];
  struct rig rig;
  struct fault fault = {0};
  struct run_result result = {0};
  snprintf(path, sizeof path, "%zu", i);
  ck_assert_int_eq(mkdir(path, 0700), 0);
  snprintf(path, sizeof path, "%zu/reward.py", i);
  write_text(path, trouble->source);
  snprintf(text, sizeof text,
           "state = { real = 2; };\n"
           "schedule = { plugin = \"ve\"; };\n"
           "time = { steps = 3; };\n"
           "scores = ({ id = \"q\"; plugin = \"gaussian\"; });\n"
           "potentials = ({ plugin = \"python\"; file = \"%s\"; %s });\n"
           "integrators = ({ plugin = \"euler_maruyama\"; });\n"
           "population = { particles = 10; };\n",
           path, trouble->keys);
  bool is_checked = rig_check(&rig, text);
  ck_assert_msg(is_checked, "%s", diag_text(rig.diag));
  if (pipeline_create(&rig.pipeline, NULL, rig.diag))
    engine_run(&rig.pipeline.spec, NULL, &result, &fault);
  const char *said = fault.code ? fault.text : diag_text(rig.diag);
  const char *found = strstr(said, before);
  ck_assert_msg(found != NULL, "%zu: %s", i, said);
  found += strlen(before);
  size_t n = strlen(trouble->message);
  ck_assert_msg(strncmp(found, trouble->message, n) == 0,
                "%zu: %s\nexpected: %s", i, found, trouble->message);
  run_result_free(&result);
  rig_close(&rig);
}

START_TEST(a_run_says_what_is_wrong_and_where) {
  for (size_t i = 0; i < sizeof with_numpy / sizeof *with_numpy; i++)
    run_one(&with_numpy[i], i);
}
END_TEST

START_TEST(so_it_does_without_numpy) {
  for (size_t i = 0; i < sizeof without_numpy / sizeof *without_numpy; i++)
    run_one(&without_numpy[i], i);
}
END_TEST

/* Of each call nothing stays: CPython counts its blocks. */
START_TEST(a_call_leaves_nothing_behind) {
  struct run_result result;
  write_text("reward.py",
             "import sys\n"
             "n = first = 0\n"
             "def reward(x, out):\n"
             "    global n, first\n"
             "    n += 1\n"
             "    first = sys.getallocatedblocks() if n == 20 else first\n"
             "    assert n <= 20 or sys.getallocatedblocks() < first + 50\n"
             "    out[:] = 0\n"
             "def gradient(x): return 0 * x\n");
  rig_result(
      "state = { real = 2; };\n"
      "schedule = { plugin = \"ve\"; };\n"
      "time = { steps = 200; };\n"
      "scores = ({ id = \"q\"; plugin = \"gaussian\"; });\n"
      "potentials = ({ plugin = \"python\"; file = \"reward.py\"; gradient = "
      "\"gradient\"; guide = 1.0; });\n"
      "integrators = ({ plugin = \"euler_maruyama\"; });\n"
      "population = { particles = 10; };\n",
      &result);
  run_result_free(&result);
}
END_TEST

/* A gradient that is not named is known to be missing before the run. */
START_TEST(no_gradient_is_promised) {
  struct rig rig;
  write_text("reward.py", "def reward(x): return x[:, 0]\n");
  ck_assert(!rig_check(
      &rig,
      "state = { real = 2; };\n"
      "schedule = { plugin = \"ve\"; };\n"
      "time = { steps = 3; };\n"
      "scores = ({ id = \"q\"; plugin = \"gaussian\"; });\n"
      "potentials = ({ plugin = \"python\"; file = \"reward.py\"; mode = "
      "\"rate\"; });\n"
      "integrators = ({ plugin = \"euler_maruyama\"; });\n"
      "population = { particles = 10; };\n"));
  ck_assert_str_eq(diag_text(rig.diag),
                   "run.cfg:5: error: mode = \"rate\" needs the gradient, and "
                   "potential 'potentials[0]' (python) has none\n");
  rig_close(&rig);
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      a_run_says_what_is_wrong_and_where, so_it_does_without_numpy,
      a_call_leaves_nothing_behind, no_gradient_is_promised};
  setenv("PYTHONDONTWRITEBYTECODE", "1", 1);
  return RUN_SUITE("python", tests);
}
