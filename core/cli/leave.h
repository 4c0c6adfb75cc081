/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plugin that ends the process must not look like success. */
#ifndef KAC_CORE_LEAVE_H
#define KAC_CORE_LEAVE_H

/* Once, before anything is loaded. */
void leave_watch(void);
/* Between these two nobody but a plugin calls exit(), quick_exit(), _exit() or
 * _Exit() in this process: it is named, and the exit code is EXIT_PLUGIN. */
void leave_forbid(void);
void leave_allow(void);

#endif
