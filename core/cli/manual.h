/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The manual pages, as roff, from the tables that the program works with. */
#ifndef KAC_CORE_MANUAL_H
#define KAC_CORE_MANUAL_H
#include <stdio.h>

void manual_print(FILE *out);        /* kac(1) */
void manual_plugin_print(FILE *out); /* kac-plugin(7) */

#endif
