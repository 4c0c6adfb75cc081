/* SPDX-License-Identifier: GPL-3.0-or-later */
/* --set path=value: what it creates, replaces and refuses. */
#include "config/tree.h"

#include "allocation_fault.h"
#include "config_fixture.h"

static const struct place ARGUMENT = {"command line argument 3", 0};

static struct node *parsed(const char *text) {
  forget_messages();
  struct node *root = tree_parse(arena, text, "run.cfg", diag);
  ck_assert_msg(root != NULL, "%s", diag_text(diag));
  return root;
}

static bool set(struct node *root, const char *assignment) {
  forget_messages();
  return tree_set(arena, root, assignment, ARGUMENT, diag);
}

static void refuses(const char *assignment, const char *expected) {
  struct node *root = parsed("a = { b = (1, 2); c = 3; };");
  ck_assert(!set(root, assignment));
  ck_assert_str_eq(
      diag_text(diag),
      arena_format(arena, "command line argument 3: error: %s", expected));
}

START_TEST(set_replaces_a_value) {
  struct node *root = parsed("a = { b = (1, { c = 2; }); };\nz = 1;");
  ck_assert(set(root, "a.b[1].c=2.5"));
  const struct node *b = node_get(node_get(root, "a"), "b");
  const struct node *c = node_get(b->child[1], "c");
  ck_assert_int_eq(c->kind, NODE_REAL);
  ck_assert_double_eq(c->real, 2.5);
  ck_assert_str_eq(c->at.file, "command line argument 3");
  ck_assert_int_eq(c->at.line, 0);
  ck_assert_str_eq(c->name, "c");
  ck_assert_int_eq(b->at.line, 1);
  ck_assert(set(root, "a.b[0]=\"x\""));
  ck_assert_str_eq(b->child[0]->string, "x");
  ck_assert(set(root, "z={ y = (1, 2); };"));
  ck_assert_int_eq(node_get(root, "z")->child[0]->child[1]->integer, 2);
  ck_assert_str_eq(node_get(root, "z")->child[0]->at.file,
                   "command line argument 3");
  ck_assert_uint_eq(root->n_children, 2);
}
END_TEST

START_TEST(set_creates_what_is_missing) {
  struct node *root = parsed("");
  ck_assert(set(root, "a.b[0].c=1"));
  ck_assert(set(root, "a.b[1]=2"));
  const struct node *b = node_get(node_get(root, "a"), "b");
  ck_assert_int_eq(node_get(root, "a")->kind, NODE_GROUP);
  ck_assert_int_eq(b->kind, NODE_LIST);
  ck_assert_ptr_null(b->child[0]->name);
  ck_assert_int_eq(node_get(b->child[0], "c")->integer, 1);
  ck_assert_int_eq(b->child[1]->integer, 2);
  ck_assert_str_eq(b->at.file, "command line argument 3");
}
END_TEST

START_TEST(a_bare_word_is_a_string) {
  const char *const words[] = {"systematic", "data/x.npy", "../gmm.so:a",
                               "-inf",       "1_000",      "13th.npy"};
  struct node *root = parsed("");
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    ck_assert(set(root, arena_format(arena, "a=%s", words[i])));
    ck_assert_int_eq(root->child[0]->kind, NODE_STRING);
    ck_assert_str_eq(root->child[0]->string, words[i]);
  }
  ck_assert(set(root, "a=TRUE"));
  ck_assert_int_eq(root->child[0]->kind, NODE_BOOL);
  ck_assert(set(root, "a=0x10"));
  ck_assert_int_eq(root->child[0]->integer, 16);
  ck_assert(set(root, "a=1e3"));
  ck_assert_int_eq(root->child[0]->kind, NODE_REAL);
}
END_TEST

START_TEST(set_values_go_through_the_same_scan) {
  refuses("a.c=6000000000",
          "6000000000 does not fit 32 bits: write 6000000000L\n");
  refuses("a.c=[1, 2.0]",
          "mismatched element type in array\n"
          "    an array [ ] holds one type: write 1.0 or use ( )\n");
  refuses("a.c=(1, x)",
          "'x' is not a value\n"
          "    words stand in double quotes: \"x\"\n");
  refuses("a.c=1; d = 2", "more than one value\n");
  refuses("a.c=1 = 2", "syntax error\n    no name stands before '='\n");
  refuses("a.c=(1]", "']' does not close '('\n");
}
END_TEST

START_TEST(set_paths_are_checked) {
  const char *const wrong[] = {"a",      "=1",     "a.=1",  ".a=1",
                               "a[x]=1", "a[0=1",  "a b=1", "a[0]b=1",
                               "1a=1",   "a..b=1", ""};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
    refuses(wrong[i],
            arena_format(arena, "'%s' is not path=value, like a.b[2].c=1\n",
                         wrong[i]));
  refuses("a.c= ", "no value in 'a.c= '\n");
  refuses("a.c.d=1", "a.c is an integer, not a group\n");
  refuses("a[0]=1", "a is a group, not a list\n");
  refuses("a.b.x=1", "a.b is a list, not a group\n");
  refuses("[0]=1", "the config is a group, not a list\n");
  refuses("a.b[3]=1", "a.b has 2 elements: the next one is a.b[2]\n");
  refuses("a.b[99999999999999999999]=1",
          "a.b has 2 elements: the next one is a.b[2]\n");
  refuses("new[1]=1", "new has 0 elements: the next one is new[0]\n");
}
END_TEST

START_TEST(set_keeps_the_limit_of_nesting) {
  const char *deep = arena_format(arena, "a%s=1", repeat(".a", 64));
  refuses(deep, arena_format(arena,
                             "path of '%.60s...' has more than 64 "
                             "steps\n",
                             deep));
  const char *both = arena_format(arena, "a%s=%s%s", repeat(".a", 59),
                                  repeat("(", 5), repeat(")", 5));
  refuses(both, arena_format(arena, "'%.60s...' is nested more than 64 deep\n",
                             both));
}
END_TEST

static void set_with_failures(const char *assignment) {
  for (long n = 0, is_done = 0; !is_done; n++) {
    struct arena *own = arena_new();
    struct node root = {.kind = NODE_GROUP};
    forget_messages();
    diag_warn(diag, ARGUMENT, "takes the memory for messages before");
    fails_at = n;
    is_done = tree_set(own, &root, assignment, ARGUMENT, diag);
    fails_at = -1;
    if (!is_done) {
      ck_assert_int_eq(diag_code(diag), EXIT_RESOURCE);
      ck_assert_uint_eq(diag_errors(diag), 1);
      ck_assert_ptr_nonnull(strstr(diag_text(diag), "error: no memory"));
    }
    arena_free(own);
  }
}

START_TEST(set_without_memory_is_an_error) {
  const char *word = repeat("x", 20000), *list = repeat("(1), (2), ", 500);
  set_with_failures("a=x");
  set_with_failures(arena_format(arena, "a=%s", word));
  set_with_failures(arena_format(arena, "a=(%s 3)", list));
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      set_replaces_a_value,           set_creates_what_is_missing,
      a_bare_word_is_a_string,        set_values_go_through_the_same_scan,
      set_paths_are_checked,          set_keeps_the_limit_of_nesting,
      set_without_memory_is_an_error,
  };
  return RUN_SUITE("tree_set", tests);
}
