/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SHA-256 as in FIPS 180-4, section 6.2.  "abc" gives ba7816bf 8f01cfea
 * 414140de 5dae2223 b00361a3 96177a9c b410ff61 f20015ad. */
#include "output/sha256.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const uint32_t ROUND[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
    0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
    0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
    0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
    0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
    0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
    0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
    0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static uint32_t turn(uint32_t x, int n) {
  return x >> n | x << (32 - n);
}

static void expand(const unsigned char block[64], uint32_t w[64]) {
  for (size_t i = 0; i < 16; i++)
    w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
           (uint32_t)block[4 * i + 2] << 8 | (uint32_t)block[4 * i + 3];
  for (size_t i = 16; i < 64; i++) {
    uint32_t a = w[i - 15], b = w[i - 2];
    w[i] = w[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ a >> 3) + w[i - 7] +
           (turn(b, 17) ^ turn(b, 19) ^ b >> 10);
  }
}

static void compress(struct sha256 *sha) {
  uint32_t w[64], v[8];
  expand(sha->block, w);
  memcpy(v, sha->state, sizeof v);
  for (size_t i = 0; i < 64; i++) {
    uint32_t e = v[4], a = v[0];
    uint32_t first = v[7] + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) +
                     ((e & v[5]) ^ (~e & v[6])) + ROUND[i] + w[i];
    uint32_t second = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) +
                      ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
    memmove(v + 1, v, 7 * sizeof v[0]);
    v[4] += first;
    v[0] = first + second;
  }
  for (size_t i = 0; i < 8; i++) sha->state[i] += v[i];
}

void sha256_start(struct sha256 *sha) {
  *sha = (struct sha256){{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                          0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19},
                         0,
                         {0}};
}

void sha256_add(struct sha256 *sha, const void *data, size_t bytes) {
  const unsigned char *next = data;
  while (bytes > 0) {
    size_t used = (size_t)(sha->bytes % 64), room = 64 - used;
    size_t n = bytes < room ? bytes : room;
    memcpy(sha->block + used, next, n);
    sha->bytes += n;
    next += n;
    bytes -= n;
    if (n == room) compress(sha);
  }
}

void sha256_finish(struct sha256 *sha, char text[SHA256_TEXT]) {
  static const unsigned char padding[64] = {0x80};
  unsigned char length[8];
  uint64_t bits = sha->bytes * 8;
  for (size_t i = 0; i < 8; i++)
    length[i] = (unsigned char)(bits >> (56 - 8 * i) & 0xff);
  size_t used = (size_t)(sha->bytes % 64);
  sha256_add(sha, padding, used < 56 ? 56 - used : 120 - used);
  sha256_add(sha, length, sizeof length);
  for (size_t i = 0; i < 8; i++)
    snprintf(text + 8 * i, 9, "%08x", (unsigned)sha->state[i]);
}

bool sha256_file(int fd, char text[SHA256_TEXT]) {
  char piece[65536];
  struct sha256 sha;
  sha256_start(&sha);
  ssize_t n;
  while ((n = read(fd, piece, sizeof piece)) > 0)
    sha256_add(&sha, piece, (size_t)n);
  if (n < 0) return false;
  sha256_finish(&sha, text);
  return true;
}
