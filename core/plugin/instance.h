/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One use of a component in a pipeline: its filled config, its self, what it
 * is lent, and how a failure of it is told.  */
#ifndef KAC_CORE_INSTANCE_H
#define KAC_CORE_INSTANCE_H
#include <kac/plugin.h>
#include <pthread.h>
#include <stdatomic.h>

#include "plugin/search.h"

struct host_outputs; /* output folder and results, see output/ */

struct instance {
  const kac_component *component;
  const struct module *module;
  const char *id;  /* "base", or "potential[1]" where no id was given */
  struct place at; /* of the group in the config */
  uint32_t number; /* unique in the run: separates the random numbers */
  void *config;
  struct place *origin; /* per parameter */
  void *self;
  kac_plan plan;
  kac_host host;
  struct arena *arena;     /* what the instance allocates through host->alloc */
  pthread_mutex_t lock;    /* KAC_THREADS_SERIAL */
  _Atomic uint64_t n_rows; /* rows evaluated */
  _Atomic uint64_t n_vjps; /* ... of them with a vector-Jacobian product */
  bool is_silent;          /* what it logs is not for the user */
};

/* Why a run stopped, with the exit code that belongs to it. */
struct fault {
  enum exit_code code;
  char text[1024];
};
void fault_set(struct fault *fault, enum exit_code code, const char *format,
               ...) __attribute__((format(printf, 3, 4)));

/* component->plan with *plan copied in; false with an error in diag at the
 * instance's place. */
bool instance_plan(struct instance *instance, const kac_plan *plan,
                   struct diag *diag);
/* The warning of its plan, if there is one, into diag. */
void instance_warn(const struct instance *instance, struct diag *diag);
/* What is left of what its component provides, once it has a plan. [any] */
uint64_t instance_provides(const struct instance *instance);
/* Creates self; floating-point environment compared around the call. */
bool instance_create(struct instance *instance, struct host_outputs *outputs,
                     struct diag *diag);
void instance_destroy(struct instance *instance);
/* Below the last message: the parameters that the command line has set. */
void instance_hint(const struct instance *instance, struct diag *diag);
/* "conf/run.cfg:41: error: potential[1] 'dock' (dock.so 0.3): TEXT at step 17,
 * replicate 0, particle 2203"; row < 0 and step < 0 leave that out.  Steps
 * count from 1; step 0 is "at the start". */
void instance_fault(const struct instance *instance, struct fault *fault,
                    enum exit_code code, int64_t step, int64_t replicate,
                    int64_t row, const char *text);

#endif
