/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes particles of chosen steps as NumPy arrays, float64 in C order:
 *   <prefix>_x.npy     (frames, replicates, particles, coordinates), or
 *                      (frames, replicates, particles, bodies, dim)
 *   <prefix>_logw.npy  (frames, replicates, particles)   before resampling
 *   <prefix>_t.npy     (frames)
 * Frames are the steps 0, k, 2k, ... and the last one with interval = k, the
 * last one alone with interval = 0.  The number of frames is known before the
 * run; if it stops early, the headers (of fixed size) are put right at the end.
 *
 * Format: NumPy enhancement proposal 1, version 1.0.  Check: the header takes
 * 128 bytes; 2 steps of 3 particles in 1 dimension with interval = 1 give
 * 128 + 72 bytes of x. */
#include "output.h"

struct config {
  int64_t interval;
  const char *prefix;
};

static const kac_param params[] = {
    KAC_INT(struct config, interval, 0, 0, 1e9, "steps",
            "keep every interval-th step and the last; 0: the last only"),
    KAC_STRING(struct config, prefix, 0, "frames",
               "what the names of the files begin with")};

enum { FILE_X, FILE_LOGW, FILE_T, N_FILES };
enum { HEADER_BYTES = 128, MAX_PREFIX = 100, BUFFER_NUMBERS = 8192 };
static const char *const suffixes[] = {"x", "logw", "t"};

struct state {
  const kac_host *host;
  const char *prefix;
  size_t interval, n_expected, n_written;
  size_t n_particles, n_replicates, n_real, n_bodies, n_dim;
  int fd[N_FILES];
  double *buffer; /* at least one row */
  size_t buffer_rows;
};

static size_t buffer_rows(const kac_plan *plan) {
  size_t d = plan->space->n_real;
  return d > BUFFER_NUMBERS ? 1 : BUFFER_NUMBERS / (d ? d : 1);
}

static kac_status plan(const void *config, kac_plan *io, kac_error *err) {
  const struct config *cfg = config;
  kac_owns(io, buffer_rows(io) * io->space->n_real, sizeof(double));
  size_t n = strlen(cfg->prefix);
  if (n == 0 || n > MAX_PREFIX || strchr(cfg->prefix, '/') ||
      cfg->prefix[0] == '.')
    return kac_fail(err, KAC_EINVAL,
                    "prefix is '%.110s', expected a file name of 1 to %d "
                    "letters without '/'",
                    cfg->prefix, MAX_PREFIX);
  return KAC_OK;
}

static size_t count_frames(size_t interval, size_t n_steps) {
  if (interval == 0) return 1;
  return n_steps / interval + 1 + (n_steps % interval != 0);
}

static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *io, void **self, kac_error *err) {
  const struct config *cfg = config;
  size_t d = io->space->n_real, rows = buffer_rows(io);
  struct state *state = host->alloc(host, sizeof *state);
  double *buffer = host->alloc(host, rows * d * sizeof *buffer);
  if (!state || !buffer)
    return kac_fail(err, KAC_ENOMEM, "no memory for %zu rows", rows);
  *state = (struct state){.host = host,
                          .prefix = cfg->prefix,
                          .interval = (size_t)cfg->interval,
                          .n_particles = io->n_particles,
                          .n_replicates = io->n_replicates,
                          .n_real = d,
                          .n_bodies = io->space->n_bodies,
                          .n_dim = io->space->n_dim,
                          .fd = {-1, -1, -1},
                          .buffer = buffer,
                          .buffer_rows = rows};
  state->n_expected = count_frames(state->interval, io->n_steps);
  *self = state;
  return KAC_OK;
}

static void shape_text(const struct state *state, int file, size_t n_frames,
                       char *text, size_t bytes) {
  size_t n = state->n_particles, r = state->n_replicates;
  if (file == FILE_X && state->n_bodies > 1)
    snprintf(text, bytes, "(%zu, %zu, %zu, %zu, %zu)", n_frames, r, n,
             state->n_bodies, state->n_dim);
  else if (file == FILE_X)
    snprintf(text, bytes, "(%zu, %zu, %zu, %zu)", n_frames, r, n,
             state->n_real);
  else if (file == FILE_LOGW)
    snprintf(text, bytes, "(%zu, %zu, %zu)", n_frames, r, n);
  else
    snprintf(text, bytes, "(%zu,)", n_frames);
}

static void header(const struct state *state, int file, size_t n_frames,
                   char out[HEADER_BYTES]) {
  const uint16_t one = 1;
  char shape[112], dict[HEADER_BYTES];
  shape_text(state, file, n_frames, shape, sizeof shape);
  int n = snprintf(dict, sizeof dict,
                   "{'descr': '%cf8', 'fortran_order': False, 'shape': %s, }",
                   *(const unsigned char *)&one ? '<' : '>', shape);
  memset(out, ' ', HEADER_BYTES);
  memcpy(out, "\x93NUMPY\x01\x00", 8);
  out[8] = HEADER_BYTES - 10;
  out[9] = 0;
  size_t room = HEADER_BYTES - 11, length = n > 0 ? (size_t)n : 0;
  memcpy(out + 10, dict, length < room ? length : room);
  out[HEADER_BYTES - 1] = '\n';
}

static kac_status begin(void *self, kac_error *err) {
  struct state *state = self;
  kac_status status = KAC_OK;
  for (int i = 0; i < N_FILES && status == KAC_OK; i++) {
    char name[MAX_PREFIX + 16], text[HEADER_BYTES];
    snprintf(name, sizeof name, "%.100s_%s.npy", state->prefix, suffixes[i]);
    status = state->host->open_output(state->host, name, &state->fd[i], err);
    if (status != KAC_OK || state->fd[i] < 0) break;
    header(state, i, state->n_expected, text);
    status = output_write(state->fd[i], text, HEADER_BYTES, err);
  }
  return status;
}

static kac_status write_rows(struct state *state, const kac_crows *x, size_t n,
                             kac_error *err) {
  size_t d = state->n_real, row = d * sizeof(double);
  if (x->ld == d) return output_write(state->fd[FILE_X], x->real, n * row, err);
  kac_status status = KAC_OK;
  for (size_t i = 0; i < n && status == KAC_OK; i += state->buffer_rows) {
    size_t left = n - i;
    size_t some = left < state->buffer_rows ? left : state->buffer_rows;
    for (size_t k = 0; k < some; k++)
      memcpy(state->buffer + k * d, kac_row(x, i + k), row);
    status = output_write(state->fd[FILE_X], state->buffer, some * row, err);
  }
  return status;
}

static int is_chosen(const struct state *state, const kac_frame *frame) {
  if (state->fd[FILE_X] < 0) return 0;
  if (frame->flags & KAC_FRAME_FINAL) return 1;
  return state->interval > 0 && frame->step % state->interval == 0;
}

static kac_status record(void *self, const kac_frame *frame, kac_error *err) {
  struct state *state = self;
  if (!is_chosen(state, frame)) return KAC_OK;
  size_t n = state->n_particles * state->n_replicates;
  kac_status status = write_rows(state, &frame->x, n, err);
  if (status == KAC_OK)
    status = output_write(state->fd[FILE_LOGW], frame->logw,
                          n * sizeof *frame->logw, err);
  if (status == KAC_OK)
    status = output_write(state->fd[FILE_T], &frame->t, sizeof frame->t, err);
  if (status == KAC_OK) state->n_written++;
  return status;
}

/* The header anew, at the beginning of the file. */
static kac_status correct_header(const struct state *state, int file,
                                 kac_error *err) {
  char text[HEADER_BYTES];
  header(state, file, state->n_written, text);
  if (lseek(state->fd[file], 0, SEEK_SET) != 0)
    return kac_fail(err, KAC_EIO, "the file of %s cannot be rewound: %s",
                    suffixes[file], strerror(errno));
  return output_write(state->fd[file], text, HEADER_BYTES, err);
}

static kac_status end(void *self, kac_error *err) {
  struct state *state = self;
  kac_status status = KAC_OK;
  int is_short = state->n_written != state->n_expected;
  for (int i = 0; i < N_FILES && status == KAC_OK; i++) {
    if (state->fd[i] < 0) continue;
    if (is_short) status = correct_header(state, i, err);
    if (status == KAC_OK) status = output_close(&state->fd[i], err);
  }
  return status;
}

static const kac_observer_ops ops = {sizeof ops, 0, begin, record, end};

static const char *const cites[] = {
    "NumPy enhancement proposal 1, a simple file format for NumPy arrays",
    NULL};

static const kac_component npy = {
    KAC_COMPONENT(KAC_OBSERVER, "npy",
                  "particles and weights of chosen steps as .npy",
                  struct config, params, kac_observer_ops, ops),
    .doc =
        "numpy.load opens the files. x is (frames, replicates, particles, d), "
        "or (frames, replicates, particles, bodies, dim) for a state of "
        "bodies; logw and t are without the last ones.",
    .cites = cites, .plan = plan, .create = create};
KAC_MODULE(npy)
