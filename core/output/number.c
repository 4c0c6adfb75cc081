/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers as text.  The program never sets a locale, so the decimal point is
 * a point. */
#include "output/number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const char *number_exact(double value, char text[NUMBER_BYTES]) {
  for (int digits = 15; digits <= 17; digits++) {
    snprintf(text, NUMBER_BYTES, "%.*g", digits, value);
    double back = strtod(text, NULL);
    if (!(back < value) && !(back > value)) break;
  }
  return text;
}

const char *number_table(double value, int digits, char text[NUMBER_BYTES]) {
  if (isnan(value)) return "-";
  snprintf(text, NUMBER_BYTES, "%.*g", digits, value);
  return text;
}

static const char *scaled(double value, const char *gap, const char *unit,
                          char text[NUMBER_BYTES]) {
  static const char *const prefix[] = {"", "k", "M", "G", "T", "P", "E"};
  size_t i = 0;
  while (value >= 999.5 && i + 1 < sizeof prefix / sizeof prefix[0]) {
    value /= 1000;
    i++;
  }
  snprintf(text, NUMBER_BYTES, "%.3g%s%s%s", value, gap, prefix[i], unit);
  return text;
}

const char *number_short(double value, char text[NUMBER_BYTES]) {
  return scaled(value, "", "", text);
}

const char *number_memory(size_t bytes, char text[NUMBER_BYTES]) {
  return scaled((double)bytes, " ", "B", text);
}

const char *number_clock(double seconds, char text[NUMBER_BYTES]) {
  if (!(seconds >= 0 && seconds < 1e12)) {
    snprintf(text, NUMBER_BYTES, "?");
    return text;
  }
  long long s = (long long)(seconds + 0.5);
  if (s >= 3600)
    snprintf(text, NUMBER_BYTES, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60,
             s % 60);
  else
    snprintf(text, NUMBER_BYTES, "%lld:%02lld", s / 60, s % 60);
  return text;
}
