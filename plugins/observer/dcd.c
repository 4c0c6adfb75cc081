/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Particles as a DCD trajectory, as CHARMM and NAMD write it: a frame for each
 * particle, in float32, little endian, as Fortran records (their length in
 * bytes before and behind).  Frames of the last step; with interval = k, those
 * of step 0, k, 2k, ... and the last follow one another, so that count = 1 with
 * pick = "first" is the path of one row.  DCD has no place for weights: draws
 * in proportion to them, the default, count alike.  The cell that every frame
 * carries has no size, and readers take it for none.
 *
 *   84  "CORD", frames, 0, 1, steps, 0..., float 0, 1: has cells, 0..., 24
 *  164  2, two titles of 80 letters
 *    4  bodies
 *   and for each frame
 *   48  a, gamma, b, beta, alpha, c: lengths 0 and angles 90
 *   4n  x, then a record of y, then one of z
 * Format: dcdplugin of VMD; CP2K's motion_utils.F.  Check: the head takes 276
 * bytes, a frame of n bodies 80 + 12 n. */
#include "bodies.h"
#include "output.h"
#include "pick.h"

struct config {
  int64_t interval, count, pick;
  double scale;
  const char *file;
};

static const kac_param params[] = {
    KAC_INT(struct config, count, 0, 0, 1e9, "particles",
            "how many, at most as many as there are; 0: all"),
    KAC_CHOICE(struct config, pick, PICK_RESAMPLED, PICK_CHOICES,
               "draws in proportion to weight, the first ones, or those of "
               "greatest weight"),
    {"scale", "", "lengths are written times this", KAC_T_REAL, KAC_P_OPEN_MIN,
     KAC_AT(struct config, scale, double), 1, 0, 1e30, NULL},
    KAC_INT(struct config, interval, 0, 0, 1e9, "steps",
            "every interval-th step and the last; 0: the last only"),
    KAC_STRING(struct config, file, 0, "particles.dcd", "name of the file")};

enum { TITLE_BYTES = 80, CELL_BYTES = 48, N_CONTROL = 20 };
enum { HEAD_BYTES = 92 + 12 + 2 * TITLE_BYTES + 12 };

struct state {
  const kac_host *host;
  const struct config *config;
  struct pick pick;
  int fd;
  size_t n_bodies, frame_bytes;
  uint32_t n_frames, last_step;
  unsigned char *frame;
};

static size_t frame_bytes(size_t n_bodies) {
  return CELL_BYTES + 3 * 4 * n_bodies + 4 * 8;
}

static kac_status plan(const void *config, kac_plan *io, kac_error *err) {
  const struct config *cfg = config;
  kac_status status = bodies_check(io->space, err);
  kac_owns(io, 1, frame_bytes(io->space->n_bodies));
  pick_owns(io);
  return status == KAC_OK ? pick_check_name(cfg->file, ".dcd", err) : status;
}

static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *io, void **self, kac_error *err) {
  const struct config *cfg = config;
  size_t n_bodies = io->space->n_bodies;
  size_t bytes = frame_bytes(n_bodies);
  struct state *state = host->alloc(host, sizeof *state);
  unsigned char *frame = host->alloc(host, bytes);
  if (!state || !frame)
    return kac_fail(err, KAC_ENOMEM, "no memory for %zu bodies", n_bodies);
  *state = (struct state){.host = host,
                          .config = cfg,
                          .fd = -1,
                          .n_bodies = n_bodies,
                          .frame_bytes = bytes,
                          .frame = frame};
  *self = state;
  const int64_t how_count[2] = {cfg->pick, cfg->count};
  return pick_create(&state->pick, host, io, how_count, err);
}

/* --- bytes, least first whatever the machine has; what follows them ---------
 */
static unsigned char *put_word(unsigned char *at, uint32_t value) {
  for (int k = 0; k < 4; k++) at[k] = (unsigned char)(value >> (8 * k));
  return at + 4;
}

static unsigned char *put_float(unsigned char *at, double value) {
  float narrow = (float)value;
  uint32_t bits;
  memcpy(&bits, &narrow, sizeof bits);
  return put_word(at, bits);
}

static unsigned char *put_double(unsigned char *at, double value) {
  uint64_t bits = kac_double_to_bits(value);
  at = put_word(at, (uint32_t)bits);
  return put_word(at, (uint32_t)(bits >> 32));
}

static unsigned char *put_text(unsigned char *at, const char *text, size_t n) {
  size_t length = strlen(text);
  memset(at, ' ', n);
  memcpy(at, text, length < n ? length : n);
  return at + n;
}

/* --- the file --------------------------------------------------------------
 */
static void fill_head(const struct state *state,
                      unsigned char head[HEAD_BYTES]) {
  uint32_t control[N_CONTROL] = {[0] = state->n_frames,
                                 [2] = 1,
                                 [3] = state->last_step,
                                 [10] = 1,
                                 [19] = 24};
  unsigned char *at = put_text(put_word(head, 84), "CORD", 4);
  for (int i = 0; i < N_CONTROL; i++) at = put_word(at, control[i]);
  at = put_word(put_word(put_word(at, 84), 4 + 2 * TITLE_BYTES), 2);
  at = put_text(at, "kac: DCD as CHARMM, NAMD and CP2K have it", TITLE_BYTES);
  at = put_text(at, "a frame for each particle; cells without size",
                TITLE_BYTES);
  at = put_word(put_word(at, 4 + 2 * TITLE_BYTES), 4);
  put_word(put_word(at, (uint32_t)state->n_bodies), 4);
}

static kac_status write_head(const struct state *state, kac_error *err) {
  unsigned char head[HEAD_BYTES];
  fill_head(state, head);
  return output_write(state->fd, head, sizeof head, err);
}

static kac_status begin(void *self, kac_error *err) {
  struct state *state = self;
  kac_status status = state->host->open_output(state->host, state->config->file,
                                               &state->fd, err);
  if (status != KAC_OK || state->fd < 0) return status;
  return write_head(state, err);
}

static kac_status write_frame(struct state *state, const kac_frame *frame,
                              size_t row, kac_error *err) {
  if (state->n_frames == INT32_MAX)
    return kac_fail(err, KAC_EIO,
                    "%s has %d frames, expected no more; lower count or raise "
                    "interval",
                    state->config->file, INT32_MAX);
  const double *x = kac_row(&frame->x, row);
  const double cell[6] = {0, 90, 0, 90, 90, 0};
  uint32_t bytes = (uint32_t)(4 * state->n_bodies);
  unsigned char *at = put_word(state->frame, CELL_BYTES);
  for (int i = 0; i < 6; i++) at = put_double(at, cell[i]);
  at = put_word(at, CELL_BYTES);
  for (size_t k = 0; k < 3; k++) {
    at = put_word(at, bytes);
    for (size_t i = 0; i < state->n_bodies; i++)
      at = put_float(at,
                     state->config->scale * bodies_at(frame->space, x, i, k));
    at = put_word(at, bytes);
  }
  state->n_frames++;
  return output_write(state->fd, state->frame, state->frame_bytes, err);
}

static kac_status record(void *self, const kac_frame *frame, kac_error *err) {
  struct state *state = self;
  if (state->fd < 0 || !bodies_is_wanted(frame, state->config->interval))
    return KAC_OK;
  kac_status status = pick_rows(&state->pick, frame, err);
  if (status == KAC_OK && state->pick.n == 0)
    pick_explain(state->host, "frame");
  for (size_t i = 0; i < state->pick.n && status == KAC_OK; i++)
    status = write_frame(state, frame, state->pick.row[i].row, err);
  state->last_step = (uint32_t)frame->step;
  return status;
}

/* How many frames there are is known only now. */
static kac_status end(void *self, kac_error *err) {
  struct state *state = self;
  if (state->fd < 0) return KAC_OK;
  if (lseek(state->fd, 0, SEEK_SET) != 0)
    return kac_fail(err, KAC_EIO, "%s cannot be rewound: %s",
                    state->config->file, strerror(errno));
  kac_status status = write_head(state, err);
  return status == KAC_OK ? output_close(&state->fd, err) : status;
}

static const kac_observer_ops ops = {sizeof ops, 0, begin, record, end};

static const kac_component dcd = {
    KAC_COMPONENT(KAC_OBSERVER, "dcd", "particles as a DCD trajectory",
                  struct config, params, kac_observer_ops, ops),
    .doc =
        "A frame for each particle in float32, without weights: draws in "
        "proportion to weight count alike.",
    .plan = plan, .create = create};
KAC_MODULE(dcd)
