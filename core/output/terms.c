/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One line of the end table, one object of run.json for each term. */
#include "output/terms.h"

#include <kac/sdk.h>

#include "output/number.h"

struct term { /* one column of the result */
  const struct instance *instance;
  const char *what;
  const double *values;
  size_t stride, offset;
};

/* Weighted mean and second moment of one replicate; a row without weight does
 * not count, whatever its value. */
static void moments(const struct run_result *result, const struct term *term,
                    size_t replicate, double *mean, double *second) {
  size_t n = result->n_particles, first = replicate * n;
  *mean = *second = 0;
  for (size_t i = first; i < first + n; i++) {
    double w = exp(result->logw[i]);
    double value = term->values[i * term->stride + term->offset];
    if (w == 0) continue;
    *mean += w * value;
    *second += w * value * value;
  }
}

struct term_average terms_average(const struct run_result *result,
                                  const double *values, size_t stride,
                                  size_t offset) {
  struct term term = {.values = values, .stride = stride, .offset = offset};
  size_t n = result->n_replicates;
  double top = -KAC_INF, total = 0, mean = 0, second = 0, square = 0;
  for (size_t r = 0; r < n; r++) top = fmax(top, result->log_z_each[r]);
  if (top == -KAC_INF) return (struct term_average){KAC_NAN, KAC_NAN, KAC_NAN};
  for (size_t r = 0; r < n; r++) {
    double z = exp(result->log_z_each[r] - top), m, s;
    if (z == 0) continue;
    moments(result, &term, r, &m, &s);
    total += z;
    mean += z * m;
    second += z * s;
  }
  mean /= total;
  for (size_t r = 0; r < n; r++) {
    double z = exp(result->log_z_each[r] - top), m, s;
    if (z == 0) continue;
    moments(result, &term, r, &m, &s);
    square += z * (m - mean) * z * (m - mean);
  }
  double spread = second / total - mean * mean; /* NaN beside values of -inf */
  double scale = n > 1 ? (double)n / (double)(n - 1) : KAC_NAN;
  return (struct term_average){mean, spread < 0 ? 0 : sqrt(spread),
                               sqrt(square * scale) / total};
}

static bool has_logp(const struct run_result *result, size_t j,
                     const struct spec *spec) {
  return result->logp && (instance_provides(spec->scores[j]) & KAC_Q_LOGP) != 0;
}

/* Term k of the result; false when there are no more.  *skip: not kept. */
static bool get(const struct spec *spec, const struct run_result *result,
                size_t k, struct term *term, bool *skip) {
  size_t n = result->n_scores;
  *skip = false;
  if (k < n) {
    *skip = !has_logp(result, k, spec);
    *term = (struct term){spec->scores[k], "logp", result->logp, n, k};
    return true;
  }
  size_t j = k - n;
  if (j >= result->n_potentials) return false;
  *term = (struct term){spec->potentials[j].instance, "phi", result->phi,
                        result->n_potentials, j};
  return true;
}

void terms_print(FILE *out, const struct spec *spec,
                 const struct run_result *result) {
  struct term term;
  bool skip;
  for (size_t k = 0; get(spec, result, k, &term, &skip); k++) {
    if (skip) continue;
    struct term_average average =
        terms_average(result, term.values, term.stride, term.offset);
    char label[80], mean[NUMBER_BYTES], sd[NUMBER_BYTES];
    snprintf(label, sizeof label, "%s of '%s'", term.what, term.instance->id);
    fprintf(out, "%-20s mean %s", label, number_table(average.mean, 6, mean));
    if (!isnan(average.err)) fprintf(out, " +- %.2g", average.err);
    fprintf(out, ", sd %s\n", number_table(average.sd, 4, sd));
  }
}

void terms_json(struct json *json, const struct spec *spec,
                const struct run_result *result) {
  struct term term;
  bool skip;
  json_object(json, "terms");
  for (size_t k = 0; get(spec, result, k, &term, &skip); k++) {
    if (skip) continue;
    struct term_average average =
        terms_average(result, term.values, term.stride, term.offset);
    json_object(json, term.instance->id);
    json_string(json, "of", term.what);
    json_number(json, "mean", average.mean);
    json_number(json, "mean_err", average.err);
    json_number(json, "sd", average.sd);
    json_end(json);
  }
  json_end(json);
}
