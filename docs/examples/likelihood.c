/* SPDX-License-Identifier: MIT */
/* The likelihood of measurements y_i at times t_i with errors e_i, when the
 * particle x holds the coefficients of a polynomial:
 *
 *   log phi = sum_i log N(y_i; x_0 + x_1 t_i + x_2 t_i^2 + ..., e_i^2).
 *
 * With its normalisation: beside a prior, Z is the evidence and the weighted
 * particles are the posterior.
 *
 * The measurements stand in a file that this plugin reads itself, three columns
 * with commas; a value may be missing.  (Plain tables need no code: the host
 * reads them into a KAC_ARRAY parameter from .txt or .npy.)
 *
 * Check: one line "0,1,2" and x = (2, 5): -log(8 pi)/2 - 1/8 = -1.7370857. */
#include <errno.h>
#include <kac/sdk.h>
#include <stdlib.h>

struct config {
  const char *file;
};
/* KAC_P_FILE: the path is relative to the config, and the host makes it one
 * that can be opened. */
static const kac_param params[] = {
    KAC_STRING(struct config, file, KAC_P_REQUIRED | KAC_P_FILE, NULL,
               "measurements: lines of time,value,error; # starts a comment"),
};

struct measurement {
  double time, value, error;
};
struct state {
  size_t n;
  struct measurement *all;
};

enum { LINE_BYTES = 256 };

/* One number and what must stand behind it. */
static int read_number(char **at, char behind, double *value) {
  char *end;
  *value = strtod(*at, &end);
  if (end == *at || *end != behind || !isfinite(*value)) return 0;
  *at = end + (behind != '\0');
  return 1;
}

/* 1: a measurement; 0: none in this line; -1: a line that means nothing. */
static int read_line(char *line, struct measurement *m) {
  line[strcspn(line, "\r\n")] = '\0';
  if (line[0] == '\0' || line[0] == '#') return 0;
  if (strcmp(line, "time,value,error") == 0) return 0;
  if (!read_number(&line, ',', &m->time)) return -1;
  if (line[0] == ',') return 0; /* not measured */
  if (!read_number(&line, ',', &m->value)) return -1;
  return read_number(&line, '\0', &m->error) && m->error > 0 ? 1 : -1;
}

/* Counts the measurements, and keeps them where there is a place for them. */
static kac_status read_lines(FILE *in, const char *file,
                             struct measurement *all, size_t *n,
                             kac_error *err) {
  char line[LINE_BYTES];
  *n = 0;
  for (size_t number = 1; fgets(line, sizeof line, in); number++) {
    struct measurement m;
    int found = read_line(line, &m);
    if (found < 0)
      return kac_fail(err, KAC_EIO,
                      "%s:%zu: expected time,value,error with error > 0", file,
                      number);
    if (found > 0 && all) all[*n] = m;
    *n += (size_t)found;
  }
  if (ferror(in))
    return kac_fail(err, KAC_EIO, "%s: %s", file, strerror(errno));
  if (*n > 0) return KAC_OK;
  return kac_fail(err, KAC_EIO, "%s: no measurements", file);
}

static kac_status read_file(const char *file, struct measurement *all,
                            size_t *n, kac_error *err) {
  FILE *in = fopen(file, "r");
  if (!in) return kac_fail(err, KAC_EIO, "%s: %s", file, strerror(errno));
  kac_status status = read_lines(in, file, all, n, err);
  fclose(in);
  return status;
}

/* `kac check` runs this: a wrong file is told before anything is computed. */
static kac_status plan(const void *config, kac_plan *io, kac_error *err) {
  const struct config *cfg = config;
  size_t n;
  (void)io;
  return read_file(cfg->file, NULL, &n, err);
}

static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *plan, void **self, kac_error *err) {
  const struct config *cfg = config;
  struct state *state = host->alloc(host, sizeof *state);
  size_t n;
  (void)plan;
  kac_status status = read_file(cfg->file, NULL, &n, err);
  if (status != KAC_OK) return status;
  struct measurement *all = host->alloc(host, n * sizeof *all);
  if (!state || !all)
    return kac_fail(err, KAC_ENOMEM, "no memory for %zu measurements", n);
  *state = (struct state){n, all};
  *self = state;
  return read_file(cfg->file, all, &state->n, err);
}

static double polynomial(const double *x, size_t d, double t) {
  double sum = 0;
  for (size_t j = d; j > 0; j--) sum = sum * t + x[j - 1];
  return sum;
}

static void add_gradient(const struct measurement *m, double z, size_t d,
                         double *gradient) {
  double power = z / m->error;
  for (size_t j = 0; j < d; j++) {
    gradient[j] += power;
    power *= m->time;
  }
}

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  const struct state *state = self;
  size_t d = block->space->n_real;
  (void)err;
  for (size_t i = 0; i < block->n; i++) {
    const double *x = kac_row(&io->x, i);
    double *gradient = NULL, phi = 0;
    if (io->want & KAC_Q_DPHI) {
      gradient = io->dphi + i * io->ld;
      memset(gradient, 0, d * sizeof *gradient);
    }
    for (size_t k = 0; k < state->n; k++) {
      const struct measurement *m = &state->all[k];
      double z = (m->value - polynomial(x, d, m->time)) / m->error;
      phi -= 0.5 * z * z + log(m->error) + 0.9189385332046727;
      if (gradient) add_gradient(m, z, d, gradient);
    }
    if (io->want & KAC_Q_PHI) io->phi[i] = phi;
  }
  return KAC_OK;
}

static const kac_potential_ops ops = {sizeof ops, 0, eval};
static const kac_component component = {
    KAC_COMPONENT(KAC_POTENTIAL, "likelihood",
                  "Gaussian likelihood of measurements from a file",
                  struct config, params, kac_potential_ops, ops),
    .provides = KAC_Q_PHI | KAC_Q_DPHI, .plan = plan, .create = create};
KAC_MODULE(component)
