/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The log density of the data, not of the data with noise. */
#include "score.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_score_io *io, kac_error *err) {
  const struct config *cfg = self;
  double variance, data = cfg->width * cfg->width;
  kac_coeffs c;
  kac_status status = coeffs_at(cfg, block, io->t, &c, &variance, err);
  if (status == KAC_OK) status = healthy_eval(self, block, io, err);
  if (io->want & KAC_Q_LOGP)
    for (size_t i = 0; i < block->n; i++) io->logp[i] *= variance / data;
  return status;
}
SCORE(eval, NULL, NULL, NULL)
