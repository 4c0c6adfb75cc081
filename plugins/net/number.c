/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IEEE 754 numbers of 2, 4 and 8 bytes; see number.h. */
#include "number.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static const struct {
  const char *name;
  size_t bytes;
} types[NUMBER_TYPES] = {{"F32", 4}, {"F16", 2}, {"BF16", 2}, {"F64", 8}};

size_t number_type(const char *name) {
  size_t type = 0;
  while (type < NUMBER_TYPES && strcmp(name, types[type].name) != 0) type++;
  return type;
}

size_t number_bytes(size_t type) {
  return types[type].bytes;
}

static float float_of(uint32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static float half(uint32_t bits) {
  uint32_t exponent = bits >> 10 & 31, mantissa = bits & 1023;
  float magnitude;
  if (exponent == 31)
    magnitude = float_of(0x7f800000u | mantissa << 13);
  else if (exponent == 0)
    magnitude = (float)mantissa * 0x1p-24f;
  else
    magnitude = float_of((exponent + 112) << 23 | mantissa << 13);
  return bits >> 15 ? -magnitude : magnitude;
}

static float one(size_t type, const unsigned char *bytes) {
  uint64_t bits = 0;
  double wide;
  for (size_t i = types[type].bytes; i-- > 0;) bits = bits << 8 | bytes[i];
  switch (type) {
    case NUMBER_F16:
      return half((uint32_t)bits);
    case NUMBER_BF16:
      return float_of((uint32_t)bits << 16);
    case NUMBER_F64:
      memcpy(&wide, &bits, sizeof wide);
      return (float)wide;
    default:
      return float_of((uint32_t)bits);
  }
}

size_t number_read(size_t type, const unsigned char *bytes, size_t n,
                   float *out) {
  for (size_t i = 0; i < n; i++, bytes += types[type].bytes) {
    out[i] = one(type, bytes);
    if (!isfinite(out[i])) return i;
  }
  return n;
}
