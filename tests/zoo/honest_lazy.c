/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nothing is wrong with it: an observer that allocates in begin, frees in end
 * and logs what it has seen. */
#include <stdlib.h>

#include "observer.h"

struct lazy {
  const kac_host *host;
  double *time;
  size_t n;
};

static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *plan, void **self, kac_error *err) {
  struct lazy *own = host->alloc(host, sizeof *own);
  (void)config, (void)plan;
  if (!own) return kac_fail(err, KAC_ENOMEM, "no memory");
  own->host = host;
  *self = own;
  return KAC_OK;
}

static kac_status begin(void *self, kac_error *err) {
  struct lazy *own = self;
  own->time = calloc(1000, sizeof *own->time);
  own->n = 0;
  return own->time ? KAC_OK : kac_fail(err, KAC_ENOMEM, "no memory");
}

static kac_status record(void *self, const kac_frame *frame, kac_error *err) {
  struct lazy *own = self;
  (void)err;
  if (own->n < 1000) own->time[own->n++] = frame->t;
  return KAC_OK;
}

static kac_status end(void *self, kac_error *err) {
  struct lazy *own = self;
  kac_status status =
      own->host->result(own->host, "last_time", &own->time[own->n - 1], 1, err);
  own->host->log(own->host, 1, "all frames seen");
  free(own->time);
  own->time = NULL;
  return status;
}

static const kac_observer_ops ops = {sizeof ops, 0, begin, record, end};
static const kac_component component = {
    KAC_COMPONENT(KAC_OBSERVER, ANIMAL, "of the zoo", struct config, params,
                  kac_observer_ops, ops),
    .create = create};
KAC_MODULE(component)
