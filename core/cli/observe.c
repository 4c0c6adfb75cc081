/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The observers of a run. */
#include "cli/observe.h"

#include "plugin/crash.h"

static enum exit_code status_code(kac_status status) {
  switch (status) {
    case KAC_ENOMEM:
      return EXIT_RESOURCE;
    case KAC_ENUMERIC:
      return EXIT_NUMERIC;
    case KAC_EIO:
      return EXIT_FILE;
    default:
      return EXIT_PLUGIN;
  }
}

static bool judge(const struct instance *observer, kac_status status,
                  kac_error *err, int64_t step, struct fault *fault) {
  if (status == KAC_OK) return true;
  err->msg[sizeof err->msg - 1] = '\0';
  instance_fault(observer, fault, status_code(status), step, -1, -1, err->msg);
  return false;
}

static const kac_observer_ops *ops_of(const struct instance *observer) {
  return observer->component->ops;
}

bool observe_begin(const struct spec *spec, struct fault *fault) {
  for (size_t i = 0; i < spec->n_observers; i++) {
    struct instance *observer = spec->observers[i];
    kac_error err = {.row = -1};
    if (!ops_of(observer)->begin) continue;
    struct crash_site before = crash_enter_instance(observer);
    kac_status status = ops_of(observer)->begin(observer->self, &err);
    crash_enter(before);
    if (!judge(observer, status, &err, -1, fault)) return false;
  }
  return true;
}

bool observe_record(const struct spec *spec, const kac_frame *frame,
                    struct fault *fault) {
  size_t n = frame->n_particles * frame->n_replicates;
  for (size_t i = 0; i < spec->n_observers; i++) {
    struct instance *observer = spec->observers[i];
    kac_error err = {.row = -1};
    struct crash_site before = crash_enter((struct crash_site){
        .instance = observer, .step = (int64_t)frame->step, .n_rows = n});
    kac_status status = ops_of(observer)->record(observer->self, frame, &err);
    crash_enter(before);
    if (!judge(observer, status, &err, (int64_t)frame->step, fault))
      return false;
  }
  return true;
}

bool observe_end(const struct spec *spec, struct fault *fault) {
  for (size_t i = 0; i < spec->n_observers; i++) {
    struct instance *observer = spec->observers[i];
    kac_error err = {.row = -1};
    if (!ops_of(observer)->end) continue;
    struct crash_site before = crash_enter_instance(observer);
    kac_status status = ops_of(observer)->end(observer->self, &err);
    crash_enter(before);
    if (!judge(observer, status, &err, -1, fault)) return false;
  }
  return true;
}
