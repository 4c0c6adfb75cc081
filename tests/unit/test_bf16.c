/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Products in bfloat16: against the exact product of the rounded numbers, at
 * the distance from float32 that the rounding implies (no further, and no
 * nearer), any split of the rows and any threads down to the bit, on every
 * kind of processor that oneDNN can be told to see. */
#include "../plugin_fixture.h"

#include <float.h>
#include <pthread.h>

#include "plugins/net/bf16.h"

/* What oneDNN takes the processor for, at most; NULL: kac's own way. */
static const char *const processors[] = {"AVX512_CORE_AMX", "AVX512_CORE_BF16",
                                         "AVX512_CORE",     "AVX2",
                                         "SSE41",           NULL};
enum { N_PROCESSORS = sizeof processors / sizeof *processors, ROWS = 150 };

/* Half an ulp, relative; a product of two rounded numbers is off by twice that
 * and its square. */
static const double UNIT = 0x1p-9;

/* y = x W^T with all that is known of it. */
struct product {
  struct gemm_matrix matrix;
  struct bf16 *half;
  size_t n_in, n_out, ld;
  float *x, *w, *y;
};

static double nearest_half(double x) {
  int exponent;
  double fraction = frexp(x, &exponent);
  return ldexp(rint(ldexp(fraction, 8)), exponent - 8);
}

/* Every test forks: oneDNN looks at this once per process. */
static void be_a(const char *processor) {
  if (processor) setenv("DNNL_MAX_CPU_ISA", processor, 1);
}

static void open_product(struct product *p, size_t n_in, size_t n_out,
                         size_t n_lanes, enum bf16_way way) {
  kac_error err;
  *p = (struct product){.n_in = n_in, .n_out = n_out, .ld = n_in + 3};
  size_t width = gemm_padded(n_out);
  p->x = calloc(ROWS * p->ld, sizeof *p->x);
  p->w = calloc(n_out * n_in, sizeof *p->w);
  p->y = aligned_alloc(64, ROWS * width * sizeof *p->y);
  ck_assert(p->x && p->w && p->y);
  for (size_t i = 0; i < ROWS * p->ld; i++)
    p->x[i] = (float)fixture_normal(i + 1000 * n_in);
  for (size_t i = 0; i < n_out * n_in; i++)
    p->w[i] = (float)fixture_normal(i + 777777 * n_out);
  ck_assert(gemm_pack(&p->matrix, n_out, n_in, p->w, n_in, false));
  ck_assert_int_eq(bf16_open(n_lanes, way, &p->half, &err), KAC_OK);
  ck_assert_int_eq(bf16_take(p->half, &p->matrix, &err), KAC_OK);
  ck_assert_int_eq(bf16_ready(p->half, &err), KAC_OK);
}

static void close_product(struct product *p) {
  gemm_free(&p->matrix);
  bf16_close(p->half);
  free(p->x);
  free(p->w);
  free(p->y);
}

/* The largest error in units of what the sums in float32 may add, and the root
 * mean square of what rounding did, in units of UNIT sqrt(sum w^2 x^2). */
static void distances(const struct product *p, const float *y, double *of_sums,
                      double *of_rounding) {
  double worst = 0, square = 0;
  for (size_t i = 0; i < ROWS; i++)
    for (size_t o = 0; o < p->n_out; o++) {
      double exact = 0, plain = 0, size = 0, size2 = 0;
      for (size_t k = 0; k < p->n_in; k++) {
        double x = (double)p->x[i * p->ld + k],
               w = (double)p->w[o * p->n_in + k];
        exact += nearest_half(x) * nearest_half(w);
        plain += x * w;
        size += fabs(nearest_half(x) * nearest_half(w));
        size2 += x * w * x * w;
      }
      double got = (double)y[i * gemm_padded(p->n_out) + o];
      double bound = ((double)p->n_in + 2) * 0x1p-24 * size;
      worst = fmax(worst, fabs(got - exact) / bound);
      square += pow((got - plain) / UNIT, 2) / size2;
    }
  *of_sums = worst;
  *of_rounding = sqrt(square / (double)(ROWS * p->n_out));
}

static const size_t shapes[][2] = {
    {1, 1}, {5, 40}, {64, 256}, {33, 16}, {300, 7}};
enum { N_SHAPES = sizeof shapes / sizeof *shapes };

static enum bf16_way way_of(size_t processor) {
  return processors[processor] ? BF16_ONEDNN : BF16_FLOATS;
}

/* A rounded number is off by a uniform part of its ulp: rms between 0.57 and
 * 1.16 UNIT, two of them between 0.8 and 1.64. */
START_TEST(products_are_those_of_the_rounded_numbers) {
  struct product p;
  double of_sums, of_rounding;
  be_a(processors[_i]);
  for (size_t s = 0; s < N_SHAPES; s++) {
    open_product(&p, shapes[s][0], shapes[s][1], 1, way_of((size_t)_i));
    gemm(&p.matrix, p.x, p.ld, ROWS, p.y);
    distances(&p, p.y, &of_sums, &of_rounding);
    ck_assert_msg(of_sums <= 1, "shape %zu: %g", s, of_sums);
    ck_assert_msg(of_rounding > 0.7 && of_rounding < 1.8, "shape %zu: %g", s,
                  of_rounding);
    close_product(&p);
  }
}
END_TEST

START_TEST(float32_would_not_pass_for_bfloat16) {
  struct product p;
  double of_sums, of_rounding;
  open_product(&p, 64, 256, 1, BF16_FLOATS);
  struct gemm_matrix plain;
  ck_assert(gemm_pack(&plain, p.n_out, p.n_in, p.w, p.n_in, false));
  gemm(&plain, p.x, p.ld, ROWS, p.y);
  distances(&p, p.y, &of_sums, &of_rounding);
  ck_assert_msg(of_sums > 10 && of_rounding < 0.01, "%g %g", of_sums,
                of_rounding);
  gemm_free(&plain);
  close_product(&p);
}
END_TEST

START_TEST(rows_do_not_depend_on_their_neighbours) {
  static const size_t lengths[] = {1, 63, 64, 2, 20};
  struct product p;
  be_a(processors[_i]);
  for (size_t s = 0; s < N_SHAPES; s++) {
    open_product(&p, shapes[s][0], shapes[s][1], 1, way_of((size_t)_i));
    size_t width = gemm_padded(p.n_out), first = 0;
    float *part = aligned_alloc(64, ROWS * width * sizeof *part);
    ck_assert_ptr_nonnull(part);
    gemm(&p.matrix, p.x, p.ld, ROWS, p.y);
    for (size_t k = 0; k < 5; first += lengths[k++])
      gemm(&p.matrix, p.x + first * p.ld, p.ld, lengths[k],
           part + first * width);
    ck_assert_uint_eq(first, ROWS);
    for (size_t i = 0; i < ROWS; i++)
      ck_assert_mem_eq(part + i * width, p.y + i * width,
                       p.n_out * sizeof *part);
    free(part);
    close_product(&p);
  }
}
END_TEST

/* Each thread all rows, over and over, into an array of its own. */
struct worker {
  pthread_t thread;
  const struct product *p;
  float *y;
};

static void *work(void *self) {
  struct worker *w = self;
  for (int k = 0; k < 50; k++)
    gemm(&w->p->matrix, w->p->x, w->p->ld, ROWS, w->y);
  return NULL;
}

/* As many lanes as threads, and fewer: they wait for one another. */
START_TEST(threads_do_not_disturb_each_other) {
  enum { N = 4 };
  struct worker worker[N];
  struct product p;
  for (size_t n_lanes = 1; n_lanes <= N; n_lanes += N - 1) {
    open_product(&p, 64, 64, n_lanes, way_of((size_t)_i));
    size_t bytes = ROWS * gemm_padded(p.n_out) * sizeof *p.y;
    gemm(&p.matrix, p.x, p.ld, ROWS, p.y);
    for (size_t k = 0; k < N; k++) {
      worker[k] = (struct worker){.p = &p, .y = aligned_alloc(64, bytes)};
      ck_assert_ptr_nonnull(worker[k].y);
      ck_assert_int_eq(
          pthread_create(&worker[k].thread, NULL, work, &worker[k]), 0);
    }
    for (size_t k = 0; k < N; k++) {
      pthread_join(worker[k].thread, NULL);
      ck_assert_mem_eq(worker[k].y, p.y, bytes);
      free(worker[k].y);
    }
    close_product(&p);
  }
}
END_TEST

/* To nearest, ties to even; what is not finite stays so, and 1 times it. */
START_TEST(single_numbers_are_rounded_to_nearest) {
  static const float from[] = {
      1 + 0x1p-8f,  1 + 0x3p-8f,  1 + 0x1p-8f + 0x1p-20f,
      -3.14159265f, 0x1.fep-100f, FLT_MAX,
      -INFINITY};
  static const float to[] = {1,          1 + 0x1p-6f,  1 + 0x1p-7f,
                             -3.140625f, 0x1.fep-100f, INFINITY,
                             -INFINITY};
  enum { N = sizeof from / sizeof *from };
  struct product p;
  be_a(processors[_i]);
  open_product(&p, 1, 1, 1, way_of((size_t)_i));
  struct gemm_matrix one;
  kac_error err;
  ck_assert(gemm_pack(&one, 1, 1, (float[]){1}, 1, false));
  bf16_close(p.half);
  ck_assert_int_eq(bf16_open(1, way_of((size_t)_i), &p.half, &err), KAC_OK);
  ck_assert_int_eq(bf16_take(p.half, &one, &err), KAC_OK);
  ck_assert_int_eq(bf16_ready(p.half, &err), KAC_OK);
  for (size_t i = 0; i < N; i++) p.x[i * p.ld] = from[i];
  p.x[N * p.ld] = NAN;
  gemm(&one, p.x, p.ld, N + 1, p.y);
  for (size_t i = 0; i < N; i++)
    ck_assert_msg(
        !(p.y[i * GEMM_PANEL] < to[i]) && !(p.y[i * GEMM_PANEL] > to[i]),
        "%zu: %a", i, (double)p.y[i * GEMM_PANEL]);
  ck_assert(isnan(p.y[N * GEMM_PANEL]));
  gemm_free(&one);
  close_product(&p);
}
END_TEST

int main(void) {
  Suite *suite = suite_create("bf16");
  TCase *products = tcase_create("products");
  tcase_add_loop_test(products, products_are_those_of_the_rounded_numbers, 0,
                      N_PROCESSORS);
  tcase_add_test(products, float32_would_not_pass_for_bfloat16);
  tcase_add_loop_test(products, rows_do_not_depend_on_their_neighbours, 0,
                      N_PROCESSORS);
  tcase_add_loop_test(products, threads_do_not_disturb_each_other, 0,
                      N_PROCESSORS);
  tcase_add_loop_test(products, single_numbers_are_rounded_to_nearest, 0,
                      N_PROCESSORS);
  suite_add_tcase(suite, products);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_NORMAL);
  int n_failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
