/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A folder to see what is written into it.  It is made and removed outside of
 * the process that may die in it. */
#ifndef KAC_CORE_EMPTY_FOLDER_H
#define KAC_CORE_EMPTY_FOLDER_H

enum { EMPTY_FOLDER_MAX = 256 };
/* "" where there is none to be had. */
void empty_folder_make(char path[EMPTY_FOLDER_MAX]);
/* With all that is in it by now. */
void empty_folder_remove(const char *path);

#endif
