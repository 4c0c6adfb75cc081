/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table at the end of a run, and what in it should worry the reader. */
#ifndef KAC_CORE_REPORT_H
#define KAC_CORE_REPORT_H
#include "output/outputs.h"
#include "sampler/engine.h"

struct report {
  const struct spec *spec;
  const struct run_result *result;
  const struct host_outputs *outputs;
  double seconds; /* of the whole command */
};

/* "exact", "discretised", "adaptive", "uncorrected", "greedy". */
const char *report_class(enum correctness correctness);
/* Particle-steps per second of the loop, 0 if it took no time. */
double report_rate(const struct report *report);
/* Largest normalised weight of any replicate. */
double report_largest_weight(const struct run_result *result);
void report_print(FILE *out, const struct report *report);

#endif
