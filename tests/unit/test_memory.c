/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory: alignment, zeroes, sizes that do not fit, and arenas of every size
 * of block. */
#include "memory.h"

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

START_TEST(blocks_are_aligned_and_zeroed) {
  for (size_t n = 0; n < 300; n += 7) {
    unsigned char *block = memory_alloc(n);
    ck_assert_ptr_nonnull(block);
    ck_assert_uint_eq((uintptr_t)block % 64, 0);
    for (size_t i = 0; i < n; i++) ck_assert_uint_eq(block[i], 0);
    free(block);
  }
}
END_TEST

START_TEST(a_size_beyond_the_address_space_gives_null) {
  struct arena *arena = arena_new();
  ck_assert_ptr_null(memory_alloc(SIZE_MAX));
  ck_assert_ptr_null(memory_alloc(SIZE_MAX - 63));
  ck_assert_ptr_null(arena_alloc(arena, SIZE_MAX));
  ck_assert_ptr_null(arena_alloc(arena, PTRDIFF_MAX));
  ck_assert_ptr_nonnull(arena_alloc(arena, 1));
  arena_free(arena);
}
END_TEST

START_TEST(a_product_that_does_not_fit_is_refused) {
  size_t product = 0;
  ck_assert(memory_product(3, 5, &product));
  ck_assert_uint_eq(product, 15);
  ck_assert(memory_product(0, SIZE_MAX, &product));
  ck_assert_uint_eq(product, 0);
  ck_assert(memory_product(1, SIZE_MAX, &product));
  ck_assert(!memory_product(2, SIZE_MAX / 2 + 1, &product));
  ck_assert(!memory_product((size_t)1 << 32, (size_t)1 << 32, &product));
}
END_TEST

/* How many of n bytes differ from the value. */
static size_t others(const unsigned char *block, size_t n, size_t value) {
  size_t count = 0;
  for (size_t i = 0; i < n; i++) count += block[i] != value;
  return count;
}

START_TEST(arena_blocks_are_aligned_zeroed_and_apart) {
  struct arena *arena = arena_new();
  unsigned char *blocks[400];
  size_t sizes[400];
  for (size_t i = 0; i < 400; i++) {
    sizes[i] = i % 37 == 0 ? 20000 + i : i % 200;
    blocks[i] = arena_alloc(arena, sizes[i]);
    ck_assert_uint_eq((uintptr_t)blocks[i] % 64, 0);
    ck_assert_uint_eq(others(blocks[i], sizes[i], 0), 0);
    memset(blocks[i], (int)(i % 255) + 1, sizes[i]);
  }
  for (size_t i = 0; i < 400; i++)
    ck_assert_uint_eq(others(blocks[i], sizes[i], i % 255 + 1), 0);
  arena_free(arena);
}
END_TEST

START_TEST(texts_are_packed_but_blocks_behind_them_are_aligned) {
  struct arena *arena = arena_new();
  char *a = arena_copy(arena, "one");
  char *b = arena_format(arena, "%s-%d", a, 2);
  ck_assert_str_eq(a, "one");
  ck_assert_str_eq(b, "one-2");
  ck_assert_ptr_eq(a + 4, b);
  ck_assert_uint_eq((uintptr_t)arena_alloc(arena, 8) % 64, 0);
  ck_assert_uint_eq(strlen(arena_format(arena, "%30000d", 1)), 30000);
  arena_free(arena);
}
END_TEST

START_TEST(freeing_nothing_is_fine) {
  arena_free(NULL);
}
END_TEST

START_TEST(some_memory_is_available) {
  size_t bytes = memory_available();
  ck_assert_uint_gt(bytes, 1 << 20);
  ck_assert_uint_lt(bytes, SIZE_MAX);
}
END_TEST

int main(void) {
  const TTest *const tests[] = {
      blocks_are_aligned_and_zeroed,
      a_size_beyond_the_address_space_gives_null,
      a_product_that_does_not_fit_is_refused,
      arena_blocks_are_aligned_zeroed_and_apart,
      texts_are_packed_but_blocks_behind_them_are_aligned,
      freeing_nothing_is_fine,
      some_memory_is_available,
  };
  Suite *suite = suite_create("memory");
  TCase *tcase = tcase_create("memory");
  for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
    tcase_add_test(tcase, tests[i]);
  suite_add_tcase(suite, tcase);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int n_failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
