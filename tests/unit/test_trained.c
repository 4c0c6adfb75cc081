/* SPDX-License-Identifier: GPL-3.0-or-later */
/* unet and egnn through the plugin interface: the numbers of PyTorch (in
 * float64, tools/network_reference.py) for random networks and for those of
 * conf/models, vjp against differences, the same bits however rows are cut into
 * blocks, the symmetries of bodies, and files that do not fit. */
#include "../network_fixture.h"
#include "../score_fixture.h"

struct network {
  const char *plugin, *folder, *file;
  size_t bodies, dim, n_rows, n_classes;
};
static const struct network networks[] = {
    {"unet", "tests/data", "unet", 1, 32, 4, 3},
    {"egnn", "tests/data", "egnn", 5, 2, 4, 0},
    {"unet", "conf/models", "digits", 1, 64, 3, 10},
    {"egnn", "conf/models", "dw4", 4, 2, 3, 0},
    {"egnn", "conf/models", "lj13", 13, 3, 3, 0},
};
enum { N_NETWORKS = sizeof networks / sizeof networks[0], AXES = 8 };

static const char *source_path(const char *folder, const char *file,
                               const char *ending, char path[4096]) {
  const char *source = getenv("KAC_SRCDIR");
  ck_assert_msg(source != NULL, "KAC_SRCDIR is not set");
  snprintf(path, 4096, "%s/%s/%s%s", source, folder, file, ending);
  return path;
}

static void open_network(struct fixture *f, const struct network *net,
                         int64_t class_at) {
  static char path[4096];
  fixture_open(f, "score", net->plugin);
  fixture_string(f, "file",
                 source_path(net->folder, net->file, ".safetensors", path));
  fixture_int(f, "class", class_at);
  if (net->bodies > 1) f->space.flags = KAC_MEAN_FREE;
  f->now = (kac_coeffs){.alpha = 1, .sigma = 0.6};
  fixture_start(f, net->bodies, net->dim, MAX_ROWS);
}

/* A row of NAME.txt: the plugin gives x0 for x, to float32. */
static double torch_error(const struct network *net, FILE *file) {
  struct fixture f;
  static struct answer a;
  double x[MAX_D], x0[MAX_D], sigma, label, worst = 0;
  size_t d = net->bodies * net->dim;
  ck_assert_int_eq(fscanf(file, "%lf %lf", &sigma, &label), 2);
  for (size_t j = 0; j < d; j++)
    ck_assert_int_eq(fscanf(file, "%lf", &x[j]), 1);
  for (size_t j = 0; j < d; j++)
    ck_assert_int_eq(fscanf(file, "%lf", &x0[j]), 1);
  int64_t class_at = (int64_t)label;
  if (class_at == (int64_t)net->n_classes) class_at = -1; /* null, none */
  open_network(&f, net, class_at);
  f.now.sigma = sigma;
  ask(&f, KAC_Q_X0, 0, 1, x, NULL, &a);
  for (size_t j = 0; j < d; j++) worst = worse(worst, a.x0[j], x0[j], 1.0);
  fixture_close(&f);
  return worst;
}

START_TEST(gives_the_numbers_of_torch) {
  const struct network *net = &networks[_i];
  char path[4096];
  FILE *file = fopen(source_path("tests/data", net->file, ".txt", path), "r");
  ck_assert_msg(file != NULL, "%s", path);
  for (size_t row = 0; row < net->n_rows; row++)
    ck_assert_double_lt(torch_error(net, file), 4e-6);
  fclose(file);
}
END_TEST

/* Differences in float32: rounding 1e-6/h and curvature h^2. */
START_TEST(pulls_back_as_differences_do) {
  struct fixture f;
  double x[MAX_D], v[MAX_D];
  const struct network *net = &networks[_i];
  size_t d = net->bodies * net->dim;
  open_network(&f, net, net->n_classes ? 1 : -1);
  normals(x, d, 3, 1.0);
  normals(v, d, 4, 1.0);
  ck_assert_double_lt(law_vjp(&f, x, v, 0.01), 2e-3);
  f.now.alpha = 0.5; /* a run of another schedule */
  ck_assert_double_lt(law_vjp(&f, x, v, 0.01), 2e-3);
  ck_assert_double_lt(law_conversions(&f, x), 1e-12);
  fixture_close(&f);
}
END_TEST

/* Gradients of any magnitude, and none. */
START_TEST(pulls_back_small_and_large) {
  struct fixture f;
  static struct answer one, other;
  double x[MAX_D], v[MAX_D];
  const struct network *net = &networks[_i];
  size_t d = net->bodies * net->dim;
  open_network(&f, net, -1);
  normals(x, d, 5, 1.0);
  normals(v, d, 6, 1.0);
  ask(&f, KAC_Q_VJP, 0, 1, x, v, &one);
  for (size_t j = 0; j < d; j++) v[j] *= 0x1p-200;
  ask(&f, KAC_Q_VJP, 0, 1, x, v, &other);
  for (size_t j = 0; j < d; j++)
    ck_assert_double_eq_tol(other.vjp[j] * 0x1p200, one.vjp[j], 1e-5);
  memset(v, 0, sizeof v);
  ask(&f, KAC_Q_VJP, 0, 1, x, v, &other);
  for (size_t j = 0; j < d; j++) ck_assert(other.vjp[j] == 0);
  fixture_close(&f);
}
END_TEST

START_TEST(cuts_rows_anywhere) {
  struct fixture f;
  static double x[MAX_ROWS * MAX_D], v[MAX_ROWS * MAX_D];
  const struct network *net = &networks[_i];
  size_t n = MAX_ROWS * net->bodies * net->dim;
  open_network(&f, net, -1);
  normals(x, n, 7, 1.0);
  normals(v, n, 8, 1.0);
  ck_assert(
      law_split(&f, KAC_Q_SCORE | KAC_Q_X0 | KAC_Q_EPS | KAC_Q_VJP, x, v));
  fixture_close(&f);
}
END_TEST

/* x turned in the plane of its first two axes, moved, and with the bodies in
 * reverse order; back to front for the answer, which does not move. */
static void transform(const struct network *net, const double *x, int moves,
                      double *y) {
  double angle = 0.7, shift = moves ? 0.4 : 0.0;
  for (size_t b = 0; b < net->bodies; b++) {
    const double *from = x + b * net->dim;
    double *to = y + (net->bodies - 1 - b) * net->dim;
    memcpy(to, from, net->dim * sizeof *to);
    to[0] = cos(angle) * from[0] - sin(angle) * from[1] + shift;
    to[1] = sin(angle) * from[0] + cos(angle) * from[1];
  }
}

/* c_skip x sees a shift, the network itself does not: the answer to a moved
 * point is that to the point plus skip times the shift, so ask at large sigma
 * for what is left of it. */
START_TEST(knows_no_direction_and_no_name) {
  struct fixture f;
  static struct answer one, other;
  double x[MAX_D], y[MAX_D], expected[MAX_D], mean[AXES] = {0};
  const struct network *net = &networks[_i];
  size_t d = net->bodies * net->dim;
  open_network(&f, net, -1);
  normals(x, d, 9, 1.0);
  transform(net, x, 1, y);
  ask(&f, KAC_Q_X0, 0, 1, x, NULL, &one);
  ask(&f, KAC_Q_X0, 0, 1, y, NULL, &other);
  transform(net, one.x0, 0, expected);
  for (size_t j = 0; j < d; j++)
    mean[j % net->dim] += (other.x0[j] - expected[j]) / (double)net->bodies;
  ck_assert(fabs(mean[0]) > 1e-3); /* skip times the shift, the same for all */
  for (size_t j = 0; j < d; j++)
    ck_assert_double_eq_tol(other.x0[j], expected[j] + mean[j % net->dim],
                            1e-5);
  fixture_close(&f);
}
END_TEST

static void refused(const struct network *net, int64_t class_at, size_t bodies,
                    size_t dim, const char *expected) {
  struct fixture f;
  static char path[4096];
  fixture_open(&f, "score", net->plugin);
  fixture_string(&f, "file",
                 source_path(net->folder, net->file, ".safetensors", path));
  fixture_int(&f, "class", class_at);
  ck_assert_int_ne(fixture_plan(&f, bodies, dim, 8), KAC_OK);
  ck_assert_msg(strstr(f.err.msg, expected), "%s", f.err.msg);
  f.self = NULL;
  free(f.config);
  dlclose(f.file);
}

START_TEST(says_what_does_not_fit) {
  refused(&networks[0], 3, 1, 32, "class = 3, but there are 3 classes");
  refused(&networks[0], -1, 1, 33,
          "takes 32 numbers (2 of 4 by 4), but the state has 33");
  refused(&networks[1], 0, 5, 2, "class = 0, but the network is not");
  refused(&networks[1], -1, 5, 2,
          "takes particles = 5, dim = 2, mean_free = true, but the state has "
          "5, 2, false");
  struct network wrong = networks[0];
  wrong.plugin = "egnn";
  refused(&wrong, -1, 5, 2,
          "kac.architecture = 'unet', but this plugin runs "
          "'egnn'");
}
END_TEST

/* A copy of a file with one piece of its header replaced, as long as it. */
static void spoil(const struct network *net, const char *old, const char *new,
                  const char *expected) {
  static char bytes[1 << 17];
  char path[4096];
  FILE *file =
      fopen(source_path(net->folder, net->file, ".safetensors", path), "rb");
  ck_assert_ptr_nonnull(file);
  size_t n = fread(bytes, 1, sizeof bytes, file), at = 0;
  fclose(file);
  while (at < n && memcmp(bytes + at, old, strlen(old)) != 0) at++;
  ck_assert_uint_lt(at, n);
  memcpy(bytes + at, new, strlen(new));
  file = fopen("spoilt.safetensors", "wb");
  ck_assert_ptr_nonnull(file);
  ck_assert_uint_eq(fwrite(bytes, 1, n, file), n);
  fclose(file);
  struct fixture f;
  fixture_open(&f, "score", net->plugin);
  fixture_string(&f, "file", "spoilt.safetensors");
  if (net->bodies > 1) f.space.flags = KAC_MEAN_FREE;
  ck_assert_int_ne(fixture_plan(&f, net->bodies, net->dim, 8), KAC_OK);
  ck_assert_msg(strstr(f.err.msg, expected), "%s", f.err.msg);
  free(f.config);
  dlclose(f.file);
  remove("spoilt.safetensors");
}

START_TEST(names_what_is_wrong_in_a_file) {
  spoil(&networks[0], "kac.unet.inner\": \"32\"", "kac.unet.inner\": \"16\"",
        "mid.0.conv1.weight");
  spoil(&networks[0], "kac.unet.inner\": \"32\"", "kac.unet.inner\": \"17\"",
        "expected an even size and channels in multiples of 16");
  spoil(&networks[0], "kac.unet.size\": \"4\"", "kac.unet.size\": \"5\"",
        "expected an even size");
  spoil(&networks[0], "kac.unet.blocks\": \"1\"", "kac.unet.blocks\": \"9\"",
        "kac.unet.blocks = '9'");
  spoil(&networks[0], "down.0.emb.weight", "down.0.EMB.weight",
        "down.0.emb.weight");
  spoil(&networks[1], "kac.egnn.layers\": \"3\"", "kac.egnn.layers\": \"2\"",
        "uses only 23 of its 34 tensors");
  spoil(&networks[1], "kac.egnn.layers\": \"3\"", "kac.egnn.layers\": \"x\"",
        "kac.egnn.layers = 'x'");
  spoil(&networks[1], "layer.0.pair1.weight", "layer.0.PAIR1.weight",
        "layer.0.pair1.weight");
  spoil(&networks[1], "kac.egnn.hidden\": \"16\"", "kac.egnn.hidden\": \"24\"",
        "expected a multiple of 16");
}
END_TEST

int main(void) {
  Suite *suite = suite_create("networks");
  TCase *numbers = tcase_create("numbers"), *bodies = tcase_create("bodies");
  TCase *files = tcase_create("files");
  TCase *derivatives = tcase_create("derivatives");
  tcase_add_loop_test(numbers, gives_the_numbers_of_torch, 0, N_NETWORKS);
  tcase_add_loop_test(derivatives, pulls_back_as_differences_do, 0, 2);
  tcase_add_loop_test(derivatives, pulls_back_as_differences_do, 3, 5);
  tcase_add_loop_test(derivatives, pulls_back_small_and_large, 0, 2);
  tcase_add_loop_test(numbers, cuts_rows_anywhere, 0, N_NETWORKS);
  tcase_add_loop_test(bodies, knows_no_direction_and_no_name, 1, 2);
  tcase_add_loop_test(bodies, knows_no_direction_and_no_name, 3, 5);
  tcase_add_test(files, says_what_does_not_fit);
  tcase_add_test(files, names_what_is_wrong_in_a_file);
  suite_add_tcase(suite, numbers);
  suite_add_tcase(suite, derivatives);
  suite_add_tcase(suite, bodies);
  suite_add_tcase(suite, files);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed != 0;
}
