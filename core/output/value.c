/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of settings as libconfig text.  libconfig's own writer keeps six
 * digits of a real, so it is not used. */
#include "output/value.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "output/number.h"

enum { MAX_SHOWN = 12 };

void value_real(FILE *out, double value) {
  char text[NUMBER_BYTES];
  if (!isfinite(value)) { /* libconfig knows no number for it */
    fprintf(out, "\"%g\"", value);
    return;
  }
  number_exact(value, text);
  fputs(text, out);
  if (!strpbrk(text, ".en")) fputs(".0", out);
}

void value_integer(FILE *out, int64_t value) {
  bool is_long = value < INT32_MIN || value > INT32_MAX;
  fprintf(out, "%" PRId64 "%s", value, is_long ? "L" : "");
}

void value_string(FILE *out, const char *value) {
  putc('"', out);
  for (const unsigned char *c = (const unsigned char *)value; *c; c++) {
    if (*c == '"' || *c == '\\')
      fprintf(out, "\\%c", *c);
    else if (*c < 0x20 || *c == 0x7f)
      fprintf(out, "\\x%02x", *c);
    else
      putc(*c, out);
  }
  putc('"', out);
}

static void print_children(FILE *out, const struct node *node) {
  bool is_group = node->kind == NODE_GROUP;
  fputs(is_group ? "{ " : "(", out);
  for (size_t i = 0; i < node->n_children; i++) {
    if (is_group) fprintf(out, "%s = ", node->child[i]->name);
    if (!is_group && i) fputs(", ", out);
    value_node(out, node->child[i]);
    if (is_group) fputs("; ", out);
  }
  fputs(is_group ? "}" : ")", out);
}

void value_node(FILE *out, const struct node *node) {
  switch (node->kind) {
    case NODE_GROUP:
    case NODE_LIST:
      print_children(out, node);
      break;
    case NODE_INT:
      value_integer(out, node->integer);
      break;
    case NODE_REAL:
      value_real(out, node->real);
      break;
    case NODE_BOOL:
      fputs(node->integer ? "true" : "false", out);
      break;
    case NODE_STRING:
      value_string(out, node->string);
      break;
  }
}

static void print_array(FILE *out, const kac_array *array) {
  putc('(', out);
  for (size_t i = 0; i < array->n && i < MAX_SHOWN; i++) {
    if (i) fputs(", ", out);
    value_real(out, array->data[i]);
  }
  if (array->n > MAX_SHOWN) fputs(", ...", out);
  putc(')', out);
  if (array->n <= MAX_SHOWN && array->n_dim < 2) return;
  fputs(" shape ", out);
  for (size_t i = 0; i < array->n_dim && i < 4; i++)
    fprintf(out, "%s%zu", i ? " x " : "", array->shape[i]);
}

static void print_ramp(FILE *out, const struct ramp *ramp) {
  static const char *const shape[] = {"linear", "cosine", "geometric"};
  if (ramp_is_constant(ramp)) {
    value_real(out, ramp->from);
  } else if (ramp->shape == RAMP_TABLE) {
    fputs("{ table = (", out);
    for (size_t i = 0; i < ramp->n && i < MAX_SHOWN; i++) {
      fputs(i ? ", (" : "(", out);
      value_real(out, ramp->at[i]);
      fputs(", ", out);
      value_real(out, ramp->value[i]);
      putc(')', out);
    }
    fputs(ramp->n > MAX_SHOWN ? ", ...); }" : "); }", out);
  } else {
    fputs("{ from = ", out);
    value_real(out, ramp->from);
    fputs("; to = ", out);
    value_real(out, ramp->to);
    fprintf(out, "; shape = \"%s\"; }", shape[ramp->shape]);
  }
}

void value_choice(const kac_param *param, int64_t index, char *text,
                  size_t bytes) {
  const char *start = param->text ? param->text : "";
  for (int64_t i = 0; i < index && *start; i++) {
    start += strcspn(start, "|");
    start += *start == '|';
  }
  snprintf(text, bytes, "%.*s", (int)strcspn(start, "|"), start);
}

static void print_choice(FILE *out, const struct setting *setting) {
  char text[80];
  value_choice(setting->param, *(const int64_t *)setting->value, text,
               sizeof text);
  value_string(out, text);
}

void value_setting(FILE *out, const struct setting *setting) {
  const void *value = setting->value;
  const struct node *node;
  const char *string;
  switch (setting->param ? setting->param->type : (uint32_t)KAC_T_REAL) {
    case KAC_T_BOOL:
      fputs(*(const int64_t *)value ? "true" : "false", out);
      break;
    case KAC_T_INT:
      value_integer(out, *(const int64_t *)value);
      break;
    case KAC_T_REAL:
      value_real(out, *(const double *)value);
      break;
    case KAC_T_STRING:
      memcpy(&string, value, sizeof string);
      value_string(out, string ? string : "");
      break;
    case KAC_T_CHOICE:
      print_choice(out, setting);
      break;
    case KAC_T_ARRAY:
      print_array(out, value);
      break;
    case SCHEMA_RAMP:
      print_ramp(out, value);
      break;
    case SCHEMA_NODE:
      memcpy(&node, value, sizeof node);
      if (node) value_node(out, node);
      break;
    default:
      break;
  }
}

void value_place(FILE *out, struct place place) {
  if (!place.file)
    fputs("default", out);
  else if (place.line > 0)
    fprintf(out, "%s:%d", place.file, place.line);
  else
    fputs(place.file, out);
}
