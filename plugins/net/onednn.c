/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Products by oneDNN 2; see onednn.h.  A primitive with its weights in the
 * order that it likes, and per lane what a call needs: oneDNN's stream, the
 * memory objects that x and y are put into, and room to work in.  kac allocates
 * nothing in a call (oneDNN itself makes a table of its four arguments). */
#include "onednn.h"

#include <oneapi/dnnl/dnnl.h>
#include <stdlib.h>

/* Of the OpenMP runtime that oneDNN uses; it counts per calling thread. */
extern void omp_set_num_threads(int n);

struct lane {
  dnnl_stream_t stream;
  dnnl_memory_t x, y, scratch;
};
struct onednn_product {
  dnnl_engine_t engine;
  dnnl_primitive_t primitive;
  dnnl_memory_t weights;
  size_t n_lanes;
  struct lane lane[];
};

/* What is known of a product while it is made. */
struct plan {
  dnnl_memory_desc_t x, w, y;
  dnnl_primitive_desc_t primitive;
};

const char *onednn_absent(void) {
  return NULL;
}

/* AMX is; AVX512_BF16 on its own does two float32 multiply-adds' work per
 * instruction and is issued half as often on AMD, but a quarter as often on
 * Intel (Sapphire Rapids: 85 Gflop/s, and 172 of float32). */
bool onednn_is_fast(void) {
#if defined(__x86_64__) && defined(__GNUC__)
  unsigned isa = (unsigned)dnnl_get_effective_cpu_isa();
  unsigned amx = dnnl_cpu_isa_avx512_core_amx;
  unsigned vectors = dnnl_cpu_isa_avx512_core_bf16;
  return (isa & amx) == amx ||
         ((isa & vectors) == vectors && __builtin_cpu_is("amd"));
#else
  return false;
#endif
}

static bool describe(dnnl_memory_desc_t *desc, size_t rows, size_t columns,
                     dnnl_data_type_t type, dnnl_format_tag_t tag) {
  dnnl_dims_t dims = {(dnnl_dim_t)rows, (dnnl_dim_t)columns};
  return dnnl_memory_desc_init_by_tag(desc, 2, dims, type, tag) == dnnl_success;
}

/* oneDNN chooses the order of the weights; scratch memory is ours, so that
 * several threads can be in one primitive. */
static bool plan_product(dnnl_engine_t engine, size_t rows, size_t n_in,
                         size_t n_out, struct plan *plan) {
  dnnl_matmul_desc_t matmul;
  dnnl_primitive_attr_t attr;
  if (!describe(&plan->x, rows, n_in, dnnl_bf16, dnnl_ab) ||
      !describe(&plan->w, n_in, n_out, dnnl_bf16, dnnl_format_tag_any) ||
      !describe(&plan->y, rows, n_out, dnnl_f32, dnnl_ab) ||
      dnnl_matmul_desc_init(&matmul, &plan->x, &plan->w, NULL, &plan->y) !=
          dnnl_success ||
      dnnl_primitive_attr_create(&attr) != dnnl_success)
    return false;
  bool is_good = dnnl_primitive_attr_set_scratchpad_mode(
                     attr, dnnl_scratchpad_mode_user) == dnnl_success &&
                 dnnl_primitive_desc_create(&plan->primitive, &matmul, attr,
                                            engine, NULL) == dnnl_success;
  dnnl_primitive_attr_destroy(attr);
  return is_good;
}

/* The weights from rows side by side into their own order. */
static bool reorder(struct onednn_product *product, dnnl_memory_t from) {
  const dnnl_memory_desc_t *source, *target;
  dnnl_primitive_desc_t desc;
  dnnl_primitive_t primitive = NULL;
  dnnl_stream_t stream = product->lane[0].stream;
  dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, from},
                            {DNNL_ARG_TO, product->weights}};
  if (dnnl_memory_get_memory_desc(from, &source) != dnnl_success ||
      dnnl_memory_get_memory_desc(product->weights, &target) != dnnl_success ||
      dnnl_reorder_primitive_desc_create(&desc, source, product->engine, target,
                                         product->engine, NULL) != dnnl_success)
    return false;
  bool is_done =
      dnnl_primitive_create(&primitive, desc) == dnnl_success &&
      dnnl_primitive_execute(primitive, stream, 2, args) == dnnl_success &&
      dnnl_stream_wait(stream) == dnnl_success;
  dnnl_primitive_destroy(primitive);
  dnnl_primitive_desc_destroy(desc);
  return is_done;
}

static bool take_weights(struct onednn_product *product,
                         const struct plan *plan, const uint16_t *w) {
  dnnl_memory_desc_t plain;
  dnnl_memory_t from = NULL;
  const dnnl_memory_desc_t *packed =
      dnnl_primitive_desc_query_md(plan->primitive, dnnl_query_weights_md, 0);
  size_t rows = (size_t)plan->w.dims[0], columns = (size_t)plan->w.dims[1];
  void *data = NULL;
  if (!describe(&plain, rows, columns, dnnl_bf16, dnnl_ab) ||
      dnnl_memory_create(&from, &plain, product->engine,
                         DNNL_MEMORY_ALLOCATE) != dnnl_success)
    return false;
  bool is_taken = dnnl_memory_get_data_handle(from, &data) == dnnl_success &&
                  dnnl_memory_create(&product->weights, packed, product->engine,
                                     DNNL_MEMORY_ALLOCATE) == dnnl_success;
  for (size_t i = 0; is_taken && i < rows * columns; i++)
    ((uint16_t *)data)[i] = w[i];
  is_taken = is_taken && reorder(product, from);
  dnnl_memory_destroy(from);
  return is_taken;
}

static bool open_lanes(struct onednn_product *product,
                       const struct plan *plan) {
  const dnnl_memory_desc_t *scratch = dnnl_primitive_desc_query_md(
      plan->primitive, dnnl_query_scratchpad_md, 0);
  dnnl_engine_t engine = product->engine;
  for (size_t i = 0; i < product->n_lanes; i++) {
    struct lane *lane = &product->lane[i];
    if (dnnl_stream_create(&lane->stream, engine, dnnl_stream_in_order) !=
            dnnl_success ||
        dnnl_memory_create(&lane->x, &plan->x, engine, DNNL_MEMORY_NONE) !=
            dnnl_success ||
        dnnl_memory_create(&lane->y, &plan->y, engine, DNNL_MEMORY_NONE) !=
            dnnl_success ||
        dnnl_memory_create(&lane->scratch, scratch, engine,
                           DNNL_MEMORY_ALLOCATE) != dnnl_success)
      return false;
  }
  return true;
}

struct onednn_product *onednn_new(size_t rows, size_t n_in, size_t n_out,
                                  const uint16_t *w, size_t n_lanes) {
  struct plan plan = {.primitive = NULL};
  struct onednn_product *product =
      calloc(1, sizeof *product + n_lanes * sizeof product->lane[0]);
  if (!product) return NULL;
  omp_set_num_threads(1); /* a primitive is made for a number of threads */
  product->n_lanes = n_lanes;
  bool is_made =
      dnnl_engine_create(&product->engine, dnnl_cpu, 0) == dnnl_success &&
      plan_product(product->engine, rows, n_in, n_out, &plan) &&
      dnnl_primitive_create(&product->primitive, plan.primitive) ==
          dnnl_success &&
      open_lanes(product, &plan) && take_weights(product, &plan, w);
  dnnl_primitive_desc_destroy(plan.primitive);
  if (is_made) return product;
  onednn_free(product);
  return NULL;
}

void onednn_free(struct onednn_product *product) {
  if (!product) return;
  for (size_t i = 0; i < product->n_lanes; i++) {
    dnnl_memory_destroy(product->lane[i].scratch);
    dnnl_memory_destroy(product->lane[i].y);
    dnnl_memory_destroy(product->lane[i].x);
    dnnl_stream_destroy(product->lane[i].stream);
  }
  dnnl_memory_destroy(product->weights);
  dnnl_primitive_destroy(product->primitive);
  dnnl_engine_destroy(product->engine);
  free(product);
}

bool onednn_multiply(const struct onednn_product *product, size_t lane_at,
                     uint16_t *x, float *y) {
  const struct lane *lane = &product->lane[lane_at];
  dnnl_exec_arg_t args[] = {{DNNL_ARG_SRC, lane->x},
                            {DNNL_ARG_WEIGHTS, product->weights},
                            {DNNL_ARG_DST, lane->y},
                            {DNNL_ARG_SCRATCHPAD, lane->scratch}};
  omp_set_num_threads(1);
  return dnnl_memory_set_data_handle(lane->x, x) == dnnl_success &&
         dnnl_memory_set_data_handle(lane->y, y) == dnnl_success &&
         dnnl_primitive_execute(product->primitive, lane->stream, 4, args) ==
             dnnl_success &&
         dnnl_stream_wait(lane->stream) == dnnl_success;
}
