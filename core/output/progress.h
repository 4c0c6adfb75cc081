/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far a run is, for a person: one line that is rewritten on a terminal,
 * a plain line now and then elsewhere.  Allocates nothing. */
#ifndef KAC_CORE_PROGRESS_H
#define KAC_CORE_PROGRESS_H
#include <kac/plugin.h>
#include <stdbool.h>
#include <stdio.h>

struct progress {
  FILE *out;
  bool is_quiet, is_terminal, has_colour;
  bool is_shown;        /* the terminal line is on the screen */
  size_t width;         /* of the terminal, columns */
  double start, last;   /* seconds: of the steps, of the line shown last */
  uint64_t n_resampled; /* grid points at which a replicate was resampled */
};

/* Seconds of a clock that never jumps. */
double progress_now(void);
/* Looks at what `out` is, at NO_COLOR and at TERM. */
void progress_open(struct progress *progress, FILE *out, bool is_quiet,
                   double now);
/* Shows the frame if it is time to. */
void progress_frame(struct progress *progress, const kac_frame *frame,
                    double now);
/* The same before the first frame, in rounds of the burn-in. */
void progress_burn_in(struct progress *progress, size_t done, size_t n_rounds,
                      double now);
/* Wipes the terminal line, so that a message or the table can follow. */
void progress_close(struct progress *progress);

#endif
