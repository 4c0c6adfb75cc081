/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a network file says of itself: `__metadata__` of safetensors, or the
 * same keys and values from elsewhere.  docs/networks.md. */
#ifndef KAC_NET_NETWORK_H
#define KAC_NET_NETWORK_H
#include "bf16.h"
#include "precondition.h"
#include "safetensors.h"
#include "shared.h"

#include <stdbool.h>

enum { NETWORK_MAX_KEYS = 64 };

/* The metadata while they are read: which keys somebody has asked for. */
struct network_keys {
  const struct safetensors *file;
  const char *asked[NETWORK_MAX_KEYS];
  size_t n_asked;
};
struct network {
  struct precondition precondition;
  double sigma_data; /* 0: not said */
  size_t n_classes;  /* 0: not conditional */
  size_t n_weights;  /* numbers in the file */
};

/* Format and architecture; "mlp", "unet", ... is what the plugin can run. */
kac_status network_begin(struct network_keys *keys,
                         const struct safetensors *file,
                         const char *architecture, kac_error *err);
/* Parameterisation, schedule, label, sigma_data and classes. */
kac_status network_read(struct network_keys *keys, struct network *network,
                        kac_error *err);
/* The same where only kac.format, kac.parameterisation and kac.label are
 * required: those of a program that says itself what it computes.  Without
 * kac.schedule it is NET_RUN; is_told is false for the label "none".
 * Other keys kac.* are unknown, but for those of kac.architecture. */
kac_status network_read_program(const struct safetensors *notes,
                                struct network *network, bool *is_told,
                                kac_error *err);
/* Constants of the architecture by their whole key, "kac.mlp.width". */
kac_status network_count(struct network_keys *keys, const char *key,
                         size_t least, size_t most, size_t *value,
                         kac_error *err);
kac_status network_real(struct network_keys *keys, const char *key,
                        double *value, kac_error *err);
kac_status network_choice(struct network_keys *keys, const char *key,
                          const char *const *names, size_t n, size_t *choice,
                          kac_error *err);
/* No key of ours is left that nobody asked for. */
kac_status network_end(const struct network_keys *keys, kac_error *err);

/* The config keys that every network plugin has. */
struct network_config {
  const char *file;
  int64_t class_index, parameterisation, precision;
  double sigma_data;
};
/* clang-format off */
#define NETWORK_PARAMS(T, m)                                                   \
  {"file", "", "the network, a safetensors file", KAC_T_STRING,                \
   KAC_P_REQUIRED | KAC_P_FILE, KAC_AT(T, m.file, const char *), 0, 0, 0,      \
   NULL},                                                                      \
  {"class", "", "class of a conditional network; -1: none",                    \
   KAC_T_INT, 0, KAC_AT(T, m.class_index, int64_t), -1, -1, 1e9, NULL},        \
  {"parameterisation", "",                                                     \
   "what the network gives; file: as its file says",                           \
   KAC_T_CHOICE, 0, KAC_AT(T, m.parameterisation, int64_t), 0, 0, 0,           \
   "file|eps|x0|v|score|edm"},                                                 \
  {"sigma_data", "",                                                           \
   "rms radius per coordinate of the data; 0: as the file says",               \
   KAC_T_REAL, 0, KAC_AT(T, m.sigma_data, double), 0, 0, 1e12, NULL},          \
  {"precision", "",                                                            \
   "of matrix products; bf16 needs oneDNN and is faster on AMX or AMD's "      \
   "AVX512_BF16 alone: a run warns where it is not",                           \
   KAC_T_CHOICE, 0, KAC_AT(T, m.precision, int64_t), 0, 0, 0, "float32|bf16"}
/* clang-format on */

struct network_source network_source(const struct network_config *config,
                                     const kac_plan *plan);
/* The config over what the file says; *class_at is 0 to n_classes, of which
 * the last means none.  Then all is checked. */
kac_status network_apply(const struct network_config *config,
                         struct network *network, size_t *class_at,
                         kac_error *err);
/* The plan's warning if the config overrides the parameterisation, or the run
 * has another schedule than the network. */
void network_warn(const struct network_config *config,
                  const struct network *of_file, kac_plan *plan);
/* What the network takes of memory, into the plan. */
void network_owns(const struct network *network, const struct bf16 *half,
                  kac_plan *plan);
/* A warning through the host of a run if bfloat16 (half, or NULL) is not faster
 * on this processor. */
void network_warn_half(const struct bf16 *half, const kac_host *host);

#endif
