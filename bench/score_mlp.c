/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A score from a float32 network, for measurements only (workload W4):
 *
 *   h_0 = x,  h_{l+1} = silu(W_l h_l + b_l + t c_l) for l = 0, 1, 2,
 *   net = W_3 h_3 + b_3 + t c_3,  score = -x + 0.1 net,
 *
 * of widths 64, 256, 256, 256, 64.  Rows go through the layers TILE at a time,
 * so that activations and weights stay in the second-level cache.  Check:
 * w4_check_x.bin, w4_check_out_t0.37.bin hold inputs and net at t = 0.37. */
#include <cblas.h>
#include <kac/sdk.h>

enum { LAYERS = 4, DIM = 64, WIDTH = 256, TILE = 256, TEXT = 4096 };
static const size_t widths[LAYERS + 1] = {DIM, WIDTH, WIDTH, WIDTH, DIM};

struct config {
  const char *folder;
};
static const kac_param params[] = {
    KAC_STRING(struct config, folder, KAC_P_REQUIRED | KAC_P_FILE, NULL,
               "folder of w4_W0.bin ... w4_c3.bin, float32")};

struct network {
  float *weight[LAYERS], *bias[LAYERS], *slope[LAYERS];
};
/* Of one thread: rows of the tile in and between layers. */
struct work {
  float x[TILE * DIM], a[TILE * WIDTH], b[TILE * WIDTH], bias[WIDTH];
};

/* exp(x) in float: x = k ln2 + r, |r| <= ln2/2, series to r^6 (error below
 * 2e-7, relative); held inside the range where 2^k is normal. */
KAC_INLINE float exp_float(float x) {
  const float shift = 12582912.0f;
  float c = x < -87.0f ? -87.0f : x;
  c = c > 88.0f ? 88.0f : c;
  float biased = c * 1.44269504f + shift, k = biased - shift;
  float r = (c - k * 0.693145752f) - k * 1.42860677e-6f, r2 = r * r;
  float low = 1.0f + r + r2 * (0.5f + r * 0.166666667f);
  float high = 0.0416666667f + r * 0.00833333333f + r2 * 0.00138888889f;
  float p = low + r2 * r2 * high, y;
  uint32_t bits, scale;
  memcpy(&scale, &biased, sizeof scale);
  memcpy(&bits, &p, sizeof bits);
  bits += scale << 23;
  memcpy(&y, &bits, sizeof y);
  return y;
}

KAC_CLONES static void silu(float *restrict a, const float *restrict bias,
                            size_t n) {
  for (size_t i = 0; i < n; i++, a += WIDTH)
    for (size_t j = 0; j < WIDTH; j++) {
      float h = a[j] + bias[j];
      a[j] = h / (1.0f + exp_float(-h));
    }
}

KAC_CLONES static void set_bias(const float *restrict bias,
                                const float *restrict slope, float t, size_t n,
                                float *restrict out) {
  for (size_t j = 0; j < n; j++) out[j] = bias[j] + t * slope[j];
}

KAC_CLONES static void to_float(const double *restrict x, size_t n,
                                float *restrict out) {
  for (size_t i = 0; i < n; i++) out[i] = (float)x[i];
}

KAC_CLONES static void to_score(const double *restrict x,
                                const float *restrict net,
                                const float *restrict bias,
                                double *restrict score) {
  for (size_t j = 0; j < DIM; j++)
    score[j] = (double)(net[j] + bias[j]) * 0.1 - x[j];
}

/* Layers of n rows: w->x to w->a, without the last bias, which stays in
 * w->bias. */
static void forward(const struct network *net, float t, size_t n,
                    struct work *w) {
  const float *in = w->x;
  float *out = w->b;
  for (size_t l = 0; l < LAYERS; l++) {
    int n_in = (int)widths[l], n_out = (int)widths[l + 1];
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)n, n_out, n_in,
                1.0f, in, n_in, net->weight[l], n_in, 0.0f, out, n_out);
    set_bias(net->bias[l], net->slope[l], t, widths[l + 1], w->bias);
    if (l + 1 < LAYERS) silu(out, w->bias, n);
    in = out;
    out = out == w->a ? w->b : w->a;
  }
}

static kac_status eval(const void *self, const kac_block *block,
                       kac_score_io *io, kac_error *err) {
  struct work *w = block->scratch;
  (void)err;
  for (size_t first = 0; first < block->n; first += TILE) {
    size_t left = block->n - first, n = left < TILE ? left : TILE;
    for (size_t i = 0; i < n; i++)
      to_float(kac_row(&io->x, first + i), DIM, w->x + i * DIM);
    forward(self, (float)io->t, n, w);
    for (size_t i = 0; i < n; i++)
      to_score(kac_row(&io->x, first + i), w->a + i * DIM, w->bias,
               io->score + (first + i) * io->ld);
  }
  return KAC_OK;
}

static kac_status plan(const void *config, kac_plan *plan, kac_error *err) {
  (void)config;
  if (plan->space->n_real != DIM)
    return kac_fail(err, KAC_EINVAL, "the state has %zu reals, expected %d",
                    plan->space->n_real, DIM);
  plan->scratch_bytes = sizeof(struct work);
  plan->sigma_data = 1;
  return KAC_OK;
}

/* folder/w4_<name><layer>.bin: n floats. */
static kac_status load(const kac_host *host, const struct config *cfg,
                       const char *name, size_t layer, size_t n, float **data,
                       kac_error *err) {
  char path[TEXT];
  snprintf(path, sizeof path, "%s/w4_%s%zu.bin", cfg->folder, name, layer);
  *data = host->alloc(host, n * sizeof **data);
  if (!*data) return kac_fail(err, KAC_ENOMEM, "no memory for the network");
  FILE *file = fopen(path, "rb");
  if (!file) return kac_fail(err, KAC_EIO, "%s cannot be opened", path);
  size_t got = fread(*data, sizeof **data, n, file);
  fclose(file);
  if (got == n) return KAC_OK;
  return kac_fail(err, KAC_EIO, "%s has %zu numbers, expected %zu", path, got,
                  n);
}

static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *plan, void **self, kac_error *err) {
  struct network *net = host->alloc(host, sizeof *net);
  kac_status status = KAC_OK;
  (void)plan;
  if (!net) return kac_fail(err, KAC_ENOMEM, "no memory for the network");
  for (size_t l = 0; l < LAYERS && status == KAC_OK; l++) {
    size_t n = widths[l + 1];
    status = load(host, config, "W", l, n * widths[l], &net->weight[l], err);
    if (status == KAC_OK)
      status = load(host, config, "b", l, n, &net->bias[l], err);
    if (status == KAC_OK)
      status = load(host, config, "c", l, n, &net->slope[l], err);
  }
  openblas_set_num_threads(1); /* the host's threads are all there are */
  *self = net;
  return status;
}

static const kac_score_ops ops = {.struct_size = sizeof ops, .eval = eval};
static const kac_component component = {
    KAC_COMPONENT(KAC_SCORE, "score_mlp", "float32 network of workload W4",
                  struct config, params, kac_score_ops, ops),
    .provides = KAC_Q_SCORE, .plan = plan, .create = create};
KAC_MODULE(component)
