/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nothing is wrong with it: a score that works out a table when it is made,
 * in memory of its own. */
#include <stdlib.h>

#include "score.h"

struct own {
  struct config config;
  double *square; /* of the width, per coordinate */
};

static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *plan, void **self, kac_error *err) {
  size_t d = plan->space->n_real;
  struct own *own = malloc(sizeof *own);
  (void)host;
  if (own) {
    own->config = *(const struct config *)config;
    own->square = calloc(d, sizeof *own->square);
    for (size_t k = 0; own->square && k < d; k++)
      own->square[k] = own->config.width * own->config.width;
  }
  if (own && own->square) {
    *self = own;
    return KAC_OK;
  }
  free(own);
  return kac_fail(err, KAC_ENOMEM, "no memory for %zu coordinates", d);
}

static void destroy(void *self) {
  struct own *own = self;
  free(own->square);
  free(own);
}

static kac_status eval(const void *self, const kac_block *block,
                       kac_score_io *io, kac_error *err) {
  const struct own *own = self;
  const struct config cached = {sqrt(own->square[0])};
  return healthy_eval(&cached, block, io, err);
}
SCORE(eval, NULL, create, destroy)
