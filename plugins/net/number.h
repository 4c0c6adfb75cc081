/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers as files hold them, little endian, to float32. */
#ifndef KAC_NET_NUMBER_H
#define KAC_NET_NUMBER_H
#include <stddef.h>

enum { NUMBER_F32, NUMBER_F16, NUMBER_BF16, NUMBER_F64, NUMBER_TYPES };

/* NUMBER_TYPES if the name is not known. */
size_t number_type(const char *name);
size_t number_bytes(size_t type);
/* n numbers from bytes of any alignment.  The index of the first that is not
 * finite as a float, which is put there, or n. */
size_t number_read(size_t type, const unsigned char *bytes, size_t n,
                   float *out);

#endif
