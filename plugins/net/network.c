/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Metadata of a network; see network.h.  Everything is required, because a
 * guess about a parameterisation gives wrong samples that look right. */
#include "network.h"

#include <errno.h>
#include <kac/sdk.h>
#include <stdlib.h>

static const char *const prefix = "kac.";
/* Locale-free, as the rest of kac: the host never calls setlocale. */
static bool parse_real(const char *text, double *value) {
  char *end;
  *value = strtod(text, &end);
  return end != text && *end == '\0' && isfinite(*value);
}

static bool was_asked(const struct network_keys *keys, const char *key) {
  for (size_t i = 0; i < keys->n_asked; i++)
    if (strcmp(keys->asked[i], key) == 0) return true;
  return false;
}

/* The value, or NULL, noting that it was asked for. */
static const char *look_up(struct network_keys *keys, const char *key) {
  for (size_t i = 0; i < keys->file->n_notes; i++) {
    const struct tensor_note *note = &keys->file->notes[i];
    if (strcmp(note->key, key) != 0) continue;
    if (keys->n_asked < NETWORK_MAX_KEYS)
      keys->asked[keys->n_asked++] = note->key;
    return note->value;
  }
  return NULL;
}

static kac_status require(struct network_keys *keys, const char *key,
                          const char **value, kac_error *err) {
  *value = look_up(keys, key);
  if (*value) return KAC_OK;
  return kac_fail(err, KAC_EINVAL,
                  "%s: the metadata have no key '%s'; tools/kac_export.py "
                  "writes what is needed",
                  keys->file->name, key);
}

kac_status network_real(struct network_keys *keys, const char *key,
                        double *value, kac_error *err) {
  const char *text;
  kac_status status = require(keys, key, &text, err);
  if (status != KAC_OK || parse_real(text, value)) return status;
  return kac_fail(err, KAC_EINVAL, "%s: %s = '%.40s', expected a number",
                  keys->file->name, key, text);
}

kac_status network_count(struct network_keys *keys, const char *key,
                         size_t least, size_t most, size_t *value,
                         kac_error *err) {
  const char *text;
  char *end;
  kac_status status = require(keys, key, &text, err);
  if (status != KAC_OK || !text) return status;
  errno = 0;
  unsigned long long number = strtoull(text, &end, 10);
  *value = (size_t)number;
  if (text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 &&
      number >= least && number <= most)
    return KAC_OK;
  return kac_fail(err, KAC_EINVAL,
                  "%s: %s = '%.40s', expected a whole number from %zu to %zu",
                  keys->file->name, key, text, least, most);
}

kac_status network_choice(struct network_keys *keys, const char *key,
                          const char *const *names, size_t n, size_t *choice,
                          kac_error *err) {
  char list[120];
  const char *text;
  kac_status status = require(keys, key, &text, err);
  if (status != KAC_OK) return status;
  for (*choice = 0; *choice < n; (*choice)++)
    if (strcmp(text, names[*choice]) == 0) return KAC_OK;
  size_t at = 0;
  for (size_t i = 0; i < n && at < sizeof list; i++)
    at += (size_t)snprintf(list + at, sizeof list - at, "%s%s", i ? ", " : "",
                           names[i]);
  return kac_fail(err, KAC_EINVAL, "%s: %s = '%.40s', expected %s",
                  keys->file->name, key, text, list);
}

static kac_status begin(struct network_keys *keys,
                        const struct safetensors *file, kac_error *err) {
  const char *value;
  *keys = (struct network_keys){.file = file};
  kac_status status = require(keys, "kac.format", &value, err);
  if (status != KAC_OK || strcmp(value, "1") == 0) return status;
  return kac_fail(err, KAC_EINVAL, "%s: kac.format = '%.40s', expected 1",
                  file->name, value);
}

kac_status network_begin(struct network_keys *keys,
                         const struct safetensors *file,
                         const char *architecture, kac_error *err) {
  const char *value;
  kac_status status = begin(keys, file, err);
  if (status != KAC_OK) return status;
  status = require(keys, "kac.architecture", &value, err);
  if (status != KAC_OK || strcmp(value, architecture) == 0) return status;
  return kac_fail(err, KAC_EINVAL,
                  "%s: kac.architecture = '%.40s', but this plugin runs '%s'",
                  file->name, value, architecture);
}

static kac_status read_schedule(struct network_keys *keys,
                                struct precondition *p, kac_error *err) {
  size_t choice;
  kac_status status = network_choice(keys, "kac.schedule", net_schedule_names,
                                     N_NET_SCHEDULES, &choice, err);
  if (status != KAC_OK) return status;
  p->schedule = (enum net_schedule)choice;
  for (size_t i = 0; i < NET_SCHEDULE_KEYS; i++) {
    char key[64];
    const char *name = net_schedule_keys[choice][i];
    if (!name) break;
    snprintf(key, sizeof key, "kac.schedule.%s", name);
    status = network_real(keys, key, &p->value[i], err);
    if (status != KAC_OK) return status;
  }
  return KAC_OK;
}

/* sigma_data and n_classes may be missing. */
static kac_status read_optional(struct network_keys *keys,
                                struct network *network, kac_error *err) {
  kac_status status = KAC_OK;
  network->sigma_data = 0;
  network->n_classes = 0;
  if (safetensors_note(keys->file, "kac.sigma_data")) {
    status = network_real(keys, "kac.sigma_data", &network->sigma_data, err);
    if (status == KAC_OK && !(network->sigma_data > 0))
      return kac_fail(err, KAC_EINVAL,
                      "%s: kac.sigma_data = %g, expected above 0",
                      keys->file->name, network->sigma_data);
  }
  if (status == KAC_OK && safetensors_note(keys->file, "kac.n_classes"))
    status = network_count(keys, "kac.n_classes", 1, 100000,
                           &network->n_classes, err);
  return status;
}

kac_status network_read(struct network_keys *keys, struct network *network,
                        kac_error *err) {
  struct precondition *p = &network->precondition;
  size_t form, label;
  *network = (struct network){.n_weights = safetensors_numbers(keys->file)};
  kac_status status = network_choice(keys, "kac.parameterisation",
                                     net_form_names, N_FORMS, &form, err);
  if (status == KAC_OK)
    status = network_choice(keys, "kac.label", net_label_names, N_LABELS,
                            &label, err);
  if (status == KAC_OK) status = read_schedule(keys, p, err);
  if (status == KAC_OK) status = read_optional(keys, network, err);
  if (status != KAC_OK) return status;
  p->form = (enum net_form)form;
  p->label = (enum net_label)label;
  p->sigma_data = network->sigma_data;
  return KAC_OK;
}

/* Ours, and neither asked for nor begun by `others`, which may be "". */
static kac_status refuse_unknown(const struct network_keys *keys,
                                 const char *others, kac_error *err) {
  for (size_t i = 0; i < keys->file->n_notes; i++) {
    const char *key = keys->file->notes[i].key;
    if (strncmp(key, prefix, strlen(prefix)) != 0) continue;
    if (others[0] && strncmp(key, others, strlen(others)) == 0) continue;
    if (!was_asked(keys, key))
      return kac_fail(err, KAC_EINVAL,
                      "%s: unknown key '%.80s' in the metadata",
                      keys->file->name, key);
  }
  return KAC_OK;
}

kac_status network_end(const struct network_keys *keys, kac_error *err) {
  return refuse_unknown(keys, "", err);
}

/* A program has its constants inside; those of the architecture may stand
 * beside it, as the exporter writes them. */
static kac_status end_program(struct network_keys *keys, kac_error *err) {
  char others[64] = "";
  const char *architecture = look_up(keys, "kac.architecture");
  if (architecture && strcmp(architecture, "schedule") != 0)
    snprintf(others, sizeof others, "kac.%.40s.", architecture);
  return refuse_unknown(keys, others, err);
}

/* Its parameters alone are a schedule whose name was forgotten. */
static bool has_schedule(const struct safetensors *notes) {
  static const char start[] = "kac.schedule";
  for (size_t i = 0; i < notes->n_notes; i++)
    if (strncmp(notes->notes[i].key, start, sizeof start - 1) == 0) return true;
  return false;
}

kac_status network_read_program(const struct safetensors *notes,
                                struct network *network, bool *is_told,
                                kac_error *err) {
  static const char *const labels[N_LABELS + 1] = {"none", "t", "sigma",
                                                   "log_snr", "c_noise"};
  struct network_keys keys;
  struct precondition *p = &network->precondition;
  size_t form = 0, label = 0;
  *network = (struct network){.precondition.schedule = NET_RUN};
  kac_status status = begin(&keys, notes, err);
  if (status == KAC_OK)
    status = network_choice(&keys, "kac.parameterisation", net_form_names,
                            N_FORMS, &form, err);
  if (status == KAC_OK)
    status =
        network_choice(&keys, "kac.label", labels, N_LABELS + 1, &label, err);
  if (status == KAC_OK && has_schedule(notes))
    status = read_schedule(&keys, p, err);
  if (status == KAC_OK) status = read_optional(&keys, network, err);
  if (status == KAC_OK) status = end_program(&keys, err);
  if (status != KAC_OK) return status;
  p->form = (enum net_form)form;
  *is_told = label > 0;
  if (label > 0) p->label = (enum net_label)(label - 1);
  p->sigma_data = network->sigma_data;
  return KAC_OK;
}

struct network_source network_source(const struct network_config *config,
                                     const kac_plan *plan) {
  return (struct network_source){config->file, config->precision == 1,
                                 plan->n_threads};
}

kac_status network_apply(const struct network_config *config,
                         struct network *network, size_t *class_at,
                         kac_error *err) {
  struct precondition *p = &network->precondition;
  if (config->parameterisation > 0)
    p->form = (enum net_form)(config->parameterisation - 1);
  if (config->sigma_data > 0) {
    network->sigma_data = config->sigma_data;
    p->sigma_data = config->sigma_data;
  }
  if (config->class_index >= 0 && network->n_classes == 0)
    return kac_fail(err, KAC_EINVAL,
                    "class = %lld, but the network is not conditional",
                    (long long)config->class_index);
  if (config->class_index >= (int64_t)network->n_classes &&
      config->class_index >= 0)
    return kac_fail(err, KAC_EINVAL, "class = %lld, but there are %zu classes",
                    (long long)config->class_index, network->n_classes);
  *class_at = config->class_index < 0 ? network->n_classes
                                      : (size_t)config->class_index;
  return precondition_check(p, err);
}

/* A run may have any schedule, but few mean to change it. */
static void warn_of_schedule(const struct precondition *p, const kac_plan *plan,
                             char *text, size_t bytes) {
  const kac_coeffs *now;
  double t;
  if (precondition_is_own(p, plan, &now, &t)) return;
  snprintf(text, bytes,
           "trained on the schedule '%s', not on this one: t = %g has "
           "sigma/alpha = %g, for which the network is asked at its t = %g",
           net_schedule_names[p->schedule], now->t, now->sigma / now->alpha, t);
}

void network_warn(const struct network_config *config,
                  const struct network *of_file, kac_plan *plan) {
  char *text = plan->warning;
  size_t bytes = sizeof plan->warning, form = (size_t)config->parameterisation;
  if (!KAC_HAS(kac_plan, plan, warning)) return;
  warn_of_schedule(&of_file->precondition, plan, text, bytes);
  if (form == 0 || form - 1 == of_file->precondition.form) return;
  size_t n = strlen(text);
  snprintf(text + n, bytes - n,
           "%sparameterisation = \"%s\", but the network's file says \"%s\"",
           n > 0 ? "; " : "", net_form_names[form - 1],
           net_form_names[of_file->precondition.form]);
}

/* Weights are packed twice, for the way there and the way back. */
void network_owns(const struct network *network, const struct bf16 *half,
                  kac_plan *plan) {
  bool is_half = half && bf16_by_onednn(half);
  kac_owns(plan, network->n_weights,
           2 * (is_half ? sizeof(uint16_t) : sizeof(float)));
}

void network_warn_half(const struct bf16 *half, const kac_host *host) {
  if (half && !bf16_by_onednn(half))
    host->log(host, 1,
              "precision = \"bf16\" gains nothing on this processor: float32 "
              "multiplies the rounded numbers");
}
