/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gives its thread another locale, in which numbers may have commas. */
#include <locale.h>

#include "potential.h"

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  locale_t own = newlocale(LC_ALL_MASK, "C", (locale_t)0);
  if (own) uselocale(own);
  return healthy_eval(self, block, io, err);
}
POTENTIAL(eval, NULL, NULL, NULL)
