/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SHA-256, so that a run can say which plugin files it used and anybody can
 * check it with sha256sum. */
#ifndef KAC_CORE_SHA256_H
#define KAC_CORE_SHA256_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sha256 {
  uint32_t state[8];
  uint64_t bytes;
  unsigned char block[64];
};
enum { SHA256_TEXT = 65 };

void sha256_start(struct sha256 *sha);
void sha256_add(struct sha256 *sha, const void *data, size_t bytes);
/* 64 hexadecimal digits. */
void sha256_finish(struct sha256 *sha, char text[SHA256_TEXT]);
/* Of an open file from where it stands to its end; false if it cannot be read.
 */
bool sha256_file(int fd, char text[SHA256_TEXT]);

#endif
