/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arrays as an uncompressed .npz (a zip of .npy files), written front to back
 * without seeking, so that pipes work too. */
#ifndef KAC_CORE_NPZ_H
#define KAC_CORE_NPZ_H
#include "output/crc32.h"
#include "plugin/instance.h"

enum { NPZ_MAX_MEMBERS = 16, NPZ_MAX_NAME = 40 };
enum npz_type { NPZ_DOUBLE, NPZ_INT32, NPZ_UINT32 };

struct npz_array { /* C order */
  const char *name;
  enum npz_type type;
  const void *data;
  size_t n_dim, shape[3];
};
struct npz_member {
  char name[NPZ_MAX_NAME + 5];
  uint32_t crc;
  uint64_t bytes, offset;
};
struct npz {
  int fd;
  const char *file;    /* for messages */
  uint64_t offset;     /* bytes written so far */
  uint64_t zip64_from; /* sizes and offsets from here on need 64 bits */
  size_t n_members;
  struct npz_member member[NPZ_MAX_MEMBERS];
  struct crc32 crc;
};

void npz_start(struct npz *npz, int fd, const char *file);
/* False with *fault (EXIT_FILE).  The payload begins at a multiple of 64. */
bool npz_add(struct npz *npz, const struct npz_array *array,
             struct fault *fault);
/* Writes the directory; the descriptor stays open. */
bool npz_finish(struct npz *npz, struct fault *fault);

#endif
