/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The child leads a process group, which is killed as a whole, and writes into
 * a file without a name.  What has left the group becomes a child of this
 * process as its parents end, and is killed as such. */
#define _GNU_SOURCE /* memfd_create, wait4 */
#include "conform/child.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sampler/run.h"

/* How a child says that its work came to an end. */
enum { DONE = 91 };
/* What one may print before it is stopped: it is kept in memory. */
#define MOST_PRINTED (1 << 24)

void *child_share(size_t bytes) {
  void *block = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return block == MAP_FAILED ? NULL : block;
}

void child_unshare(void *block, size_t bytes) {
  if (block) munmap(block, bytes);
}

/* What crashes from here on is not kac, as the handlers of kac would say. */
void child_exit(void) {
  static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
  for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++)
    signal(numbers[k], SIG_DFL);
  exit(DONE);
}

/* A copy of the child that a plugin has made ends here in silence.  Ctrl-C
 * reaches the parent alone, which takes the child with it; a shell that runs
 * kac in the background has it ignore what a plugin may not ignore. */
static void run_inside(void (*work)(void *), void *context, int output) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signal(SIGINT, SIG_DFL);
  signal(SIGQUIT, SIG_DFL);
  setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
  pid_t self = getpid();
  int input = open("/dev/null", O_RDONLY);
  if (input >= 0) dup2(input, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  work(context);
  _exit(getpid() == self ? DONE : 0);
}

/* Polling, since a plugin may have taken SIGCHLD or made children of its own;
 * short at first, as most laws are. */
static enum child_end wait_until(pid_t pid, double deadline, int output,
                                 int *status) {
  struct timespec pause = {0, 200000};
  struct stat printed;
  for (;;) {
    pid_t ended = waitpid(pid, status, WNOHANG);
    if (ended == pid) return CHILD_DONE;
    if (ended < 0 || run_seconds() > deadline) return CHILD_LATE;
    if (fstat(output, &printed) == 0 && printed.st_size > MOST_PRINTED)
      return CHILD_FLOODS;
    nanosleep(&pause, NULL);
    if (pause.tv_nsec < 5000000) pause.tv_nsec *= 2;
  }
}

static void read_printed(int output, char *printed, size_t bytes) {
  ssize_t n = pread(output, printed, bytes - 1, 0);
  printed[n > 0 ? n : 0] = '\0';
  for (char *c = printed; *c; c++)
    if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = ' ';
}

static void judge_end(struct child *child, int status) {
  if (WIFSIGNALED(status)) {
    child->end = CHILD_KILLED;
    child->number = WTERMSIG(status);
  } else {
    child->number = WEXITSTATUS(status);
    child->end = child->number == DONE ? CHILD_DONE : CHILD_EXITED;
  }
}

/* --- what is left ----------------------------------------------------------
 */
#ifdef PR_SET_CHILD_SUBREAPER
enum { MOST_KIN = 64, MOST_ROUNDS = 64 };
struct kin { /* children of this process */
  pid_t pid[MOST_KIN];
  size_t n;
};

static bool is_child(const char *pid) {
  char path[64], text[256] = "";
  snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
  FILE *file = fopen(path, "r");
  if (!file) return false;
  text[fread(text, 1, sizeof text - 1, file)] = '\0';
  fclose(file);
  const char *behind = strrchr(text, ')'); /* of a name with anything in it */
  return behind && strlen(behind) > 4 && atol(behind + 4) == (long)getpid();
}

static struct kin list_children(void) {
  struct kin kin = {.n = 0};
  siginfo_t info;
  if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0) return kin;
  DIR *dir = opendir("/proc");
  const struct dirent *entry;
  while (dir && kin.n < MOST_KIN && (entry = readdir(dir)))
    if (entry->d_name[0] > '0' && entry->d_name[0] <= '9' &&
        is_child(entry->d_name))
      kin.pid[kin.n++] = (pid_t)atol(entry->d_name);
  if (dir) closedir(dir);
  return kin;
}

static bool is_of(const struct kin *kin, pid_t pid) {
  for (size_t i = 0; i < kin->n; i++)
    if (kin->pid[i] == pid) return true;
  return false;
}

/* Whoever started kac may have left it children of its own.  Those that are
 * killed leave theirs to the next round. */
static void end_children(const struct kin *before) {
  bool is_done = before->n == MOST_KIN;
  for (size_t round = 0; !is_done && round < MOST_ROUNDS; round++) {
    struct kin now = list_children();
    is_done = true;
    for (size_t i = 0; i < now.n; i++) {
      if (is_of(before, now.pid[i])) continue;
      kill(now.pid[i], SIGKILL);
      waitpid(now.pid[i], NULL, 0);
      is_done = false;
    }
  }
}

static struct kin adopt(void) {
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  return list_children();
}
#else
struct kin {
  size_t n;
};

static struct kin adopt(void) {
  return (struct kin){0};
}

static void end_children(const struct kin *before) {
  (void)before;
}
#endif

/* --- from start to end -----------------------------------------------------
 */
struct child child_run(void (*work)(void *), void *context, double limit) {
  struct child child = {.end = CHILD_NONE};
  double begin = run_seconds();
  int status = 0, output = memfd_create("kac-test", MFD_CLOEXEC);
  if (output < 0) return child;
  const struct kin before = adopt();
  pid_t pid = fork();
  if (pid == 0) run_inside(work, context, output);
  if (pid > 0) {
    setpgid(pid, pid);
    child.end = wait_until(pid, begin + limit, output, &status);
    kill(-pid, SIGKILL);
    if (child.end == CHILD_DONE) {
      judge_end(&child, status);
    } else {
      kill(pid, SIGKILL); /* it may have left its group */
      waitpid(pid, &status, 0);
    }
    end_children(&before);
    read_printed(output, child.printed, sizeof child.printed);
  }
  close(output);
  child.seconds = run_seconds() - begin;
  return child;
}
