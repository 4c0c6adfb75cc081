/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The laws of a component and of its parameter table: a good one is taken, and
 * each single change that breaks a law is refused with its reason. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/load.h"
#include "plugin/table.h"

struct config {
  double stiffness;
  int64_t rank, kind, is_on;
  const char *file;
  kac_array center;
};

/* A good potential that each test may spoil. */
struct sample {
  kac_param param[6];
  kac_potential_ops potential;
  kac_score_ops score;
  kac_integrator_ops integrator;
  kac_component component;
};

static kac_status eval_phi(const void *self, const kac_block *block,
                           kac_potential_io *io, kac_error *err) {
  (void)self, (void)block, (void)io, (void)err;
  return KAC_OK;
}

static kac_status eval_score(const void *self, const kac_block *block,
                             kac_score_io *io, kac_error *err) {
  (void)self, (void)block, (void)io, (void)err;
  return KAC_OK;
}

static kac_status kernel(const void *self, const kac_block *block,
                         kac_kernel_io *io, kac_error *err) {
  (void)self, (void)block, (void)io, (void)err;
  return KAC_OK;
}

static kac_status step(const void *self, const kac_block *block,
                       kac_step_io *io, kac_error *err) {
  (void)self, (void)block, (void)io, (void)err;
  return KAC_OK;
}

static int32_t is_same(const void *self, const void *other) {
  return self == other;
}

static void make(struct sample *s) {
  const kac_param rows[6] = {
      KAC_REAL(struct config, stiffness, 1, 0, 10, "", "of the spring"),
      KAC_INT(struct config, rank, 2, 1, 5, "", "of the matrix"),
      KAC_CHOICE(struct config, kind, 1, "flat|round", "of the bottom"),
      KAC_BOOL(struct config, is_on, 1, "switches it on"),
      KAC_STRING(struct config, file, KAC_P_FILE, "", "to read"),
      KAC_ARRAY(struct config, center, 0, "n,d?", "", "of the well")};
  memset(s, 0, sizeof *s);
  memcpy(s->param, rows, sizeof rows);
  s->potential = (kac_potential_ops){sizeof s->potential, 0, eval_phi};
  s->score =
      (kac_score_ops){.struct_size = sizeof s->score, .eval = eval_score};
  s->integrator = (kac_integrator_ops){sizeof s->integrator, KAC_ADVANCES,
                                       KAC_Q_B, kernel, NULL};
  s->component = (kac_component){.struct_size = sizeof s->component,
                                 .kind = KAC_POTENTIAL,
                                 .name = "well",
                                 .version = "1.0",
                                 .summary = "a well",
                                 .provides = KAC_Q_PHI,
                                 .spans = KAC_SPAN_REAL,
                                 .config_size = sizeof(struct config),
                                 .params = s->param,
                                 .n_params = 6,
                                 .param_size = sizeof(kac_param),
                                 .ops = &s->potential};
}

static void make_score(struct sample *s) {
  make(s);
  s->component.kind = KAC_SCORE;
  s->component.provides = KAC_Q_SCORE;
  s->component.ops = &s->score;
}

static void make_integrator(struct sample *s) {
  make(s);
  s->component.kind = KAC_INTEGRATOR;
  s->component.ops = &s->integrator;
}

static void takes(const struct sample *s) {
  char why[512] = "";
  ck_assert_msg(load_check_component(&s->component, why, sizeof why), "%s",
                why);
}

static void refuses(const struct sample *s, const char *text) {
  char why[512] = "";
  ck_assert_msg(!load_check_component(&s->component, why, sizeof why),
                "taken in spite of: %s", text);
  ck_assert_msg(strstr(why, text) != NULL, "'%s' lacks '%s'", why, text);
}

/* Spoil a fresh sample by one statement. */
#define REFUSED(maker, change, text) \
  do {                               \
    struct sample s;                 \
    maker(&s);                       \
    change;                          \
    refuses(&s, text);               \
  } while (0)

START_TEST(good_components_are_taken) {
  struct sample s;
  make(&s);
  takes(&s);
  make_score(&s);
  takes(&s);
  make_integrator(&s);
  takes(&s);
  s.integrator = (kac_integrator_ops){sizeof s.integrator, KAC_INVARIANT,
                                      KAC_Q_S, NULL, step};
  takes(&s);
  make(&s);
  s.component.n_params = 0;
  s.component.params = NULL;
  s.component.config_size = 0;
  takes(&s);
}
END_TEST

START_TEST(required_values_and_open_ranges_are_taken) {
  struct sample s;
  make(&s);
  s.param[0].flags = KAC_P_REQUIRED | KAC_P_OPEN_MIN;
  s.param[0].def = -1;
  s.param[1].min = -HUGE_VAL;
  s.param[1].max = HUGE_VAL;
  s.param[2].flags = KAC_P_REQUIRED;
  s.param[4].text = NULL;
  takes(&s);
}
END_TEST

START_TEST(longer_structs_of_a_newer_minor_are_taken) {
  struct {
    kac_param param;
    double more;
  } rows[2];
  struct sample s;
  make(&s);
  rows[0].param = s.param[0];
  rows[1].param = s.param[1];
  s.component.params = &rows[0].param;
  s.component.n_params = 2;
  s.component.param_size = sizeof rows[0];
  s.component.struct_size = sizeof s.component + 64;
  s.potential.struct_size = sizeof s.potential + 64;
  takes(&s);
  rows[1].param.name = "stiffness";
  refuses(&s, "parameter 'stiffness': declared twice");
}
END_TEST

START_TEST(sizes_below_the_first_release_or_absurd_are_refused) {
  REFUSED(make, s.component.struct_size = 0, "component: struct_size is 0");
  REFUSED(make, s.component.struct_size -= 8, "component: struct_size is");
  REFUSED(make, s.component.struct_size = UINT32_MAX,
          "struct_size is 4294967295");
  REFUSED(make, s.potential.struct_size = 8, "ops: struct_size is 8");
  REFUSED(make_integrator, s.integrator.struct_size = 16,
          "ops: struct_size is 16");
}
END_TEST

START_TEST(null_and_unaligned_data_are_refused) {
  char why[512];
  struct sample good;
  make(&good);
  const void *odd = (const char *)&good.component + 1;
  ck_assert(!load_check_component(NULL, why, sizeof why));
  ck_assert_str_eq(why, "component is NULL or unaligned");
  ck_assert(!load_check_component(odd, why, sizeof why));
  ck_assert_str_eq(why, "component is NULL or unaligned");
  REFUSED(make, s.component.ops = NULL, "ops is NULL");
  REFUSED(make, s.component.ops = (const char *)&s.potential + 2,
          "ops unaligned");
}
END_TEST

START_TEST(kind_name_version_and_summary_are_judged) {
  char text[4096];
  memset(text, 'a', sizeof text);
  text[sizeof text - 1] = '\0';
  REFUSED(make, s.component.kind = 0, "unknown kind 0");
  REFUSED(make, s.component.kind = 7, "unknown kind 7");
  REFUSED(make, s.component.name = NULL, "name '' is no name");
  REFUSED(make, s.component.name = "", "name '' is no name");
  REFUSED(make, s.component.name = "a/b", "name 'a/b' is no name");
  REFUSED(make, s.component.name = "a\nb", "is no name");
  REFUSED(make, s.component.name = "Well", "name 'Well' is no name");
  REFUSED(make, s.component.name = text, "is no name");
  REFUSED(make, s.component.version = NULL, "version '' is empty");
  REFUSED(make, s.component.version = text, "is empty or longer than 63");
  REFUSED(make, s.component.summary = "", "has no summary");
}
END_TEST

START_TEST(traits_are_judged) {
  REFUSED(make, s.component.spans = 0, "spans is 0");
  REFUSED(make, s.component.threads = 3, "unknown threads 3");
}
END_TEST

START_TEST(what_the_kind_requires_is_demanded) {
  REFUSED(make, s.potential.eval = NULL,
          "function 'eval' is NULL, a potential "
          "requires it");
  REFUSED(make, s.component.provides = KAC_Q_DPHI,
          "a potential must provide phi");
  REFUSED(make_score, s.score.eval = NULL, "function 'eval' is NULL, a score");
  REFUSED(make_score, s.component.provides = KAC_Q_PHI, "provides nothing");
  REFUSED(make_score, s.component.provides |= KAC_Q_SAMPLE,
          "promises exact draws, but function 'sample' is NULL");
  REFUSED(make_score, s.score.same_group = is_same,
          "one of same_group and eval_group");
}
END_TEST

START_TEST(resampler_schedule_and_observer_need_their_functions) {
  kac_resampler_ops resampler = {.struct_size = sizeof resampler};
  kac_schedule_ops schedule = {.struct_size = sizeof schedule};
  kac_observer_ops observer = {.struct_size = sizeof observer};
  REFUSED(make, s.component.kind = KAC_RESAMPLER;
          s.component.ops = &resampler,
          "function 'n_uniform' is NULL, a resampler");
  REFUSED(make, s.component.kind = KAC_SCHEDULE;
          s.component.ops = &schedule, "function 'range' is NULL, a schedule");
  REFUSED(make, s.component.kind = KAC_OBSERVER;
          s.component.ops = &observer,
          "function 'record' is NULL, an observer");
}
END_TEST

START_TEST(integrator_has_one_role_and_a_way_to_move) {
  REFUSED(make_integrator, s.integrator.role = 0, "role 0: an integrator");
  REFUSED(make_integrator, s.integrator.role = 3, "role 3: an integrator");
  REFUSED(make_integrator, s.integrator.kernel = NULL,
          "functions 'kernel' and 'step' are NULL");
  REFUSED(make_integrator, s.integrator.role = KAC_INVARIANT,
          "function 'step' is NULL, an invariant move requires it");
  REFUSED(make_integrator, s.integrator.needs_field = KAC_Q_G,
          "does not know (bits 0x800000000)");
}
END_TEST

START_TEST(table_is_bounded) {
  REFUSED(make, s.component.config_size = (size_t)1 << 40,
          "config struct of 1099511627776 bytes");
  REFUSED(make, s.component.n_params = 257, "257 parameters, at most 256");
  REFUSED(make, s.component.params = NULL, "but the table is NULL");
  REFUSED(make, s.component.param_size = 8, "param_size is 8, expected");
  REFUSED(make, s.component.param_size += 4, "param_size is");
}
END_TEST

START_TEST(parameter_has_name_doc_unit_and_type) {
  REFUSED(make, s.param[1].name = NULL, "parameter 1: '' is no name");
  REFUSED(make, s.param[1].name = "Rank", "parameter 1: 'Rank' is no name");
  REFUSED(make, s.param[1].doc = "", "parameter 'rank': has no doc");
  REFUSED(make, s.param[1].unit = NULL, "parameter 'rank': unit is NULL");
  REFUSED(make, s.param[1].type = 0, "parameter 'rank': unknown type 0");
  REFUSED(make, s.param[1].type = 7, "parameter 'rank': unknown type 7");
}
END_TEST

START_TEST(keys_of_the_host_may_not_be_declared) {
  static const char *const keys[] = {
      "plugin",   "id",     "mode",   "at",       "strength",  "guide",
      "every",    "window", "when",   "noise",    "ess_below", "power",
      "jacobian", "repeat", "at_end", "at_steps", "cess_below"};
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
    REFUSED(make, s.param[0].name = keys[i], "this key belongs to the host");
}
END_TEST

START_TEST(parameter_lies_in_its_struct_alone) {
  REFUSED(make, s.param[1].offset = sizeof(struct config),
          "lie outside the config struct");
  REFUSED(make, s.param[1].offset = SIZE_MAX - 3, "lie outside");
  REFUSED(make, s.param[5].offset += 8, "parameter 'center': bytes");
  REFUSED(make, s.param[1].offset += 4,
          "parameter 'rank': offset 12 is not "
          "aligned");
  REFUSED(make, s.param[1].offset = 0,
          "parameter 'rank': shares bytes with "
          "'stiffness'");
  REFUSED(make, s.param[1].name = "stiffness", "declared twice");
}
END_TEST

START_TEST(default_lies_in_the_range) {
  REFUSED(make, s.param[0].def = 11, "default 11 is outside [0, 10]");
  REFUSED(make, s.param[0].def = (double)NAN, "is outside [0, 10]");
  REFUSED(make, s.param[0].def = 0;
          s.param[0].flags = KAC_P_OPEN_MIN, "default 0 is outside (0, 10]");
  REFUSED(make, s.param[0].def = 10;
          s.param[0].flags = KAC_P_OPEN_MAX, "default 10 is outside [0, 10)");
  REFUSED(make, s.param[0].min = 20, "range 20 to 10 is empty");
  REFUSED(make, s.param[0].max = (double)NAN, "is empty");
  REFUSED(make, s.param[5].min = 1; s.param[5].max = 0, "range 1 to 0");
  REFUSED(make, s.param[1].def = 1.5, "default 1.5 is no integer");
  REFUSED(make, s.param[1].def = s.param[1].max = 1e300, "is no integer");
  REFUSED(make, s.param[3].def = 2, "default 2 of a bool is not 0 or 1");
}
END_TEST

START_TEST(choices_and_shapes_are_judged) {
  REFUSED(make, s.param[2].text = NULL, "choices '' are empty");
  REFUSED(make, s.param[2].text = "", "choices '' are empty");
  REFUSED(make, s.param[2].text = "a||b", "choices 'a||b' are empty");
  REFUSED(make, s.param[2].text = "a|", "choices 'a|' are empty");
  REFUSED(make, s.param[2].def = 2, "default 2 is none of its 2 choices");
  REFUSED(make, s.param[2].def = 0.5, "default 0.5 is none of its 2 choices");
  REFUSED(make, s.param[5].text = NULL, "'' is no shape");
  REFUSED(make, s.param[5].text = "n,", "'n,' is no shape");
  REFUSED(make, s.param[5].text = "a,b,c,d,e", "is no shape");
  REFUSED(make, s.param[5].text = "n d", "'n d' is no shape");
}
END_TEST

START_TEST(choice_words_are_cut_out) {
  size_t length = 0;
  ck_assert_uint_eq(table_choices("flat|round|x"), 3);
  const char *word = table_choice("flat|round|x", 1, &length);
  ck_assert_uint_eq(length, 5);
  ck_assert_int_eq(strncmp(word, "round", 5), 0);
  word = table_choice("flat|round|x", 2, &length);
  ck_assert_str_eq(word, "x");
  ck_assert_uint_eq(length, 1);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("component");
  TCase *cases = tcase_create("component");
  tcase_add_test(cases, good_components_are_taken);
  tcase_add_test(cases, required_values_and_open_ranges_are_taken);
  tcase_add_test(cases, longer_structs_of_a_newer_minor_are_taken);
  tcase_add_test(cases, sizes_below_the_first_release_or_absurd_are_refused);
  tcase_add_test(cases, null_and_unaligned_data_are_refused);
  tcase_add_test(cases, kind_name_version_and_summary_are_judged);
  tcase_add_test(cases, traits_are_judged);
  tcase_add_test(cases, what_the_kind_requires_is_demanded);
  tcase_add_test(cases, resampler_schedule_and_observer_need_their_functions);
  tcase_add_test(cases, integrator_has_one_role_and_a_way_to_move);
  tcase_add_test(cases, table_is_bounded);
  tcase_add_test(cases, parameter_has_name_doc_unit_and_type);
  tcase_add_test(cases, keys_of_the_host_may_not_be_declared);
  tcase_add_test(cases, parameter_lies_in_its_struct_alone);
  tcase_add_test(cases, default_lies_in_the_range);
  tcase_add_test(cases, choices_and_shapes_are_judged);
  tcase_add_test(cases, choice_words_are_cut_out);
  suite_add_tcase(suite, cases);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
