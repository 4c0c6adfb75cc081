/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The law of short steps of moves that draw their own noise: on average they
 * move by (b + eps S) du, and spread by 2 eps du.  Kernels tell both
 * (law_reversed.c). */
#include <kac/sdk.h>

#include "conform/ask.h"
#include "conform/laws.h"
#include "conform/pairs.h"

/* What second orders may leave: of each term of a drift, and of a variance. */
#define DRIFT 0.01
#define VARIANCE 0.002

static bool judge_drift(struct trial *trial, const struct pairs *pairs) {
  for (size_t k = 0; k < (size_t)PAIRS_ROWS * PAIRS_DIM; k++) {
    double warm = pairs->eps * pairs->s[k], right = pairs->b[k] + warm;
    double size = fabs(pairs->b[k]) + fabs(warm), mean, error;
    if (!tally_is_near(&pairs->moved[k], right, DRIFT * size, &mean, &error))
      return trial_broken(trial,
                          "short steps move x[%zu] of row %zu by %.5g +- %.2g "
                          "du on average over %.0f, expected %.5g du",
                          k % PAIRS_DIM, k / PAIRS_DIM, mean, error,
                          2 * pairs->moved[k].n, right);
  }
  return true;
}

static bool judge_spread(struct trial *trial, const struct pairs *pairs) {
  double mean, error;
  return pairs->spread.n < 1 ||
         tally_is_near(&pairs->spread, 1, VARIANCE, &mean, &error) ||
         trial_broken(trial,
                      "the variance of a short step is %.5f +- %.5f times 2 "
                      "eps du on average over %.0f numbers",
                      mean, error, 2 * pairs->spread.n);
}

bool law_short(struct trial *trial) {
  const kac_integrator_ops *ops = trial->component->ops;
  struct pairs pairs;
  if (trial->options->config)
    return trial_skipped(trial, "not with a config of one's own");
  if (!(ops->role & KAC_ADVANCES))
    return trial_skipped(trial, "it does not advance in t");
  if (ops->role & (KAC_OWN_NOISE | KAC_OWN_LAW))
    return trial_skipped(trial, "it has a noise or a law of its own");
  if (ask_is_kernel(trial))
    return trial_skipped(trial, "it is a kernel: see `reversed`");
  if (trial->instance->plan.pstate_bytes > 0)
    return trial_skipped(trial,
                         "it keeps bytes per particle, so that a first "
                         "step may be another");
  return pairs_take(&pairs, trial) && judge_drift(trial, &pairs) &&
         judge_spread(trial, &pairs);
}
