/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps its config in a global variable: the second instance has the first one
 * compute with its own parameters. */
#include "potential.h"

static struct config global;

static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *plan, void **self, kac_error *err) {
  (void)host, (void)plan, (void)err;
  global = *(const struct config *)config;
  return keep_config(config, self);
}

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  (void)self;
  return healthy_eval(&global, block, io, err);
}
POTENTIAL(eval, NULL, create, NULL)
