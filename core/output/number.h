/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers as text: exact ones for files, short ones for people. */
#ifndef KAC_CORE_NUMBER_H
#define KAC_CORE_NUMBER_H
#include <stddef.h>

enum { NUMBER_BYTES = 32 };

/* Fewest digits (15 to 17) that read back as the same double. */
const char *number_exact(double value, char text[NUMBER_BYTES]);
/* 1234567 -> "1.23M"; for rates. */
const char *number_short(double value, char text[NUMBER_BYTES]);
/* 3221225472 -> "3.2 GB" (powers of 1000). */
const char *number_memory(size_t bytes, char text[NUMBER_BYTES]);
/* 81 -> "1:21", 3661 -> "1:01:01"; "?" when not finite or negative. */
const char *number_clock(double seconds, char text[NUMBER_BYTES]);

/* As "%.<digits>g" in a table for people; "-" for what is not a number. */
const char *number_table(double value, int digits, char text[NUMBER_BYTES]);

#endif
