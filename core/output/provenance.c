/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the numbers of a run come from. */
#include "output/provenance.h"

#include <fcntl.h>
#include <libconfig.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "output/sha256.h"

#ifndef KAC_VERSION
#error "define KAC_VERSION, the version of the program"
#endif

/* The file may have been replaced since it was loaded; then null is the truth
 * and the new file's hash would not be. */
static void put_file(struct json *json, const struct module *module) {
  struct stat status;
  char text[SHA256_TEXT];
  int fd = open(module->path, O_RDONLY | O_CLOEXEC);
  bool is_same = fd >= 0 && fstat(fd, &status) == 0 &&
                 status.st_dev == module->device &&
                 status.st_ino == module->inode;
  json_string(json, "path", module->path);
  if (is_same)
    json_count(json, "size", (uint64_t)status.st_size);
  else
    json_string(json, "size", NULL);
  is_same = is_same && sha256_file(fd, text);
  json_string(json, "sha256", is_same ? text : NULL);
  if (fd >= 0) close(fd);
}

static bool is_same(const struct instance *a, const struct instance *b) {
  return a->module == b->module &&
         strcmp(a->component->name, b->component->name) == 0;
}

static bool is_first_component(const struct spec *spec, size_t i) {
  for (size_t k = 0; k < i; k++)
    if (is_same(spec->instances[k], spec->instances[i])) return false;
  return true;
}

static void put_plugin(struct json *json, const struct instance *instance) {
  const kac_component *component = instance->component;
  char abi[32];
  json_object(json, NULL);
  json_string(json, "name", component->name);
  json_string(json, "kind", kind_names[component->kind]);
  json_string(json, "version", component->version);
  snprintf(abi, sizeof abi, "%u.%u", instance->module->data->abi_major,
           instance->module->data->need_minor);
  json_string(json, "abi", abi);
  put_file(json, instance->module);
  json_end(json);
}

void provenance_plugins(struct json *json, const struct spec *spec) {
  json_array(json, "plugins");
  for (size_t i = 0; i < spec->n_instances; i++)
    if (is_first_component(spec, i)) put_plugin(json, spec->instances[i]);
  json_end(json);
}

static bool is_cited_before(const struct spec *spec, size_t i, size_t k) {
  const char *text = spec->instances[i]->component->cites[k];
  for (size_t j = 0; j <= i; j++) {
    const char *const *cite = spec->instances[j]->component->cites;
    for (size_t m = 0; cite && cite[m] && (j < i || m < k); m++)
      if (strcmp(cite[m], text) == 0) return true;
  }
  return false;
}

void provenance_citations(struct json *json, const struct spec *spec) {
  json_array(json, "citations");
  for (size_t i = 0; i < spec->n_instances; i++) {
    const char *const *cite = spec->instances[i]->component->cites;
    for (size_t k = 0; cite && cite[k]; k++)
      if (!is_cited_before(spec, i, k)) json_string(json, NULL, cite[k]);
  }
  json_end(json);
}

void provenance_command(struct json *json, int argc, char *const *argv,
                        time_t started) {
  char text[32] = "";
  struct tm utc;
  json_array(json, "command_line");
  json_string(json, NULL, "kac"); /* argv starts at the command */
  for (int i = 0; i < argc; i++) json_string(json, NULL, argv[i]);
  json_end(json);
  if (gmtime_r(&started, &utc))
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  json_string(json, "started", text);
}

void provenance_derived(struct json *json, const struct spec *spec) {
  json_object(json, "derived");
  json_number(json, "t_max", spec->t[0]);
  json_number(json, "t_min", spec->t[spec->n_steps]);
  json_string(json, "frame",
              spec->frame == FRAME_MATCHED ? "matched" : "noise");
  if (spec->frame == FRAME_MATCHED)
    json_number(json, "sigma_data", spec->sigma_data);
  json_count(json, "block", spec->block);
  json_count(json, "threads", spec->n_threads);
  json_end(json);
}

void provenance_build(struct json *json) {
  char abi[32], libconfig[32];
  snprintf(abi, sizeof abi, "%u.%u", KAC_ABI_MAJOR, KAC_ABI_MINOR);
  snprintf(libconfig, sizeof libconfig, "%d.%d", LIBCONFIG_VER_MAJOR,
           LIBCONFIG_VER_MINOR);
  json_object(json, "versions");
  json_string(json, "kac", KAC_VERSION);
  json_string(json, "abi", abi);
  json_string(json, "compiler", __VERSION__);
  json_string(json, "libconfig", libconfig);
  json_end(json);
}

void provenance_host(struct json *json, size_t n_threads) {
  struct utsname name;
  json_object(json, "host");
  if (uname(&name) == 0) {
    json_string(json, "name", name.nodename);
    json_string(json, "system", name.sysname);
    json_string(json, "release", name.release);
    json_string(json, "machine", name.machine);
  }
  json_integer(json, "cpus", sysconf(_SC_NPROCESSORS_ONLN));
  json_count(json, "threads", n_threads);
  json_end(json);
}
