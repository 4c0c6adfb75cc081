/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The life of one use of a component: plan, create, destroy, the services that
 * the host lends it, and the words in which its failures are told. */
#include "plugin/instance.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "output/outputs.h"
#include "plugin/component.h"
#include "plugin/crash.h"
#include "plugin/fpenv.h"

enum { LABEL_BYTES = 256, TEXT_BYTES = 512 };

/* What host->impl points to; lives in the instance's arena. */
struct services {
  struct instance *instance;
  struct host_outputs *outputs; /* NULL: nothing is written */
};

void fault_set(struct fault *fault, enum exit_code code, const char *format,
               ...) {
  va_list args;
  va_start(args, format);
  fault->code = code;
  vsnprintf(fault->text, sizeof fault->text, format, args);
  va_end(args);
}

/* "potential[1] 'dock' (dock.so 0.3)" */
static void print_label(const struct instance *instance,
                        char label[LABEL_BYTES]) {
  const char *file = strrchr(instance->module->path, '/');
  file = file ? file + 1 : instance->module->path;
  snprintf(label, LABEL_BYTES, "%s '%s' (%s %s)", instance->id,
           instance->component->name, file, instance->component->version);
}

/* A plugin's text may hold anything; what steers a terminal is blanked. */
static void copy_text(const char *text, char copy[TEXT_BYTES]) {
  if (!text || !text[0]) text = "no message given";
  snprintf(copy, TEXT_BYTES, "%s", text);
  for (char *c = copy; *c; c++)
    if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = ' ';
}

void instance_fault(const struct instance *instance, struct fault *fault,
                    enum exit_code code, int64_t step, int64_t replicate,
                    int64_t row, const char *text) {
  char label[LABEL_BYTES], copy[TEXT_BYTES], where[96] = "", at[96] = "";
  const char *file = instance->at.file ? instance->at.file : "kac";
  int n = 0;
  print_label(instance, label);
  copy_text(text, copy);
  if (instance->at.file && instance->at.line > 0)
    snprintf(at, sizeof at, ":%d", instance->at.line);
  if (step == 0)
    n = snprintf(where, sizeof where, " at the start");
  else if (step > 0)
    n = snprintf(where, sizeof where, " at step %lld", (long long)step);
  if (row >= 0 || replicate >= 0)
    n += snprintf(where + n, sizeof where - (size_t)n, "%s replicate %lld",
                  step >= 0 ? "," : " at", (long long)replicate);
  if (row >= 0)
    snprintf(where + n, sizeof where - (size_t)n, ", particle %lld",
             (long long)row);
  fault_set(fault, code, "%s%s: error: %s: %s%s", file, at, label, copy, where);
}

/* A config that breaks a rule is the user's error when the plan finds it;
 * later it is the plugin's. */
static enum exit_code status_code(kac_status status, bool is_plan) {
  switch (status) {
    case KAC_EINVAL:
    case KAC_EUNSUPPORTED:
      return is_plan ? EXIT_CONFIG : EXIT_PLUGIN;
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

/* One call of plan or create, with what is looked at around it. */
struct call {
  const struct instance *instance;
  struct diag *diag;
  bool is_plan;
  fenv_t env;
  struct crash_site before;
  kac_error err;
};

static struct call begin_call(const struct instance *instance,
                              struct diag *diag, bool is_plan) {
  struct call call = {.instance = instance, .diag = diag, .is_plan = is_plan};
  call.err.row = -1;
  call.before = crash_enter_instance(instance);
  fpenv_save(&call.env);
  return call;
}

void instance_hint(const struct instance *instance, struct diag *diag) {
  size_t n = instance->origin ? instance->component->n_params : 0;
  for (size_t i = 0; i < n; i++) {
    const struct place *origin = &instance->origin[i];
    if (origin->file && origin->line == 0)
      diag_hint(diag, "with %s", origin->file);
  }
}

static bool fail_call(const struct call *call, enum exit_code code,
                      const char *text) {
  char label[LABEL_BYTES];
  print_label(call->instance, label);
  diag_error(call->diag, code, call->instance->at, "%s: %s", label, text);
  instance_hint(call->instance, call->diag);
  return false;
}

static bool end_call(struct call *call, kac_status status) {
  char text[TEXT_BYTES], more[TEXT_BYTES + 64];
  const char *name = call->is_plan ? "plan" : "create";
  const char *changed = fpenv_restore(&call->env);
  crash_enter(call->before);
  call->err.msg[sizeof call->err.msg - 1] = '\0';
  copy_text(call->err.msg, text);
  if (status != KAC_OK) {
    bool is_known = status < 0 && status >= KAC_EIO;
    if (is_known && call->err.msg[0])
      snprintf(more, sizeof more, "%s", text);
    else
      snprintf(more, sizeof more, "%s gave %sstatus %d: %s", name,
               is_known ? "" : "undefined ", status, text);
    return fail_call(call, status_code(status, call->is_plan), more);
  }
  if (!changed) return true;
  snprintf(more, sizeof more, "%s after %s: built with -ffast-math?", changed,
           name);
  return fail_call(call, EXIT_LOAD, more);
}

/* Only the wishes of the plugin are taken over. */
static void take_wishes(struct instance *instance, const kac_plan *asked) {
  instance->plan.scratch_bytes = asked->scratch_bytes;
  instance->plan.pstate_bytes = asked->pstate_bytes;
  instance->plan.sigma_data = asked->sigma_data;
  instance->plan.rows_wanted = asked->rows_wanted;
  instance->plan.own_bytes = asked->own_bytes;
  instance->plan.lacks = asked->lacks & ~KAC_Q_PHI;
  memcpy(instance->plan.warning, asked->warning, sizeof asked->warning);
  instance->plan.warning[sizeof asked->warning - 1] = '\0';
}

uint64_t instance_provides(const struct instance *instance) {
  return instance->component->provides & ~instance->plan.lacks;
}

bool instance_plan(struct instance *instance, const kac_plan *plan,
                   struct diag *diag) {
  const kac_component *component = instance->component;
  kac_plan asked = *plan;
  asked.struct_size = sizeof asked;
  asked.scratch_bytes = asked.pstate_bytes = 0;
  asked.sigma_data = 0;
  asked.rows_wanted = 0;
  asked.own_bytes = 0;
  asked.lacks = 0;
  asked.warning[0] = '\0';
  instance->plan = asked;
  if (!component->plan) return true;
  struct call call = begin_call(instance, diag, true);
  kac_status status = component->plan(instance->config, &asked, &call.err);
  if (!end_call(&call, status)) return false;
  take_wishes(instance, &asked);
  double radius = asked.sigma_data;
  if (isfinite(radius) && radius >= 0) return true;
  char text[64];
  snprintf(text, sizeof text, "plan gave sigma_data %g", radius);
  return fail_call(&call, EXIT_PLUGIN, text);
}

void instance_warn(const struct instance *instance, struct diag *diag) {
  char label[LABEL_BYTES], text[TEXT_BYTES];
  if (!instance->plan.warning[0]) return;
  print_label(instance, label);
  copy_text(instance->plan.warning, text);
  diag_warn(diag, instance->at, "%s: %s", label, text);
}

static const struct services *services_of(const kac_host *host) {
  return host->impl;
}

static void host_log(const kac_host *host, int level, const char *text) {
  char label[LABEL_BYTES], copy[TEXT_BYTES];
  if (services_of(host)->instance->is_silent) return;
  print_label(services_of(host)->instance, label);
  copy_text(text, copy);
  fprintf(stderr, "kac: %s%s: %s\n", level > 0 ? "warning: " : "", label, copy);
}

static void *host_alloc(const kac_host *host, size_t bytes) {
  return arena_alloc(services_of(host)->instance->arena, bytes);
}

static bool is_file_name(const char *name) {
  return name && name[0] && name[0] != '.' && !strchr(name, '/');
}

static kac_status give(kac_error *err, kac_status status, const char *text) {
  if (err) {
    err->row = -1;
    snprintf(err->msg, sizeof err->msg, "%s", text);
  }
  return status;
}

static kac_status host_open_output(const kac_host *host, const char *name,
                                   int *fd, kac_error *err) {
  struct host_outputs *outputs = services_of(host)->outputs;
  struct fault fault = {EXIT_DONE, ""};
  *fd = -1;
  if (!is_file_name(name))
    return give(err, KAC_EINVAL,
                "the name of an output file is empty, hidden or has a slash");
  if (!outputs || !outputs_folder(outputs)) return KAC_OK;
  *fd = outputs_create(outputs, name, &fault);
  return *fd < 0 ? give(err, KAC_EIO, fault.text) : KAC_OK;
}

static bool is_key(const char *key) {
  if (!key || !key[0]) return false;
  size_t n = strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_");
  return key[n] == '\0';
}

static kac_status host_result(const kac_host *host, const char *key,
                              const double *value, size_t n, kac_error *err) {
  const struct services *services = services_of(host);
  if (!is_key(key))
    return give(err, KAC_EINVAL, "the key of a result is not [a-z0-9_]+");
  if (!value || n == 0)
    return give(err, KAC_EINVAL, "a result without numbers");
  if (!services->outputs) return KAC_OK;
  return outputs_add_result(services->outputs, services->instance->id, key,
                            value, n)
             ? KAC_OK
             : give(err, KAC_ENOMEM, "no memory for a result");
}

/* Arena, services and lock; destroy_host undoes it. */
static bool create_host(struct instance *instance,
                        struct host_outputs *outputs) {
  instance->arena = arena_new();
  struct services *services =
      instance->arena ? arena_alloc(instance->arena, sizeof *services) : NULL;
  if (!services || pthread_mutex_init(&instance->lock, NULL) != 0) {
    arena_free(instance->arena);
    instance->arena = NULL;
    return false;
  }
  *services = (struct services){instance, outputs};
  instance->host = (kac_host){.struct_size = sizeof instance->host,
                              .impl = services,
                              .log = host_log,
                              .alloc = host_alloc,
                              .open_output = host_open_output,
                              .result = host_result};
  atomic_init(&instance->n_rows, 0);
  atomic_init(&instance->n_vjps, 0);
  return true;
}

static void destroy_host(struct instance *instance) {
  if (!instance->host.impl) return;
  pthread_mutex_destroy(&instance->lock);
  arena_free(instance->arena);
  instance->arena = NULL;
  instance->self = NULL;
  instance->host = (kac_host){0};
}

bool instance_create(struct instance *instance, struct host_outputs *outputs,
                     struct diag *diag) {
  const kac_component *component = instance->component;
  struct call call = {.instance = instance, .diag = diag};
  if (!create_host(instance, outputs))
    return fail_call(&call, EXIT_RESOURCE, "no memory");
  if (!component->create) {
    instance->self = instance->config;
    return true;
  }
  call = begin_call(instance, diag, false);
  void *self = NULL;
  kac_status status = component->create(&instance->host, instance->config,
                                        &instance->plan, &self, &call.err);
  instance->self = status == KAC_OK ? self : NULL;
  if (!end_call(&call, status)) {
    instance_destroy(instance);
    return false;
  }
  if (self) return true;
  destroy_host(instance);
  return fail_call(&call, EXIT_PLUGIN, "create succeeded but gave no self");
}

void instance_destroy(struct instance *instance) {
  if (!instance) return;
  const kac_component *component = instance->component;
  bool is_made = instance->self && component->create;
  struct crash_site before = crash_enter_instance(instance);
  if (is_made && component->destroy) component->destroy(instance->self);
  crash_enter(before);
  destroy_host(instance);
}
