/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The output folder: made, opened, locked.  flock() belongs to an open file
 * and not to a process, so two runs in one process exclude each other too. */
#include "output/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static bool folder_fault(struct fault *fault, const char *what,
                         const char *folder) {
  fault_set(fault, EXIT_FILE, "cannot %s output folder '%s': %s", what, folder,
            strerror(errno));
  return false;
}

/* mkdir -p; *is_made tells whether the last one was missing. */
static bool make(const char *folder, bool *is_made, struct fault *fault) {
  char *path = strdup(folder);
  if (!path) return folder_fault(fault, "make", folder);
  for (char *slash = path + 1; *path && (slash = strchr(slash, '/')); slash++) {
    *slash = '\0';
    mkdir(path, 0777); /* the last one will tell */
    *slash = '/';
  }
  free(path);
  *is_made = mkdir(folder, 0777) == 0;
  if (*is_made || errno == EEXIST) return true;
  return folder_fault(fault, "make", folder);
}

/* The number in the lock file: 0 if there is none, -1 if it is no number. */
static long read_holder(int fd) {
  char text[32] = "", *end;
  ssize_t n = pread(fd, text, sizeof text - 1, 0);
  if (n <= 0) return 0;
  long pid = strtol(text, &end, 10);
  return pid > 0 && (*end == '\n' || *end == '\0') ? pid : -1;
}

static bool is_current(const struct folder_lock *lock) {
  struct stat held, named;
  return fstat(lock->lock, &held) == 0 &&
         fstatat(lock->dir, "lock", &named, AT_SYMLINK_NOFOLLOW) == 0 &&
         held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

static bool take_lock(struct folder_lock *lock, const char *folder,
                      struct fault *fault) {
  lock->lock = openat(lock->dir, "lock",
                      O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (lock->lock < 0) return folder_fault(fault, "lock", folder);
  long holder = read_holder(lock->lock);
  if (flock(lock->lock, LOCK_EX | LOCK_NB) == 0) {
    if (holder >= 0) return true;
    fault_set(fault, EXIT_FILE,
              "'%s/lock' is not a lock of kac: choose another output folder",
              folder);
  } else if (errno == EWOULDBLOCK) {
    fault_set(fault, EXIT_IN_USE, "output folder '%s' is in use by process %ld",
              folder, holder);
  } else {
    folder_fault(fault, "lock", folder);
  }
  close(lock->lock);
  lock->lock = -1;
  return false;
}

/* A holder removes its lock file before it lets go, so what we have locked may
 * have lost its name meanwhile: then it protects nothing. */
static bool take_current_lock(struct folder_lock *lock, const char *folder,
                              struct fault *fault) {
  for (;;) {
    if (!take_lock(lock, folder, fault)) return false;
    if (is_current(lock)) return true;
    close(lock->lock);
    lock->lock = -1;
  }
}

static bool sign(const struct folder_lock *lock, const char *folder,
                 struct fault *fault) {
  char text[32];
  int n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
  if (ftruncate(lock->lock, 0) == 0 &&
      pwrite(lock->lock, text, (size_t)n, 0) == n)
    return true;
  return folder_fault(fault, "write to", folder);
}

bool folder_open(struct folder_lock *lock, const char *folder,
                 struct fault *fault) {
  *lock = (struct folder_lock){.dir = -1, .lock = -1};
  if (!make(folder, &lock->is_made, fault)) return false;
  lock->dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock->dir < 0) return folder_fault(fault, "open", folder);
  return take_current_lock(lock, folder, fault) && sign(lock, folder, fault);
}

/* ".NAME.tmp.PID" of a process that is no more. */
static bool is_stale(const char *name) {
  const char *mark = NULL, *at = name;
  char *end;
  while ((at = strstr(at, ".tmp."))) mark = at++;
  if (name[0] != '.' || !mark || mark == name) return false;
  const char *digits = mark + strlen(".tmp.");
  errno = 0;
  long pid = strtol(digits, &end, 10);
  bool is_number = *digits >= '1' && *digits <= '9' && *end == '\0';
  if (!is_number || errno != 0 || pid > INT_MAX) return false;
  return kill((pid_t)pid, 0) != 0 && errno == ESRCH;
}

void folder_sweep(const struct folder_lock *lock) {
  int copy = openat(lock->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
  if (!dir) {
    if (copy >= 0) close(copy);
    return;
  }
  for (struct dirent *entry; (entry = readdir(dir));)
    if (is_stale(entry->d_name)) unlinkat(lock->dir, entry->d_name, 0);
  closedir(dir);
}

void folder_close(struct folder_lock *lock, const char *folder, bool keep) {
  if (lock->lock >= 0) {
    unlinkat(lock->dir, "lock", 0);
    close(lock->lock);
  }
  if (lock->dir >= 0) close(lock->dir);
  if (lock->is_made && !keep) rmdir(folder);
  *lock = (struct folder_lock){.dir = -1, .lock = -1};
}
