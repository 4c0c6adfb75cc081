/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The child leads a process group, which is killed as a whole, and writes into
 * a file without a name. */
#define _GNU_SOURCE /* memfd_create, wait4 */
#include "conform/child.h"

#include <fcntl.h>
#include <signal.h>
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

struct child child_run(void (*work)(void *), void *context, double limit) {
  struct child child = {.end = CHILD_NONE};
  double begin = run_seconds();
  int status = 0, output = memfd_create("kac-test", MFD_CLOEXEC);
  if (output < 0) return child;
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
    read_printed(output, child.printed, sizeof child.printed);
  }
  close(output);
  child.seconds = run_seconds() - begin;
  return child;
}
