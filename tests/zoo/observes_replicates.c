/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Has memory for the particles of one replicate and writes those of all. */
#include "observer.h"

struct squares {
  struct self healthy;
  double *square;
};

static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *plan, void **self, kac_error *err) {
  struct squares *own = host->alloc(host, sizeof *own);
  (void)config;
  if (own)
    own->square = host->alloc(host, plan->n_particles * sizeof *own->square);
  if (!own || !own->square) return kac_fail(err, KAC_ENOMEM, "no memory");
  own->healthy = (struct self){host, -1};
  *self = own;
  return KAC_OK;
}

static kac_status record(void *self, const kac_frame *frame, kac_error *err) {
  struct squares *own = self;
  size_t n = frame->n_particles * frame->n_replicates;
  for (size_t i = 0; i < n; i++) {
    const double *x = frame->x.real + i * frame->x.ld;
    own->square[i] = x[0] * x[0];
  }
  return healthy_record(self, frame, err);
}
OBSERVER(create, healthy_begin, record)
