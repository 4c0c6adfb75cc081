/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table at the end of a run.  The limits of the warnings are rules of
 * thumb, not statistics: ESS says how uneven the weights are, the number of
 * ancestors how little of the start is left; either alone misses what the
 * other sees (docs/methods.md section 5). */
#include "output/report.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "output/correctness.h"
#include "output/number.h"
#include "output/potentials.h"
#include "output/terms.h"

static const double LOW_ESS = 0.01, LOW_ON_THE_WAY = 0.05, LOW_UNIQUE = 10,
                    LARGE_ERROR = 1, LARGE_STIFFNESS = 1, FAR_AWAY = 1e6;
enum { MAX_NUMBERS = 10 };

const char *report_class(enum correctness correctness) {
  static const char *const name[] = {"exact", "discretised", "adaptive",
                                     "uncorrected", "greedy"};
  return name[correctness];
}

double report_rate(const struct report *report) {
  const struct run_result *result = report->result;
  double steps = (double)result->n_particles * (double)result->n_replicates *
                 (double)result->steps_done;
  return result->seconds > 0 ? steps / result->seconds : 0;
}

double report_largest_weight(const struct run_result *result) {
  size_t rows = result->n_particles * result->n_replicates;
  double largest = -HUGE_VAL;
  for (size_t i = 0; i < rows; i++)
    largest = result->logw[i] > largest ? result->logw[i] : largest;
  return exp(largest);
}

__attribute__((format(printf, 3, 4))) static void row(FILE *out,
                                                      const char *label,
                                                      const char *format, ...) {
  va_list args;
  va_start(args, format);
  fprintf(out, "%-20s ", label);
  vfprintf(out, format, args);
  putc('\n', out);
  va_end(args);
}

static const char *why_no_error(const struct run_result *result) {
  if (result->n_particles < 2) return "one particle";
  if (result->unique_ancestors <= 1) return "all particles share one ancestor";
  return "its square came out negative from the lineage";
}

static void print_log_z(FILE *out, const struct report *report) {
  const struct run_result *result = report->result;
  const char *label = "log Z";
  const char *what = isnan(result->log_z_start) ? ", ratio to the start" : "";
  if (isnan(result->log_z) && report->spec->correctness == GREEDY)
    row(out, label, "not estimated: the run is greedy");
  else if (isnan(result->log_z))
    row(out, label, "none: the path has no weights");
  else if (result->log_z == -HUGE_VAL)
    row(out, label, "-: every replicate died out");
  else if (isnan(result->log_z_stderr) && isnan(result->lineage_stderr))
    row(out, label, "%.6g (%s: no error bar; more replicates give one)%s",
        result->log_z, why_no_error(result), what);
  else if (isnan(result->log_z_stderr))
    row(out, label, "%.6g +- %.2g (one replicate, from the lineage)%s",
        result->log_z, result->lineage_stderr, what);
  else
    row(out, label, "%.6g +- %.2g (%zu replicates)%s", result->log_z,
        result->log_z_stderr, result->n_replicates, what);
}

/* "after step 17", or "at the start". */
static const char *lowest_when(const struct run_result *result, char *text,
                               size_t bytes) {
  snprintf(text, bytes, "after step %zu", result->lowest_ess_step);
  return result->lowest_ess_step > 0 ? text : "at the start";
}

/* Weights that are equal all along have no lowest ESS; nor has a run that was
 * extinct before any population was seen. */
static void print_lowest(FILE *out, const struct run_result *result) {
  char when[48];
  double n = (double)result->n_particles;
  if (!(result->lowest_ess < n * (1 - 1e-9))) return;
  row(out, "lowest ESS", "%.4g of %zu %s", result->lowest_ess,
      result->n_particles, lowest_when(result, when, sizeof when));
}

static void print_population(FILE *out, const struct report *report) {
  const struct run_result *result = report->result;
  double n = (double)result->n_particles;
  row(out, "ESS", "%.4g of %zu (%.3g %%)", result->ess, result->n_particles,
      100 * result->ess / n);
  print_lowest(out, result);
  row(out, "largest weight", "%.3g %%", 100 * report_largest_weight(result));
  row(out, "unique ancestors", "%.4g", result->unique_ancestors);
  if (!isnan(result->diversity))
    row(out, "distinct pairs", "%.3g %%", 100 * result->diversity);
  row(out, "resamplings", "%.4g", result->resamplings);
  if (!isnan(result->accept)) row(out, "acceptance", "%.3f", result->accept);
}

static void print_cost(FILE *out, const struct report *report) {
  const struct run_result *result = report->result;
  char text[NUMBER_BYTES], vjps[48];
  for (size_t i = 0; i < result->n_scores; i++) {
    const struct instance *score = report->spec->scores[i];
    snprintf(vjps, sizeof vjps, ", %llu of them VJPs",
             (unsigned long long)result->vjps[i]);
    row(out, i ? "" : "model evaluations", "%llu of score '%s' per particle%s",
        (unsigned long long)result->evaluations[i], score->id,
        result->vjps[i] > 0 ? vjps : "");
  }
  potentials_print_cost(out, report->spec, result);
  double loop = result->seconds > 0 ? result->seconds : 1;
  row(out, "time", "%.3g s, resampling %.0f %%", report->seconds,
      100 * result->seconds_resample / loop);
  row(out, "speed", "%s particle-steps/s",
      number_short(report_rate(report), text));
}

static void print_results(FILE *out, const struct report *report) {
  size_t n;
  const struct host_outputs_result *result =
      outputs_results(report->outputs, &n);
  for (size_t i = 0; i < n; i++) {
    char label[80], text[NUMBER_BYTES];
    snprintf(label, sizeof label, "%s.%s", result[i].instance, result[i].key);
    fprintf(out, "%-20s", label);
    for (size_t k = 0; k < result[i].n && k < MAX_NUMBERS; k++)
      fprintf(out, " %s", number_table(result[i].value[k], 6, text));
    if (result[i].n > MAX_NUMBERS)
      fprintf(out, " ... (%zu numbers)", result[i].n);
    putc('\n', out);
  }
}

static void warn_population(FILE *out, const struct run_result *result) {
  char when[48];
  double n = (double)result->n_particles;
  if (result->n_extinct > 0)
    fprintf(out,
            "warning: %zu of %zu replicates died out (all weights zero) and "
            "count as Z = 0; more particles or a softer potential help\n",
            result->n_extinct, result->n_replicates);
  if (result->n_died > 0)
    fprintf(out,
            "warning: -inf gave %llu particles the weight zero on the way: "
            "log Z is that of the paths that never met it; where only the end "
            "should count, use mode = \"final\"\n",
            (unsigned long long)result->n_died);
  if (result->ess < LOW_ESS * n)
    fprintf(out,
            "warning: the ESS of the end is below 1 %% of the particles: "
            "averages rest on about %.3g of them; use more steps, more "
            "particles or resample earlier\n",
            result->ess);
  else if (result->lowest_ess < LOW_ON_THE_WAY * n)
    fprintf(out,
            "warning: on the way a population had an ESS of %.3g of %zu (%s): "
            "what was lost there does not show in the ESS of the end; use more "
            "particles or steps, or weaker weights there\n",
            result->lowest_ess, result->n_particles,
            lowest_when(result, when, sizeof when));
  if (result->unique_ancestors < LOW_UNIQUE && n >= 2 * LOW_UNIQUE)
    fprintf(out,
            "warning: all samples descend from %.3g of %zu starting points: "
            "modes may be missing; use more particles or resample less "
            "often\n",
            result->unique_ancestors, result->n_particles);
}

/* docs/methods.md section 3. */
static void warn_stiff(FILE *out, const struct report *report) {
  const struct stiffness *stiff = &report->result->stiff;
  if (!(stiff->worst > LARGE_STIFFNESS)) return;
  const char *why = report->spec->weights == WEIGHTS_DENSITY
                        ? "the weights have no finite variance"
                        : "a step overshoots, which the weights pay for";
  fprintf(out,
          "warning: potential '%s' is too stiff for the steps: eps du strength "
          "curvature reaches %.3g at step %zu, and beyond 1 %s; use more steps "
          "there, or a smaller strength\n",
          report->spec->potentials[stiff->potential].instance->id, stiff->worst,
          stiff->step + 1, why);
}

static void warn_numbers(FILE *out, const struct report *report) {
  const struct run_result *result = report->result;
  if (result->log_z_stderr > LARGE_ERROR)
    fprintf(out,
            "warning: log Z differs between replicates by much more than 1: "
            "neither it nor its error bar can be trusted\n");
  if (result->forced_cess < report->spec->adapt)
    fprintf(out,
            "warning: time.steps was reached, and the last step had to go to "
            "t_min with a conditional ESS of %.2g N where adapt = %g was "
            "wanted; raise steps\n",
            result->forced_cess, report->spec->adapt);
  if (report->spec->correctness >= UNCORRECTED)
    fprintf(out,
            "warning: this run is %s: its samples do not follow the target%s\n",
            report_class(report->spec->correctness),
            report->spec->correctness == GREEDY
                ? ""
                : " and log Z is not its integral");
}

static bool guides(const struct spec_potential *potential) {
  const struct ramp *strength = &potential->strength;
  return potential->guide != 0 &&
         !(ramp_is_constant(strength) && ramp_at(strength, 0) == 0);
}

/* "potential 'r' (a.cfg:7) guides: ...": what may have driven it there. */
static void print_driver(FILE *out, const struct spec *spec) {
  const struct instance *guide = NULL, *moved = NULL;
  for (size_t j = 0; j < spec->n_potentials && !guide; j++)
    if (guides(&spec->potentials[j])) guide = spec->potentials[j].instance;
  for (size_t i = 0; i < spec->n_integrators && !moved; i++)
    moved = spec->integrators[i].instance;
  const struct instance *driver = guide ? guide : moved;
  if (!driver) return;
  fprintf(out, "; %s '%s'", guide ? "potential" : "integrator", driver->id);
  if (driver->at.file)
    fprintf(out, " (%s:%d)", driver->at.file, driver->at.line);
  fprintf(out, "%s",
          guide ? " guides: lower guide or strength, or take more steps"
                : " moves them: take more steps, or shorter ones");
}

/* No law of sensible units has ends so far out: docs/config.md. */
static void warn_diverged(FILE *out, const struct report *report) {
  const struct run_result *result = report->result;
  const struct extent *end = &result->extent;
  double data = report->spec->sigma_data;
  double scale = result->start_rms > data ? result->start_rms : data;
  if (!(scale > 0 && end->rms > FAR_AWAY * scale)) return;
  fprintf(out,
          "warning: the run has diverged: at the end the rms of all "
          "coordinates is %.3g, at the start it was %.3g",
          end->rms, result->start_rms);
  if (data > 0) fprintf(out, ", and that of the data is %.3g", data);
  fprintf(out, " (coordinate %zu of particle %zu, replicate %zu, is %.3g)",
          end->coordinate, end->row % result->n_particles,
          end->row / result->n_particles, end->largest);
  print_driver(out, report->spec);
  putc('\n', out);
}

void report_print(FILE *out, const struct report *report) {
  const struct spec *spec = report->spec;
  const struct run_result *result = report->result;
  char reason[CORRECTNESS_BYTES];
  print_log_z(out, report);
  print_population(out, report);
  print_cost(out, report);
  row(out, "correctness", "%s: %s",
      report_class(correctness_found(spec, result)),
      correctness_reason(spec, result, reason));
  if (spec->best_of_n)
    row(out, "best of n",
        "only samples.npz is of these: all numbers here are "
        "of the weighted populations");
  potentials_print(out, spec, result);
  terms_print(out, spec, result);
  print_results(out, report);
  const char *folder = outputs_folder(report->outputs);
  if (folder) row(out, "files", "%s", folder);
  potentials_warn(out, spec, result);
  warn_population(out, result);
  correctness_warn(out, spec, result);
  warn_diverged(out, report);
  warn_stiff(out, report);
  warn_numbers(out, report);
}
