/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The start of a plugin: see template.h.  The texts are data, so that they can
 * be read, compiled and improved as what they are. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* secure_getenv */
#endif
#include "template/template.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/read_file.h"
#include "output/write.h"

#ifndef KAC_TEMPLATE_DIR
#error "define KAC_TEMPLATE_DIR, the folder of the installed templates"
#endif

enum { N_FILES = 4, N_PLACES = 4, TEMPLATE_BYTES_MAX = 1 << 16 };

/* A template, and what becomes of it. */
static const struct {
  const char *from, *to;
} files[N_FILES] = {{"my_kind.c", "my_plugin.c"},
                    {"my_kind.cfg", "my_plugin.cfg"},
                    {"Makefile", "Makefile"},
                    {"README.md", "README.md"}};

/* One call of template_write. */
struct job {
  struct arena *arena;
  const struct template_wish *wish;
  const char *source; /* folder of the templates */
  char *draft;        /* the folder until it is whole */
  struct fault *fault;
};

static bool no_memory(struct fault *fault) {
  fault_set(fault, EXIT_RESOURCE, "no memory");
  return false;
}

static void print_filled(FILE *out, const char *text,
                         const struct template_wish *wish) {
  const struct {
    const char *mark, *value;
  } marks[] = {{"my_kind", wish->kind}, {"my_plugin", wish->name}};
  for (const char *at; (at = strstr(text, "my_"));) {
    const char *value = "my_", *next = at + strlen(value);
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
      if (strncmp(at, marks[i].mark, strlen(marks[i].mark)) == 0) {
        value = marks[i].value;
        next = at + strlen(marks[i].mark);
      }
    fprintf(out, "%.*s%s", (int)(at - text), text, value);
    text = next;
  }
  fputs(text, out);
}

/* The text with its marks replaced; NULL without memory. */
static const char *filled(struct arena *arena, const char *text,
                          const struct template_wish *wish) {
  char *buf = NULL;
  size_t bytes = 0;
  FILE *out = open_memstream(&buf, &bytes);
  if (!out) return NULL;
  print_filled(out, text, wish);
  bool is_whole = !ferror(out);
  is_whole = fclose(out) == 0 && is_whole;
  const char *copy = is_whole ? arena_copy(arena, buf) : NULL;
  free(buf);
  return copy;
}

const char *const *template_files(struct arena *arena,
                                  const struct template_wish *wish) {
  const char **names = arena_alloc(arena, (N_FILES + 1) * sizeof *names);
  for (size_t i = 0; names && i < N_FILES; i++) {
    names[i] = filled(arena, files[i].to, wish);
    if (!names[i]) return NULL;
  }
  return names;
}

/* The folder of this program, or NULL. */
static const char *program_folder(struct arena *arena) {
  char path[4096];
  ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
  if (n <= 0) return NULL;
  path[n] = '\0';
  char *slash = strrchr(path, '/');
  if (!slash) return NULL;
  *slash = '\0';
  return arena_copy(arena, path);
}

/* KAC_TEMPLATE_DIR alone where it is set; else beside this program, as the
 * build and an installation that was moved have them, then where they were
 * installed. */
static size_t list_places(struct arena *arena, const char *places[N_PLACES]) {
  const char *set = secure_getenv("KAC_TEMPLATE_DIR");
  const char *program = program_folder(arena);
  size_t n = 0;
  if (set && set[0]) {
    places[n++] = set;
    return n;
  }
  if (program) {
    places[n++] = arena_format(arena, "%s/template-tree", program);
    places[n++] = arena_format(arena, "%s/../share/kac/template", program);
  }
  places[n++] = KAC_TEMPLATE_DIR;
  return n;
}

static bool find_source(struct job *job) {
  const char *places[N_PLACES], *searched = "";
  size_t n = list_places(job->arena, places);
  for (size_t i = 0; i < n; i++) {
    struct stat info;
    if (!places[i] || !searched) return no_memory(job->fault);
    if (stat(places[i], &info) == 0 && S_ISDIR(info.st_mode)) {
      job->source = places[i];
      return true;
    }
    searched =
        arena_format(job->arena, "%s%s%s", searched, i ? ", " : "", places[i]);
  }
  fault_set(
      job->fault, EXIT_FILE,
      "no templates: searched %s; set KAC_TEMPLATE_DIR to their folder, or "
      "install them (Debian: libkac-dev)",
      searched ? searched : "");
  return false;
}

static bool file_fault(const struct job *job, const char *what,
                       const char *path) {
  fault_set(job->fault, EXIT_FILE, "cannot %s '%s': %s", what, path,
            strerror(errno));
  return false;
}

static const char *read_template(const struct job *job, const char *name) {
  char why[128];
  struct file_bytes file;
  const char *path = arena_format(job->arena, "%s/%s", job->source, name);
  if (!path) {
    no_memory(job->fault);
    return NULL;
  }
  if (read_file(path, TEMPLATE_BYTES_MAX, &file, why, sizeof why) !=
      EXIT_DONE) {
    fault_set(job->fault, EXIT_FILE, "template '%s': %s", path, why);
    return NULL;
  }
  const char *text = filled(job->arena, file.data, job->wish);
  free(file.data);
  if (!text) no_memory(job->fault);
  return text;
}

static bool write_file(const struct job *job, const char *name,
                       const char *text) {
  const char *path = arena_format(job->arena, "%s/%s", job->draft, name);
  if (!path) return no_memory(job->fault);
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) return file_fault(job, "make", path);
  bool is_good = write_all(fd, text, strlen(text), name, job->fault);
  if (close(fd) != 0 && is_good) return file_fault(job, "write", path);
  return is_good;
}

static bool fill_draft(const struct job *job) {
  for (size_t i = 0; i < N_FILES; i++) {
    const char *from = filled(job->arena, files[i].from, job->wish);
    const char *to = filled(job->arena, files[i].to, job->wish);
    if (!from || !to) return no_memory(job->fault);
    const char *text = read_template(job, from);
    if (!text || !write_file(job, to, text)) return false;
  }
  return true;
}

static void remove_draft(const struct job *job) {
  for (size_t i = 0; i < N_FILES; i++) {
    const char *name = filled(job->arena, files[i].to, job->wish);
    const char *path =
        name ? arena_format(job->arena, "%s/%s", job->draft, name) : NULL;
    if (path) unlink(path);
  }
  rmdir(job->draft);
}

/* mkdtemp makes what only its owner can read. */
static mode_t usual_mode(void) {
  mode_t mask = umask(0);
  umask(mask);
  return 0777 & ~mask;
}

static bool is_free(const struct job *job) {
  struct stat info;
  if (lstat(job->wish->folder, &info) != 0) return true;
  fault_set(job->fault, EXIT_FILE,
            "'%s' is there already: choose another name, or --dir",
            job->wish->folder);
  return false;
}

bool template_write(struct arena *arena, const struct template_wish *wish,
                    struct fault *fault) {
  struct job job = {.arena = arena, .wish = wish, .fault = fault};
  if (!is_free(&job) || !find_source(&job)) return false;
  job.draft = arena_format(arena, "%s.XXXXXX", wish->folder);
  if (!job.draft) return no_memory(fault);
  if (!mkdtemp(job.draft)) return file_fault(&job, "make", wish->folder);
  bool is_good = fill_draft(&job);
  if (is_good && (chmod(job.draft, usual_mode()) != 0 ||
                  rename(job.draft, wish->folder) != 0))
    is_good = file_fault(&job, "make", wish->folder);
  if (!is_good) remove_draft(&job);
  return is_good;
}
