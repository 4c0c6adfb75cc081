/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first half of the completion of bash: the table of commands.  The other
 * half is packaging/completion.bash. */
#ifndef KAC_CORE_COMPLETION_H
#define KAC_CORE_COMPLETION_H
#include <stdio.h>

void completion_print(FILE *out);

#endif
