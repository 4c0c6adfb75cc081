/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All that `kac check-model` finds out about one score model. */
#ifndef KAC_CORE_STUDY_H
#define KAC_CORE_STUDY_H
#include "model/measure.h"

enum { STUDY_MAX_CHOICES = 16, STUDY_WHY_BYTES = 256 };

/* One value of the model's key `parameterisation`. */
struct study_choice {
  const char *name;
  double fit; /* NaN where it is not possible */
  double error[POINTS_MAX_TIMES];
  /* Of what the output should be by this reading, the part that it is off
   * more than the reading that is off least: mean over the times that count. */
  double excess;
  char why[STUDY_WHY_BYTES]; /* ... and then, why not */
};
struct study {
  struct instance *score;
  size_t place;          /* among the scores of the config */
  bool knows_sigma_data; /* else 1 stands for it */
  double sigma_data;     /* by which x is drawn and fits are judged */
  size_t n_times;
  struct measure at[POINTS_MAX_TIMES];
  bool is_judged[POINTS_MAX_TIMES]; /* counts for `fit` */
  double fit;                       /* geometric mean over these; NaN: none */
  size_t n_choices;                 /* 0: the model has no such key */
  struct study_choice choice[STUDY_MAX_CHOICES];
  size_t used, best;
  bool is_wrong; /* another choice is clearly right */
};
/* Clearly: an excess that is so many times that of the best, and at least so
 * large, with data or without. */
#define STUDY_CLEAR 3.0
#define STUDY_EXCESS_DATA 0.05
#define STUDY_EXCESS_LAW 0.3
/* Doubtful, without data: an excess of this size, or a fit, so many times that
 * of another. */
#define STUDY_DOUBT 10.0
#define STUDY_EXCESS_DOUBT 0.1
/* Beyond it, what a model gives contradicts itself. */
#define STUDY_TOLERANCE 0.01

/* False with the reason in diag.  What is wrong with the model is an error in
 * diag as well, what is odd a warning. */
bool study_model(struct study *study, const struct points_from *from,
                 size_t place, struct arena *arena, struct diag *diag);
/* The choice that the one in use comes out the same as ("file"), or NULL. */
const char *study_alias(const struct study *study, size_t choice);

#endif
