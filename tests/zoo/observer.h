/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The healthy observer of the zoo: the time of every frame into a file that the
 * host opens.  To be spoiled in one place by those who include this file. */
#ifndef KAC_ZOO_OBSERVER_H
#define KAC_ZOO_OBSERVER_H
#include <kac/sdk.h>
#include <unistd.h>

struct config {
  double unused;
};
static const kac_param params[] = {
    KAC_REAL(struct config, unused, 0, 0, 1, "", "does nothing")};

struct self {
  const kac_host *host;
  int fd;
};

KAC_INLINE kac_status healthy_create(const kac_host *host, const void *config,
                                     const kac_plan *plan, void **self,
                                     kac_error *err) {
  struct self *own = host->alloc(host, sizeof *own);
  (void)config, (void)plan;
  if (!own) return kac_fail(err, KAC_ENOMEM, "no memory for an observer");
  *own = (struct self){host, -1};
  *self = own;
  return KAC_OK;
}

KAC_INLINE kac_status healthy_begin(void *self, kac_error *err) {
  struct self *own = self;
  return own->host->open_output(own->host, "times.txt", &own->fd, err);
}

KAC_INLINE kac_status healthy_record(void *self, const kac_frame *frame,
                                     kac_error *err) {
  const struct self *own = self;
  char line[40];
  int n = snprintf(line, sizeof line, "%.17g\n", frame->t);
  if (own->fd < 0 || write(own->fd, line, (size_t)n) == n) return KAC_OK;
  return kac_fail(err, KAC_EIO, "times.txt cannot be written");
}

#define OBSERVER(CREATE, BEGIN, RECORD)                                        \
  static const kac_observer_ops ops = {sizeof ops, 0, BEGIN, RECORD, NULL};    \
  static const kac_component component = {                                     \
      KAC_COMPONENT(KAC_OBSERVER, ANIMAL, "of the zoo", struct config, params, \
                    kac_observer_ops, ops),                                    \
      .create = CREATE};                                                       \
  KAC_MODULE(component)

#endif
