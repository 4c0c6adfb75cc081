/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of the host's sections.  docs/config.md is checked against them. */
#include "config/sections.h"

#define TOP struct section_top
#define NODE(m, flags, doc) SCHEMA_ROW_NODE(TOP, m, flags, doc)
#define GIVEN(T, m, key) \
  { key, "", "", SCHEMA_GIVEN, 0, KAC_AT(T, m, int64_t), 0, 0, 0, NULL }
#define NEEDED(T, m, doc)                                                     \
  {                                                                           \
#m, "", doc, KAC_T_STRING, KAC_P_REQUIRED, KAC_AT(T, m, const char *), 0, \
        0, 0, NULL                                                            \
  }
#define COUNT(T, m, def, min, max, doc) KAC_INT(T, m, def, min, max, "", doc)
#define WINDOW(T)                                                       \
  {                                                                     \
    "window", "", "progress [from, to] in [0,1] in which it is active", \
        KAC_T_ARRAY, 0, KAC_AT(T, window, kac_array), 0, 0, 1, "window" \
  }

static const kac_param top[] = {
    COUNT(TOP, seed, 1, 0, 9.2e18, "seed of all random numbers"),
    COUNT(TOP, threads, 0, 0, 1024, "threads; 0: all processors"),
    COUNT(TOP, block, 0, 0, 65536, "rows per block; 0: chosen by dimension"),
    KAC_STRING(TOP, plugin_path, 0, "", "more folders of plugins, a:b:c"),
    NODE(state, KAC_P_REQUIRED, "what a particle is: { real = 2; }"),
    NODE(schedule, KAC_P_REQUIRED, "the noising process, a schedule plugin"),
    NODE(time, KAC_P_REQUIRED, "the grid of times: { steps = 400; }"),
    NODE(scores, 0, "score models: ( { id; plugin; ... } )"),
    NODE(target, 0, "factors of the target: ( { score; power; } )"),
    NODE(path, 0, "how the target is followed: frame, weights, sigma_data"),
    NODE(potentials, 0, "potentials: ( { plugin; mode; strength; ... } )"),
    NODE(integrators, KAC_P_REQUIRED, "moves: ( { plugin; noise; ... } )"),
    NODE(resampler, 0, "{ plugin; ess_below; ... }; none: never"),
    NODE(start, 0, "the law at t_max"),
    NODE(population, KAC_P_REQUIRED, "{ particles; replicates; }"),
    NODE(observers, 0, "observers: ( { plugin; ... } )"),
    NODE(output, 0, "which files are written"),
};

#define STATE struct section_state
static const kac_param state[] = {
    COUNT(STATE, real, 0, 1, 2097152, "real numbers per particle"),
    COUNT(STATE, particles, 0, 1, 131072, "bodies per particle"),
    COUNT(STATE, dim, 3, 1, 16, "coordinates per body"),
    KAC_BOOL(STATE, mean_free, 0, "hold the centre of mass at zero"),
    GIVEN(STATE, has_real, "real"),
    GIVEN(STATE, has_particles, "particles"),
};

#define TIME struct section_time
static const kac_param time_table[] = {
    COUNT(TIME, steps, 0, 1, 16777216, "steps from t_max to t_min"),
    KAC_CHOICE(TIME, spacing, 0, "uniform|log_sigma|log_snr|karras",
               "in what the steps are equal"),
    KAC_REAL(TIME, rho, 7, 1, 100, "", "exponent of karras spacing"),
    KAC_REAL(TIME, t_min, 0, -1e300, 1e300, "",
             "last time, default: the "
             "schedule's"),
    KAC_REAL(TIME, t_max, 0, -1e300, 1e300, "",
             "first time, default: the "
             "schedule's"),
    KAC_ARRAY(TIME, grid, 0, "times", "", "the times themselves, falling"),
    {"adapt", "N", "choose the times so that the conditional ESS is this",
     KAC_T_REAL, KAC_P_OPEN_MAX, KAC_AT(TIME, adapt, double), 0, 0, 1, NULL},
    GIVEN(TIME, has_t_min, "t_min"),
    GIVEN(TIME, has_t_max, "t_max"),
};

#define PATH struct section_path
static const kac_param path[] = {
    KAC_CHOICE(PATH, frame, 0, "matched|noise",
               "frame of a composition whose powers do not sum to 1"),
    KAC_CHOICE(PATH, weights, 0, "rate|density|off",
               "Feynman-Kac rate, discrete density ratios, or none"),
    KAC_REAL(PATH, sigma_data, 0, 0, 1e300, "x",
             "rms radius per coordinate of the data; 0: ask the models"),
};

#define POPULATION struct section_population
static const kac_param population[] = {
    {"particles", "", "particles of one population", KAC_T_INT, KAC_P_REQUIRED,
     KAC_AT(POPULATION, particles, int64_t), 0, 1, 9e15, NULL},
    COUNT(POPULATION, replicates, 1, 1, 9e15, "independent populations"),
    COUNT(POPULATION, children, 1, 1, 1024,
          "proposals per particle and step, of which one is kept"),
};

#define START struct section_start
static const kac_param start[] = {
    KAC_STRING(START, law, 0, "prior",
               "prior, gaussian, file, or the id of a score that can draw"),
    KAC_ARRAY(START, mean, 0, "d?", "x", "mean (gaussian)"),
    KAC_REAL(START, variance, 1, 0, 1e300, "x^2", "variance (gaussian)"),
    {"file", "x", "states (law file), one row each: .npy or .txt", KAC_T_ARRAY,
     0, KAC_AT(START, rows, kac_array), 0, -1e308, 1e308, "n,d"},
    KAC_ARRAY(START, logp, 0, "n", "", "their log-density (file)"),
    COUNT(START, burn_in, 0, 0, 1e6, "rounds of the invariant moves at t_max"),
    GIVEN(START, has_variance, "variance"),
};

#define OUTPUT struct section_output
static const kac_param output[] = {
    KAC_BOOL(OUTPUT, trace, 1, "write trace.jsonl, a line per step"),
    KAC_BOOL(OUTPUT, samples, 1, "write samples.npz"),
    KAC_BOOL(OUTPUT, logp, 0, "log q of every score at the final state"),
    KAC_BOOL(OUTPUT, best_of_n, 0,
             "write only the particle of greatest reward of each replicate"),
};

#define ID(T) KAC_STRING(T, id, 0, "", "name of this instance")
#define PLUGIN struct section_plugin
static const kac_param plugin[] = {
    NEEDED(PLUGIN, plugin, "name or path of the plugin"), ID(PLUGIN)};

#define TERM struct section_term
static const kac_param term[] = {
    NEEDED(TERM, score, "id of a score model"),
    SCHEMA_ROW_RAMP(TERM, power, 1, -1e6, 1e6, "its power in the target")};

#define POTENTIAL struct section_potential
/* How a potential steers, whether it is a plugin or a combination. */
static const kac_param steering[] = {
    KAC_CHOICE(POTENTIAL, mode, 2,
               "rate|integral|difference|max|sum|current|final|guide",
               "how it enters the weights"),
    KAC_CHOICE(POTENTIAL, at, 0, "x|x0hat",
               "evaluated at the state or at its denoised mean"),
    SCHEMA_ROW_RAMP(POTENTIAL, strength, 1, -1e12, 1e12, "lambda"),
    KAC_REAL(POTENTIAL, guide, 0, -1e6, 1e6, "",
             "shift of the proposal in units of its variance times gradient; "
             "if not given, 1 with mode = \"guide\""),
    KAC_CHOICE(POTENTIAL, jacobian, 0, "exact|identity",
               "gradient at x0hat: through the denoiser, or taken as is"),
    COUNT(POTENTIAL, every, 1, 1, 1e9, "looked at on every k-th step"),
    WINDOW(POTENTIAL),
    KAC_ARRAY(POTENTIAL, at_steps, 0, "steps", "",
              "in place of every and window: the steps, counted from 1"),
    COUNT(POTENTIAL, samples, 0, 0, 4096,
          "draws around x0hat whose exp is averaged; 0: x0hat itself"),
    KAC_REAL(POTENTIAL, spread, 0, 0, 1e300, "x",
             "width of these draws; 0: that of the data given the state"),
    GIVEN(POTENTIAL, has_guide, "guide"),
    GIVEN(POTENTIAL, has_every, "every"),
    GIVEN(POTENTIAL, has_window, "window")};
static const kac_param potential[] = {
    NEEDED(POTENTIAL, plugin, "name or path of the plugin"), ID(POTENTIAL)};

#define CHILD struct section_child
#define PARTS(T)                                                            \
  SCHEMA_ROW_NODE(T, any_of, 0, "potentials, any of which will do: ( )"),   \
      SCHEMA_ROW_NODE(T, all_of, 0, "potentials, all of which count: ( )"), \
      SCHEMA_ROW_NODE(T, not, 0, "the potential that is turned round: { }")
static const kac_param combined[] = {ID(POTENTIAL), PARTS(POTENTIAL)};
static const kac_param child[] = {
    NEEDED(CHILD, plugin, "name or path of the plugin"), ID(CHILD)};
static const kac_param child_combined[] = {ID(CHILD), PARTS(CHILD)};
static const kac_param weight[] = {
    {"weight", "", "of exp phi in any_of, of phi in all_of", KAC_T_REAL,
     KAC_P_OPEN_MIN, KAC_AT(CHILD, weight, double), 1, 0, 1e12, NULL}};

#define INTEGRATOR struct section_integrator
static const kac_param integrator[] = {
    NEEDED(INTEGRATOR, plugin, "name or path of the plugin"), ID(INTEGRATOR),
    SCHEMA_ROW_RAMP(INTEGRATOR, noise, 1, 0, 1e6,
                    "zeta: 0 is the ODE, 1 the reverse SDE"),
    COUNT(INTEGRATOR, repeat, 1, 1, 1000, "moves per step (invariant ones)"),
    WINDOW(INTEGRATOR)};

#define RESAMPLER struct section_resampler
static const kac_param resampler[] = {
    NEEDED(RESAMPLER, plugin, "name or path of the plugin"),
    ID(RESAMPLER),
    KAC_REAL(RESAMPLER, ess_below, 0.5, 0, 1, "",
             "resample when ESS is below this part of N; 1: always"),
    KAC_REAL(RESAMPLER, cess_below, 0, 0, 1, "",
             "instead: when the conditional ESS since the last look is"),
    COUNT(RESAMPLER, every, 1, 1, 1e9, "looked at on every k-th step"),
    KAC_ARRAY(RESAMPLER, at_steps, 0, "steps", "",
              "in place of every and window: the steps, counted from 1"),
    KAC_BOOL(RESAMPLER, at_end, 0, "resample after the last step too"),
    WINDOW(RESAMPLER),
    GIVEN(RESAMPLER, has_ess_below, "ess_below"),
    GIVEN(RESAMPLER, has_every, "every")};

#define ROWS(table) table, sizeof(table) / sizeof((table)[0])
static const struct section sections[N_SECTIONS] = {
    [SECTION_TOP] = {ROWS(top), sizeof(TOP), NULL, 0},
    [SECTION_STATE] = {ROWS(state), sizeof(STATE), NULL, 0},
    [SECTION_TIME] = {ROWS(time_table), sizeof(TIME), NULL, 0},
    [SECTION_PATH] = {ROWS(path), sizeof(PATH), NULL, 0},
    [SECTION_POPULATION] = {ROWS(population), sizeof(POPULATION), NULL, 0},
    [SECTION_START] = {ROWS(start), sizeof(START), NULL, 0},
    [SECTION_OUTPUT] = {ROWS(output), sizeof(OUTPUT), NULL, 0},
    [SECTION_PLUGIN] = {ROWS(plugin), sizeof(PLUGIN), NULL, 0},
    [SECTION_TERM] = {ROWS(term), sizeof(TERM), NULL, 0},
    [SECTION_POTENTIAL] = {ROWS(potential), sizeof(POTENTIAL), ROWS(steering)},
    [SECTION_COMBINED] = {ROWS(combined), sizeof(POTENTIAL), ROWS(steering)},
    [SECTION_CHILD] = {ROWS(child), sizeof(CHILD), ROWS(weight)},
    [SECTION_CHILD_COMBINED] = {ROWS(child_combined), sizeof(CHILD),
                                ROWS(weight)},
    [SECTION_NOT] = {ROWS(child), sizeof(CHILD), NULL, 0},
    [SECTION_NOT_COMBINED] = {ROWS(child_combined), sizeof(CHILD), NULL, 0},
    [SECTION_INTEGRATOR] = {ROWS(integrator), sizeof(INTEGRATOR), NULL, 0},
    [SECTION_RESAMPLER] = {ROWS(resampler), sizeof(RESAMPLER), NULL, 0},
};

const struct section *section_table(enum section_id id) {
  return &sections[id];
}
