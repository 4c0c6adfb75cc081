/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Built for the next major version of the ABI. */
#include <kac/sdk.h>
#undef KAC_ABI_MAJOR
#define KAC_ABI_MAJOR 2
#include "potential.h"
POTENTIAL(healthy_eval, NULL, NULL, NULL)
