/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of settings as libconfig text. */
#ifndef KAC_CORE_VALUE_H
#define KAC_CORE_VALUE_H
#include <stdio.h>

#include "config/pipeline.h"

/* Always with a point or an exponent, so that it reads back as a real. */
void value_real(FILE *out, double value);
/* With an L where 32 bits do not hold it. */
void value_integer(FILE *out, int64_t value);
void value_string(FILE *out, const char *value);
/* On one line, whatever it is. */
void value_node(FILE *out, const struct node *node);
/* Long arrays are cut, with their shape behind. */
void value_setting(FILE *out, const struct setting *setting);
/* The text of a CHOICE; `bytes` of it, cut if need be. */
void value_choice(const kac_param *param, int64_t index, char *text,
                  size_t bytes);
/* "default", "run.cfg:12" or "command line argument 3". */
void value_place(FILE *out, struct place place);

#endif
