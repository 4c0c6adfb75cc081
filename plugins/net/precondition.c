/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inversion of the schedules and the five parameterisations; see
 * precondition.h.  Each schedule is that of the plugin of its name. */
#include "precondition.h"

#include <kac/sdk.h>

#define PI 3.14159265358979323846

const char *const net_form_names[N_FORMS] = {"eps", "x0", "v", "score", "edm"};
const char *const net_schedule_names[N_NET_SCHEDULES] = {"vp", "cosine", "ve",
                                                         "edm"};
const char *const net_label_names[N_LABELS] = {"t", "sigma", "log_snr",
                                               "c_noise"};
enum { BETA_MIN, BETA_MAX, VP_T_MIN, VP_T_MAX };
enum { ANGLE, LENGTH, OFFSET, COSINE_T_MIN, COSINE_T_MAX };
enum { SIGMA_MIN, SIGMA_MAX, VE_T_MIN, VE_T_MAX };
const char *const net_schedule_keys[N_NET_SCHEDULES][NET_SCHEDULE_KEYS] = {
    {"beta_min", "beta_max", "t_min", "t_max", NULL},
    {"angle", "length", "offset", "t_min", "t_max"},
    {"sigma_min", "sigma_max", "t_min", "t_max", NULL},
    {"sigma_min", "sigma_max", NULL, NULL, NULL}};

/* sigma/alpha at the network's time t. */
static double ratio_at(const struct precondition *p, double t) {
  const double *v = p->value;
  if (p->schedule == NET_EDM) return t;
  if (p->schedule == NET_VE)
    return v[SIGMA_MIN] * pow(v[SIGMA_MAX] / v[SIGMA_MIN], t);
  if (p->schedule == NET_VP)
    return sqrt(
        expm1(t * (v[BETA_MIN] + 0.5 * (v[BETA_MAX] - v[BETA_MIN]) * t)));
  double slope = v[ANGLE] * PI / (1 + v[OFFSET]), start = slope * v[OFFSET];
  double turned = slope * t / v[LENGTH];
  return sqrt(sin(turned) * sin(turned + 2 * start)) / cos(turned + start);
}

/* The network's time of sigma/alpha = r. */
static double time_at(const struct precondition *p, double r) {
  const double *v = p->value;
  if (p->schedule == NET_EDM) return r;
  if (p->schedule == NET_VE)
    return log(r / v[SIGMA_MIN]) / log(v[SIGMA_MAX] / v[SIGMA_MIN]);
  if (p->schedule == NET_VP) { /* int_0^t B = log(1 + r^2), a quadratic */
    double integral = log1p(r * r), rise = v[BETA_MAX] - v[BETA_MIN];
    double root = v[BETA_MIN] * v[BETA_MIN] + 2 * rise * integral;
    return 2 * integral / (v[BETA_MIN] + sqrt(root));
  }
  /* cos theta = cos theta_0/sqrt(1 + r^2), by its tangent near theta = 0 */
  double slope = v[ANGLE] * PI / (1 + v[OFFSET]), start = slope * v[OFFSET];
  double theta = atan2(hypot(r, sin(start)), cos(start));
  return (theta - start) * v[LENGTH] / slope;
}

static void time_range(const struct precondition *p, double *t_min,
                       double *t_max) {
  size_t first = p->schedule == NET_COSINE ? COSINE_T_MIN
                 : p->schedule == NET_EDM  ? SIGMA_MIN
                                           : VP_T_MIN;
  *t_min = p->value[first];
  *t_max = p->value[first + 1];
}

void precondition_range(const struct precondition *p, double *least,
                        double *largest) {
  double t_min, t_max;
  time_range(p, &t_min, &t_max);
  *least = ratio_at(p, t_min);
  *largest = ratio_at(p, t_max);
}

static kac_status check_schedule(const struct precondition *p, kac_error *err) {
  const char *schedule = net_schedule_names[p->schedule];
  const double *v = p->value;
  double t_min, t_max, least, largest;
  time_range(p, &t_min, &t_max);
  precondition_range(p, &least, &largest);
  if (!(t_min < t_max))
    return kac_fail(err, KAC_EINVAL,
                    "the schedule '%s' goes from %g to %g, expected upwards",
                    schedule, t_min, t_max);
  bool is_good = p->schedule == NET_VP   ? v[BETA_MIN] >= 0 && t_min >= 0
                 : p->schedule == NET_VE ? v[SIGMA_MIN] > 0
                 : p->schedule == NET_EDM
                     ? v[SIGMA_MIN] >= 0
                     : v[ANGLE] > 0 && v[ANGLE] <= 0.5 && v[LENGTH] > 0 &&
                           v[OFFSET] >= 0 && t_min >= 0;
  if (!is_good || !(least >= 0) || !(least < largest) || !isfinite(largest))
    return kac_fail(err, KAC_EINVAL,
                    "the schedule '%s' has sigma/alpha from %g to %g: its "
                    "parameters are out of range",
                    schedule, least, largest);
  return KAC_OK;
}

kac_status precondition_check(const struct precondition *p, kac_error *err) {
  kac_status status = p->schedule == NET_RUN ? KAC_OK : check_schedule(p, err);
  if (status != KAC_OK) return status;
  if (p->form == FORM_EDM && !(p->sigma_data > 0))
    return kac_fail(err, KAC_EINVAL,
                    "the parameterisation edm needs sigma_data above 0");
  return KAC_OK;
}

/* x0hat = (...) in terms of the network's own x' = a x with alpha', sigma' of
 * the same ratio r; what cancels in the score is left out. */
static void scale(const struct precondition *p, double r,
                  struct net_point *at) {
  bool is_preserving = p->schedule == NET_VP || p->schedule == NET_COSINE;
  double alpha = at->alpha, variance = at->sigma * at->sigma;
  double own_alpha = p->schedule == NET_RUN ? alpha
                     : is_preserving        ? 1 / sqrt(1 + r * r)
                                            : 1;
  double own_sigma = r * own_alpha;
  double square = own_alpha * own_alpha + own_sigma * own_sigma;
  double s2 = p->sigma_data * p->sigma_data, edm = r * r + s2;
  at->in = own_alpha / alpha;
  at->score_skip = 0;
  switch (p->form) {
    case FORM_EPS: /* (x' - sigma' F)/alpha' */
      at->skip = 1 / alpha;
      at->out = -r;
      at->score_out = -1 / at->sigma;
      return;
    case FORM_SCORE: /* (x' + sigma'^2 F)/alpha' */
      at->skip = 1 / alpha;
      at->out = own_sigma * r;
      at->score_out = own_alpha / alpha;
      return;
    case FORM_X0:
      at->skip = 0;
      at->out = 1;
      at->score_skip = -1 / variance;
      break;
    case FORM_V: /* v = alpha' eps - sigma' x_0 */
      at->skip = own_alpha * own_alpha / (alpha * square);
      at->out = -own_sigma / square;
      at->score_skip = -1 / (alpha * alpha + variance);
      break;
    default: /* Karras et al. 2022, table 1, at sigma'/alpha' */
      at->in = 1 / (alpha * sqrt(edm));
      at->skip = s2 / (alpha * edm);
      at->out = r * p->sigma_data / sqrt(edm);
      at->score_skip = -1 / (alpha * alpha * edm);
  }
  at->score_out = alpha * at->out / variance;
}

/* The rest of a point whose alpha, sigma and t are known. */
static kac_status finish(const struct precondition *p, double r,
                         struct net_point *point, kac_error *err) {
  double sigma = point->sigma;
  bool is_preserving = p->schedule == NET_VP || p->schedule == NET_COSINE;
  scale(p, r, point);
  point->eps_skip = -sigma * point->score_skip;
  point->eps_out = p->form == FORM_EPS ? 1 : -sigma * point->score_out;
  point->label = p->label == LABEL_T         ? point->t
                 : p->label == LABEL_LOG_SNR ? -2 * log(r)
                 : p->label == LABEL_C_NOISE ? 0.25 * log(r)
                 : is_preserving             ? r / sqrt(1 + r * r)
                 : p->schedule == NET_RUN    ? sigma
                                             : r;
  if (isfinite(point->label)) return KAC_OK;
  return kac_fail(err, KAC_EINVAL,
                  "the label '%s' is %g at sigma/alpha = %g: end the run above "
                  "sigma = 0 (time.t_min)",
                  net_label_names[p->label], point->label, r);
}

kac_status precondition_at(const struct precondition *p, double alpha,
                           double sigma, struct net_point *point,
                           kac_error *err) {
  double r = sigma / alpha, least, largest, t_min, t_max;
  precondition_range(p, &least, &largest);
  if (!(r >= least * (1 - 1e-6) && r <= largest * (1 + 1e-6)))
    return kac_fail(err, KAC_EINVAL,
                    "sigma/alpha = %g, but the network was trained on %g to %g "
                    "(%s schedule): change time.t_min, time.t_max",
                    r, least, largest, net_schedule_names[p->schedule]);
  *point = (struct net_point){.alpha = alpha, .sigma = sigma};
  time_range(p, &t_min, &t_max);
  point->t = fmin(fmax(time_at(p, r), t_min), t_max);
  return finish(p, r, point, err);
}

kac_status precondition_now(const struct precondition *p, const kac_coeffs *now,
                            struct net_point *point, kac_error *err) {
  if (p->schedule != NET_RUN)
    return precondition_at(p, now->alpha, now->sigma, point, err);
  if (!(now->alpha > 0))
    return kac_fail(err, KAC_EINVAL,
                    "alpha = %g at t = %g, expected above 0: change time.t_max",
                    now->alpha, now->t);
  *point =
      (struct net_point){.alpha = now->alpha, .sigma = now->sigma, .t = now->t};
  return finish(p, now->sigma / now->alpha, point, err);
}

kac_status precondition_plan(const struct precondition *p, const kac_plan *plan,
                             kac_error *err) {
  const kac_coeffs *const ends[] = {plan->first, plan->last};
  for (size_t i = 0; i < 2; i++) {
    struct net_point point;
    /* At sigma = 0 a run ends, and only a few ask the model there. */
    if (!ends[i] || !(ends[i]->alpha > 0) || !(ends[i]->sigma > 0)) continue;
    kac_status status = precondition_now(p, ends[i], &point, err);
    if (status != KAC_OK) return status;
  }
  return KAC_OK;
}

bool precondition_is_own(const struct precondition *p, const kac_plan *plan,
                         const kac_coeffs **now, double *t) {
  const kac_coeffs *const ends[] = {plan->first, plan->last};
  bool is_preserving = p->schedule == NET_VP || p->schedule == NET_COSINE;
  const double rounding = 1e-6;
  for (size_t i = 0; i < 2 && p->schedule != NET_RUN; i++) {
    if (!ends[i] || !(ends[i]->alpha > 0) || !(ends[i]->sigma > 0)) continue;
    double r = ends[i]->sigma / ends[i]->alpha;
    double alpha = is_preserving ? 1 / sqrt(1 + r * r) : 1;
    *now = ends[i];
    *t = time_at(p, r);
    if (fabs(ends[i]->alpha - alpha) > rounding * alpha ||
        fabs(ends[i]->t - *t) > rounding * fmax(1, fabs(*t)))
      return false;
  }
  return true;
}

KAC_CLONES static void affine(double skip, const double *restrict x, double out,
                              const double *restrict f, size_t d,
                              double *restrict to) {
  for (size_t j = 0; j < d; j++) to[j] = skip * x[j] + out * f[j];
}

bool precondition_same(const struct precondition *a,
                       const struct precondition *b) {
  return a->form == b->form && !(a->sigma_data < b->sigma_data) &&
         !(a->sigma_data > b->sigma_data);
}

void precondition_outputs(const struct net_point *point, const double *output,
                          size_t ld, size_t first, size_t n, size_t d,
                          kac_score_io *io) {
  for (size_t i = 0; i < n; i++, output += ld) {
    const double *x = kac_row(&io->x, first + i);
    size_t at = (first + i) * io->ld;
    if (io->want & KAC_Q_X0)
      affine(point->skip, x, point->out, output, d, io->x0 + at);
    if (io->want & KAC_Q_SCORE)
      affine(point->score_skip, x, point->score_out, output, d, io->score + at);
    if (io->want & KAC_Q_EPS)
      affine(point->eps_skip, x, point->eps_out, output, d, io->eps + at);
  }
}
