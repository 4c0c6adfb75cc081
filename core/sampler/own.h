/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the plugins of a run allocate by themselves, as their plans say: the
 * part of its memory that the host does not lend. */
#ifndef KAC_CORE_OWN_H
#define KAC_CORE_OWN_H
#include "sampler/spec.h"

/* All instances together; SIZE_MAX: that or more. */
size_t own_bytes(const struct spec *spec);

#endif
