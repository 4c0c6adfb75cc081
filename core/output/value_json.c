/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Settings with value, unit and origin as JSON.  An array is a flat list with
 * its shape beside it; a very long one, which came from a file that the
 * config names, is replaced by its length. */
#include "output/value_json.h"

#include <string.h>

#include "output/value.h"

enum { MAX_ELEMENTS = 4096 };

static void put_node(struct json *json, const char *key,
                     const struct node *node) {
  switch (node->kind) {
    case NODE_GROUP:
    case NODE_LIST:
      if (node->kind == NODE_GROUP)
        json_object(json, key);
      else
        json_array(json, key);
      for (size_t i = 0; i < node->n_children; i++)
        put_node(json, node->kind == NODE_GROUP ? node->child[i]->name : NULL,
                 node->child[i]);
      json_end(json);
      break;
    case NODE_INT:
      json_integer(json, key, node->integer);
      break;
    case NODE_REAL:
      json_number(json, key, node->real);
      break;
    case NODE_BOOL:
      json_bool(json, key, node->integer != 0);
      break;
    case NODE_STRING:
      json_string(json, key, node->string);
      break;
  }
}

static void put_array(struct json *json, const kac_array *array) {
  if (array->n > MAX_ELEMENTS)
    json_string(json, "value", NULL);
  else
    json_numbers(json, "value", array->data, array->n);
  json_array(json, "shape");
  for (size_t i = 0; i < array->n_dim && i < 4; i++)
    json_count(json, NULL, array->shape[i]);
  json_end(json);
}

static void put_ramp(struct json *json, const struct ramp *ramp) {
  static const char *const shape[] = {"linear", "cosine", "geometric", "table"};
  if (ramp_is_constant(ramp)) {
    json_number(json, "value", ramp->from);
    return;
  }
  json_object(json, "value");
  json_string(json, "shape", shape[ramp->shape]);
  if (ramp->shape == RAMP_TABLE) {
    json_numbers(json, "at", ramp->at, ramp->n);
    json_numbers(json, "value", ramp->value, ramp->n);
  } else {
    json_number(json, "from", ramp->from);
    json_number(json, "to", ramp->to);
  }
  json_end(json);
}

static void put_choice(struct json *json, const struct setting *setting) {
  char text[80];
  value_choice(setting->param, *(const int64_t *)setting->value, text,
               sizeof text);
  json_string(json, "value", text);
}

static void put_value(struct json *json, const struct setting *setting) {
  const void *value = setting->value;
  const struct node *node = NULL;
  const char *string;
  switch (setting->param ? setting->param->type : (uint32_t)KAC_T_REAL) {
    case KAC_T_BOOL:
      json_bool(json, "value", *(const int64_t *)value != 0);
      break;
    case KAC_T_INT:
      json_integer(json, "value", *(const int64_t *)value);
      break;
    case KAC_T_REAL:
      json_number(json, "value", *(const double *)value);
      break;
    case KAC_T_STRING:
      memcpy(&string, value, sizeof string);
      json_string(json, "value", string);
      break;
    case KAC_T_CHOICE:
      put_choice(json, setting);
      break;
    case KAC_T_ARRAY:
      put_array(json, value);
      break;
    case SCHEMA_RAMP:
      put_ramp(json, value);
      break;
    case SCHEMA_NODE:
      memcpy(&node, value, sizeof node);
      if (node) put_node(json, "value", node);
      break;
    default:
      break;
  }
}

static void put_origin(struct json *json, struct place place) {
  char text[1024];
  if (place.file && place.line > 0) {
    snprintf(text, sizeof text, "%s:%d", place.file, place.line);
    json_string(json, "origin", text);
  } else {
    json_string(json, "origin", place.file ? place.file : "default");
  }
}

void value_json(struct json *json, const struct setting *setting) {
  const kac_param *param = setting->param;
  json_object(json, setting->path);
  put_value(json, setting);
  if (param && param->unit && *param->unit)
    json_string(json, "unit", param->unit);
  put_origin(json, setting->origin);
  json_end(json);
}
