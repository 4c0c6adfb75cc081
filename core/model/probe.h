/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A score model asked at points of one's own choice, outside of a run, through
 * the door that a run uses (sampler/call.h): the same checks, conversions and
 * faults.  One thread. */
#ifndef KAC_CORE_PROBE_H
#define KAC_CORE_PROBE_H
#include "sampler/path.h"

struct probe {
  struct instance *score; /* created */
  struct path path;
  struct worker worker;
  double *dense; /* a block of n_real numbers */
};

/* False without memory; close it in any case. */
bool probe_open(struct probe *probe, const struct spec *spec,
                struct instance *score);
void probe_close(struct probe *probe);
/* Why the last call gave false. */
const struct fault *probe_fault(const struct probe *probe);

/* n rows of n_real numbers without gaps.  All false after a failure.
 * The score as a run would have it. */
bool probe_score(struct probe *probe, const kac_coeffs *c, const double *x,
                 size_t n, double *score);
/* The score from one of the forms that the model provides. */
bool probe_form(struct probe *probe, uint64_t form, const kac_coeffs *c,
                const double *x, size_t n, double *score);
bool probe_logp(struct probe *probe, const kac_coeffs *c, const double *x,
                size_t n, double *logp);
/* (d x0hat / d x)^T v */
bool probe_vjp(struct probe *probe, const kac_coeffs *c, const double *x,
               const double *v, size_t n, double *vjp);

#endif
