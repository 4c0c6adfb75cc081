/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words for the bits and numbers of a component. */
#include "cli/describe_words.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "config/schema.h"
#include "output/number.h"
#include "plugin/table.h"

const struct describe_word describe_quantities[18] = {
    {KAC_Q_SCORE, "score"},       {KAC_Q_X0, "x0"},
    {KAC_Q_EPS, "eps"},           {KAC_Q_VELOCITY, "velocity"},
    {KAC_Q_LOGP, "logp"},         {KAC_Q_DIV, "divergence"},
    {KAC_Q_VJP, "vjp"},           {KAC_Q_LOGITS, "logits"},
    {KAC_Q_SAMPLE, "sample"},     {KAC_Q_PHI, "phi"},
    {KAC_Q_DPHI, "gradient"},     {KAC_Q_DPHI_DT, "time_derivative"},
    {KAC_Q_B, "field_velocity"},  {KAC_Q_S, "field_score"},
    {KAC_Q_LOGPI, "field_logpi"}, {KAC_Q_G, "field_rate"},
    {KAC_R_BIASED, "biased"},     {KAC_Q_PREV, "previous_point"}};
const struct describe_word describe_spans[5] = {{KAC_SPAN_REAL, "real"},
                                                {KAC_SPAN_TORUS, "torus"},
                                                {KAC_SPAN_POSITIVE, "positive"},
                                                {KAC_SPAN_TOKEN, "token"},
                                                {KAC_SPAN_AUX, "aux"}};

const char *describe_threads(uint32_t threads) {
  static const char *const words[] = {"block", "serial", "self"};
  return words[threads < 3 ? threads : 0];
}

const char *describe_type(uint32_t type) {
  static const char *const words[] = {"?",      "bool",   "int",  "real",
                                      "string", "choice", "array"};
  if (type == SCHEMA_RAMP) return "ramp";
  if (type == SCHEMA_NODE) return "group";
  return words[type < 7 ? type : 0];
}

uint64_t describe_needs(const kac_component *component) {
  uint64_t needs = component->needs;
  if (component->kind == KAC_INTEGRATOR) {
    const kac_integrator_ops *ops = component->ops;
    needs |= ops->needs_field;
  }
  return needs;
}

bool describe_is_bound(double limit) {
  return isfinite(limit) && fabs(limit) < 1e308;
}

/* libconfig takes a real only with a point: "1" -> "1.0", "1e+20" ->
 * "1.0e+20"; what is not finite is a word. */
static void print_real(double value, char text[DESCRIBE_BYTES]) {
  char number[NUMBER_BYTES];
  if (!isfinite(value)) {
    snprintf(text, DESCRIBE_BYTES, "\"%g\"", value);
    return;
  }
  number_exact(value, number);
  size_t mantissa = strcspn(number, "e");
  const char *point = memchr(number, '.', mantissa) ? "" : ".0";
  snprintf(text, DESCRIBE_BYTES, "%.*s%s%s", (int)mantissa, number, point,
           number + mantissa);
}

/* libconfig 1.5 wraps integers beyond 32 bit unless they end in L. */
static void print_integer(double value, char text[DESCRIBE_BYTES]) {
  int64_t integer = (int64_t)value;
  const char *suffix = integer > INT32_MAX || integer < INT32_MIN ? "L" : "";
  snprintf(text, DESCRIBE_BYTES, "%" PRId64 "%s", integer, suffix);
}

static void print_string(const char *value, char text[DESCRIBE_BYTES]) {
  size_t n = 0;
  text[n++] = '"';
  for (; value && *value && n < DESCRIBE_BYTES - 3; value++) {
    if (*value == '"' || *value == '\\') text[n++] = '\\';
    text[n++] = *value;
  }
  text[n++] = '"';
  text[n] = '\0';
}

const char *describe_default(const kac_param *param,
                             char text[DESCRIBE_BYTES]) {
  size_t length = 0;
  text[0] = '\0';
  if (param->flags & KAC_P_REQUIRED || param->type == KAC_T_ARRAY) return text;
  if (param->type == KAC_T_REAL || param->type == SCHEMA_RAMP)
    print_real(param->def, text);
  if (param->type == KAC_T_INT) print_integer(param->def, text);
  if (param->type == KAC_T_STRING) print_string(param->text, text);
  if (param->type == KAC_T_BOOL)
    snprintf(text, DESCRIBE_BYTES, "%s", param->def > 0 ? "true" : "false");
  if (param->type == KAC_T_CHOICE) {
    const char *word = table_choice(param->text, (size_t)param->def, &length);
    snprintf(text, DESCRIBE_BYTES, "\"%.*s\"", (int)length, word);
  }
  return text;
}

/* After "a", the part of an interval; both bounds: "0 to 1". */
static void print_interval(const kac_param *param, char *text, size_t bytes) {
  bool low = describe_is_bound(param->min),
       high = describe_is_bound(param->max);
  bool open_low = param->flags & KAC_P_OPEN_MIN;
  bool open_high = param->flags & KAC_P_OPEN_MAX;
  if (low && high && !open_low && !open_high)
    snprintf(text, bytes, "%g to %g", param->min, param->max);
  else if (low && high)
    snprintf(text, bytes, "%c%g, %g%c", open_low ? '(' : '[', param->min,
             param->max, open_high ? ')' : ']');
  else if (low)
    snprintf(text, bytes, "%s %g", open_low ? ">" : ">=", param->min);
  else if (high)
    snprintf(text, bytes, "%s %g", open_high ? "<" : "<=", param->max);
}

const char *describe_range(const kac_param *param, char text[DESCRIBE_BYTES]) {
  size_t n = 0, length = 0;
  text[0] = '\0';
  if (param->type == KAC_T_INT || param->type == KAC_T_REAL ||
      param->type == SCHEMA_RAMP)
    print_interval(param, text, DESCRIBE_BYTES);
  if (param->type == KAC_T_ARRAY) {
    n = (size_t)snprintf(text, DESCRIBE_BYTES, "[%.80s] ", param->text);
    print_interval(param, text + n, DESCRIBE_BYTES - n);
    if (text[n] == '\0') text[n - 1] = '\0';
  }
  if (param->type != KAC_T_CHOICE) return text;
  for (size_t i = 0; i < table_choices(param->text); i++) {
    const char *word = table_choice(param->text, i, &length);
    if (n + length + 4 > DESCRIBE_BYTES) break;
    n += (size_t)snprintf(text + n, DESCRIBE_BYTES - n, "%s%.*s",
                          i ? " | " : "", (int)length, word);
  }
  return text;
}
