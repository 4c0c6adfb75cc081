/* SPDX-License-Identifier: MIT */
/* At least one of several pairs of bodies is in contact: a soft or over pairs,
 * each flat while its bodies are within `cutoff` and harmonic beyond,
 *
 *   log phi = log (1/n) sum_p exp(l_p),
 *   l_p = -stiffness/2 max(0, r_p - cutoff)^2.
 *
 * Its gradient is that of every pair, shared out by exp(l_p): the pair that is
 * nearest to contact is pulled most.
 *
 * Check: stiffness = 2, cutoff = 1, three bodies on a line at 0, 1 and 3: pairs
 * 01, 02, 12 have l = 0, -4, -1, so log phi = log((1 + e^-4 + e^-1)/3) =
 * -0.7720496. */
#include <kac/sdk.h>

struct config {
  kac_array pairs;
  double cutoff, stiffness;
};
static const kac_param params[] = {
    KAC_ARRAY(struct config, pairs, 0, "pair,2", "",
              "bodies of each pair, counted from 0; all pairs if not given"),
    KAC_REAL(struct config, cutoff, 1, 0, 1e12, "length",
             "distance up to which a pair is in contact"),
    KAC_REAL(struct config, stiffness, 1, 0, 1e12, "1/length^2",
             "curvature beyond the cutoff"),
};

/* The pairs as the first coordinates of their bodies; lives with the run. */
struct pair {
  size_t a, b;
};
struct state {
  double cutoff, stiffness;
  size_t n;
  struct pair *pairs;
};
struct term { /* of one pair, in the scratch of a thread */
  double l, pull;
};

static size_t n_pairs(const struct config *cfg, const kac_space *space) {
  if (cfg->pairs.n > 0) return cfg->pairs.shape[0];
  return space->n_bodies * (space->n_bodies - 1) / 2;
}

static kac_status check_pair(const double *pair, size_t p, size_t n_bodies,
                             kac_error *err) {
  for (size_t k = 0; k < 2; k++)
    if (!(pair[k] >= 0 && pair[k] < (double)n_bodies) ||
        pair[k] != floor(pair[k]))
      return kac_fail(err, KAC_EINVAL,
                      "pairs[%zu] names body %g: expected 0 to %zu", p, pair[k],
                      n_bodies - 1);
  if (pair[0] != pair[1]) return KAC_OK;
  return kac_fail(err, KAC_EINVAL, "pairs[%zu] is body %g with itself", p,
                  pair[0]);
}

static kac_status plan(const void *config, kac_plan *io, kac_error *err) {
  const struct config *cfg = config;
  size_t n = n_pairs(cfg, io->space);
  if (n == 0)
    return kac_fail(err, KAC_EINVAL,
                    "a pair takes two bodies, the state has 1");
  for (size_t p = 0; p < cfg->pairs.n / 2; p++) {
    kac_status status =
        check_pair(cfg->pairs.data + 2 * p, p, io->space->n_bodies, err);
    if (status != KAC_OK) return status;
  }
  io->scratch_bytes = n * sizeof(struct term);
  return KAC_OK;
}

static void list_all(struct state *state, size_t n_bodies, size_t dim) {
  struct pair *next = state->pairs;
  for (size_t a = 0; a < n_bodies; a++)
    for (size_t b = a + 1; b < n_bodies; b++)
      *next++ = (struct pair){a * dim, b * dim};
}

static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *plan, void **self, kac_error *err) {
  const struct config *cfg = config;
  size_t n = n_pairs(cfg, plan->space), dim = plan->space->n_dim;
  struct state *state = host->alloc(host, sizeof *state);
  struct pair *pairs = host->alloc(host, n * sizeof *pairs);
  if (!state || !pairs)
    return kac_fail(err, KAC_ENOMEM, "no memory for %zu pairs", n);
  *state = (struct state){cfg->cutoff, cfg->stiffness, n, pairs};
  *self = state;
  if (cfg->pairs.n == 0) list_all(state, plan->space->n_bodies, dim);
  for (size_t p = 0; p < cfg->pairs.n / 2; p++)
    pairs[p] = (struct pair){(size_t)cfg->pairs.data[2 * p] * dim,
                             (size_t)cfg->pairs.data[2 * p + 1] * dim};
  return KAC_OK;
}

/* l of a pair, and its slope over r: the pull per unit of distance. */
static struct term term_of(const struct state *state, const double *x,
                           const struct pair *pair, size_t dim) {
  double square = 0;
  for (size_t k = 0; k < dim; k++) {
    double delta = x[pair->a + k] - x[pair->b + k];
    square += delta * delta;
  }
  double r = sqrt(square), beyond = r - state->cutoff;
  if (!(beyond > 0)) return (struct term){0, 0};
  return (struct term){-0.5 * state->stiffness * beyond * beyond,
                       -state->stiffness * beyond / r};
}

static void add_pull(const struct pair *pair, size_t dim, const double *x,
                     double pull, double *gradient) {
  for (size_t k = 0; k < dim; k++) {
    double along = pull * (x[pair->a + k] - x[pair->b + k]);
    gradient[pair->a + k] += along;
    gradient[pair->b + k] -= along;
  }
}

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  const struct state *state = self;
  size_t dim = block->space->n_dim, n = state->n;
  struct term *terms = block->scratch;
  (void)err;
  for (size_t i = 0; i < block->n; i++) {
    const double *x = kac_row(&io->x, i);
    double max = -KAC_INF, sum = 0;
    for (size_t p = 0; p < n; p++) {
      terms[p] = term_of(state, x, &state->pairs[p], dim);
      max = terms[p].l > max ? terms[p].l : max;
    }
    for (size_t p = 0; p < n; p++) sum += exp(terms[p].l - max);
    if (io->want & KAC_Q_PHI) io->phi[i] = max + log(sum / (double)n);
    if (!(io->want & KAC_Q_DPHI)) continue;
    double *gradient = io->dphi + i * io->ld;
    memset(gradient, 0, block->space->n_real * sizeof *gradient);
    for (size_t p = 0; p < n; p++)
      add_pull(&state->pairs[p], dim, x,
               exp(terms[p].l - max) / sum * terms[p].pull, gradient);
  }
  return KAC_OK;
}

static const kac_potential_ops ops = {sizeof ops, 0, eval};
static const kac_component component = {
    KAC_COMPONENT(KAC_POTENTIAL, "contact",
                  "at least one of several pairs is in contact", struct config,
                  params, kac_potential_ops, ops),
    .provides = KAC_Q_PHI | KAC_Q_DPHI, .plan = plan, .create = create};
KAC_MODULE(component)
