/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tree: what libconfig parsed with file and line, its errors explained, and
 * files that are none. */
#include "config/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <sys/resource.h>

#include "allocation_fault.h"
#include "config_fixture.h"

/* An address sanitizer cannot live under a limit of the address space. */
#if defined(__SANITIZE_ADDRESS__)
#define HAS_LIMIT 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_LIMIT 0
#endif
#endif
#ifndef HAS_LIMIT
#define HAS_LIMIT 1
#endif

static const struct place NOWHERE = {NULL, 0};

static struct node *parse(const char *text) {
  forget_messages();
  return tree_parse(arena, text, "run.cfg", diag);
}

static struct node *parsed(const char *text) {
  struct node *root = parse(text);
  ck_assert_msg(root != NULL, "%s", diag_text(diag));
  return root;
}

static void expect(const char *text, const char *expected) {
  ck_assert_ptr_null(parse(text));
  ck_assert_str_eq(diag_text(diag), expected);
}

START_TEST(every_kind_is_copied) {
  struct node *root = parsed(
      "i = 3; l = -6000000000L; h = 0xFF; r = 1e-3; t = true; f = False;\n"
      "s = \"a\" \"b\\t\"; g = { }; v = [1, 2]; w = (1, \"x\", (2.5));");
  ck_assert_int_eq(root->kind, NODE_GROUP);
  ck_assert_ptr_null(root->name);
  ck_assert_uint_eq(root->n_children, 10);
  ck_assert_int_eq(node_get(root, "i")->integer, 3);
  ck_assert_int_eq(node_get(root, "l")->integer, -6000000000);
  ck_assert_int_eq(node_get(root, "h")->integer, 255);
  ck_assert_double_eq(node_get(root, "r")->real, 1e-3);
  ck_assert_int_eq(node_get(root, "t")->integer, 1);
  ck_assert_int_eq(node_get(root, "f")->kind, NODE_BOOL);
  ck_assert_int_eq(node_get(root, "f")->integer, 0);
  ck_assert_str_eq(node_get(root, "s")->string, "ab\t");
  ck_assert_int_eq(node_get(root, "g")->kind, NODE_GROUP);
  ck_assert_int_eq(node_get(root, "v")->kind, NODE_LIST);
  const struct node *list = node_get(root, "w");
  ck_assert_uint_eq(list->n_children, 3);
  ck_assert_ptr_null(list->child[0]->name);
  ck_assert_double_eq(list->child[2]->child[0]->real, 2.5);
  ck_assert_ptr_null(node_get(root, "nothing"));
  ck_assert_ptr_null(node_get(list, "x"));
  ck_assert_ptr_null(node_get(NULL, "x"));
}
END_TEST

START_TEST(every_node_knows_its_place) {
  write_text("more.cfg", "\nb = 2;\n");
  struct node *root =
      parsed("a = (\n  1,\n  { c = 3; }\n);\n@include \"more.cfg\"\nd = 4;\n");
  const struct node *a = node_get(root, "a"), *b = node_get(root, "b");
  ck_assert_int_eq(a->at.line, 1);
  ck_assert_int_eq(a->child[0]->at.line, 2);
  ck_assert_int_eq(node_get(a->child[1], "c")->at.line, 3);
  ck_assert_str_eq(b->at.file, "more.cfg");
  ck_assert_int_eq(b->at.line, 2);
  ck_assert_str_eq(node_get(root, "d")->at.file, "run.cfg");
  ck_assert_int_eq(node_get(root, "d")->at.line, 6);
  ck_assert_str_eq(root->at.file, "run.cfg");
  ck_assert_int_eq(root->at.line, 0);
}
END_TEST

START_TEST(kinds_have_names) {
  struct node *root =
      parsed("a = { }; b = (1); c = 1; d = 1.0; e = true; f = \"\";");
  const char *const names[] = {"a group",       "a list",        "an integer",
                               "a real number", "a truth value", "a string"};
  for (size_t i = 0; i < 6; i++)
    ck_assert_str_eq(node_kind_name(root->child[i]), names[i]);
}
END_TEST

START_TEST(a_syntax_error_shows_its_line_and_the_one_before) {
  expect("x = 1;\na =\n\nb = 2;\n",
         "run.cfg:4: error: syntax error\n"
         "        2 | a =\n"
         "        4 | b = 2;\n"
         "    run.cfg:2: a value is missing behind '=' of 'a'\n");
  expect("= 3;",
         "run.cfg:1: error: syntax error\n"
         "        1 | = 3;\n"
         "    run.cfg:1: no name stands before '='\n");
  expect(arena_format(arena, "a = 1;\r\nb c %s\r\n", repeat("d ", 40)),
         arena_format(arena,
                      "run.cfg:2: error: syntax error\n"
                      "        1 | a = 1;\n"
                      "        2 | b c %s...\n"
                      "    run.cfg:2: '=' is missing behind 'b'\n",
                      repeat("d ", 33)));
}
END_TEST

START_TEST(a_mixed_array_gets_a_hint) {
  expect("a = [1, 2.0];",
         "run.cfg:1: error: mismatched element type in array\n"
         "        1 | a = [1, 2.0];\n"
         "    an array [ ] holds one type: write 1.0 or use ( )\n");
}
END_TEST

START_TEST(a_duplicate_key_is_an_error_at_the_second_one) {
  expect("a = 1;\nb = 2;\na = 3;",
         "run.cfg:3: error: duplicate setting name\n"
         "        2 | b = 2;\n"
         "        3 | a = 3;\n");
}
END_TEST

START_TEST(what_the_scan_refuses_is_not_parsed) {
  expect("seed = 6000000000;",
         "run.cfg:1: error: 6000000000 does not fit 32 bits: write "
         "6000000000L\n");
}
END_TEST

START_TEST(an_empty_text_is_an_empty_group) {
  ck_assert_uint_eq(parsed("")->n_children, 0);
  ck_assert_uint_eq(parsed("# nothing\n")->n_children, 0);
}
END_TEST

START_TEST(a_file_is_read_with_includes_from_its_folder) {
  mkdir("conf", 0700);
  write_text("conf/run.cfg", "a = 1;\n@include \"sub.cfg\"\n");
  write_text("conf/sub.cfg", "b = 2;");
  struct node *root = tree_read(arena, "conf/run.cfg", NULL, diag);
  ck_assert_ptr_nonnull(root);
  ck_assert_str_eq(node_get(root, "a")->at.file, "conf/run.cfg");
  ck_assert_str_eq(node_get(root, "b")->at.file, "conf/sub.cfg");
}
END_TEST

START_TEST(a_file_that_includes_itself_is_named) {
  write_text("run.cfg", "@include \"run.cfg\"\n");
  ck_assert_ptr_null(tree_read(arena, "run.cfg", NULL, diag));
  ck_assert_str_eq(
      diag_text(diag),
      "run.cfg:1: error: file includes itself: run.cfg -> run.cfg\n");
}
END_TEST

static void refuses_file(const char *path, const char *expected) {
  forget_messages();
  ck_assert_ptr_null(tree_read(arena, path, NULL, diag));
  ck_assert_str_eq(diag_text(diag), expected);
  ck_assert_int_eq(diag_code(diag), EXIT_CONFIG);
}

START_TEST(only_a_regular_file_is_a_config) {
  mkfifo("pipe", 0600);
  write_bytes("nul.cfg", "a = \"x\0y\";", 10);
  write_text("big.cfg", repeat("#\n", 524289));
  refuses_file("pipe", "pipe: error: a pipe, not a regular file\n");
  refuses_file(".", ".: error: a folder, not a regular file\n");
  refuses_file("/dev/null", "/dev/null: error: a device, not a regular file\n");
  refuses_file("none.cfg", "none.cfg: error: no such file or directory\n");
  refuses_file("nul.cfg", "nul.cfg: error: byte 0 at offset 6: not a text\n");
  refuses_file("big.cfg", "big.cfg: error: larger than 1048576 bytes\n");
}
END_TEST

START_TEST(a_minus_reads_standard_input_up_to_the_limit) {
  write_text("input", "\n a = 7;");
  int fd = open("input", O_RDONLY);
  ck_assert_int_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
  struct node *root = tree_read(arena, "-", NULL, diag);
  ck_assert_ptr_nonnull(root);
  ck_assert_str_eq(node_get(root, "a")->at.file, "standard input");
  ck_assert_int_eq(node_get(root, "a")->at.line, 2);
  int ends[2];
  ck_assert_int_eq(pipe(ends), 0);
  if (fork() == 0) {
    for (int i = 0; i < 200; i++)
      if (write(ends[1], repeat("#", 8191), 8191) < 0) break;
    _exit(0);
  }
  close(ends[1]);
  ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
  close(ends[0]);
  ck_assert_ptr_null(tree_read(arena, "-", NULL, diag));
  ck_assert_str_eq(diag_text(diag),
                   "standard input: error: larger than 1048576 bytes\n");
}
END_TEST

START_TEST(an_input_that_cannot_be_read_is_named) {
  int fd = open(".", O_RDONLY);
  ck_assert_int_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
  ck_assert_ptr_null(tree_read(arena, "-", NULL, diag));
  ck_assert_str_eq(diag_text(diag), "standard input: error: is a directory\n");
}
END_TEST

/* --- memory and locale -----------------------------------------------------
 */

START_TEST(any_allocation_may_fail) {
  write_text("run.cfg", "a = { b = (1, \"x\"); };\n@include \"more.cfg\"\n");
  write_text("more.cfg", "c = 2;\n");
  const char *const messages[] = {
      "run.cfg: error: no memory to read it\n",
      "run.cfg: error: no memory to read the config\n",
      "run.cfg:1: error: no memory for the config\n",
      "run.cfg:2: error: include file 'more.cfg': no memory to read it\n"};
  int n_seen[4] = {0};
  long n = 0;
  for (bool is_done = false; !is_done; n++) {
    struct arena *own = arena_new();
    forget_messages();
    diag_warn(diag, NOWHERE, "takes the memory for messages before");
    fails_at = n;
    is_done = tree_read(own, "run.cfg", NULL, diag) != NULL;
    fails_at = -1;
    if (!is_done) {
      ck_assert_int_eq(diag_code(diag), EXIT_RESOURCE);
      ck_assert_uint_eq(diag_errors(diag), 1);
      for (int i = 0; i < 4; i++)
        n_seen[i] += strstr(diag_text(diag), messages[i]) != NULL;
    }
    arena_free(own);
  }
  ck_assert_int_ge(n, 4);
  ck_assert_int_ge(n_seen[0], 1);
  ck_assert_int_ge(n_seen[1], 1);
  ck_assert_int_ge(n_seen[3], 1);
}
END_TEST

START_TEST(a_tree_that_does_not_fit_is_an_error) {
  const char *text =
      arena_format(arena, "a = (%s 1);", repeat("(1), (2), ", 2000));
  bool is_seen = false, is_done = false;
  for (long n = 0; !is_done; n++) {
    struct arena *own = arena_new();
    forget_messages();
    fails_at = n;
    is_done = tree_parse(own, text, "run.cfg", diag) != NULL;
    fails_at = -1;
    if (strstr(diag_text(diag), "run.cfg:1: error: no memory for the config\n"))
      is_seen = true;
    arena_free(own);
  }
  ck_assert(is_seen);
}
END_TEST

#if HAS_LIMIT
/* Bytes of address space in use, which libraries alone may make large. */
static rlim_t used_now(void) {
  unsigned long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  ck_assert_ptr_nonnull(file);
  ck_assert_int_eq(fscanf(file, "%lu", &pages), 1);
  fclose(file);
  return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* 65 MB are asked for, 32 MB are left. */
START_TEST(a_text_is_not_parsed_without_memory_for_it) {
  const char *line = arena_format(arena, "%60000s\n", "");
  const char *large = repeat(line, 17);
  rlim_t most = used_now() + (32 << 20);
  struct rlimit limit = {most, most};
  ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
  ck_assert_ptr_null(tree_parse(arena, large, "run.cfg", diag));
  ck_assert_str_eq(diag_text(diag),
                   "run.cfg:1: error: no memory to parse the config\n");
  ck_assert_int_eq(diag_code(diag), EXIT_RESOURCE);
}
END_TEST
#endif

START_TEST(numbers_do_not_depend_on_the_locale) {
  if (!setlocale(LC_ALL, "de_DE.UTF-8")) setlocale(LC_ALL, "C");
  struct node *root = parsed("a = 1.5; b = 1e-3;");
  ck_assert_double_eq(node_get(root, "a")->real, 1.5);
  ck_assert_double_eq(node_get(root, "b")->real, 1e-3);
  expect("a = 1.5e999;",
         "run.cfg:1: error: 1.5e999 is too large for a real number\n");
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
    every_kind_is_copied,
    every_node_knows_its_place,
    kinds_have_names,
    a_syntax_error_shows_its_line_and_the_one_before,
    a_mixed_array_gets_a_hint,
    a_duplicate_key_is_an_error_at_the_second_one,
    what_the_scan_refuses_is_not_parsed,
    an_empty_text_is_an_empty_group,
    a_file_is_read_with_includes_from_its_folder,
    a_file_that_includes_itself_is_named,
    only_a_regular_file_is_a_config,
    a_minus_reads_standard_input_up_to_the_limit,
    an_input_that_cannot_be_read_is_named,
    any_allocation_may_fail,
    a_tree_that_does_not_fit_is_an_error,
#if HAS_LIMIT
    a_text_is_not_parsed_without_memory_for_it,
#endif
    numbers_do_not_depend_on_the_locale,
  };
  return RUN_SUITE("tree", tests);
}
