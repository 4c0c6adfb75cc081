/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a network's output means: its parameterisation, the noise schedule that
 * it was trained on and what it is told of the noise.  For the alpha and sigma
 * of a run, whatever its schedule, this gives the numbers by which input and
 * output are scaled.  docs/networks.md has the formulas. */
#ifndef KAC_NET_PRECONDITION_H
#define KAC_NET_PRECONDITION_H
#include <kac/plugin.h>
#include <stdbool.h>

enum net_form { FORM_EPS, FORM_X0, FORM_V, FORM_SCORE, FORM_EDM, N_FORMS };
/* NET_RUN: the network was trained on the schedule that it runs on. */
enum net_schedule {
  NET_VP,
  NET_COSINE,
  NET_VE,
  NET_EDM,
  N_NET_SCHEDULES,
  NET_RUN = N_NET_SCHEDULES
};
enum net_label { LABEL_T, LABEL_SIGMA, LABEL_LOG_SNR, LABEL_C_NOISE, N_LABELS };
enum { NET_SCHEDULE_KEYS = 5 };

/* "eps", "vp", "t", ... as in files and configs; the keys of a schedule are
 * those of the plugin of that name, NULL behind the last. */
extern const char *const net_form_names[N_FORMS];
extern const char *const net_schedule_names[N_NET_SCHEDULES];
extern const char *const net_label_names[N_LABELS];
extern const char *const net_schedule_keys[N_NET_SCHEDULES][NET_SCHEDULE_KEYS];

struct precondition {
  enum net_form form;
  enum net_schedule schedule;
  enum net_label label;
  double value[NET_SCHEDULE_KEYS]; /* of the schedule's keys */
  double sigma_data;               /* of FORM_EDM: above 0 */
};

/* At one time of a run, x being its state and F the network's output:
 *   input = in x,  x0hat = skip x + out F,  score and eps likewise,
 * and by the chain rule d x0hat / d x = skip + out in (dF / d input). */
struct net_point {
  double alpha, sigma; /* the run's */
  double t, label;     /* the network's time of the same sigma/alpha */
  double in, skip, out, score_skip, score_out, eps_skip, eps_out;
};

/* The values of the schedule and sigma_data make sense. [any] */
kac_status precondition_check(const struct precondition *p, kac_error *err);
/* An error if sigma/alpha is not within what the network has seen. [any] */
kac_status precondition_at(const struct precondition *p, double alpha,
                           double sigma, struct net_point *point,
                           kac_error *err);
/* The same for any schedule, NET_RUN too. [any] */
kac_status precondition_now(const struct precondition *p, const kac_coeffs *now,
                            struct net_point *point, kac_error *err);
/* The least and largest sigma/alpha that the network has seen. */
void precondition_range(const struct precondition *p, double *least,
                        double *largest);
/* The noise levels at both ends of a plan are within that range, and have a
 * label. */
kac_status precondition_plan(const struct precondition *p, const kac_plan *plan,
                             kac_error *err);

/* The run's alpha and sigma at both ends of a plan are those of the network's
 * own schedule at the same t; else *now is an end where they are not, and *t
 * the network's time there.  True for NET_RUN. */
bool precondition_is_own(const struct precondition *p, const kac_plan *plan,
                         const kac_coeffs **now, double *t);
/* Of two instances of one file: what a config may say is the same. */
bool precondition_same(const struct precondition *a,
                       const struct precondition *b);

/* From the network's output for n rows: what io wants of score, x0 and eps.
 * output: n rows of d numbers with leading dimension ld. */
void precondition_outputs(const struct net_point *point, const double *output,
                          size_t ld, size_t first, size_t n, size_t d,
                          kac_score_io *io);

#endif
