/* SPDX-License-Identifier: GPL-3.0-or-later */
/* score/mlp through the plugin interface: against the same network in float64,
 * its VJP against finite differences of that, any split of a block, and what
 * is wrong with a file or a config. */
#include "config_fixture.h"
#include "../mlp_fixture.h"
#include "../score_fixture.h"

static const kac_coeffs now = {.alpha = 0.8, .sigma = 0.5};

static struct toy toy_of(int activation) {
  struct toy toy = {.n_layers = 4,
                    .width = {5, 40, 33, 16, 5},
                    .activation = activation,
                    .has_label = activation % 2 == 0,
                    .n_frequencies = activation == TOY_SILU ? 4 : 0,
                    .labels_all = activation != TOY_TANH,
                    .n_classes = activation < TOY_GELU ? 3 : 0,
                    .has_embedding = activation == TOY_SILU,
                    .n_embedding = 6,
                    .skip = activation == TOY_TANH ? -1.25 : 0};
  toy_fill(&toy, 7 + (unsigned)activation);
  return toy;
}

static void write_toy(const struct toy *toy, const char *form) {
  static struct net_file file;
  memset(&file, 0, sizeof file);
  toy_put(toy, &file);
  toy_edm(&file, form, "c_noise");
  net_write(&file, "toy.safetensors");
}

static void set_text(struct fixture *f, const char *name, const char *value) {
  memcpy(fixture_at(f, name, KAC_T_STRING), &value, sizeof value);
}

/* The plugin with its file; a class that the network has. */
static void open_toy(struct fixture *f, const struct toy *toy,
                     int64_t class_at) {
  fixture_open(f, "score", "mlp");
  set_text(f, "file", "toy.safetensors");
  fixture_int(f, "class", class_at);
  f->now = now;
  fixture_start(f, 1, toy->width[0], MAX_ROWS);
}

/* x0hat in float64, by the formula of the parameterisation x0: the network. */
static void x0hat(const struct toy *toy, size_t class_at, const double *x,
                  double *out) {
  double r = now.sigma / now.alpha, scaled[TOY_WIDTH];
  for (size_t j = 0; j < toy->width[0]; j++) scaled[j] = x[j] / now.alpha;
  toy_run(toy, 0.25 * log(r), class_at, scaled, out);
}

START_TEST(outputs_are_those_of_the_formula) {
  static double x[MAX_ROWS * 5];
  static struct answer a;
  struct toy toy = toy_of(_i);
  struct fixture f;
  normals(x, sizeof x / sizeof *x, 3, 1);
  write_toy(&toy, "x0");
  for (int64_t at = -1; at < (int64_t)toy.n_classes; at++) {
    open_toy(&f, &toy, at);
    ask(&f, KAC_Q_X0 | KAC_Q_SCORE | KAC_Q_EPS, 0, MAX_ROWS, x, NULL, &a);
    double worst = 0;
    for (size_t i = 0; i < MAX_ROWS; i++) {
      double want[5];
      x0hat(&toy, at < 0 ? toy.n_classes : (size_t)at, x + 5 * i, want);
      for (size_t j = 0; j < 5; j++)
        worst = worse(worst, a.x0[i * a.ld + j], want[j], 1);
    }
    ck_assert_msg(worst < 2e-6, "class %d: %g", (int)at, worst);
    ck_assert_msg(law_conversions(&f, x) < 1e-12, "conversions");
    fixture_close(&f);
  }
}
END_TEST

START_TEST(the_vjp_is_the_derivative) {
  struct toy toy = toy_of(_i);
  struct fixture f;
  static struct answer a;
  double x[5], v[5];
  write_toy(&toy, "x0");
  open_toy(&f, &toy, -1);
  for (uint64_t seed = 1; seed < 20; seed++) {
    normals(x, 5, seed, 1);
    normals(v, 5, seed + 50, 1);
    ask(&f, KAC_Q_VJP, 0, 1, x, v, &a);
    for (size_t j = 0; j < 5; j++) {
      double up[5], down[5], sum = 0, h = 1e-6, kept = x[j];
      x[j] = kept + h;
      x0hat(&toy, toy.n_classes, x, up);
      x[j] = kept - h;
      x0hat(&toy, toy.n_classes, x, down);
      x[j] = kept;
      for (size_t i = 0; i < 5; i++) sum += v[i] * (up[i] - down[i]) / (2 * h);
      ck_assert_msg(worse(0, a.vjp[j], sum, 1) < 1e-5, "%g instead of %g",
                    a.vjp[j], sum);
    }
  }
  fixture_close(&f);
}
END_TEST

START_TEST(rows_do_not_depend_on_their_block) {
  static double x[MAX_ROWS * 5], v[MAX_ROWS * 5];
  struct toy toy = toy_of(_i);
  struct fixture f;
  normals(x, sizeof x / sizeof *x, 11, 2);
  normals(v, sizeof v / sizeof *v, 12, 1);
  write_toy(&toy, "edm");
  open_toy(&f, &toy, -1);
  ck_assert(law_split(&f, KAC_Q_SCORE | KAC_Q_X0 | KAC_Q_VJP, x, v));
  ck_assert(law_split(&f, KAC_Q_EPS, x, NULL));
  fixture_close(&f);
}
END_TEST

/* Large inputs stay finite and reach their limits. */
START_TEST(activations_hold_far_out) {
  struct toy toy = {.n_layers = 2, .width = {1, 1, 1}, .activation = _i};
  struct fixture f;
  static struct answer a;
  toy.weight[0][0] = toy.weight[1][0] = 1;
  write_toy(&toy, "x0");
  open_toy(&f, &toy, -1);
  for (double x = -1e4; x < 2e4; x += 97) {
    double scaled = x / now.alpha, want = toy_activate(_i, scaled);
    ask(&f, KAC_Q_X0, 0, 1, &x, NULL, &a);
    ck_assert_msg(fabs(a.x0[0] - want) < 1e-6 * (1 + fabs(scaled)),
                  "%g: %g instead of %g", scaled, a.x0[0], want);
  }
  fixture_close(&f);
}
END_TEST

/* --- bad input -------------------------------------------------------------
 */
static const struct {
  const char *key, *value, *says;
} wrong[] = {
    {"kac.mlp.dim", "4",
     "tensor 'layers.0.weight' has shape (40, 19), expected (40, 18)"},
    {"kac.mlp.dim", "0", "kac.mlp.dim = '0', expected a whole number from 1"},
    {"kac.mlp.layers", "3",
     "tensor 'layers.2.bias' has shape (16), expected (5"},
    {"kac.mlp.layers", "5", "no tensor 'layers.4.bias'"},
    {"kac.mlp.layers", "65", "expected a whole number from 1 to 64"},
    {"kac.mlp.activation", "swish",
     "expected silu, relu, tanh, gelu, identity"},
    {"kac.mlp.label_features", "raw",
     "tensor 'layers.0.weight' has shape (40, 19), expected (40, 12)"},
    {"kac.mlp.class_features", "none",
     "class_features = 'none' with 3 classes"},
    {"kac.mlp.skip", "x", "kac.mlp.skip = 'x', expected a number"},
    {"kac.n_classes", "4",
     "tensor 'class.embedding' has shape (4, 6), expected (5, 6)"},
    {"kac.architecture", "unet", "but this plugin runs 'mlp'"},
    {"kac.schedule", "karras", "expected vp, cosine, ve, edm"},
};

/* Replaces the value of a key in the notes. */
static void set_note(struct net_file *file, const char *key,
                     const char *value) {
  char marked[64], *at, rest[NET_HEADER];
  snprintf(marked, sizeof marked, "\"%s\":\"", key);
  at = strstr(file->notes, marked);
  ck_assert_ptr_nonnull(at);
  at += strlen(marked);
  snprintf(rest, sizeof rest, "%s", strchr(at, '"'));
  snprintf(at, sizeof file->notes - (size_t)(at - file->notes), "%s%s", value,
           rest);
}

static void expect_plan(struct fixture *f, size_t d, const char *says) {
  kac_status status = fixture_plan(f, 1, d, 8);
  ck_assert_int_eq(status, KAC_EINVAL);
  ck_assert_msg(strstr(f->err.msg, says), "'%s' is not in '%s'", says,
                f->err.msg);
}

START_TEST(a_file_that_does_not_fit_is_refused_at_check_time) {
  static struct net_file file;
  struct toy toy = toy_of(TOY_SILU);
  struct fixture f;
  memset(&file, 0, sizeof file);
  toy_put(&toy, &file);
  toy_edm(&file, "v", "t");
  set_note(&file, wrong[_i].key, wrong[_i].value);
  net_write(&file, "toy.safetensors");
  fixture_open(&f, "score", "mlp");
  set_text(&f, "file", "toy.safetensors");
  expect_plan(&f, 5, wrong[_i].says);
  dlclose(f.file);
  free(f.config);
}
END_TEST

START_TEST(tensors_that_nothing_uses_or_are_not_finite_are_refused) {
  static struct net_file file;
  struct toy toy = toy_of(TOY_SILU);
  struct fixture f;
  memset(&file, 0, sizeof file);
  toy_put(&toy, &file);
  toy_edm(&file, "v", "t");
  net_tensor(&file, "norm.weight", 1, 0, (float[]){1});
  net_write(&file, "toy.safetensors");
  fixture_open(&f, "score", "mlp");
  set_text(&f, "file", "toy.safetensors");
  expect_plan(&f, 5,
              "tensor 'norm.weight' of shape (1) in the file, but "
              "kac.architecture = 'mlp' with its 4 layers uses only 13 of its "
              "14 tensors");
  toy.weight[2][17] = NAN;
  write_toy(&toy, "v");
  expect_plan(&f, 5,
              "tensor 'layers.2.weight': number 17 of 528 is not finite");
  dlclose(f.file);
  free(f.config);
}
END_TEST

START_TEST(a_config_that_does_not_fit_is_refused_at_check_time) {
  struct toy toy = toy_of(TOY_SILU);
  struct fixture f;
  write_toy(&toy, "x0");
  fixture_open(&f, "score", "mlp");
  set_text(&f, "file", "toy.safetensors");
  expect_plan(&f, 2, "the network is for 5 reals, the state has 2");
  fixture_int(&f, "class", 3);
  expect_plan(&f, 5, "class = 3, but there are 3 classes");
  set_text(&f, "file", "none.safetensors");
  expect_plan(&f, 5, "none.safetensors: No such file or directory");
  dlclose(f.file);
  free(f.config);
}
END_TEST

START_TEST(another_parameterisation_is_used_and_told) {
  struct toy toy = toy_of(TOY_IDENTITY);
  struct fixture f;
  struct self *self;
  write_toy(&toy, "x0");
  fixture_open(&f, "score", "mlp");
  set_text(&f, "file", "toy.safetensors");
  int64_t score = 4;
  memcpy(fixture_at(&f, "parameterisation", KAC_T_CHOICE), &score,
         sizeof score);
  f.now = now;
  ck_assert_int_eq(fixture_plan(&f, 1, 5, MAX_ROWS), KAC_OK);
  ck_assert(f.plan.sigma_data == 0.8);
  f.host = (kac_host){
      .struct_size = sizeof f.host, .impl = &f, .alloc = fixture_alloc};
  f.scratch = fixture_alloc(&f.host, f.plan.scratch_bytes);
  ck_assert_int_eq(
      f.component->create(&f.host, f.config, &f.plan, (void **)&self, &f.err),
      KAC_OK);
  f.self = self;
  ck_assert_str_eq(f.plan.warning,
                   "parameterisation = \"score\", but the network's file says "
                   "\"x0\"");
  static struct answer a;
  double x[5] = {0.3, -1, 0, 2, 0.7}, scaled[5], want[5];
  for (size_t j = 0; j < 5; j++) scaled[j] = x[j] / now.alpha;
  toy_run(&toy, 0.25 * log(now.sigma / now.alpha), 0, scaled, want);
  ask(&f, KAC_Q_SCORE, 0, 1, x, NULL, &a);
  for (size_t j = 0; j < 5; j++)
    ck_assert(worse(0, a.score[j], want[j] / now.alpha, 1) < 2e-6);
  fixture_close(&f);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("mlp");
  TCase *cases = tcase_create("files"), *vjp = tcase_create("vjp");
  tcase_add_checked_fixture(cases, set_up, tear_down);
  tcase_add_loop_test(cases, outputs_are_those_of_the_formula, 0, 5);
  tcase_add_checked_fixture(vjp, set_up, tear_down);
  tcase_add_loop_test(vjp, the_vjp_is_the_derivative, 0, 5);
  tcase_add_loop_test(cases, rows_do_not_depend_on_their_block, 0, 5);
  tcase_add_loop_test(cases, activations_hold_far_out, 0, 5);
  tcase_add_loop_test(cases, a_file_that_does_not_fit_is_refused_at_check_time,
                      0, sizeof wrong / sizeof *wrong);
  tcase_add_test(cases,
                 tensors_that_nothing_uses_or_are_not_finite_are_refused);
  tcase_add_test(cases, a_config_that_does_not_fit_is_refused_at_check_time);
  tcase_add_test(cases, another_parameterisation_is_used_and_told);
  suite_add_tcase(suite, cases);
  suite_add_tcase(suite, vjp);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int n_failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
