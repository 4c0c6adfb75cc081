/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes safetensors files for tests: notes and float32 tensors, or any header
 * at all. */
#ifndef KAC_TESTS_NETWORK_FIXTURE_H
#define KAC_TESTS_NETWORK_FIXTURE_H
#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { NET_HEADER = 16384, NET_DATA = 65536 };
struct net_file {
  char notes[NET_HEADER / 2], tensors[NET_HEADER / 2];
  unsigned char data[NET_DATA];
  size_t n_data;
};

/* Eight bytes of length, the header, the data: into out, giving the size. */
static inline size_t net_pack(const char *header, size_t length,
                              const void *data, size_t n, unsigned char *out) {
  for (size_t i = 0; i < 8; i++) out[i] = (unsigned char)(length >> (8 * i));
  memcpy(out + 8, header, length);
  if (n > 0) memcpy(out + 8 + length, data, n);
  return 8 + length + n;
}

static inline void net_note(struct net_file *f, const char *key,
                            const char *value) {
  size_t n = strlen(f->notes);
  snprintf(f->notes + n, sizeof f->notes - n, "%s\"%s\":\"%s\"", n ? "," : "",
           key, value);
}

static inline void net_real(struct net_file *f, const char *key, double value) {
  char text[40];
  snprintf(text, sizeof text, "%.17g", value);
  net_note(f, key, text);
}

static inline void net_tensor(struct net_file *f, const char *name, size_t rows,
                              size_t columns, const float *values) {
  size_t n = strlen(f->tensors), bytes = (columns ? columns : 1) * rows * 4;
  char shape[64];
  snprintf(shape, sizeof shape, columns ? "%zu,%zu" : "%zu", rows, columns);
  ck_assert_uint_le(f->n_data + bytes, sizeof f->data);
  snprintf(
      f->tensors + n, sizeof f->tensors - n,
      ",\"%s\":{\"dtype\":\"F32\",\"shape\":[%s],\"data_offsets\":[%zu,%zu]"
      "}",
      name, shape, f->n_data, f->n_data + bytes);
  memcpy(f->data + f->n_data, values, bytes);
  f->n_data += bytes;
}

static inline size_t net_bytes(const struct net_file *f, unsigned char *out) {
  static char header[NET_HEADER + 64];
  int n = snprintf(header, sizeof header, "{\"__metadata__\":{%s}%s}", f->notes,
                   f->tensors);
  return net_pack(header, (size_t)n, f->data, f->n_data, out);
}

static inline void net_write(const struct net_file *f, const char *path) {
  static unsigned char bytes[NET_HEADER + NET_DATA + 128];
  size_t n = net_bytes(f, bytes);
  FILE *file = fopen(path, "wb");
  ck_assert_ptr_nonnull(file);
  ck_assert_uint_eq(fwrite(bytes, 1, n, file), n);
  ck_assert_int_eq(fclose(file), 0);
}

#endif
