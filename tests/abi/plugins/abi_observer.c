/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An observer of ABI 1.0: sums over everything that a frame tells, and a file
 * with a line for each. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* dprintf */
#endif
#include <kac/sdk.h>

struct config {
  const char *file;
};
static const kac_param params[] = {
    KAC_STRING(struct config, file, 0, "abi.txt", "name of the file")};

struct observer {
  const kac_host *host;
  struct config config;
  int fd;
  double n_frames, n_resampled;
};

static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *plan, void **self, kac_error *err) {
  struct observer *observer = host->alloc(host, sizeof *observer);
  (void)plan;
  if (!observer) return kac_fail(err, KAC_ENOMEM, "no memory");
  observer->host = host;
  memcpy(&observer->config, config, sizeof observer->config);
  *self = observer;
  return KAC_OK;
}

static kac_status begin(void *self, kac_error *err) {
  struct observer *observer = self;
  return observer->host->open_output(observer->host, observer->config.file,
                                     &observer->fd, err);
}

static double mean_of(const kac_frame *frame, size_t column) {
  size_t n = frame->n_particles * frame->n_replicates;
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += kac_row(&frame->x, i)[column];
  return sum / (double)n;
}

static kac_status record(void *self, const kac_frame *frame, kac_error *err) {
  struct observer *observer = self;
  (void)err;
  observer->n_frames++;
  observer->n_resampled += frame->flags & KAC_FRAME_RESAMPLED ? 1 : 0;
  if (observer->fd >= 0)
    dprintf(observer->fd,
            "%u %u %.17g %.17g %.17g %.17g %.17g %u %.17g %.17g\n",
            (unsigned)frame->step, (unsigned)frame->n_steps, frame->t,
            mean_of(frame, 0), frame->log_z[0], frame->ess[0], frame->unique[0],
            frame->ancestor[1], frame->log_z_mean, frame->accept);
  if (!(frame->flags & KAC_FRAME_FINAL)) return KAC_OK;
  double mean[2] = {mean_of(frame, 0), mean_of(frame, 1)};
  return observer->host->result(observer->host, "mean_unweighted", mean, 2,
                                err);
}

static kac_status end(void *self, kac_error *err) {
  struct observer *observer = self;
  return observer->host->result(observer->host, "frames", &observer->n_frames,
                                1, err);
}

static const kac_observer_ops ops = {
    .struct_size = sizeof ops, .begin = begin, .record = record, .end = end};
static const kac_component component = {
    KAC_COMPONENT(KAC_OBSERVER, "abi_observer", "all of a frame", struct config,
                  params, kac_observer_ops, ops),
    .create = create};
KAC_MODULE(component)
