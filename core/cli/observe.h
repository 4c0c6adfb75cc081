/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The observers of a run, called one after the other. */
#ifndef KAC_CORE_OBSERVE_H
#define KAC_CORE_OBSERVE_H
#include "sampler/spec.h"

/* Each false with *fault, which names the observer, at the first failure. */
bool observe_begin(const struct spec *spec, struct fault *fault);
bool observe_record(const struct spec *spec, const kac_frame *frame,
                    struct fault *fault);
bool observe_end(const struct spec *spec, struct fault *fault);

#endif
