/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nothing is wrong with it. */
#include "kernel.h"
KERNEL(healthy_kernel)
