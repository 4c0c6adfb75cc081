/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs of score/mlp with networks whose law is known in closed form. */
#include <check.h>
#include <kac/sdk.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness.h"
#include "../mlp_fixture.h"
#include "plugins/net/onednn.h"
#include "sampler/path.h"

static struct ledger ledger;
static char folder[64];

static void set_up(void) {
  strcpy(folder, "/tmp/kac-networks-XXXXXX");
  ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void tear_down(void) {
  char path[128];
  for (int i = 0; i < 40; i++) {
    snprintf(path, sizeof path, "%s/n%d.safetensors", folder, i);
    unlink(path);
  }
  rmdir(folder);
}

/* A network of one layer, F = weight x + bias in d dimensions. */
static void write_linear(int number, size_t d, double weight, double bias,
                         const char *form, const char *schedule,
                         const char *schedule_keys) {
  static struct net_file file;
  struct toy toy = {.n_layers = 1, .width = {d, d}, .activation = TOY_RELU};
  char path[128];
  memset(&file, 0, sizeof file);
  for (size_t j = 0; j < d; j++) {
    toy.weight[0][j * d + j] = (float)weight;
    toy.bias[0][j] = (float)bias;
  }
  toy_put(&toy, &file);
  net_note(&file, "kac.parameterisation", form);
  net_note(&file, "kac.label", "t");
  net_note(&file, "kac.schedule", schedule);
  net_real(&file, "kac.sigma_data", 1);
  snprintf(file.notes + strlen(file.notes), 512, ",%s", schedule_keys);
  snprintf(path, sizeof path, "%s/n%d.safetensors", folder, number);
  net_write(&file, path);
}

#define KEY(name, value) "\"kac.schedule." name "\":\"" value "\""
static const struct {
  const char *name, *keys;
} schedules[] = {
    {"vp", KEY("beta_min", "2") "," KEY("beta_max", "2") "," KEY(
               "t_min", "0") "," KEY("t_max", "4")},
    {"cosine",
     KEY("angle", "0.5") "," KEY("length", "1") "," KEY(
         "offset", "0.008") "," KEY("t_min", "0") "," KEY("t_max", "0.99")},
    {"ve", KEY("sigma_min", "0.01") "," KEY("sigma_max", "50") "," KEY(
               "t_min", "0") "," KEY("t_max", "1")},
    {"edm", KEY("sigma_min", "0.001") "," KEY("sigma_max", "80")},
};
static const char *const forms[] = {"eps", "x0", "v", "score", "edm"};

/* Data N(0, 1), VP with exact moves, the reward (x_1 - x_2)/2: log Z = 1/4. The
 * score is -x at any time: as such, as v = 0, and as edm with F = 0. */
static void tilted(int number, struct exact_config *config) {
  static char text[1024];
  snprintf(text, sizeof text,
           "state = { real = 2; };"
           "schedule = { plugin = \"vp\"; beta_min = 2.0; beta_max = 2.0;"
           " t_max = 2.0; t_min = 0.01; };"
           "time = { steps = 6; };"
           "scores = ({ id = \"net\"; plugin = \"mlp\";"
           " file = \"%s/n%d.safetensors\"; });"
           "potentials = ({ plugin = \"linear\"; slope = [0.5, -0.5];"
           " at = \"x0hat\"; });"
           "integrators = ({ plugin = \"ancestral\"; variance = \"exact\";"
           " data_variance = 1.0; });"
           "resampler = { plugin = \"systematic\"; ess_below = 0.9; };"
           "start = { law = \"gaussian\"; };",
           folder, number);
  *config = (struct exact_config){
      .text = text, .particles = 64, .replicates = 500, .seed = 17};
}

START_TEST(steering_a_network_gives_its_partition_function) {
  static const char *const form[] = {"score", "v", "edm"};
  struct exact_config config;
  struct exact_stats stats;
  struct exact_answer answer = {
      .log_z = 0.25, .dim = 2, .mean = {0.5, -0.5}, .var = {1, 1}};
  write_linear(0, 2, _i == 0 ? -1 : 0, 0, form[_i], "vp", schedules[0].keys);
  tilted(0, &config);
  config.seed += (uint64_t)_i;
  exact_collect(&config, 10000, &answer, &stats);
  exact_gate(form[_i], &stats, 2, &ledger);
}
END_TEST

/* One step of annealing N(0.7, 1.3^2) to the power 2: the network is asked at
 * t_max alone, where the ideal output of each parameterisation trained on each
 * schedule is a line.  All of them give the states of the Gaussian itself and
 * the same log Z (that of the Gaussian, which knows its density, is absolute).
 */

static const double MEAN = 0.7, WIDTH = 1.3;

static void one_step(const char *model, struct run_result *result) {
  char text[1024];
  snprintf(text, sizeof text,
           "state = { real = 1; };"
           "schedule = { plugin = \"vp\"; beta_min = 1.0; beta_max = 1.5;"
           " t_max = 0.9; t_min = 0.5; };"
           "time = { steps = 1; };"
           "scores = ({ id = \"m\"; %s });"
           "target = ({ score = \"m\"; power = 2.0; });"
           "path = { sigma_data = 1.0; };"
           "integrators = ({ plugin = \"euler_maruyama\"; });"
           "start = { law = \"gaussian\"; };",
           model);
  exact_once(
      &(struct exact_config){
          .text = text, .particles = 50, .replicates = 2, .seed = 5},
      result);
}

/* Slope and height of the ideal F at sigma/alpha = r (Karras et al. 2022 with
 * sigma_data = 1 for edm). */
static void ideal(size_t form, bool is_preserving, double r, double *slope,
                  double *height) {
  double a = is_preserving ? 1 / sqrt(1 + r * r) : 1, s = r * a;
  double v = a * a * WIDTH * WIDTH + s * s;
  double score_slope = -1 / v, score_height = a * MEAN / v;
  double x0_slope = (1 + s * s * score_slope) / a;
  double x0_height = s * s * score_height / a;
  double e = sqrt(r * r + 1);
  *slope = form == 0   ? -s * score_slope
           : form == 1 ? x0_slope
           : form == 2 ? -a * s * score_slope - s * x0_slope
           : form == 3 ? score_slope
                       : (x0_slope * a - 1 / (e * e)) * e / (r / e);
  *height = form == 0   ? -s * score_height
            : form == 1 ? x0_height
            : form == 2 ? -a * s * score_height - s * x0_height
            : form == 3 ? score_height
                        : x0_height / (r / e);
}

START_TEST(all_parameterisations_of_a_law_give_its_run) {
  struct run_result exact, result;
  double log_z = 0;
  double integral = 0.9 * (1.0 + 0.5 * 0.5 * 0.9);
  double r = sqrt(expm1(integral));
  one_step("plugin = \"gaussian\"; mean = [0.7]; variance = [1.69];", &exact);
  for (int number = 0; number < 20; number++) {
    size_t form = (size_t)number / 4, schedule = (size_t)number % 4;
    char model[256];
    double slope, height;
    ideal(form, schedule < 2, r, &slope, &height);
    write_linear(number, 1, slope, height, forms[form],
                 schedules[schedule].name, schedules[schedule].keys);
    snprintf(model, sizeof model,
             "plugin = \"mlp\"; file = \"%s/n%d.safetensors\";", folder,
             number);
    one_step(model, &result);
    if (number == 0) log_z = result.log_z;
    ck_assert_msg(fabs(result.log_z - log_z) < 1e-6, "%s on %s: %.9g, %.9g",
                  forms[form], schedules[schedule].name, result.log_z, log_z);
    for (size_t i = 0; i < 100; i++)
      ck_assert_msg(fabs(result.x[i] - exact.x[i]) < 1e-6,
                    "%s on %s: %.9g, %.9g", forms[form],
                    schedules[schedule].name, result.x[i], exact.x[i]);
    run_result_free(&result);
  }
  run_result_free(&exact);
}
END_TEST

/* A network without symmetry, annealed with resampling: any number of threads
 * and any block, small and large, down to the bit, in both precisions. */
START_TEST(threads_and_blocks_do_not_change_a_bit) {
  static const size_t shapes[][2] = {
      {1, 512}, {2, 1}, {2, 37}, {1, 16}, {2, 0}};
  struct toy toy = {.n_layers = 3,
                    .width = {3, 40, 24, 3},
                    .activation = TOY_SILU,
                    .has_label = true,
                    .n_frequencies = 5,
                    .labels_all = true};
  static struct net_file file;
  char path[128], text[1024];
  struct run_result first, other;
  memset(&file, 0, sizeof file);
  toy_fill(&toy, 3);
  toy_put(&toy, &file);
  toy_edm(&file, "edm", "c_noise");
  snprintf(path, sizeof path, "%s/n0.safetensors", folder);
  net_write(&file, path);
  snprintf(text, sizeof text,
           "state = { real = 3; };"
           "schedule = { plugin = \"ve\"; sigma_min = 0.02; sigma_max = 9.0; };"
           "time = { steps = 5; };"
           "scores = ({ id = \"m\"; plugin = \"mlp\"; file = \"%s\";"
           " precision = \"%s\"; });"
           "target = ({ score = \"m\"; power = 1.5; });"
           "integrators = ({ plugin = \"euler_maruyama\"; });"
           "resampler = { plugin = \"systematic\"; ess_below = 1.0; };",
           path, _i == 0 ? "float32" : "bf16");
  struct exact_config config = {
      .text = text, .particles = 150, .replicates = 3, .seed = 8};
  for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++) {
    config.threads = shapes[k][0];
    config.block = shapes[k][1];
    exact_once(&config, k == 0 ? &first : &other);
    if (k == 0) continue;
    ck_assert_msg(exact_same(&first, &other), "%zu threads, block %zu",
                  shapes[k][0], shapes[k][1]);
    run_result_free(&other);
  }
  run_result_free(&first);
}
END_TEST

/* Conditional networks: a perceptron as written here, and the digits. */
static const struct {
  const char *plugin, *space, *model;
  size_t particles, block;
} heads[] = {
    {"mlp",
     "state = { real = 3; };"
     "schedule = { plugin = \"ve\"; sigma_min = 0.02; sigma_max = 9.0; };",
     NULL, 300, 150},
    {"unet",
     "state = { real = 64; };"
     "schedule = { plugin = \"edm\"; sigma_min = 0.02; sigma_max = 20.0; };",
     "conf/models/digits.safetensors", 21, 30},
};

static void write_conditional(const char *path) {
  struct toy toy = {.n_layers = 3,
                    .width = {3, 40, 24, 3},
                    .activation = TOY_SILU,
                    .has_label = true,
                    .labels_all = true,
                    .n_classes = 2,
                    .skip = -0.3};
  static struct net_file file;
  memset(&file, 0, sizeof file);
  toy_fill(&toy, 5);
  toy_put(&toy, &file);
  toy_edm(&file, "edm", "c_noise");
  net_write(&file, path);
}

static void copy_file(const char *from, const char *to) {
  static unsigned char bytes[1 << 20];
  FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");
  ck_assert(in && out);
  size_t n = fread(bytes, 1, sizeof bytes, in);
  ck_assert(n > 0 && n < sizeof bytes && fwrite(bytes, 1, n, out) == n);
  ck_assert_int_eq(fclose(in), 0);
  ck_assert_int_eq(fclose(out), 0);
}

/* n0 and n1: two files of the same bytes, which are two networks. */
static void write_two(size_t which) {
  char path[128], source[4096];
  for (int number = 0; number < 2; number++) {
    snprintf(path, sizeof path, "%s/n%d.safetensors", folder, number);
    snprintf(source, sizeof source, "%s/%s", getenv("KAC_SRCDIR"),
             heads[which].model ? heads[which].model : "");
    if (heads[which].model)
      copy_file(source, path);
    else
      write_conditional(path);
  }
}

/* Two heads in a target: of one file or of two, the second with more keys; and
 * more of the pipeline. */
struct guide {
  size_t which;
  int second_file;
  const char *keys, *more;
};

/* The run, and how many terms the first one leads. */
static size_t guided(const struct guide *guide, struct exact_config *config,
                     struct run_result *result, uint64_t evaluations[2]) {
  size_t which = guide->which;
  static char text[2048];
  snprintf(text, sizeof text,
           "%s time = { steps = 4; };"
           "scores = ({ id = \"none\"; plugin = \"%s\";"
           " file = \"%s/n0.safetensors\"; },"
           "{ id = \"one\"; plugin = \"%s\"; class = 1;"
           " file = \"%s/n%d.safetensors\";%s });"
           "target = ({ score = \"none\"; power = -0.5; },"
           "{ score = \"one\"; power = 1.5; });"
           "integrators = ({ plugin = \"euler_maruyama\"; });"
           "resampler = { plugin = \"systematic\"; ess_below = 1.0; };%s",
           heads[which].space, heads[which].plugin, folder, heads[which].plugin,
           folder, guide->second_file, guide->keys, guide->more);
  config->text = text;
  struct exact_run run;
  exact_open(config, &run);
  struct path path;
  path_init(&path, &run.pipeline.spec);
  size_t group = path.group_size[0];
  exact_go(&run, config->seed, result);
  for (size_t i = 0; i < 2; i++)
    evaluations[i] = run.pipeline.spec.scores[i]->n_rows;
  exact_close(&run);
  return group;
}

static struct exact_config heads_config(size_t which) {
  return (struct exact_config){.particles = heads[which].particles,
                               .replicates = 2,
                               .seed = 9,
                               .threads = 2,
                               .block = heads[which].block};
}

/* Euler, and a guide through the VJP of both heads. */
START_TEST(heads_in_one_call_give_the_bytes_of_separate_calls) {
  static const char *const more[] = {
      "",
      "potentials = ({ plugin = \"linear\"; slope = 0.1;"
      " at = \"x0hat\"; guide = 1.0; });"};
  struct guide guide = {(size_t)_i / 2, 0, "", more[_i % 2]};
  struct exact_config config = heads_config(guide.which);
  struct run_result joint, apart;
  uint64_t n_joint[2], n_apart[2];
  write_two(guide.which);
  ck_assert_uint_eq(guided(&guide, &config, &joint, n_joint), 2);
  config.block = 64;
  guide.second_file = 1;
  ck_assert_uint_eq(guided(&guide, &config, &apart, n_apart), 1);
  ck_assert(exact_same(&joint, &apart));
  for (size_t i = 0; i < 2; i++) {
    ck_assert_uint_eq(n_joint[i], n_apart[i]);
    ck_assert_uint_gt(n_joint[i], 0);
  }
  run_result_free(&joint);
  run_result_free(&apart);
}
END_TEST

/* Then one scaling of the input would not do for both. */
START_TEST(heads_that_differ_in_more_than_the_class_stay_apart) {
  static const char *const keys[] = {"parameterisation = \"x0\";",
                                     "sigma_data = 0.5;",
                                     "precision = \"bf16\";"};
  struct guide guide = {(size_t)_i % 2, 0, keys[_i / 2], ""};
  struct exact_config config = heads_config(guide.which);
  struct run_result result;
  uint64_t n[2];
  write_two(guide.which);
  ck_assert_uint_eq(guided(&guide, &config, &result, n), 1);
  run_result_free(&result);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("networks");
  int n_precisions = onednn_absent() ? 1 : 2; /* bf16 comes last */
  TCase *cases = tcase_create("runs");
  tcase_add_checked_fixture(cases, set_up, tear_down);
  tcase_add_loop_test(cases, steering_a_network_gives_its_partition_function, 0,
                      3);
  tcase_add_test(cases, all_parameterisations_of_a_law_give_its_run);
  tcase_add_loop_test(cases, threads_and_blocks_do_not_change_a_bit, 0,
                      n_precisions);
  TCase *joint = tcase_create("heads");
  tcase_add_checked_fixture(joint, set_up, tear_down);
  tcase_add_loop_test(joint, heads_in_one_call_give_the_bytes_of_separate_calls,
                      0, 4);
  tcase_add_loop_test(joint,
                      heads_that_differ_in_more_than_the_class_stay_apart, 0,
                      2 * (n_precisions + 1));
  suite_add_tcase(suite, cases);
  suite_add_tcase(suite, joint);
  return exact_main(suite, &ledger);
}
