/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The start of a plugin: the files of plugins/template in a folder of their
 * own, with the kind and the name of the plugin where they say my_kind and
 * my_plugin. */
#ifndef KAC_CORE_TEMPLATE_H
#define KAC_CORE_TEMPLATE_H
#include "memory.h"
#include "plugin/instance.h"

struct template_wish {
  const char *kind, *name;
  const char *folder; /* to be made */
};

/* What the folder will hold, NULL at the end; the name is of the wish. */
const char *const *template_files(struct arena *arena,
                                  const struct template_wish *wish);

/* All of it or nothing: composed under a temporary name beside `folder`, which
 * must not be there yet.  Else false, with EXIT_FILE or EXIT_RESOURCE. */
bool template_write(struct arena *arena, const struct template_wish *wish,
                    struct fault *fault);

#endif
