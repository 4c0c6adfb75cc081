/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stored zip of .npy members.  Formats: PKWARE's APPNOTE.TXT 6.3.10 sections
 * 4.3.7 to 4.3.16 and 4.5.3 (zip64); NumPy enhancement proposal 1 for .npy
 * version 1.0.  The checksum is taken in a pass before the data are written,
 * which costs one more read and needs neither a seek nor a descriptor behind
 * the data.  Dates are fixed: the same arrays give the same bytes. */
#include "output/npz.h"

#include <stdio.h>
#include <string.h>

#include "memory.h"
#include "output/write.h"

enum {
  ALIGN = 64,
  VERSION_PLAIN = 20,
  VERSION_ZIP64 = 45,
  MADE_BY_UNIX = 3 << 8,
  DATE_1980_01_01 = 0x21,
  EXTRA_ZIP64 = 0x0001,
  EXTRA_ALIGN = 0xd935, /* as Android's zipalign uses it */
  MAX_NPY_HEADER = 256
};
static const uint32_t LOCAL = 0x04034b50, CENTRAL = 0x02014b50,
                      END = 0x06054b50, END_64 = 0x06064b50,
                      LOCATOR_64 = 0x07064b50, FILL_32 = 0xffffffff,
                      REGULAR_644 = 0100644;

struct bytes { /* a header in the making */
  unsigned char data[256];
  size_t n;
};

static void put(struct bytes *bytes, uint64_t value, size_t n) {
  for (size_t i = 0; i < n; i++)
    bytes->data[bytes->n++] = (unsigned char)(value >> (8 * i) & 0xff);
}

static void put_text(struct bytes *bytes, const char *text) {
  size_t n = strlen(text);
  memcpy(bytes->data + bytes->n, text, n);
  bytes->n += n;
}

static bool flush(struct npz *npz, const void *data, size_t n,
                  struct fault *fault) {
  npz->offset += n;
  return write_all(npz->fd, data, n, npz->file, fault);
}

static uint64_t clip(uint64_t value, bool is_zip64) {
  return is_zip64 ? FILL_32 : value;
}

void npz_start(struct npz *npz, int fd, const char *file) {
  *npz = (struct npz){.fd = fd, .file = file, .zip64_from = FILL_32};
  crc32_init(&npz->crc);
}

static size_t element_bytes(enum npz_type type) {
  return type == NPZ_DOUBLE ? sizeof(double) : sizeof(uint32_t);
}

/* The payload is written as it lies in memory, so the header says which end
 * comes first. */
static const char *type_name(enum npz_type type) {
  static const char *const little[] = {"<f8", "<i4", "<u4"};
  static const char *const big[] = {">f8", ">i4", ">u4"};
  const uint16_t one = 1;
  unsigned char first;
  memcpy(&first, &one, 1);
  return first ? little[type] : big[type];
}

static size_t npy_header(const struct npz_array *array,
                         char header[MAX_NPY_HEADER]) {
  char shape[80] = "";
  size_t used = 0;
  for (size_t i = 0; i < array->n_dim; i++)
    used += (size_t)snprintf(shape + used, sizeof shape - used, "%s%zu",
                             i ? ", " : "", array->shape[i]);
  int n = snprintf(header + 10, MAX_NPY_HEADER - 10,
                   "{'descr': '%s', 'fortran_order': False, 'shape': (%s%s), }",
                   type_name(array->type), shape, array->n_dim == 1 ? "," : "");
  size_t end = 10 + (size_t)n;
  size_t total = (end + 1 + ALIGN - 1) / ALIGN * ALIGN;
  memset(header + end, ' ', total - end - 1);
  header[total - 1] = '\n';
  memcpy(header, "\x93NUMPY\x01\x00", 8);
  header[8] = (char)((total - 10) & 0xff);
  header[9] = (char)((total - 10) >> 8);
  return total;
}

static bool array_bytes(const struct npz_array *array, size_t *bytes) {
  *bytes = element_bytes(array->type);
  for (size_t i = 0; i < array->n_dim; i++)
    if (!memory_product(*bytes, array->shape[i], bytes)) return false;
  return true;
}

/* The last extra field is as long as it takes to align what follows. */
static void put_local(const struct npz *npz, const struct npz_member *member,
                      struct bytes *bytes) {
  bool is_64 = member->bytes >= npz->zip64_from;
  size_t name = strlen(member->name), extra = is_64 ? 20 : 0;
  uint64_t before = npz->offset + 30 + name + extra + 6;
  size_t fill = (size_t)((ALIGN - before % ALIGN) % ALIGN);
  put(bytes, LOCAL, 4);
  put(bytes, is_64 ? VERSION_ZIP64 : VERSION_PLAIN, 2);
  put(bytes, 0, 6); /* flags, method "stored", time */
  put(bytes, DATE_1980_01_01, 2);
  put(bytes, member->crc, 4);
  put(bytes, clip(member->bytes, is_64), 4);
  put(bytes, clip(member->bytes, is_64), 4);
  put(bytes, name, 2);
  put(bytes, extra + 6 + fill, 2);
  put_text(bytes, member->name);
  if (is_64) {
    put(bytes, EXTRA_ZIP64, 2);
    put(bytes, 16, 2);
    put(bytes, member->bytes, 8);
    put(bytes, member->bytes, 8);
  }
  put(bytes, EXTRA_ALIGN, 2);
  put(bytes, 2 + fill, 2);
  put(bytes, ALIGN, 2);
  for (size_t i = 0; i < fill; i++) put(bytes, 0, 1);
}

bool npz_add(struct npz *npz, const struct npz_array *array,
             struct fault *fault) {
  size_t bytes;
  if (npz->n_members == NPZ_MAX_MEMBERS || strlen(array->name) > NPZ_MAX_NAME ||
      !array_bytes(array, &bytes)) {
    fault_set(fault, EXIT_INTERNAL, "array '%s' does not fit into '%s'",
              array->name, npz->file);
    return false;
  }
  char header[MAX_NPY_HEADER];
  size_t head = npy_header(array, header);
  struct npz_member *member = &npz->member[npz->n_members++];
  snprintf(member->name, sizeof member->name, "%s.npy", array->name);
  member->offset = npz->offset;
  member->bytes = (uint64_t)head + bytes;
  member->crc = crc32_add(&npz->crc, 0, header, head);
  member->crc = crc32_add(&npz->crc, member->crc, array->data, bytes);
  struct bytes local = {.n = 0};
  put_local(npz, member, &local);
  return flush(npz, local.data, local.n, fault) &&
         flush(npz, header, head, fault) &&
         flush(npz, array->data, bytes, fault);
}

static void put_central(const struct npz *npz, const struct npz_member *member,
                        struct bytes *bytes) {
  bool size_64 = member->bytes >= npz->zip64_from;
  bool offset_64 = member->offset >= npz->zip64_from;
  size_t extra = (size_64 ? 16u : 0u) + (offset_64 ? 8u : 0u);
  size_t version = extra ? VERSION_ZIP64 : VERSION_PLAIN;
  put(bytes, CENTRAL, 4);
  put(bytes, version | MADE_BY_UNIX, 2);
  put(bytes, version, 2);
  put(bytes, 0, 6); /* flags, method, time */
  put(bytes, DATE_1980_01_01, 2);
  put(bytes, member->crc, 4);
  put(bytes, clip(member->bytes, size_64), 4);
  put(bytes, clip(member->bytes, size_64), 4);
  put(bytes, strlen(member->name), 2);
  put(bytes, extra ? extra + 4 : 0, 2);
  put(bytes, 0, 6); /* comment, disk, internal attributes */
  put(bytes, (uint64_t)REGULAR_644 << 16, 4);
  put(bytes, clip(member->offset, offset_64), 4);
  put_text(bytes, member->name);
  if (extra) put(bytes, EXTRA_ZIP64, 2), put(bytes, extra, 2);
  if (size_64) put(bytes, member->bytes, 8), put(bytes, member->bytes, 8);
  if (offset_64) put(bytes, member->offset, 8);
}

static void put_end_64(const struct npz *npz, uint64_t start,
                       struct bytes *bytes) {
  put(bytes, END_64, 4);
  put(bytes, 44, 8); /* bytes of this record behind this field */
  put(bytes, VERSION_ZIP64 | MADE_BY_UNIX, 2);
  put(bytes, VERSION_ZIP64, 2);
  put(bytes, 0, 8); /* this disk, disk of the directory */
  put(bytes, npz->n_members, 8);
  put(bytes, npz->n_members, 8);
  put(bytes, npz->offset - start, 8);
  put(bytes, start, 8);
  put(bytes, LOCATOR_64, 4);
  put(bytes, 0, 4);
  put(bytes, npz->offset, 8);
  put(bytes, 1, 4);
}

bool npz_finish(struct npz *npz, struct fault *fault) {
  uint64_t start = npz->offset;
  for (size_t i = 0; i < npz->n_members; i++) {
    struct bytes central = {.n = 0};
    put_central(npz, &npz->member[i], &central);
    if (!flush(npz, central.data, central.n, fault)) return false;
  }
  bool is_64 = start >= npz->zip64_from;
  uint64_t length = npz->offset - start;
  struct bytes end = {.n = 0};
  if (is_64) put_end_64(npz, start, &end);
  put(&end, END, 4);
  put(&end, 0, 4); /* disks */
  put(&end, npz->n_members, 2);
  put(&end, npz->n_members, 2);
  put(&end, length, 4);
  put(&end, clip(start, is_64), 4);
  put(&end, 0, 2); /* no comment */
  return flush(npz, end.data, end.n, fault);
}
