/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Particles as extended XYZ, a structure for each: a line with the number of
 * bodies, a line of key=value, then species and position of every body, with
 * all digits of a double.  Step 0, k, 2k, ... and the last with interval = k,
 * the last alone with 0.  logw is the log of the weight with which a structure
 * counts among those of its step: -log n for n draws, else that of the particle
 * among all replicates, each with its estimate of Z (estimate.h).
 *
 * Format: the extended XYZ of ASE and libAtoms.  Check: a particle of 2 bodies
 * in 2 dimensions takes 4 lines, and every z is 0. */
#include "bodies.h"
#include "output.h"
#include "pick.h"

struct config {
  int64_t interval, count, pick;
  double scale;
  const char *species, *file;
};

static const kac_param params[] = {
    KAC_STRING(struct config, species, 0, "X",
               "chemical symbol of all bodies, or of each, between blanks"),
    KAC_INT(struct config, count, 0, 0, 1e9, "particles",
            "how many, at most as many as there are; 0: all"),
    KAC_CHOICE(struct config, pick, PICK_RESAMPLED, PICK_CHOICES,
               "draws in proportion to weight, the first ones, or those of "
               "greatest weight"),
    {"scale", "", "lengths are written times this", KAC_T_REAL, KAC_P_OPEN_MIN,
     KAC_AT(struct config, scale, double), 1, 0, 1e30, NULL},
    KAC_INT(struct config, interval, 0, 0, 1e9, "steps",
            "every interval-th step and the last; 0: the last only"),
    KAC_STRING(struct config, file, 0, "particles.xyz", "name of the file")};

enum { MAX_SYMBOL = 8, HEAD_BYTES = 320, BODY_BYTES = MAX_SYMBOL + 96 };

struct state {
  const kac_host *host;
  const struct config *config;
  struct pick pick;
  int fd;
  struct line text;               /* of one structure */
  char (*symbol)[MAX_SYMBOL + 1]; /* of each body */
};

/* The word after *at, which moves behind it; its length, 0 at the end. */
static size_t next_word(const char **at) {
  const char *blanks = " \t\n,";
  *at += strspn(*at, blanks);
  return strcspn(*at, blanks);
}

static int is_symbol(const char *word, size_t n) {
  for (size_t i = 0; i < n; i++) {
    char c = word[i];
    int is_letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (!is_letter && (i == 0 || !((c >= '0' && c <= '9') || c == '_')))
      return 0;
  }
  return n <= MAX_SYMBOL;
}

static kac_status check_species(const char *species, size_t n_bodies,
                                kac_error *err) {
  size_t n_words = 0, n;
  for (const char *at = species; (n = next_word(&at)) > 0; at += n, n_words++)
    if (!is_symbol(at, n))
      return kac_fail(err, KAC_EINVAL,
                      "species has '%.*s', expected a symbol of at most %d "
                      "letters, as Ar",
                      n > 40 ? 40 : (int)n, at, MAX_SYMBOL);
  if (n_words == 1 || n_words == n_bodies) return KAC_OK;
  return kac_fail(err, KAC_EINVAL,
                  "species has %zu symbols, expected 1 or %zu, the number of "
                  "particles of the state",
                  n_words, n_bodies);
}

static kac_status plan(const void *config, kac_plan *io, kac_error *err) {
  const struct config *cfg = config;
  kac_status status = bodies_check(io->space, err);
  kac_owns(io, io->space->n_bodies, BODY_BYTES + MAX_SYMBOL + 1);
  pick_owns(io);
  if (status == KAC_OK)
    status = check_species(cfg->species, io->space->n_bodies, err);
  return status == KAC_OK ? pick_check_name(cfg->file, ".xyz", err) : status;
}

static void read_species(const struct state *state, size_t n_bodies) {
  const char *at = state->config->species;
  size_t n = 0;
  for (size_t i = 0; i < n_bodies; i++) {
    const char *next = at + n;
    size_t n_next = next_word(&next);
    if (n_next > 0) { /* else the last one is for all */
      at = next;
      n = n_next;
    }
    memcpy(state->symbol[i], at, n);
  }
}

static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *io, void **self, kac_error *err) {
  const struct config *cfg = config;
  size_t n_bodies = io->space->n_bodies;
  size_t bytes = HEAD_BYTES + n_bodies * BODY_BYTES;
  struct state *state = host->alloc(host, sizeof *state);
  char *text = host->alloc(host, bytes);
  void *symbol = host->alloc(host, n_bodies * sizeof *state->symbol);
  if (!state || !text || !symbol)
    return kac_fail(err, KAC_ENOMEM, "no memory for %zu bodies", n_bodies);
  *state = (struct state){.host = host,
                          .config = cfg,
                          .fd = -1,
                          .text = {.text = text, .size = bytes},
                          .symbol = symbol};
  *self = state;
  read_species(state, n_bodies);
  const int64_t how_count[2] = {cfg->pick, cfg->count};
  return pick_create(&state->pick, host, io, how_count, err);
}

static kac_status begin(void *self, kac_error *err) {
  struct state *state = self;
  return state->host->open_output(state->host, state->config->file, &state->fd,
                                  err);
}

static void print_head(struct state *state, const kac_frame *frame,
                       const struct pick_candidate *chosen) {
  int is_draw = state->pick.how == PICK_RESAMPLED;
  double weight = is_draw ? 1 / (double)state->pick.n : chosen->weight;
  line_add(&state->text,
           "%zu\nProperties=species:S:1:pos:R:3 step=%llu t=%.17g "
           "replicate=%zu particle=%zu logw=%.15g pbc=\"F F F\"\n",
           frame->space->n_bodies, (unsigned long long)frame->step, frame->t,
           chosen->row / frame->n_particles, chosen->row % frame->n_particles,
           log(weight));
}

static kac_status write_structure(struct state *state, const kac_frame *frame,
                                  const struct pick_candidate *chosen,
                                  kac_error *err) {
  const kac_space *space = frame->space;
  const double *x = kac_row(&frame->x, chosen->row);
  double scale = state->config->scale;
  state->text.n = 0;
  print_head(state, frame, chosen);
  for (size_t i = 0; i < space->n_bodies; i++)
    line_add(&state->text, "%s %.17g %.17g %.17g\n", state->symbol[i],
             scale * bodies_at(space, x, i, 0),
             scale * bodies_at(space, x, i, 1),
             scale * bodies_at(space, x, i, 2));
  return output_write(state->fd, state->text.text, state->text.n, err);
}

static kac_status record(void *self, const kac_frame *frame, kac_error *err) {
  struct state *state = self;
  if (state->fd < 0 || !bodies_is_wanted(frame, state->config->interval))
    return KAC_OK;
  kac_status status = pick_rows(&state->pick, frame, err);
  if (status == KAC_OK && state->pick.n == 0)
    pick_explain(state->host, "structure");
  for (size_t i = 0; i < state->pick.n && status == KAC_OK; i++)
    status = write_structure(state, frame, &state->pick.row[i], err);
  return status;
}

static kac_status end(void *self, kac_error *err) {
  struct state *state = self;
  return output_close(&state->fd, err);
}

static const kac_observer_ops ops = {sizeof ops, 0, begin, record, end};

static const kac_component xyz = {
    KAC_COMPONENT(KAC_OBSERVER, "xyz", "particles as extended XYZ",
                  struct config, params, kac_observer_ops, ops),
    .doc =
        "A structure for each particle with step, t, replicate, particle "
        "and logw, which ASE and OVITO read.",
    .plan = plan, .create = create};
KAC_MODULE(xyz)
