/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of networks that are in memory; see shared.h. */
#include "shared.h"

#include <kac/sdk.h>
#include <stdlib.h>
#include <sys/stat.h>

struct shared {
  struct shared *next;
  void *net;
  size_t n_users;
  struct stat about;
  bool is_bf16;
};
static struct shared *all_shared;

static bool is_same(const struct stat *a, const struct stat *b) {
  return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
         a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
         a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static struct shared *find(const struct network_source *source,
                           const struct stat *about) {
  struct shared *shared = all_shared;
  while (shared && !(is_same(&shared->about, about) &&
                     shared->is_bf16 == source->is_bf16))
    shared = shared->next;
  return shared;
}

/* NULL: *err says why. */
static struct shared *add(const struct shared_kind *kind,
                          const struct network_source *source,
                          const struct stat *about, kac_status *status,
                          kac_error *err) {
  struct shared *shared = calloc(1, sizeof *shared);
  *status = shared ? kind->open(source, &shared->net, err)
                   : kac_fail(err, KAC_ENOMEM, "no memory for the network");
  if (*status != KAC_OK) {
    free(shared);
    return NULL;
  }
  shared->about = *about;
  shared->is_bf16 = source->is_bf16;
  shared->next = all_shared;
  return all_shared = shared;
}

kac_status shared_acquire(const struct shared_kind *kind,
                          const struct network_source *source, void **net,
                          kac_error *err) {
  struct stat about = {0};
  struct shared *shared = NULL;
  if (stat(source->file, &about) == 0) shared = find(source, &about);
  kac_status status = KAC_OK;
  if (!shared) shared = add(kind, source, &about, &status, err);
  if (!shared) return status;
  shared->n_users++;
  *net = shared->net;
  return KAC_OK;
}

void shared_release(const struct shared_kind *kind, const void *net) {
  for (struct shared **at = &all_shared; *at; at = &(*at)->next) {
    struct shared *shared = *at;
    if (shared->net != net) continue;
    if (--shared->n_users > 0) return;
    *at = shared->next;
    kind->close(shared->net);
    free(shared);
    return;
  }
}
