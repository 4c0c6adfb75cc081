/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The output folder of a run.  The folder is opened once and everything is
 * done relative to that descriptor, so that renaming it or replacing a file by
 * a link during the run leads nowhere else.  A file has its final name only
 * when all files of the run are on the disk; run.json comes last and thus
 * means that the run has come to its end, with all of its files or extinct. */
#include "output/outputs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "memory.h"
#include "output/folder.h"

enum { MAX_NAME = 200 };

struct output_file {
  char name[MAX_NAME + 1], temporary[MAX_NAME + 32];
  int fd; /* our own duplicate, for fsync; -1 when closed */
  bool is_renamed, is_left_out;
};
struct host_outputs {
  char *folder; /* NULL: no files */
  struct folder_lock lock;
  bool overwrite, is_committed;
  struct output_file *file;
  size_t n_files;
  struct host_outputs_result *result;
  void **block; /* what each result points into */
  size_t n_results;
};

static bool file_fault(struct fault *fault, const struct host_outputs *outputs,
                       const char *what, const char *name) {
  fault_set(fault, EXIT_FILE, "cannot %s '%s/%s': %s", what, outputs->folder,
            name, strerror(errno));
  return false;
}

/* 0: nothing there, 1: a file or a link, 2: a folder. */
static int look_up(const struct host_outputs *outputs, const char *name) {
  struct stat status;
  if (fstatat(outputs->lock.dir, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
    return 0;
  return S_ISDIR(status.st_mode) ? 2 : 1;
}

struct host_outputs *outputs_open(const char *folder, bool overwrite,
                                  struct fault *fault) {
  struct host_outputs *outputs = calloc(1, sizeof *outputs);
  char *copy = outputs && folder ? strdup(folder) : NULL;
  if (!outputs || (folder && !copy)) {
    fault_set(fault, EXIT_RESOURCE, "no memory for the output folder");
    free(outputs);
    return NULL;
  }
  outputs->folder = copy;
  outputs->overwrite = overwrite;
  outputs->lock = (struct folder_lock){.dir = -1, .lock = -1};
  if (!folder) return outputs;
  if (!folder_open(&outputs->lock, folder, fault)) {
    outputs_close(outputs);
    return NULL;
  }
  if (!overwrite && look_up(outputs, "run.json")) {
    fault_set(fault, EXIT_FILE,
              "output folder '%s' holds a finished run (run.json); choose "
              "another one or give --overwrite",
              folder);
    outputs_close(outputs);
    return NULL;
  }
  folder_sweep(&outputs->lock);
  return outputs;
}

static bool is_plain_name(const char *name) {
  return name && name[0] != '\0' && name[0] != '.' && !strchr(name, '/') &&
         strlen(name) <= MAX_NAME && strcmp(name, "lock") != 0;
}

static bool may_create(const struct host_outputs *outputs, const char *name,
                       struct fault *fault) {
  if (!is_plain_name(name)) {
    fault_set(fault, EXIT_PLUGIN,
              "'%s' cannot be the name of an output file: expected a plain "
              "name without '/' and leading '.', not 'lock'",
              name ? name : "");
    return false;
  }
  for (size_t i = 0; i < outputs->n_files; i++)
    if (strcmp(outputs->file[i].name, name) == 0) {
      fault_set(fault, EXIT_PLUGIN, "two parts of the run write '%s/%s'",
                outputs->folder, name);
      return false;
    }
  int found = look_up(outputs, name);
  if (found == 0 || (found == 1 && outputs->overwrite)) return true;
  fault_set(fault, EXIT_FILE, "'%s/%s' exists already%s", outputs->folder, name,
            found == 2 ? " and is a folder" : "; --overwrite replaces it");
  return false;
}

static int open_temporary(const struct host_outputs *outputs,
                          const char *temporary) {
  const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  int fd = openat(outputs->lock.dir, temporary, flags, 0666);
  if (fd >= 0 || errno != EEXIST) return fd;
  /* Left by a killed run that had our process number: the lock is ours. */
  if (unlinkat(outputs->lock.dir, temporary, 0) != 0) return -1;
  return openat(outputs->lock.dir, temporary, flags, 0666);
}

static struct output_file *new_file(struct host_outputs *outputs) {
  size_t bytes = (outputs->n_files + 1) * sizeof *outputs->file;
  struct output_file *file = realloc(outputs->file, bytes);
  if (!file) return NULL;
  outputs->file = file;
  return &file[outputs->n_files];
}

int outputs_create(struct host_outputs *outputs, const char *name,
                   struct fault *fault) {
  if (!outputs->folder) return -1;
  if (!may_create(outputs, name, fault)) return -1;
  struct output_file *file = new_file(outputs);
  if (!file) {
    fault_set(fault, EXIT_RESOURCE, "no memory for the output file '%s'", name);
    return -1;
  }
  *file = (struct output_file){.fd = -1};
  snprintf(file->name, sizeof file->name, "%s", name);
  snprintf(file->temporary, sizeof file->temporary, ".%s.tmp.%ld", name,
           (long)getpid());
  int fd = open_temporary(outputs, file->temporary);
  if (fd < 0) {
    file_fault(fault, outputs, "create", name);
    return -1;
  }
  outputs->n_files++;
  file->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
  if (file->fd >= 0) return fd;
  file_fault(fault, outputs, "create", name);
  close(fd);
  return -1;
}

/* An fsync that fails is not tried again: the kernel may have dropped the
 * data and would then report success. */
static bool flush_file(const struct host_outputs *outputs,
                       struct output_file *file, struct fault *fault) {
  int fd = file->fd;
  file->fd = -1;
  if (file->is_left_out) {
    close(fd);
    return true;
  }
  if (fsync(fd) != 0) {
    file_fault(fault, outputs, "write", file->name);
    close(fd);
    return false;
  }
  if (close(fd) == 0) return true;
  return file_fault(fault, outputs, "write", file->name);
}

/* Nor may the file of that name of a run before stand beside this run.json. */
static bool leave_out(const struct host_outputs *outputs,
                      const struct output_file *file, struct fault *fault) {
  int dir = outputs->lock.dir;
  unlinkat(dir, file->temporary, 0);
  if (!outputs->overwrite || unlinkat(dir, file->name, 0) == 0 ||
      errno == ENOENT)
    return true;
  return file_fault(fault, outputs, "replace", file->name);
}

static bool rename_file(const struct host_outputs *outputs,
                        struct output_file *file, struct fault *fault) {
  int dir = outputs->lock.dir;
  if (file->is_left_out) return leave_out(outputs, file, fault);
  if (renameat(dir, file->temporary, dir, file->name) != 0)
    return file_fault(fault, outputs, "rename to", file->name);
  file->is_renamed = true;
  return true;
}

static bool rename_files(struct host_outputs *outputs, struct fault *fault) {
  struct output_file *last = NULL;
  for (size_t i = 0; i < outputs->n_files; i++) {
    struct output_file *file = &outputs->file[i];
    if (strcmp(file->name, "run.json") == 0)
      last = file;
    else if (!rename_file(outputs, file, fault))
      return false;
  }
  if (last && !rename_file(outputs, last, fault)) return false;
  if (fsync(outputs->lock.dir) == 0) return true;
  return file_fault(fault, outputs, "write", "");
}

static void remove_files(struct host_outputs *outputs) {
  for (size_t i = 0; i < outputs->n_files; i++) {
    struct output_file *file = &outputs->file[i];
    if (file->fd >= 0) close(file->fd);
    unlinkat(outputs->lock.dir, file->is_renamed ? file->name : file->temporary,
             0);
  }
  outputs->n_files = 0;
}

void outputs_leave_out(struct host_outputs *outputs) {
  for (size_t i = 0; i < outputs->n_files; i++) {
    struct output_file *file = &outputs->file[i];
    file->is_left_out = strcmp(file->name, "run.json") != 0 &&
                        strcmp(file->name, "resolved.cfg") != 0;
  }
}

bool outputs_commit(struct host_outputs *outputs, struct fault *fault) {
  if (!outputs->folder) return true;
  bool is_good = true;
  for (size_t i = 0; is_good && i < outputs->n_files; i++)
    is_good = flush_file(outputs, &outputs->file[i], fault);
  /* The files of the run before belong to its run.json no longer. */
  if (is_good && outputs->overwrite &&
      unlinkat(outputs->lock.dir, "run.json", 0) != 0 && errno != ENOENT)
    is_good = file_fault(fault, outputs, "replace", "run.json");
  is_good = is_good && rename_files(outputs, fault);
  if (!is_good)
    remove_files(outputs);
  else
    outputs->is_committed = true;
  return is_good;
}

void outputs_close(struct host_outputs *outputs) {
  if (!outputs) return;
  if (!outputs->is_committed) remove_files(outputs);
  folder_close(&outputs->lock, outputs->folder, outputs->is_committed);
  for (size_t i = 0; i < outputs->n_results; i++) free(outputs->block[i]);
  free(outputs->block);
  free(outputs->result);
  free(outputs->file);
  free(outputs->folder);
  free(outputs);
}

const char *outputs_folder(const struct host_outputs *outputs) {
  return outputs->folder;
}

/* The place of (instance, key), the end if it is new, NULL without memory. */
static struct host_outputs_result *find_result(struct host_outputs *outputs,
                                               const char *instance,
                                               const char *key) {
  size_t n = outputs->n_results;
  for (size_t i = 0; i < n; i++)
    if (strcmp(outputs->result[i].instance, instance) == 0 &&
        strcmp(outputs->result[i].key, key) == 0)
      return &outputs->result[i];
  struct host_outputs_result *result =
      realloc(outputs->result, (n + 1) * sizeof *result);
  if (!result) return NULL;
  outputs->result = result;
  void **block = realloc(outputs->block, (n + 1) * sizeof *block);
  if (!block) return NULL;
  outputs->block = block;
  block[n] = NULL;
  return &result[n];
}

/* One block holds the numbers and, behind them, both names.  A key that is
 * given again replaces what it was: JSON has no place for two. */
bool outputs_add_result(struct host_outputs *outputs, const char *instance,
                        const char *key, const double *value, size_t n) {
  size_t name = strlen(instance) + 1, bytes;
  if (!memory_product(n, sizeof *value, &bytes)) return false;
  struct host_outputs_result *result = find_result(outputs, instance, key);
  double *copy = result ? malloc(bytes + name + strlen(key) + 1) : NULL;
  if (!copy) return false;
  char *text = (char *)(copy + n);
  if (n > 0) memcpy(copy, value, bytes);
  strcpy(text, instance);
  strcpy(text + name, key);
  size_t i = (size_t)(result - outputs->result);
  free(outputs->block[i]);
  outputs->block[i] = copy;
  *result = (struct host_outputs_result){text, text + name, copy, n};
  if (i == outputs->n_results) outputs->n_results++;
  return true;
}

const struct host_outputs_result *outputs_results(
    const struct host_outputs *outputs, size_t *n) {
  *n = outputs->n_results;
  return outputs->result;
}
