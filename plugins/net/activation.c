/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SiLU, ReLU, tanh and GELU without a call or a branch, so that the loops
 * vectorise; see activation.h.  The same bits on all x86-64 levels. */
#include "activation.h"

#include <kac/sdk.h>

const char *const activation_names[N_ACTIVATIONS] = {"silu", "relu", "tanh",
                                                     "gelu", "identity"};

/* x, or low if x is below.  By masks: written as a choice, the compiler splits
 * all that follows into one division for x and others for the bounds. */
KAC_INLINE float at_least(float x, float low) {
  uint32_t below = 0u - (uint32_t)(x < low), of_x, of_low;
  memcpy(&of_x, &x, sizeof of_x);
  memcpy(&of_low, &low, sizeof of_low);
  of_x = (of_x & ~below) | (of_low & below);
  memcpy(&x, &of_x, sizeof x);
  return x;
}

/* exp(x) in float: x = k ln2 + r, |r| <= ln2/2, series to r^6 (error below
 * 2e-7, relative); held inside the range where 2^k is normal. */
KAC_INLINE float exp_float(float x) {
  const float shift = 12582912.0f;
  float c = -at_least(-at_least(x, -87.0f), -88.0f);
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

KAC_INLINE float silu(float x) {
  return x / (1.0f + exp_float(-x));
}

KAC_INLINE float silu_slope(float x) {
  float s = 1.0f / (1.0f + exp_float(-x));
  return s * (1.0f + x * (1.0f - s));
}

KAC_INLINE float relu(float x) {
  return x > 0.0f ? x : x * 0.0f; /* NaN stays NaN */
}

KAC_INLINE float relu_slope(float x) {
  return x > 0.0f ? 1.0f : 0.0f;
}

/* Its series near 0, where 1 - 2/(exp(2x) + 1) cancels. */
KAC_INLINE float tanh_float(float x) {
  float x2 = x * x;
  float p = 0.133333333f + x2 * (-0.0539682540f + x2 * 0.0218694885f);
  float near = x + x * x2 * (-0.333333333f + x2 * p);
  float far = 1.0f - 2.0f / (exp_float(2.0f * x) + 1.0f);
  float y = x2 < 0.0625f ? near : far;
  return x == x ? y : x; /* NaN stays NaN */
}

KAC_INLINE float tanh_float_slope(float x) {
  float y = tanh_float(x);
  return 1.0f - y * y;
}

/* The distribution function of N(0, 1), to 1e-7: erf by Abramowitz and Stegun
 * 7.1.26 at |x|/sqrt 2. */
KAC_INLINE float normal_below(float x) {
  float z = (x < 0.0f ? -x : x) * 0.707106781f;
  float t = 1.0f / (1.0f + 0.3275911f * z);
  float p = 1.421413741f + t * (-1.453152027f + t * 1.061405429f);
  p = t * (0.254829592f + t * (-0.284496736f + t * p));
  float tail = 0.5f * p * exp_float(-z * z);
  return x < 0.0f ? tail : 1.0f - tail;
}

KAC_INLINE float gelu(float x) {
  return x * normal_below(x);
}

KAC_INLINE float gelu_slope(float x) {
  return normal_below(x) + x * 0.398942280f * exp_float(-0.5f * x * x);
}

KAC_INLINE float identity(float x) {
  return x;
}

KAC_INLINE float identity_slope(float x) {
  (void)x;
  return 1.0f;
}

#define LOOPS(F)                                                            \
  KAC_CLONES static void apply_##F(const float *restrict bias, size_t n,    \
                                   size_t width, float *restrict rows) {    \
    for (size_t i = 0; i < n; i++, rows += width)                           \
      for (size_t j = 0; j < width; j++) rows[j] = F(rows[j] + bias[j]);    \
  }                                                                         \
  KAC_CLONES static void pull_##F(const float *restrict rows,               \
                                  const float *restrict bias, size_t n,     \
                                  size_t width, float *restrict gradient) { \
    for (size_t i = 0; i < n; i++, rows += width, gradient += width)        \
      for (size_t j = 0; j < width; j++)                                    \
        gradient[j] *= F##_slope(rows[j] + bias[j]);                        \
  }
LOOPS(silu)
LOOPS(relu)
LOOPS(tanh_float)
LOOPS(gelu)
LOOPS(identity)

void activation_apply(enum activation f, const float *bias, size_t n,
                      size_t width, float *rows) {
  if (f == ACTIVATION_SILU) apply_silu(bias, n, width, rows);
  if (f == ACTIVATION_RELU) apply_relu(bias, n, width, rows);
  if (f == ACTIVATION_TANH) apply_tanh_float(bias, n, width, rows);
  if (f == ACTIVATION_GELU) apply_gelu(bias, n, width, rows);
  if (f == ACTIVATION_IDENTITY) apply_identity(bias, n, width, rows);
}

void activation_pull_back(enum activation f, const float *rows,
                          const float *bias, size_t n, size_t width,
                          float *gradient) {
  if (f == ACTIVATION_SILU) pull_silu(rows, bias, n, width, gradient);
  if (f == ACTIVATION_RELU) pull_relu(rows, bias, n, width, gradient);
  if (f == ACTIVATION_TANH) pull_tanh_float(rows, bias, n, width, gradient);
  if (f == ACTIVATION_GELU) pull_gelu(rows, bias, n, width, gradient);
  if (f == ACTIVATION_IDENTITY) pull_identity(rows, bias, n, width, gradient);
}
