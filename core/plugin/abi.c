/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plugin ABI as it was released, stated once more: where every member of
 * every struct lies, and of which type it is.  A header that disagrees does not
 * compile here.  What a minor version appends is added behind #if; no line ever
 * changes.  tests/abi holds the headers of old themselves. */
#include <kac/plugin.h>

#if UINTPTR_MAX == UINT64_MAX /* the numbers below are of 64-bit machines */

#define AT(type, member, want, offset)                   \
  _Static_assert(KAC_AT(type, member, want) == (offset), \
                 #type "." #member " has moved")
/* Frozen: passed without a struct_size, or embedded by value. */
#define BYTES(type, bytes) \
  _Static_assert(sizeof(type) == (bytes), #type " is frozen")
#define LEAST(type, bytes) \
  _Static_assert(sizeof(type) >= (bytes), #type " has become shorter")

AT(kac_error, row, int64_t, 0);
AT(kac_error, msg, char[248], 8);
BYTES(kac_error, 256);

AT(kac_span, kind, uint32_t, 0);
AT(kac_span, pad, uint32_t, 4);
AT(kac_span, first, size_t, 8);
AT(kac_span, count, size_t, 16);
AT(kac_span, period, double, 24);
AT(kac_span, n_values, int32_t, 32);
AT(kac_span, mask, int32_t, 36);
BYTES(kac_span, 40);

AT(kac_space, struct_size, uint32_t, 0);
AT(kac_space, span_size, uint32_t, 4);
AT(kac_space, n_real, size_t, 8);
AT(kac_space, n_token, size_t, 16);
AT(kac_space, n_spans, size_t, 24);
AT(kac_space, spans, const kac_span *, 32);
AT(kac_space, n_bodies, size_t, 40);
AT(kac_space, n_dim, size_t, 48);
AT(kac_space, n_dof, double, 56);
AT(kac_space, flags, uint32_t, 64);
AT(kac_space, pad, uint32_t, 68);
LEAST(kac_space, 72);

AT(kac_rows, real, double *, 0);
AT(kac_rows, ld, size_t, 8);
AT(kac_rows, token, int32_t *, 16);
AT(kac_rows, ldt, size_t, 24);
BYTES(kac_rows, 32);

AT(kac_crows, real, const double *, 0);
AT(kac_crows, ld, size_t, 8);
AT(kac_crows, token, const int32_t *, 16);
AT(kac_crows, ldt, size_t, 24);
BYTES(kac_crows, 32);

AT(kac_array, data, const double *, 0);
AT(kac_array, n, size_t, 8);
AT(kac_array, n_dim, size_t, 16);
AT(kac_array, shape, size_t[4], 24);
BYTES(kac_array, 56);

AT(kac_param, name, const char *, 0);
AT(kac_param, unit, const char *, 8);
AT(kac_param, doc, const char *, 16);
AT(kac_param, type, uint32_t, 24);
AT(kac_param, flags, uint32_t, 28);
AT(kac_param, offset, size_t, 32);
AT(kac_param, def, double, 40);
AT(kac_param, min, double, 48);
AT(kac_param, max, double, 56);
AT(kac_param, text, const char *, 64);
LEAST(kac_param, 72);

AT(kac_coeffs, struct_size, uint32_t, 0);
AT(kac_coeffs, pad, uint32_t, 4);
AT(kac_coeffs, t, double, 8);
AT(kac_coeffs, alpha, double, 16);
AT(kac_coeffs, sigma, double, 24);
AT(kac_coeffs, dalpha, double, 32);
AT(kac_coeffs, dsigma, double, 40);
AT(kac_coeffs, f, double, 48);
AT(kac_coeffs, g2, double, 56);
AT(kac_coeffs, eps, double, 64);
LEAST(kac_coeffs, 72);

AT(kac_calls, struct_size, uint32_t, 0);
AT(kac_calls, pad, uint32_t, 4);
AT(kac_calls, field,
   kac_status (*)(const kac_block *, kac_field_io *, kac_error *), 8);
AT(kac_calls, coeffs,
   kac_status (*)(const kac_block *, double, kac_coeffs *, kac_error *), 16);
AT(kac_calls, normal,
   void (*)(const kac_block *, uint32_t, double *, size_t, size_t), 24);
AT(kac_calls, uniform,
   void (*)(const kac_block *, uint32_t, double *, size_t, size_t), 32);
LEAST(kac_calls, 40);

AT(kac_block, struct_size, uint32_t, 0);
AT(kac_block, pad, uint32_t, 4);
AT(kac_block, row0, size_t, 8);
AT(kac_block, n, size_t, 16);
AT(kac_block, step, uint64_t, 24);
AT(kac_block, space, const kac_space *, 32);
AT(kac_block, scratch, void *, 40);
AT(kac_block, pstate, unsigned char *, 48);
AT(kac_block, pstate_stride, size_t, 56);
AT(kac_block, host, const kac_calls *, 64);
LEAST(kac_block, 72);

AT(kac_score_io, struct_size, uint32_t, 0);
AT(kac_score_io, pad, uint32_t, 4);
AT(kac_score_io, want, uint64_t, 8);
AT(kac_score_io, t, double, 16);
AT(kac_score_io, x, kac_crows, 24);
AT(kac_score_io, score, double *, 56);
AT(kac_score_io, x0, double *, 64);
AT(kac_score_io, eps, double *, 72);
AT(kac_score_io, velocity, double *, 80);
AT(kac_score_io, ld, size_t, 88);
AT(kac_score_io, logp, double *, 96);
AT(kac_score_io, div, double *, 104);
AT(kac_score_io, v, const double *, 112);
AT(kac_score_io, vjp, double *, 120);
AT(kac_score_io, logits, double *, 128);
AT(kac_score_io, ldlogits, size_t, 136);
LEAST(kac_score_io, 144);

AT(kac_sample_io, struct_size, uint32_t, 0);
AT(kac_sample_io, pad, uint32_t, 4);
AT(kac_sample_io, t, double, 8);
AT(kac_sample_io, x, kac_rows, 16);
AT(kac_sample_io, logp, double *, 48);
LEAST(kac_sample_io, 56);

AT(kac_score_ops, struct_size, uint32_t, 0);
AT(kac_score_ops, pad, uint32_t, 4);
AT(kac_score_ops, eval,
   kac_status (*)(const void *, const kac_block *, kac_score_io *, kac_error *),
   8);
AT(kac_score_ops, sample,
   kac_status (*)(const void *, const kac_block *, kac_sample_io *,
                  kac_error *),
   16);
LEAST(kac_score_ops, 24);
#if KAC_ABI_MINOR >= 2
AT(kac_score_ops, same_group, int32_t (*)(const void *, const void *), 24);
AT(kac_score_ops, eval_group,
   kac_status (*)(const void *const *, size_t, const kac_block *,
                  kac_score_io *const *, kac_error *),
   32);
#endif

AT(kac_potential_io, struct_size, uint32_t, 0);
AT(kac_potential_io, flags, uint32_t, 4);
AT(kac_potential_io, want, uint64_t, 8);
AT(kac_potential_io, t, double, 16);
AT(kac_potential_io, x, kac_crows, 24);
AT(kac_potential_io, x_prev, kac_crows, 56);
AT(kac_potential_io, phi, double *, 88);
AT(kac_potential_io, dphi, double *, 96);
AT(kac_potential_io, ld, size_t, 104);
AT(kac_potential_io, dphi_dt, double *, 112);
LEAST(kac_potential_io, 120);

AT(kac_potential_ops, struct_size, uint32_t, 0);
AT(kac_potential_ops, pad, uint32_t, 4);
AT(kac_potential_ops, eval,
   kac_status (*)(const void *, const kac_block *, kac_potential_io *,
                  kac_error *),
   8);
LEAST(kac_potential_ops, 16);

AT(kac_field_io, struct_size, uint32_t, 0);
AT(kac_field_io, pad, uint32_t, 4);
AT(kac_field_io, want, uint64_t, 8);
AT(kac_field_io, t, double, 16);
AT(kac_field_io, t_next, double, 24);
AT(kac_field_io, x, kac_crows, 32);
AT(kac_field_io, b, double *, 64);
AT(kac_field_io, s, double *, 72);
AT(kac_field_io, x0, double *, 80);
AT(kac_field_io, ld, size_t, 88);
AT(kac_field_io, g, double *, 96);
AT(kac_field_io, logpi, double *, 104);
AT(kac_field_io, terms, double *, 112);
AT(kac_field_io, n_terms, size_t, 120);
LEAST(kac_field_io, 128);

AT(kac_kernel_io, struct_size, uint32_t, 0);
AT(kac_kernel_io, pad, uint32_t, 4);
AT(kac_kernel_io, c0, const kac_coeffs *, 8);
AT(kac_kernel_io, c1, const kac_coeffs *, 16);
AT(kac_kernel_io, x, kac_crows, 24);
AT(kac_kernel_io, f, const kac_field_io *, 56);
AT(kac_kernel_io, mean, double *, 64);
AT(kac_kernel_io, ld, size_t, 72);
AT(kac_kernel_io, var, double, 80);
AT(kac_kernel_io, pad_end, double, 88);
LEAST(kac_kernel_io, 96);

AT(kac_step_io, struct_size, uint32_t, 0);
AT(kac_step_io, f_valid, uint32_t, 4);
AT(kac_step_io, c0, const kac_coeffs *, 8);
AT(kac_step_io, c1, const kac_coeffs *, 16);
AT(kac_step_io, x, kac_rows, 24);
AT(kac_step_io, f, kac_field_io *, 56);
AT(kac_step_io, dlogw, double *, 64);
AT(kac_step_io, accept, double *, 72);
LEAST(kac_step_io, 80);

AT(kac_integrator_ops, struct_size, uint32_t, 0);
AT(kac_integrator_ops, role, uint32_t, 4);
AT(kac_integrator_ops, needs_field, uint64_t, 8);
AT(kac_integrator_ops, kernel,
   kac_status (*)(const void *, const kac_block *, kac_kernel_io *,
                  kac_error *),
   16);
AT(kac_integrator_ops, step,
   kac_status (*)(const void *, const kac_block *, kac_step_io *, kac_error *),
   24);
LEAST(kac_integrator_ops, 32);

AT(kac_resample_io, struct_size, uint32_t, 0);
AT(kac_resample_io, pad, uint32_t, 4);
AT(kac_resample_io, n_in, size_t, 8);
AT(kac_resample_io, n_out, size_t, 16);
AT(kac_resample_io, w, const double *, 24);
AT(kac_resample_io, logw, const double *, 32);
AT(kac_resample_io, u, const double *, 40);
AT(kac_resample_io, ancestor, uint32_t *, 48);
AT(kac_resample_io, logw_out, double *, 56);
AT(kac_resample_io, scratch, void *, 64);
LEAST(kac_resample_io, 72);

AT(kac_resampler_ops, struct_size, uint32_t, 0);
AT(kac_resampler_ops, pad, uint32_t, 4);
AT(kac_resampler_ops, n_uniform, size_t (*)(const void *, size_t, size_t), 8);
AT(kac_resampler_ops, resample,
   kac_status (*)(const void *, kac_resample_io *, kac_error *), 16);
LEAST(kac_resampler_ops, 24);

AT(kac_schedule_ops, struct_size, uint32_t, 0);
AT(kac_schedule_ops, pad, uint32_t, 4);
AT(kac_schedule_ops, range,
   kac_status (*)(const void *, double *, double *, kac_error *), 8);
AT(kac_schedule_ops, coeffs,
   kac_status (*)(const void *, double, kac_coeffs *, kac_error *), 16);
LEAST(kac_schedule_ops, 24);

AT(kac_frame, struct_size, uint32_t, 0);
AT(kac_frame, flags, uint32_t, 4);
AT(kac_frame, step, uint64_t, 8);
AT(kac_frame, n_steps, uint64_t, 16);
AT(kac_frame, t, double, 24);
AT(kac_frame, n_particles, size_t, 32);
AT(kac_frame, n_replicates, size_t, 40);
AT(kac_frame, space, const kac_space *, 48);
AT(kac_frame, x, kac_crows, 56);
AT(kac_frame, logw, const double *, 88);
AT(kac_frame, ancestor, const uint32_t *, 96);
AT(kac_frame, log_z, const double *, 104);
AT(kac_frame, ess, const double *, 112);
AT(kac_frame, unique, const double *, 120);
AT(kac_frame, log_z_mean, double, 128);
AT(kac_frame, log_z_err, double, 136);
AT(kac_frame, accept, double, 144);
LEAST(kac_frame, 152);
#if KAC_ABI_MINOR >= 3
AT(kac_frame, log_pairs, const double *, 152);
#endif

AT(kac_observer_ops, struct_size, uint32_t, 0);
AT(kac_observer_ops, pad, uint32_t, 4);
AT(kac_observer_ops, begin, kac_status (*)(void *, kac_error *), 8);
AT(kac_observer_ops, record,
   kac_status (*)(void *, const kac_frame *, kac_error *), 16);
AT(kac_observer_ops, end, kac_status (*)(void *, kac_error *), 24);
LEAST(kac_observer_ops, 32);

AT(kac_host, struct_size, uint32_t, 0);
AT(kac_host, pad, uint32_t, 4);
AT(kac_host, impl, void *, 8);
AT(kac_host, log, void (*)(const kac_host *, int, const char *), 16);
AT(kac_host, alloc, void *(*)(const kac_host *, size_t), 24);
AT(kac_host, open_output,
   kac_status (*)(const kac_host *, const char *, int *, kac_error *), 32);
AT(kac_host, result,
   kac_status (*)(const kac_host *, const char *, const double *, size_t,
                  kac_error *),
   40);
LEAST(kac_host, 48);

AT(kac_plan, struct_size, uint32_t, 0);
AT(kac_plan, n_threads, uint32_t, 4);
AT(kac_plan, space, const kac_space *, 8);
AT(kac_plan, n_particles, size_t, 16);
AT(kac_plan, n_replicates, size_t, 24);
AT(kac_plan, block, size_t, 32);
AT(kac_plan, n_steps, size_t, 40);
AT(kac_plan, t_min, double, 48);
AT(kac_plan, t_max, double, 56);
AT(kac_plan, scratch_bytes, size_t, 64);
AT(kac_plan, pstate_bytes, size_t, 72);
AT(kac_plan, sigma_data, double, 80);
AT(kac_plan, first, const kac_coeffs *, 88);
AT(kac_plan, last, const kac_coeffs *, 96);
LEAST(kac_plan, 104);
#if KAC_ABI_MINOR >= 1
AT(kac_plan, rows_wanted, size_t, 104);
AT(kac_plan, lacks, uint64_t, 112);
#endif
#if KAC_ABI_MINOR >= 3
AT(kac_plan, warning, char[248], 120);
#endif
#if KAC_ABI_MINOR >= 4
AT(kac_plan, own_bytes, size_t, 368);
#endif

AT(kac_component, struct_size, uint32_t, 0);
AT(kac_component, kind, uint32_t, 4);
AT(kac_component, name, const char *, 8);
AT(kac_component, version, const char *, 16);
AT(kac_component, summary, const char *, 24);
AT(kac_component, doc, const char *, 32);
AT(kac_component, cites, const char *const *, 40);
AT(kac_component, provides, uint64_t, 48);
AT(kac_component, needs, uint64_t, 56);
AT(kac_component, spans, uint32_t, 64);
AT(kac_component, threads, uint32_t, 68);
AT(kac_component, config_size, size_t, 72);
AT(kac_component, params, const kac_param *, 80);
AT(kac_component, n_params, uint32_t, 88);
AT(kac_component, param_size, uint32_t, 92);
AT(kac_component, plan, kac_status (*)(const void *, kac_plan *, kac_error *),
   96);
AT(kac_component, create,
   kac_status (*)(const kac_host *, const void *, const kac_plan *, void **,
                  kac_error *),
   104);
AT(kac_component, destroy, void (*)(void *), 112);
AT(kac_component, ops, const void *, 120);
LEAST(kac_component, 128);

AT(kac_module, magic, uint32_t, 0);
AT(kac_module, struct_size, uint32_t, 4);
AT(kac_module, abi_major, uint32_t, 8);
AT(kac_module, need_minor, uint32_t, 12);
AT(kac_module, components, const kac_component *const *, 16);
LEAST(kac_module, 24);

#endif
