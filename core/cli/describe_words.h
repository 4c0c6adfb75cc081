/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words for the bits and numbers of a component. */
#ifndef KAC_CORE_DESCRIBE_WORDS_H
#define KAC_CORE_DESCRIBE_WORDS_H
#include <kac/plugin.h>
#include <stdbool.h>
#include <stddef.h>

enum { DESCRIBE_BYTES = 256 };

struct describe_word {
  uint64_t bit;
  const char *word;
};
extern const struct describe_word describe_quantities[18];
extern const struct describe_word describe_spans[5];

const char *describe_threads(uint32_t threads);
const char *describe_type(uint32_t type);
/* What the component needs of the composed field, beside `needs`. */
uint64_t describe_needs(const kac_component *component);
/* The default as libconfig reads it; "" for a required key or no default. */
const char *describe_default(const kac_param *param, char text[DESCRIBE_BYTES]);
/* "> 0", "0 to 1", "linear | cosine", shape of an array; "" if any value. */
const char *describe_range(const kac_param *param, char text[DESCRIBE_BYTES]);
/* Beyond 1e308 there is no bound. */
bool describe_is_bound(double limit);

#endif
