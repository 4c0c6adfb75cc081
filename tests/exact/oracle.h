/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exact answers, worked out apart from the sampler: Gaussian recursion,
 * transfer operator on a line, quadrature, sums over tuples of Gaussians.  The
 * formulas are those of docs/methods.md; nothing here knows the host. */
#ifndef KAC_TESTS_ORACLE_H
#define KAC_TESTS_ORACLE_H
#include <stdbool.h>
#include <stddef.h>

#define ORACLE_PI 3.14159265358979323846
enum { ORACLE_TERMS = 4, ORACLE_COMPONENTS = 64 };

/* --- the noising process on a time grid, from noise (0) to data (n) ------ */
struct oracle_grid {
  size_t n;                           /* steps; the arrays hold n + 1 */
  double *t, *alpha, *sigma, *f, *g2; /* dx = f x dt + sqrt(g2) dW */
};
/* dx = -(beta/2) x dt + sqrt(beta) dW. */
struct oracle_grid oracle_grid_vp(double beta, double t_min, double t_max,
                                  size_t n);
/* alpha = 1, sigma = low (high/low)^t. */
struct oracle_grid oracle_grid_ve(double low, double high, double t_min,
                                  double t_max, size_t n);
struct oracle_grid oracle_grid_brownian(double t_max, size_t n); /* f 0, g 1 */
struct oracle_grid oracle_grid_static(double t_max, size_t n); /* no noising */
void oracle_grid_free(struct oracle_grid *grid);

/* --- a one-dimensional path of targets ------------------------------------ */
struct oracle_mixture { /* of the data, normalised; n = 1: a Gaussian */
  size_t n;
  double weight[ORACLE_COMPONENTS], mean[ORACLE_COMPONENTS],
      var[ORACLE_COMPONENTS];
};
struct oracle_ramp { /* linear in progress */
  double from, to;
};
struct oracle_term { /* one factor q^power */
  struct oracle_mixture q;
  struct oracle_ramp power;
};
enum oracle_reward_kind {
  REWARD_NONE,
  REWARD_RATE,     /* pi has the factor exp(strength r) */
  REWARD_FULL,     /* the same with grad h in the drift b as well */
  REWARD_INTEGRAL, /* log w += strength r du, pi is untouched */
};
struct oracle_reward { /* r = -stiffness (x - center)^2 / 2 */
  enum oracle_reward_kind kind;
  double center, stiffness;
  struct oracle_ramp strength;
};
enum oracle_start {
  START_PATH,     /* from pi at t_max, normalised: Z is the ratio to it */
  START_PLAIN,    /* from N(mean, var), no weight */
  START_WEIGHTED, /* from N(mean, var), weight pi / N */
};
/* Wrong twins: what a run would converge to if it had this fault. */
enum oracle_mutant {
  MUTANT_NONE,
  MUTANT_NO_WEIGHT,
  MUTANT_SIGN,          /* rate with the wrong sign */
  MUTANT_WEIGHT_RIGHT,  /* weight with the coefficients at t + dt */
  MUTANT_DRIFT_RIGHT,   /* move with the coefficients at t + dt */
  MUTANT_NEW_X,         /* weight at the new point */
  MUTANT_HALF,          /* g^2 for g^2/2 in the weight */
  MUTANT_NO_DIVERGENCE, /* terms with d left out */
  MUTANT_NOISE,         /* sigma for sigma^2 */
  MUTANT_SHORT,         /* one step less */
  N_MUTANTS
};
struct oracle_path {
  const struct oracle_grid *grid;
  struct oracle_term term[ORACLE_TERMS];
  size_t n_terms;
  struct oracle_reward reward;
  bool is_matched;   /* the frame; else the noise frame */
  double sigma_data; /* of the matched frame */
  double zeta2;
  enum oracle_start start;
  double start_mean, start_var;
  double
      langevin; /* > 0: step of an unadjusted Langevin move after each step */
  bool is_langevin_old; /* ... at the target before the step */
  enum oracle_mutant mutant;
};
struct oracle_law { /* of the weighted particles at the end */
  double log_z, mean, var;
};

/* Scalars of one step, from which both oracles work. */
struct oracle_step {
  size_t point; /* grid index of the models */
  double du, f, g2, kappa, eps, strength, dstrength;
  double power[ORACLE_TERMS], dpower[ORACLE_TERMS], sum;
};
struct oracle_step oracle_step_at(const struct oracle_path *path, size_t k);
double oracle_ramp_at(const struct oracle_path *path, struct oracle_ramp ramp,
                      size_t k);

/* Left-point weights and Euler moves for Gaussian terms, by recursion; the
 * weights to the power `order` (1: the answer; 2, 3, 4: their moments).
 * log_z = HUGE_VAL where the moment is infinite. */
struct oracle_law oracle_gaussian(const struct oracle_path *path, int order);

/* The same for any mixtures by a transfer operator on a moving grid (zeta > 0;
 * no Langevin moves).  Trapezoid sums of smooth functions: error 1e-12. */
struct oracle_law oracle_operator(const struct oracle_path *path, int order);

/* log pi at grid index k, and the integral, mean and variance of pi there. */
double oracle_log_pi(const struct oracle_path *path, size_t k, double x);
struct oracle_law oracle_quadrature(const struct oracle_path *path, size_t k);
struct oracle_law oracle_quadrature_gsl(const struct oracle_path *path,
                                        size_t k);

/* log density and score of a noised mixture: x_t = alpha x_0 + sigma noise. */
void oracle_mixture_at(const struct oracle_mixture *q, double alpha,
                       double sigma, double x, double *logq, double *score);

/* --- integer powers of isotropic mixtures in any dimension ---------------- */
struct oracle_cloud {
  size_t n, dim;
  const double *weight, *mean, *var; /* n, n by dim, n (per coordinate) */
};
/* q^power (2 or 3) as a mixture over pairs or triples: log of its integral,
 * mean (dim), mean of |x|^2, and for each component the expectation of its
 * responsibility w_i N_i / q (n; sums to 1). */
struct oracle_power {
  double log_z, *mean, square, *mass;
};
bool oracle_pairs(const struct oracle_cloud *q, int power,
                  struct oracle_power *out);

/* --- q^p in the plane, by quadrature ------------------------------------- */
struct oracle_plane {
  double log_z, mean[2], var[2];
  double mass[ORACLE_COMPONENTS]; /* by the nearest centre */
};
/* Centres inside the box +-half, n_side points a side. */
bool oracle_gmm2d(const struct oracle_cloud *q, double power, double half,
                  size_t n_side, struct oracle_plane *out);
/* The 40 centres of the benchmark, times `scale`: 80 numbers. */
bool oracle_gmm40(const char *file, double scale, double *means);

#endif
