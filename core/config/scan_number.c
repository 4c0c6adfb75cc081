/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers in a config text: the literals that libconfig 1.5 misreads without
 * a word are errors here. */
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/scan.h"

static const char WORD[] =
    "0123456789+-._*"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static size_t digits(const char *text) {
  return strspn(text, "0123456789");
}

static size_t exponent(const char *text) {
  if (text[0] != 'e' && text[0] != 'E') return 0;
  size_t sign = text[1] == '+' || text[1] == '-';
  size_t n = digits(text + 1 + sign);
  return n > 0 ? 1 + sign + n : 0;
}

static size_t suffix(const char *text) {
  return text[0] != 'L' ? 0 : text[1] == 'L' ? 2 : 1;
}

size_t scan_number_length(const char *text, enum scan_number *kind) {
  bool is_hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
  size_t n = is_hex ? strspn(text + 2, "0123456789abcdefABCDEF") : 0;
  if (n > 0) {
    size_t tail = suffix(text + 2 + n);
    *kind = tail > 0 ? SCAN_HEX64 : SCAN_HEX;
    return 2 + n + tail;
  }
  size_t sign = text[0] == '+' || text[0] == '-';
  size_t whole = digits(text + sign);
  n = sign + whole;
  *kind = SCAN_REAL;
  if (text[n] == '.') {
    size_t fraction = digits(text + n + 1);
    if (whole + fraction > 0)
      return n + 1 + fraction + exponent(text + n + 1 + fraction);
  } else if (whole > 0 && exponent(text + n) > 0) {
    return n + exponent(text + n);
  } else if (whole > 0) {
    size_t tail = suffix(text + n);
    *kind = tail > 0 ? SCAN_INT64 : SCAN_INT;
    return n + tail;
  }
  *kind = SCAN_NOT_A_NUMBER;
  return 0;
}

static bool is_infinity(const char *word, size_t n) {
  return n == 4 && strncasecmp(word + 1, "inf", 3) == 0;
}

static bool judge_integer(const char *text, size_t n, enum scan_number kind,
                          struct place at, struct diag *diag) {
  bool is_hex = kind == SCAN_HEX || kind == SCAN_HEX64;
  bool is_long = kind == SCAN_INT64 || kind == SCAN_HEX64;
  int shown = n < 60 ? (int)n : 60;
  errno = 0;
  long long value = strtoll(text, NULL, is_hex ? 16 : 10);
  if (errno == ERANGE) {
    diag_error(diag, EXIT_CONFIG, at, "%.*s does not fit 64 bits", shown, text);
    return false;
  }
  if (!is_long && (value > INT32_MAX || value < INT32_MIN)) {
    diag_error(diag, EXIT_CONFIG, at, "%.*s does not fit 32 bits: write %.*sL",
               shown, text, shown, text);
    return false;
  }
  const char *first = text + strspn(text, "+-");
  if (!is_hex && first[0] == '0' && digits(first) > 1)
    diag_warn(diag, at, "%.*s is read as the decimal number %lld", shown, text,
              value);
  return true;
}

static bool judge_real(const char *text, size_t n, struct place at,
                       struct diag *diag) {
  int shown = n < 60 ? (int)n : 60;
  errno = 0;
  double value = strtod(text, NULL);
  if (errno != ERANGE || (value != 0 && isfinite(value))) return true;
  diag_error(diag, EXIT_CONFIG, at,
             value != 0 ? "%.*s is too large for a real number"
                        : "%.*s is too small for a real number",
             shown, text);
  return false;
}

static void refuse_word(const char *text, size_t n, struct place at,
                        struct diag *diag) {
  int shown = n < 60 ? (int)n : 60;
  diag_error(diag, EXIT_CONFIG, at, "'%.*s' is not a number", shown, text);
  if (is_infinity(text, n))
    diag_hint(diag, "infinity is a word: write \"%s\"",
              text[0] == '-' ? "-inf" : "inf");
}

size_t scan_number(const char *text, struct place at, struct diag *diag,
                   bool *is_good) {
  enum scan_number kind;
  size_t n = scan_number_length(text, &kind);
  size_t word = strspn(text, WORD);
  if (n == 0 || n != word) {
    refuse_word(text, word, at, diag);
    *is_good = false;
    return word;
  }
  *is_good = kind == SCAN_REAL ? judge_real(text, n, at, diag)
                               : judge_integer(text, n, kind, at, diag);
  return n;
}
