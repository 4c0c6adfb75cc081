/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of tensors as written by the safetensors library, read as hostile
 * input: 8 bytes of header length, a JSON header, the data.
 * https://huggingface.co/docs/safetensors, section "Format".  The whole file
 * is in memory, so that it cannot change under our feet.  */
#ifndef KAC_NET_SAFETENSORS_H
#define KAC_NET_SAFETENSORS_H
#include <kac/plugin.h>
#include <stdbool.h>

enum {
  TENSOR_MAX_DIMS = 8,
  TENSOR_MAX_COUNT = 65536,
  TENSOR_TEXT = 96 /* of a shape or a name in a message */
};

struct tensor {
  const char *name;
  size_t type; /* private */
  size_t n_dim, shape[TENSOR_MAX_DIMS];
  size_t n;          /* the product of the shape */
  size_t begin, end; /* bytes of the data */
  bool is_used;      /* its numbers have been asked for */
};
/* One entry of __metadata__. */
struct tensor_note {
  const char *key, *value;
};
struct safetensors {
  const char *name; /* of the file, without folders, for messages */
  unsigned char *bytes;
  size_t n_bytes;
  const unsigned char *data;
  char *text; /* of all strings */
  struct tensor *tensors;
  size_t n_tensors, tensors_held;
  struct tensor_note *notes; /* sorted by key */
  size_t n_notes, notes_held;
};

/* Reads and checks all but the numbers themselves. [main] */
kac_status safetensors_open(const char *path, struct safetensors **file,
                            kac_error *err);
/* The same of bytes in memory, which are copied. */
kac_status safetensors_parse(const char *name, const unsigned char *bytes,
                             size_t n, struct safetensors **file,
                             kac_error *err);
void safetensors_close(struct safetensors *file);

/* NULL if there is none. */
const struct tensor *safetensors_find(const struct safetensors *file,
                                      const char *name);
/* Of all tensors together. */
size_t safetensors_numbers(const struct safetensors *file);
const char *safetensors_note(const struct safetensors *file, const char *key);

/* The tensor of this name and shape as floats, n of them, C order.  An error
 * names tensor, expected and found shape, or the index of a number that is
 * not finite. */
kac_status safetensors_floats(const struct safetensors *file, const char *name,
                              size_t n_dim, const size_t *shape, float *out,
                              kac_error *err);
/* An error, naming one, if numbers of a tensor have not been asked for: a
 * network that is not what it seems.  `who` is what should have used it. */
kac_status safetensors_all_used(const struct safetensors *file, const char *who,
                                kac_error *err);
/* "(256, 64)" */
const char *safetensors_shape(size_t n_dim, const size_t *shape,
                              char text[TENSOR_TEXT]);
/* A flat object of strings, such as __metadata__ and kac.json: notes sorted by
 * key, text as long as the object. */
kac_status safetensors_notes(const char *name, const char *object, size_t n,
                             struct safetensors **file, kac_error *err);

/* The two readers of file->bytes, of safetensors.c alone: a whole file, and a
 * flat object. */
kac_status safetensors_header(struct safetensors *file, kac_error *err);
kac_status safetensors_object(struct safetensors *file, kac_error *err);

#endif
