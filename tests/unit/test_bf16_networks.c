/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Networks with precision = "bf16": as far from float32 as rounding implies,
 * and no nearer; any split of a block down to the bit; what a user is told. */
#include "config_fixture.h"
#include "../mlp_fixture.h"
#include "../score_fixture.h"

#include "plugins/net/bf16.h"
#include "plugins/net/onednn.h"

/* Half an ulp of bfloat16, relative. */
static const double UNIT = 0x1p-9;

static const kac_coeffs now = {.alpha = 0.8, .sigma = 0.5};

static struct toy toy_of(int activation) {
  struct toy toy = {
      .n_layers = 4, .width = {5, 40, 33, 16, 5}, .activation = activation};
  toy_fill(&toy, 3 + (unsigned)activation);
  return toy;
}

static void write_toy(const struct toy *toy) {
  static struct net_file file;
  memset(&file, 0, sizeof file);
  toy_put(toy, &file);
  toy_edm(&file, "x0", "c_noise");
  net_write(&file, "toy.safetensors");
}

static void open_toy(struct fixture *f, const char *name, const char *file) {
  fixture_open(f, "score", name);
  fixture_string(f, "file", file);
  fixture_choice(f, "precision", 1);
  f->now = now;
}

/* How far z = W h may be from what is exact for h, e.g. off by e: |W| e and the
 * rounding of W and h + e; a hair more for float32.  w: rows of n numbers, or
 * their columns. */
static void bound_product(const float *w, size_t n_in, size_t n_out,
                          bool is_transposed, const double *h, const double *e,
                          double *out) {
  double u = 2.02 * UNIT;
  for (size_t o = 0; o < n_out; o++) {
    out[o] = 0;
    for (size_t i = 0; i < n_in; i++) {
      double size =
          fabs((double)(is_transposed ? w[i * n_out + o] : w[o * n_in + i]));
      out[o] += size * (e[i] + u * (fabs(h[i]) + e[i]));
    }
  }
}

/* The exact network, and the bound of what rounding does to it: activations
 * are no steeper than 1.1. */
static void bound_network(const struct toy *toy, const double *x, double *value,
                          double *bound) {
  double h[TOY_WIDTH], e[TOY_WIDTH] = {0}, z[TOY_WIDTH];
  for (size_t j = 0; j < toy->width[0]; j++) h[j] = x[j];
  for (size_t l = 0; l < toy->n_layers; l++) {
    size_t n_in = toy->width[l], n_out = toy->width[l + 1];
    double next[TOY_WIDTH];
    bound_product(toy->weight[l], n_in, n_out, false, h, e, next);
    for (size_t o = 0; o < n_out; o++) {
      z[o] = (double)toy->bias[l][o];
      for (size_t i = 0; i < n_in; i++)
        z[o] += (double)toy->weight[l][o * n_in + i] * h[i];
    }
    bool is_last = l + 1 == toy->n_layers;
    for (size_t o = 0; o < n_out; o++) {
      h[o] = is_last ? z[o] : toy_activate(toy->activation, z[o]);
      e[o] = is_last ? next[o] : 1.1 * next[o] + 1e-6;
    }
  }
  memcpy(value, h, toy->width[toy->n_layers] * sizeof *h);
  memcpy(bound, e, toy->width[toy->n_layers] * sizeof *e);
}

/* Of v through a network without activations, backwards. */
static void bound_vjp(const struct toy *toy, const double *v, double *value,
                      double *bound) {
  double g[TOY_WIDTH], e[TOY_WIDTH] = {0};
  for (size_t j = 0; j < toy->width[toy->n_layers]; j++) g[j] = v[j];
  for (size_t l = toy->n_layers; l-- > 0;) {
    size_t n_in = toy->width[l], n_out = toy->width[l + 1];
    double to[TOY_WIDTH] = {0}, next[TOY_WIDTH];
    bound_product(toy->weight[l], n_out, n_in, true, g, e, next);
    for (size_t o = 0; o < n_out; o++)
      for (size_t i = 0; i < n_in; i++)
        to[i] += (double)toy->weight[l][o * n_in + i] * g[o];
    memcpy(g, to, n_in * sizeof *g);
    memcpy(e, next, n_in * sizeof *e);
  }
  memcpy(value, g, toy->width[0] * sizeof *g);
  memcpy(bound, e, toy->width[0] * sizeof *e);
}

/* Adds an error: within its bound, and one of many that are not tiny. */
struct errors {
  double square;
  size_t n;
};
static void add_error(struct errors *errors, double got, double want,
                      double bound) {
  double error = (got - want) / (bound + 1e-6);
  ck_assert_msg(fabs(error) <= 1, "%g instead of %g +- %g", got, want, bound);
  errors->square += error * error;
  errors->n++;
}

/* The bound adds up absolute values over four layers, where signs cancel: what
 * is typical is a thousandth of it or more, and 1e-6 of it for float32. */
static void check_errors(const struct errors *errors) {
  double rms = sqrt(errors->square / (double)errors->n);
  ck_assert_msg(rms > 3e-4 && rms < 0.5, "%g", rms);
}

START_TEST(a_network_is_off_by_what_rounding_implies) {
  static struct answer a;
  static double x[MAX_ROWS * 5];
  static const int activations[] = {TOY_SILU, TOY_RELU, TOY_IDENTITY};
  struct toy toy = toy_of(activations[_i]);
  struct errors errors = {0};
  struct fixture f;
  normals(x, MAX_ROWS * 5, 3, 1);
  write_toy(&toy);
  open_toy(&f, "mlp", "toy.safetensors");
  fixture_start(&f, 1, 5, MAX_ROWS);
  ask(&f, KAC_Q_X0, 0, MAX_ROWS, x, NULL, &a);
  for (size_t i = 0; i < MAX_ROWS; i++) {
    double scaled[5], value[5], bound[5];
    for (size_t j = 0; j < 5; j++) scaled[j] = x[5 * i + j] / now.alpha;
    bound_network(&toy, scaled, value, bound);
    for (size_t j = 0; j < 5; j++)
      add_error(&errors, a.x0[i * a.ld + j], value[j], bound[j]);
  }
  check_errors(&errors);
  fixture_close(&f);
}
END_TEST

START_TEST(so_is_its_vjp) {
  static struct answer a;
  static double x[MAX_ROWS * 5], v[MAX_ROWS * 5];
  struct toy toy = toy_of(TOY_IDENTITY);
  struct errors errors = {0};
  struct fixture f;
  normals(x, MAX_ROWS * 5, 3, 1);
  normals(v, MAX_ROWS * 5, 4, 1);
  write_toy(&toy);
  open_toy(&f, "mlp", "toy.safetensors");
  fixture_start(&f, 1, 5, MAX_ROWS);
  ask(&f, KAC_Q_VJP, 0, MAX_ROWS, x, v, &a);
  for (size_t i = 0; i < MAX_ROWS; i++) {
    double value[5], bound[5];
    bound_vjp(&toy, v + 5 * i, value, bound);
    for (size_t j = 0; j < 5; j++)
      add_error(&errors, now.alpha * a.vjp[i * a.ld + j], value[j], bound[j]);
  }
  check_errors(&errors);
  fixture_close(&f);
}
END_TEST

/* The networks of conf/models: perceptron, images, bodies. */
static const struct {
  const char *plugin, *file;
  size_t bodies, dim;
  double width;
} models[] = {{"mlp", NULL, 1, 5, 1},
              {"unet", "conf/models/digits.safetensors", 1, 64, 1},
              {"egnn", "conf/models/lj13.safetensors", 13, 3, 1}};

static void open_model(struct fixture *f, size_t i, bool is_half) {
  char path[4096];
  struct toy toy = toy_of(TOY_SILU);
  write_toy(&toy);
  snprintf(path, sizeof path, "%s/%s", getenv("KAC_SRCDIR"),
           models[i].file ? models[i].file : "");
  open_toy(f, models[i].plugin, models[i].file ? path : "toy.safetensors");
  fixture_choice(f, "precision", is_half);
  f->space.flags = models[i].bodies > 1 ? KAC_MEAN_FREE : 0;
  fixture_start(f, models[i].bodies, models[i].dim, MAX_ROWS);
}

START_TEST(rows_do_not_depend_on_their_block) {
  static double x[MAX_ROWS * MAX_D], v[MAX_ROWS * MAX_D];
  struct fixture f;
  normals(x, MAX_ROWS * MAX_D, 11, 1);
  normals(v, MAX_ROWS * MAX_D, 12, 1);
  open_model(&f, (size_t)_i, true);
  ck_assert(law_split(&f, KAC_Q_SCORE | KAC_Q_X0 | KAC_Q_VJP, x, v));
  fixture_close(&f);
}
END_TEST

static double norm_of_difference(const double *a, const double *b, size_t n,
                                 double *size) {
  double sum = 0;
  *size = 0;
  for (size_t i = 0; i < n; i++) {
    sum += (a[i] - b[i]) * (a[i] - b[i]);
    *size += b[i] * b[i];
  }
  *size = sqrt(*size);
  return sqrt(sum);
}

/* Trained networks have no simple bound: some UNIT per layer, less where x0hat
 * is mostly x; float32 against itself would be at 0. */
START_TEST(trained_networks_are_near_their_float32_selves) {
  static double x[MAX_ROWS * MAX_D], v[MAX_ROWS * MAX_D];
  static struct answer half, full;
  double size;
  normals(x, MAX_ROWS * MAX_D, 11, 1);
  normals(v, MAX_ROWS * MAX_D, 12, 1);
  struct fixture f[2]; /* both at once: not one for the other */
  for (int k = 0; k < 2; k++) open_model(&f[k], (size_t)_i, k == 0);
  for (int k = 0; k < 2; k++)
    ask(&f[k], KAC_Q_X0 | KAC_Q_VJP, 0, 16, x, v, k == 0 ? &half : &full);
  for (int k = 0; k < 2; k++) fixture_close(&f[k]);
  const double *of_half[] = {half.x0, half.vjp},
               *of_full[] = {full.x0, full.vjp};
  for (size_t k = 0; k < 2; k++) {
    double sum = 0, all = 0;
    for (size_t i = 0; i < 16; i++) {
      size_t at = i * half.ld;
      sum +=
          norm_of_difference(of_half[k] + at, of_full[k] + at, half.d, &size);
      all += size;
    }
    ck_assert_msg(sum > 0.01 * UNIT * all && sum < 20 * UNIT * all, "%zu: %g",
                  k, sum / all / UNIT);
  }
}
END_TEST

START_TEST(a_user_hears_when_nothing_is_gained) {
  struct toy toy = toy_of(TOY_SILU);
  struct fixture f;
  write_toy(&toy);
  open_toy(&f, "mlp", "toy.safetensors");
  fixture_start(&f, 1, 5, MAX_ROWS);
  ck_assert_str_eq(fixture_logged,
                   onednn_is_fast()
                       ? ""
                       : "1 precision = \"bf16\" gains nothing on this "
                         "processor: float32 multiplies the rounded numbers");
  fixture_close(&f);
}
END_TEST

/* In a build without oneDNN the tests above have nothing to ask. */
START_TEST(without_onednn_it_is_an_error) {
  struct bf16 *half;
  struct fixture f;
  struct toy toy = toy_of(TOY_SILU);
  char says[128];
  snprintf(says, sizeof says,
           "precision = \"bf16\" needs oneDNN, and this kac was %s",
           onednn_absent());
  write_toy(&toy);
  open_toy(&f, "mlp", "toy.safetensors");
  ck_assert_int_eq(bf16_open(1, BF16_FASTEST, &half, &f.err), KAC_EUNSUPPORTED);
  ck_assert_str_eq(f.err.msg, says);
  ck_assert_int_eq(fixture_plan(&f, 1, 5, 8), KAC_EUNSUPPORTED);
  ck_assert_str_eq(f.err.msg, says);
  free(f.config);
  dlclose(f.file);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("bf16 networks");
  TCase *nets = tcase_create("networks");
  tcase_add_checked_fixture(nets, set_up, tear_down);
  if (onednn_absent()) {
    tcase_add_test(nets, without_onednn_it_is_an_error);
  } else {
    tcase_add_loop_test(nets, a_network_is_off_by_what_rounding_implies, 0, 3);
    tcase_add_test(nets, so_is_its_vjp);
    tcase_add_loop_test(nets, rows_do_not_depend_on_their_block, 0, 3);
    tcase_add_loop_test(nets, trained_networks_are_near_their_float32_selves, 0,
                        3);
    tcase_add_test(nets, a_user_hears_when_nothing_is_gained);
  }
  suite_add_tcase(suite, nets);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int n_failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
