/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The CRC-32 of zip files (polynomial 0x04c11db7, reflected). */
#ifndef KAC_CORE_CRC32_H
#define KAC_CORE_CRC32_H
#include <stddef.h>
#include <stdint.h>

struct crc32 {
  uint32_t table[8][256];
};

void crc32_init(struct crc32 *crc);
/* Start with 0; pieces may be chained.  "123456789" gives cbf43926. */
uint32_t crc32_add(const struct crc32 *crc, uint32_t sum, const void *data,
                   size_t bytes);

#endif
