/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Networks once in memory for all instances of a plugin that read the same file
 * in the same way.  The list of them is the one mutable global of a network
 * plugin; only the main thread touches it. */
#ifndef KAC_NET_SHARED_H
#define KAC_NET_SHARED_H
#include <kac/plugin.h>
#include <stdbool.h>

/* A file and how it is to be read. */
struct network_source {
  const char *file;
  bool is_bf16;     /* matrix products in bfloat16: bf16.h */
  size_t n_threads; /* that will run it at once; 0: one */
};
/* The same for all networks of one plugin. */
struct shared_kind {
  kac_status (*open)(const struct network_source *source, void **net,
                     kac_error *err);
  void (*close)(void *net);
};

/* The network of a file, which is read again if it has changed. [main] */
kac_status shared_acquire(const struct shared_kind *kind,
                          const struct network_source *source, void **net,
                          kac_error *err);
void shared_release(const struct shared_kind *kind, const void *net);

#endif
