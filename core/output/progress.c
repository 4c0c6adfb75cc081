/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The progress line.  At most ten a second on a terminal; every five seconds
 * where the output is a file or a pipe.  Write errors are nobody's loss and
 * are ignored. */
#include "output/progress.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "output/number.h"

static const double TERMINAL_PERIOD = 0.1, PLAIN_PERIOD = 5;
enum { LINE_BYTES = 256, MAX_BAR = 30, MIN_BAR = 5 };

struct state { /* of the population, one number for all replicates */
  double ess, share, unique, rate, left;
};

double progress_now(void) {
  struct timespec now = {0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static size_t terminal_width(FILE *out) {
  struct winsize size = {0};
  if (ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return size.ws_col;
  return 80;
}

void progress_open(struct progress *progress, FILE *out, bool is_quiet,
                   double now) {
  const char *term = getenv("TERM"), *no_colour = getenv("NO_COLOR");
  bool is_terminal = fileno(out) >= 0 && isatty(fileno(out)) == 1 && term &&
                     strcmp(term, "dumb") != 0;
  *progress =
      (struct progress){.out = out,
                        .is_quiet = is_quiet,
                        .is_terminal = is_terminal,
                        .has_colour = is_terminal && !(no_colour && *no_colour),
                        .width = is_terminal ? terminal_width(out) : 0,
                        .start = now,
                        .last = now};
}

static double mean(const double *value, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += value[i];
  return n > 0 ? sum / (double)n : 0;
}

static struct state look(const struct progress *progress,
                         const kac_frame *frame, double now) {
  double seconds = now - progress->start, step = (double)frame->step;
  double rows = (double)frame->n_particles * (double)frame->n_replicates;
  struct state state = {0};
  state.ess = mean(frame->ess, frame->n_replicates);
  state.share = 100 * state.ess / (double)frame->n_particles;
  state.unique = mean(frame->unique, frame->n_replicates);
  state.rate = seconds > 0 ? rows * step / seconds : 0;
  /* Unknown before the first step: negative. */
  state.left = -1;
  if (step > 0) state.left = seconds / step * ((double)frame->n_steps - step);
  return state;
}

/* "[====>   ] " in what is left of the terminal's width, or nothing. */
static void make_bar(char *bar, size_t room, double done) {
  *bar = '\0';
  if (room < MIN_BAR + 3) return;
  size_t width = room - 3 < MAX_BAR ? room - 3 : MAX_BAR;
  size_t full = (size_t)(done * (double)width);
  full = full < width ? full : width;
  bar[0] = '[';
  memset(bar + 1, '=', full);
  memset(bar + 1 + full, ' ', width - full);
  if (full < width) bar[1 + full] = '>';
  memcpy(bar + 1 + width, "] ", 3);
}

/* Yellow below a tenth of N, red below a hundredth. */
static const char *colour(const struct progress *progress, double share) {
  if (!progress->has_colour || !(share < 10)) return "";
  return share < 1 ? "\033[31m" : "\033[33m";
}

/* The line is cut to the width before colour, which takes no columns, is put
 * around the ESS; a line that wraps could not be rewritten. */
static void show_terminal(struct progress *progress, const kac_frame *frame,
                          const struct state *state) {
  char before[LINE_BYTES], ess[LINE_BYTES], after[LINE_BYTES];
  char bar[MAX_BAR + 4], rate[NUMBER_BYTES], left[NUMBER_BYTES];
  int n = snprintf(before, sizeof before, "%llu/%llu t=%.3g ",
                   (unsigned long long)frame->step,
                   (unsigned long long)frame->n_steps, frame->t);
  n += snprintf(ess, sizeof ess, "ESS %.0f (%.3g%%)", state->ess, state->share);
  n += snprintf(after, sizeof after,
                " log Z %.4g anc %.0f res %llu %s/s %s left", frame->log_z_mean,
                state->unique, (unsigned long long)progress->n_resampled,
                number_short(state->rate, rate),
                number_clock(state->left, left));
  size_t used = (size_t)n, width = progress->width - 1;
  make_bar(bar, used < width ? width - used : 0,
           frame->n_steps ? (double)frame->step / (double)frame->n_steps : 1);
  if (used > width) {
    size_t end = strlen(after), cut = used - width;
    after[cut < end ? end - cut : 0] = '\0';
  }
  const char *on = colour(progress, state->share);
  fprintf(progress->out, "\r%s%s%s%s%s%s\033[K", bar, before, on, ess,
          *on ? "\033[0m" : "", after);
  fflush(progress->out);
  progress->is_shown = true;
}

static void show_plain(struct progress *progress, const kac_frame *frame,
                       const struct state *state) {
  char rate[NUMBER_BYTES], left[NUMBER_BYTES];
  fprintf(progress->out,
          "step %llu of %llu, t %.4g, ESS %.0f of %zu (%.3g %%), log Z %.5g, "
          "%.0f ancestors, resampled %llu times, %s particle-steps/s, "
          "%s left\n",
          (unsigned long long)frame->step, (unsigned long long)frame->n_steps,
          frame->t, state->ess, frame->n_particles, state->share,
          frame->log_z_mean, state->unique,
          (unsigned long long)progress->n_resampled,
          number_short(state->rate, rate), number_clock(state->left, left));
  fflush(progress->out);
}

static bool is_time(struct progress *progress, double now) {
  double period = progress->is_terminal ? TERMINAL_PERIOD : PLAIN_PERIOD;
  if (progress->is_quiet || now - progress->last < period) return false;
  progress->last = now;
  return true;
}

void progress_burn_in(struct progress *progress, size_t done, size_t n_rounds,
                      double now) {
  char text[LINE_BYTES], bar[MAX_BAR + 4], left[NUMBER_BYTES];
  if (done == 0 || n_rounds < done || !is_time(progress, now)) return;
  double share = (double)done / (double)n_rounds;
  number_clock((now - progress->start) * (1 - share) / share, left);
  if (!progress->is_terminal) {
    fprintf(progress->out, "burn-in: round %zu of %zu, %s left\n", done,
            n_rounds, left);
    fflush(progress->out);
    return;
  }
  int n = snprintf(text, sizeof text, "burn-in %zu/%zu %s left", done, n_rounds,
                   left);
  size_t used = (size_t)n, width = progress->width - 1;
  make_bar(bar, used < width ? width - used : 0, share);
  fprintf(progress->out, "\r%s%.*s\033[K", bar, (int)width, text);
  fflush(progress->out);
  progress->is_shown = true;
}

/* The clock of the steps starts with the first frame. */
void progress_frame(struct progress *progress, const kac_frame *frame,
                    double now) {
  if (frame->flags & KAC_FRAME_RESAMPLED) progress->n_resampled++;
  if (frame->step == 0) progress->start = now;
  if (!is_time(progress, now)) return;
  struct state state = look(progress, frame, now);
  if (progress->is_terminal)
    show_terminal(progress, frame, &state);
  else
    show_plain(progress, frame, &state);
}

void progress_close(struct progress *progress) {
  if (!progress->is_shown) return;
  fputs("\r\033[K", progress->out);
  fflush(progress->out);
  progress->is_shown = false;
}
