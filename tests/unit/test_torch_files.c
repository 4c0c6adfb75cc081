/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The error for everything that a TorchScript file can have wrong. */
#include "../torch_fixture.h"

enum { D = 3 };

static void close_unused(struct fixture *f) {
  free(f->config);
  dlclose(f->file);
}

static const struct {
  const char *kind, *file, *form, *label, *key;
  int64_t value;
  kac_status status;
  const char *says;
} wrong[] = {
    {"score", "missing", NULL, NULL, NULL, 0, KAC_EIO, "No such file"},
    {"score", "folder.d", NULL, NULL, NULL, 0, KAC_EIO, "not a regular file"},
    {"score", "text.txt", NULL, NULL, NULL, 0, KAC_EINVAL,
     "text.txt: not a TorchScript file (torch.jit.save writes them)"},
    {"score", "pickle.bin", NULL, NULL, NULL, 0, KAC_EINVAL,
     "pickle.bin: a pickle of weights, not TorchScript: script the model with "
     "torch.jit.script or tools/kac_export.py"},
    {"score", "weights", NULL, NULL, NULL, 0, KAC_EINVAL,
     "weights.pt: a pickle of weights, not TorchScript: script"},
    {"score", "cut.zip", NULL, NULL, NULL, 0, KAC_EINVAL,
     "cut.zip: the archive has no end: is the file whole?"},
    {"score", "future", "score", "t", NULL, 0, KAC_EINVAL,
     "Unknown builtin op: aten::later (code/__torch__.py:8); this is "
     "libtorch "},
    {"score", "mute", "score", NULL, NULL, 0, KAC_EINVAL,
     "mute.pt: the module has no method forward"},
    {"score", "line16", NULL, NULL, NULL, 0, KAC_EINVAL,
     "line16.pt: its parameters are of type Half: set precision = \"float32\" "
     "or \"float64\""},
    {"score", "line_alone", NULL, "t", NULL, 0, KAC_EINVAL,
     "what does forward give? there is no kac.json in the file: set "
     "parameterisation"},
    {"score", "line_alone", "eps", NULL, NULL, 0, KAC_EINVAL,
     "forward takes 2 arguments, but what is the second told of the noise? set "
     "label"},
    {"score", "line_wrong", NULL, NULL, NULL, 0, KAC_EINVAL,
     "kac.json: the metadata have no key 'kac.parameterisation'"},
    {"score", "line_broken", NULL, NULL, NULL, 0, KAC_EINVAL,
     "kac.json: byte 0 of the JSON header: expected {"},
    {"score", "line_foo", NULL, NULL, NULL, 0, KAC_EINVAL,
     "kac.json: unknown key 'kac.foo' in the metadata"},
    {"score", "line_dta", NULL, NULL, NULL, 0, KAC_EINVAL,
     "kac.json: unknown key 'kac.sigma_dta' in the metadata"},
    {"score", "line_clases", NULL, NULL, NULL, 0, KAC_EINVAL,
     "kac.json: unknown key 'kac.n_clases' in the metadata"},
    {"score", "line_mid", NULL, NULL, NULL, 0, KAC_EINVAL,
     "kac.json: unknown key 'kac.schedule.beta_mid' in the metadata"},
    {"score", "nan_weight", "eps", NULL, NULL, 0, KAC_EINVAL,
     "nan_weight.pt: tensor 'layer.weight': number 4 of 6 is nan in Double"},
    {"score", "inf_weight", "eps", NULL, NULL, 0, KAC_EINVAL,
     "inf_weight.pt: tensor 'layer.weight': number 4 of 6 is -inf in Double"},
    {"score", "nan_buffer", "eps", NULL, NULL, 0, KAC_EINVAL,
     "nan_buffer.pt: tensor 'layer.weight': number 4 of 6 is nan in Double"},
    {"potential", "nan_weight", NULL, NULL, NULL, 0, KAC_EINVAL,
     "nan_weight.pt: tensor 'layer.weight': number 4 of 6 is nan in Double"},
    {"score", "line", NULL, NULL, "class", 2, KAC_EINVAL,
     "class = 2, but the network is not conditional"},
    {"score", "classes", NULL, NULL, "class", 3, KAC_EINVAL,
     "class = 3, but there are 3 classes"},
    {"score", "classes_alone", "eps", "t", NULL, 0, KAC_EINVAL,
     "forward takes 3 arguments, but gets 2: x, label; is class missing?"},
    {"score", "shape", "eps", "t", NULL, 0, KAC_EINVAL,
     "forward takes 1 argument, but gets 2: x, label"},
    {"score", "shape", "edm", NULL, NULL, 0, KAC_EINVAL,
     "the parameterisation edm needs sigma_data above 0"},
    {"score", "shape", "eps", NULL, NULL, 0, KAC_EINVAL,
     "forward gives the shape (2, 6), expected (2, 3), as x"},
    {"score", "transposed", "eps", NULL, NULL, 0, KAC_EINVAL,
     "forward gives the shape (3, 2), expected (2, 3), as x"},
    {"score", "whole", "eps", NULL, NULL, 0, KAC_EINVAL,
     "forward gives numbers of type Long, expected Float or Double"},
    {"score", "halves", "eps", NULL, NULL, 0, KAC_EINVAL,
     "forward gives numbers of type Half, expected Float or Double"},
    {"score", "pair", "eps", NULL, NULL, 0, KAC_EINVAL,
     "forward gives Tuple, expected a Tensor"},
    {"score", "raises", "eps", NULL, NULL, 0, KAC_EINVAL,
     "forward: AssertionError: this model is for images (<string>:2, in "
     "forward)"},
    {"score", "talks", "eps", NULL, NULL, 0, KAC_EINVAL, " word word ..."},
    {"score", "mismatch", "eps", NULL, NULL, 0, KAC_EINVAL,
     "forward: mat1 and mat2 shapes cannot be multiplied (2x3 and 7x7) "
     "(<string>:2, in forward)"},
    {"score", "frozen", "eps", NULL, NULL, 0, KAC_EINVAL,
     "; the key precision says what forward gets (<string>:2, in forward)"},
    {"potential", "line", NULL, "none", NULL, 0, KAC_EINVAL,
     "forward takes 2 arguments, but gets 1: x"},
    {"potential", "logits", NULL, NULL, NULL, 0, KAC_EINVAL,
     "forward gives the shape (2, 4), expected (2), one for each row of x: "
     "pick "
     "one by column or class"},
    {"potential", "logits", NULL, NULL, "class", 4, KAC_EINVAL,
     "forward gives the shape (2, 4), expected (2, columns) with column 4"},
    {"potential", "quadratic", NULL, NULL, "column", 0, KAC_EINVAL,
     "forward gives the shape (2), expected (2, columns) with column 0"},
};

START_TEST(everything_wrong_is_named_at_check_time) {
  write_text("text.txt", "hello\n");
  write_bytes("pickle.bin", "\x80\x02}.", 4);
  write_text("cut.zip", "PK\x03\x04 data.pkl, and nothing more");
  ck_assert_int_eq(mkdir("folder.d", 0700), 0);
  for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
    struct fixture f;
    open_file(&f, wrong[k].kind, wrong[k].file);
    if (wrong[k].form) choose(&f, "parameterisation", wrong[k].form);
    if (wrong[k].label) choose(&f, "label", wrong[k].label);
    if (wrong[k].key) fixture_int(&f, wrong[k].key, wrong[k].value);
    kac_status status = fixture_plan(&f, 1, D, 8);
    ck_assert_msg(
        status == wrong[k].status && strstr(f.err.msg, wrong[k].says) != NULL,
        "%s: %d, '%s', expected '%s'", wrong[k].file, (int)status, f.err.msg,
        wrong[k].says);
    close_unused(&f);
  }
}
END_TEST

START_TEST(column_and_class_exclude_each_other) {
  struct fixture f;
  open_file(&f, "potential", "logits");
  fixture_int(&f, "column", 1);
  fixture_int(&f, "class", 2);
  ck_assert_int_eq(fixture_plan(&f, 1, D, 8), KAC_EINVAL);
  ck_assert_str_eq(f.err.msg, "both column = 1 and class = 2: choose one");
  close_unused(&f);
}
END_TEST

/* The numbers that count are those after the conversion; a mask is infinite. */
START_TEST(weights_are_judged_in_their_precision) {
  static const struct {
    const char *file, *precision, *says;
  } cases[] = {{"large_weight", "file", ""},
               {"large_weight", "float32",
                "large_weight.pt: tensor 'layer.weight': number 4 of 6 is inf "
                "in Float"},
               {"inf_buffer", "file", ""}};
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
    struct fixture f;
    open_file(&f, "score", cases[k].file);
    choose(&f, "parameterisation", "eps");
    choose(&f, "precision", cases[k].precision);
    kac_status status = fixture_plan(&f, 1, D, 8);
    ck_assert_str_eq(status == KAC_OK ? "" : f.err.msg, cases[k].says);
    close_unused(&f);
  }
}
END_TEST

int main(void) {
  const TTest *const files[] = {everything_wrong_is_named_at_check_time,
                                column_and_class_exclude_each_other,
                                weights_are_judged_in_their_precision};
  Suite *suite = suite_create("torch files");
  ADD(suite, "files", start, files);
  return run_here(suite);
}
