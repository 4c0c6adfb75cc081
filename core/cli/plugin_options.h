/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command line of the commands that look at plugins: one word, folders,
 * and a form of output. */
#ifndef KAC_CORE_PLUGIN_OPTIONS_H
#define KAC_CORE_PLUGIN_OPTIONS_H
#include "cli/command.h"
#include "plugin/search.h"

enum form { FORM_TEXT, FORM_JSON, FORM_TEMPLATE };
struct plugin_options {
  const struct command *command; /* what it may take */
  const char *word;              /* the argument that is no option, or NULL */
  int word_position;             /* as the user counts, "kac" being 0 */
  bool is_help;                  /* --help: printed, nothing to do */
  enum form form;
  struct overrides overrides; /* --insecure-plugins */
};

/* Folders of --plugin-path, then KAC_PLUGIN_PATH, then the installed one. */
bool plugin_options_read(struct plugin_options *options, int argc, char **argv,
                         struct search *search);
/* KAC_SCORE... for "score"..., 0 for no kind. */
uint32_t plugin_options_kind(const char *word, size_t length);
/* "score/gmm" names a kind, and *name becomes "gmm"; "./gmm.so", "a/b/gmm.so"
 * and "gmm" do not: 0. */
uint32_t plugin_options_split(const char **name);

#endif
