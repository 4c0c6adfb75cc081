/* SPDX-License-Identifier: MIT */
/* Inline helpers for plugin authors, built on <kac/plugin.h> alone: error
 * texts, exp and log that vectorise, log-sum-exp, small views of rows, and the
 * macros that make a module.  Nothing here is needed; all of it is handy. */
#ifndef KAC_SDK_H
#define KAC_SDK_H
#include <kac/plugin.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Compile a hot function for several x86-64 levels; the loader picks one.
 * With -ffp-contract=off all of them give the same bits.  Not with sanitizers
 * (they run before the loader has picked), nor with clang before 17, which
 * names the picked function so that other files do not find it. */
#if defined(__x86_64__) && defined(__linux__) && !defined(KAC_NO_CLONES) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) &&      \
    ((defined(__GNUC__) && !defined(__clang__)) ||                          \
     (defined(__clang__) && __clang_major__ >= 17))
#define KAC_CLONES \
  __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define KAC_CLONES
#endif
#if defined(__GNUC__)
#define KAC_INLINE static inline __attribute__((always_inline, unused))
#define KAC_PRINTF(a, b) __attribute__((format(printf, a, b)))
#else
#define KAC_INLINE static inline
#define KAC_PRINTF(a, b)
#endif

#define KAC_INF HUGE_VAL /* as doubles: INFINITY and NAN are floats */
#define KAC_NAN ((double)NAN)

/* return kac_fail(err, KAC_EINVAL, "cutoff %g is beyond half the box", c); */
KAC_PRINTF(3, 4)
__attribute__((unused)) static kac_status kac_fail(kac_error *err,
                                                   kac_status code,
                                                   const char *format, ...) {
  if (err) {
    va_list args;
    va_start(args, format);
    err->row = -1;
    vsnprintf(err->msg, sizeof err->msg, format, args);
    va_end(args);
  }
  return code;
}

/* The same, naming the row of the block that is to blame. */
KAC_PRINTF(4, 5)
__attribute__((unused)) static kac_status kac_fail_row(
    kac_error *err, kac_status code, size_t row, const char *format, ...) {
  if (err) {
    va_list args;
    va_start(args, format);
    err->row = (int64_t)row;
    vsnprintf(err->msg, sizeof err->msg, format, args);
    va_end(args);
  }
  return code;
}

KAC_INLINE const double *kac_row(const kac_crows *x, size_t i) {
  return x->real + i * x->ld;
}

/* In plan: n times `bytes` more that the instance allocates by itself.  What
 * does not fit is as much as can be; a host before 1.4 does not ask. */
KAC_INLINE void kac_owns(kac_plan *plan, size_t n, size_t bytes) {
  if (!KAC_HAS(kac_plan, plan, own_bytes)) return;
  size_t left = SIZE_MAX - plan->own_bytes;
  plan->own_bytes += bytes > 0 && n > left / bytes ? left : n * bytes;
}

/* Element i of an array that may be one number for all. */
KAC_INLINE double kac_at(const kac_array *a, size_t i) {
  return a->data[a->n == 1 ? 0 : i];
}

KAC_INLINE double kac_bits_to_double(uint64_t bits) {
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

KAC_INLINE uint64_t kac_double_to_bits(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

/* exp(x) without a branch or a call, so that loops over it vectorise.
 * Relative error below 3e-16 on [-708, 709]; exactly 0 below -708 (-inf too),
 * saturates at exp(709) above.  NaN gives NaN.  Cody-Waite reduction x = k ln2
 * + r with |r| <= ln2/2; (exp(r) - 1 - r)/r^2 by its Chebyshev interpolant of
 * degree 9, in halves (Estrin) so that its steps overlap. */
KAC_INLINE double kac_exp(double x) {
  const double shift = 6755399441055744.0;
  double c = x < -708.0 ? -708.0 : x;
  c = c > 709.0 ? 709.0 : c;
  double biased = c * 1.4426950408889634 + shift;
  double k = biased - shift;
  double r = (c - k * 0.6931471805582987) - k * 1.6465949582897082e-12;
  double r2 = r * r, r4 = r2 * r2;
  double a = (0.5 + r * 0.1666666666666667) +
             r2 * (0.04166666666662382 + r * 0.008333333333330039);
  double b = (0.0013888888917367081 + r * 0.00019841269863171557) +
             r2 * (2.4801521057868204e-05 + r * 2.7557268276905696e-06);
  double d = 2.7620201591031547e-07 + r * 2.5100472505694996e-08;
  double p = ((a + r4 * (b + r4 * d)) * r2 + r) + 1.0;
  uint64_t e = (kac_double_to_bits(biased) << 52) + kac_double_to_bits(p);
  double y = kac_bits_to_double(e);
  return x < -708.0 ? 0.0 : y;
}

/* log(x) for finite normal x > 0, without a branch or a call; relative error
 * below 3e-16.  x = 2^k m, m in [sqrt(1/2), sqrt 2), and the series of
 * 2 atanh(s), s = (m-1)/(m+1). */
KAC_INLINE double kac_log(double x) {
  uint64_t bits = kac_double_to_bits(x);
  uint64_t top = bits - 0x3fe6a09e667f3bcdull;
  int64_t k = (int64_t)top >> 52;
  double m = kac_bits_to_double(bits - ((uint64_t)k << 52));
  /* int64 -> double through the mantissa: vector code before AVX-512 has no
   * instruction for it. */
  double e = kac_bits_to_double((uint64_t)(k + 0x4338000000000000ll)) -
             6755399441055744.0;
  double s = (m - 1.0) / (m + 1.0), z = s * s;
  double p = 2.0 / 21.0;
  p = p * z + 2.0 / 19.0;
  p = p * z + 2.0 / 17.0;
  p = p * z + 2.0 / 15.0;
  p = p * z + 2.0 / 13.0;
  p = p * z + 2.0 / 11.0;
  p = p * z + 2.0 / 9.0;
  p = p * z + 2.0 / 7.0;
  p = p * z + 2.0 / 5.0;
  p = p * z + 2.0 / 3.0;
  return e * 0.6931471805582987 + (e * 1.6465949582897082e-12 + s * z * p) +
         2.0 * s;
}

/* log sum_i exp(a_i); -inf for none or for all -inf. */
__attribute__((unused)) static double kac_logsumexp(const double *a, size_t n) {
  double max = -KAC_INF, sum = 0;
  for (size_t i = 0; i < n; i++) max = a[i] > max ? a[i] : max;
  if (max == -KAC_INF) return max;
  for (size_t i = 0; i < n; i++) sum += kac_exp(a[i] - max);
  return max + log(sum);
}

/* --- modules ---------------------------------------------------------------
 * A whole plugin: a config struct, its table, one function, one macro.  For
 * more than the short macros say (no parameters, plan, create, several
 * functions), write the component out:
 *
 *   static const kac_component gmm = {
 *       KAC_COMPONENT(KAC_SCORE, "gmm", "Gaussian mixture", struct config,
 *                     params, kac_score_ops, ops),
 *       .provides = KAC_Q_SCORE | KAC_Q_LOGP, .plan = plan, ...};
 *   KAC_MODULE(gmm) */
#define KAC_MODULE(component)                                                 \
  static const kac_component *const kac_components_[] = {&(component), NULL}; \
  static const kac_module kac_module_ = {KAC_MAGIC, sizeof(kac_module),       \
                                         KAC_ABI_MAJOR, KAC_NEED_MINOR,       \
                                         kac_components_};                    \
  KAC_EXPORT const kac_module *kac_module_v1(void);                           \
  KAC_EXPORT const kac_module *kac_module_v1(void) {                          \
    return &kac_module_;                                                      \
  }

#define KAC_N_ROWS_(table) ((uint32_t)(sizeof(table) / sizeof((table)[0])))

#ifndef __cplusplus
/* Designated initialisers of everything that every component has. */
#define KAC_COMPONENT(KIND, NAME, SUMMARY, CONFIG, TABLE, OPS_TYPE, OPS) \
  .struct_size = sizeof(kac_component), .kind = KIND, .name = NAME,      \
  .version = "1.0", .summary = SUMMARY, .spans = KAC_SPAN_REAL,          \
  .config_size = sizeof(CONFIG), .params = TABLE,                        \
  .n_params = KAC_N_ROWS_(TABLE), .param_size = sizeof(kac_param),       \
  .ops = (1 ? &(OPS) : (const OPS_TYPE *)0)

#define KAC_SIMPLE_(KIND, OPS_TYPE, NAME, SUMMARY, CONFIG, TABLE, PROVIDES)  \
  static const kac_component kac_component_ = {                              \
      KAC_COMPONENT(KIND, NAME, SUMMARY, CONFIG, TABLE, OPS_TYPE, kac_ops_), \
      .provides = PROVIDES};                                                 \
  KAC_MODULE(kac_component_)

#define KAC_POTENTIAL_PLUGIN(NAME, SUMMARY, CONFIG, TABLE, PROVIDES, EVAL)    \
  static const kac_potential_ops kac_ops_ = {sizeof kac_ops_, 0, EVAL};       \
  KAC_SIMPLE_(KAC_POTENTIAL, kac_potential_ops, NAME, SUMMARY, CONFIG, TABLE, \
              PROVIDES)
#define KAC_SCORE_PLUGIN(NAME, SUMMARY, CONFIG, TABLE, PROVIDES, EVAL)   \
  static const kac_score_ops kac_ops_ = {.struct_size = sizeof kac_ops_, \
                                         .eval = EVAL};                  \
  KAC_SIMPLE_(KAC_SCORE, kac_score_ops, NAME, SUMMARY, CONFIG, TABLE, PROVIDES)
#define KAC_KERNEL_PLUGIN(NAME, SUMMARY, CONFIG, TABLE, NEEDS, KERNEL)       \
  static const kac_integrator_ops kac_ops_ = {sizeof kac_ops_, KAC_ADVANCES, \
                                              NEEDS, KERNEL, NULL};          \
  KAC_SIMPLE_(KAC_INTEGRATOR, kac_integrator_ops, NAME, SUMMARY, CONFIG,     \
              TABLE, 0)
#define KAC_STEP_PLUGIN(NAME, SUMMARY, CONFIG, TABLE, ROLE, NEEDS, STEP)    \
  static const kac_integrator_ops kac_ops_ = {sizeof kac_ops_, ROLE, NEEDS, \
                                              NULL, STEP};                  \
  KAC_SIMPLE_(KAC_INTEGRATOR, kac_integrator_ops, NAME, SUMMARY, CONFIG,    \
              TABLE, 0)
#define KAC_RESAMPLER_PLUGIN(NAME, SUMMARY, CONFIG, TABLE, N_UNIFORM,       \
                             RESAMPLE)                                      \
  static const kac_resampler_ops kac_ops_ = {sizeof kac_ops_, 0, N_UNIFORM, \
                                             RESAMPLE};                     \
  KAC_SIMPLE_(KAC_RESAMPLER, kac_resampler_ops, NAME, SUMMARY, CONFIG, TABLE, 0)
#define KAC_SCHEDULE_PLUGIN(NAME, SUMMARY, CONFIG, TABLE, RANGE, COEFFS) \
  static const kac_schedule_ops kac_ops_ = {sizeof kac_ops_, 0, RANGE,   \
                                            COEFFS};                     \
  KAC_SIMPLE_(KAC_SCHEDULE, kac_schedule_ops, NAME, SUMMARY, CONFIG, TABLE, 0)
#endif

#endif
