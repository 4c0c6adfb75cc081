/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forgets the line that makes a module. */
#include <kac/sdk.h>

KAC_EXPORT double no_entry(double x);
KAC_EXPORT double no_entry(double x) {
  return -x * x;
}
