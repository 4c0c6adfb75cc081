/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CRC-32 by eight tables: eight bytes per round instead of one (Kounavis and
 * Berry, "A systematic approach to building high performance software-based
 * CRC generators", 2005). */
#include "output/crc32.h"

void crc32_init(struct crc32 *crc) {
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t sum = i;
    for (int bit = 0; bit < 8; bit++)
      sum = (sum >> 1) ^ (sum & 1 ? 0xedb88320u : 0);
    crc->table[0][i] = sum;
  }
  for (size_t k = 1; k < 8; k++)
    for (size_t i = 0; i < 256; i++) {
      uint32_t before = crc->table[k - 1][i];
      crc->table[k][i] = (before >> 8) ^ crc->table[0][before & 0xff];
    }
}

static uint32_t load(const unsigned char *byte) {
  return (uint32_t)byte[0] | (uint32_t)byte[1] << 8 | (uint32_t)byte[2] << 16 |
         (uint32_t)byte[3] << 24;
}

uint32_t crc32_add(const struct crc32 *crc, uint32_t sum, const void *data,
                   size_t bytes) {
  const unsigned char *byte = data;
  const uint32_t(*table)[256] = crc->table;
  sum = ~sum;
  for (; bytes >= 8; bytes -= 8, byte += 8) {
    uint32_t low = load(byte) ^ sum, high = load(byte + 4);
    sum = table[7][low & 0xff] ^ table[6][low >> 8 & 0xff] ^
          table[5][low >> 16 & 0xff] ^ table[4][low >> 24] ^
          table[3][high & 0xff] ^ table[2][high >> 8 & 0xff] ^
          table[1][high >> 16 & 0xff] ^ table[0][high >> 24];
  }
  for (; bytes > 0; bytes--, byte++)
    sum = (sum >> 8) ^ table[0][(sum ^ *byte) & 0xff];
  return ~sum;
}
