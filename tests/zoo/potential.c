/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The zoo: a good potential, -stiffness/2 |x|^2, which -DANIMAL turns into one
 * that breaks the law named in tests/zoo.tsv, and little else. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <fenv.h>
#include <kac/sdk.h>
#include <locale.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct config {
  double stiffness;
};
#ifdef NO_DOC
#define DOC ""
#else
#define DOC "curvature of -log phi"
#endif
static const kac_param params[] = {
    KAC_REAL(struct config, stiffness, 1, 0, 1e6, "1/length^2", DOC)};

struct self {
  double stiffness;
};

#ifdef SHOWS_ANOTHER
KAC_EXPORT int another_symbol(void);
KAC_EXPORT int another_symbol(void) {
  return 1;
}
#endif
#ifdef CONSTRUCTOR_PRINTS
__attribute__((constructor)) static void greet(void) {
  fputs("hello from a plugin\n", stderr);
}
#endif

#ifdef STARTS_THREAD
static void *sleep_for_ever(void *argument) {
  for (;;) pause();
  return argument;
}
#endif
#ifdef STACK_OVERFLOWS
static double deeper(volatile double *x, int n) {
  volatile double room[512];
  room[n % 512] = x[0];
  return n < 0 ? 0 : deeper(room, n + 1) + room[3];
}
#endif

/* What a plugin must not do to its process. */
static void misbehave(void) {
#ifdef CHANGES_FOLDER
  if (chdir("/") != 0) return;
#elif defined CHANGES_LOCALE
  setlocale(LC_ALL, "C.UTF-8");
#elif defined PRINTS
  puts("evaluating");
#elif defined TAKES_SIGNAL
  signal(SIGINT, SIG_IGN);
#elif defined CHANGES_UMASK
  umask(0);
#elif defined SETS_VARIABLE
  setenv("KAC_ZOO", "1", 1);
#elif defined FORKS
  if (fork() == 0) _exit(0);
#elif defined STARTS_THREAD
  pthread_t thread;
  pthread_create(&thread, NULL, sleep_for_ever, NULL);
#elif defined LEAVES_FILE_OPEN
  if (open("/dev/null", O_RDONLY) < 0) return;
#elif defined EXITS
  exit(0);
#elif defined EXITS_AT_ONCE
  _exit(3);
#elif defined ABORTS
  abort();
#elif defined CRASHES
  *(volatile int *)16 = 1;
#elif defined LOOPS
  for (;;) sched_yield();
#elif defined ROUNDS_UP
  fesetround(FE_UPWARD);
#elif defined FLUSHES
  __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8040);
#elif defined LEAKS_IN_CALL
  static void *volatile lost;
  lost = malloc(100);
#elif defined STACK_OVERFLOWS
  volatile double x[1] = {1};
  x[0] = deeper(x, 0);
#endif
}

/* One row: log phi, and its gradient if there is room for it. */
static double row_of(const double *x, size_t d, double k, double *dphi) {
  double sum = 0;
  for (size_t j = 0; j < d; j++) {
    sum += x[j] * x[j];
    if (!dphi) continue;
#ifdef WRONG_SIGN
    dphi[j] = k * x[j];
#elif defined WRONG_FACTOR
    dphi[j] = -2 * k * x[j];
#elif defined WRONG_COORDINATE
    dphi[j] = -k * x[(j + 1) % d];
#else
    dphi[j] = -k * x[j];
#endif
  }
  return -0.5 * k * sum;
}

static kac_status eval(const void *self, const kac_block *block,
                       kac_potential_io *io, kac_error *err) {
  double k = ((const struct self *)self)->stiffness;
  size_t d = block->space->n_real, n = block->n;
  size_t ld_in = io->x.ld, ld_out = io->ld;
  (void)err;
  misbehave();
#ifdef IGNORES_LD_OUT
  ld_out = d;
#elif defined IGNORES_LD_IN
  ld_in = d;
#elif defined TWO_COORDINATES
  d = 2;
#elif defined SKIPS_LAST_ROW
  n = n - 1;
#elif defined SCRATCH_IS_ZERO
  k += 1e-290 * ((const double *)block->scratch)[0];
#elif defined BLOCK_SIZE_MATTERS
  k *= 1 + 1e-15 * (double)n;
#endif
#ifdef COUNTS_CALLS
  static int n_calls;
  k += 1e-9 * n_calls++;
#elif defined USES_RAND
  k += 1e-9 * rand();
#endif
  for (size_t i = 0; i < n; i++) {
    const double *x = io->x.real + i * ld_in;
    double *dphi = (io->want & KAC_Q_DPHI) ? io->dphi + i * ld_out : NULL;
#ifdef IGNORES_WANT
    dphi = io->dphi + i * ld_out;
#endif
    double phi = row_of(x, d, k, dphi);
#ifdef NAN_WHERE_LARGE
    if (x[0] > 1) phi = KAC_NAN;
#elif defined INFINITE_WHERE_LARGE
    if (x[0] > 1) phi = KAC_INF;
#elif defined NAN_GRADIENT
    if (dphi && x[0] < 0) dphi[d - 1] = KAC_NAN;
#elif defined SKIPS_COLUMN
    if (dphi) memcpy(&dphi[d - 1], io->dphi - 1, sizeof *dphi);
#elif defined WRITES_PAST_END
    if (dphi && i + 1 == n) dphi[d] = 0;
#elif defined WRITES_INPUT
    ((double *)(uintptr_t)x)[0] *= 2;
#elif defined WANT_MATTERS
    if (!dphi) phi *= 1 + 1e-9;
#elif defined READS_NEIGHBOUR
    if (i + 1 < n) phi += 1e-9 * x[ld_in];
#elif defined PLACE_MATTERS
    phi += 1e-9 * (double)i;
#elif defined NOISE_BY_PLACE
    double noise[64];
    block->host->normal(block, 0, noise, 1, 1);
    phi += 1e-6 * noise[n - 1 - i];
#elif defined NOISE_BY_ROW
    double noise[64];
    block->host->normal(block, 0, noise, 1, 1);
    phi += 1e-6 * noise[i];
#elif defined SHARED_WORK
    static volatile double sum;
    sum = phi;
    sched_yield();
    phi = sum;
#elif defined STATE_OF_ANOTHER || defined STATE_OF_ROW
    size_t at = i;
#ifdef STATE_OF_ANOTHER
    at = n - 1 - i;
#endif
    double last = 0;
    unsigned char *bytes =
        block->pstate ? block->pstate + at * block->pstate_stride : NULL;
    if (bytes) {
      memcpy(&last, bytes, sizeof last);
      memcpy(bytes, &x[0], sizeof last);
    }
    phi += last;
#endif
#ifdef NAN_AT_BOUND
    if (k <= 0) phi = 0 * KAC_INF;
#elif defined CRASHES_AT_BOUND
    if (k > 9e5) abort();
#elif defined WALL
    if (x[0] > 1) phi = -KAC_INF;
#endif
    if (io->want & KAC_Q_PHI) io->phi[i] = phi;
  }
  return KAC_OK;
}

static kac_status plan(const void *config, kac_plan *io, kac_error *err) {
  (void)config;
  (void)err;
  io->scratch_bytes = 64;
#if defined STATE_OF_ANOTHER || defined STATE_OF_ROW
  io->pstate_bytes = sizeof(double);
#endif
  return KAC_OK;
}

static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *plan_given, void **self,
                         kac_error *err) {
  struct self *made = host->alloc(host, sizeof *made);
  (void)plan_given;
  (void)err;
#ifdef LOOPS_IN_CREATE
  for (;;) sched_yield();
#elif defined ONLY_ONE
  static int n_made;
  if (n_made++ > 0) return kac_fail(err, KAC_EINVAL, "there can be only one");
#elif defined LEAKS
  static void *volatile lost;
  lost = malloc(100);
#elif defined LEAKS_FILES
  if (open("/dev/null", O_RDONLY) < 0) return KAC_EIO;
#elif defined FAILS_SILENTLY
  if (((const struct config *)config)->stiffness > 9e5) return KAC_EINVAL;
#endif
  if (!made) return kac_fail(err, KAC_ENOMEM, "no memory");
  made->stiffness = ((const struct config *)config)->stiffness;
  *self = made;
  return KAC_OK;
}

static void destroy(void *self) {
#ifdef DIES_IN_DESTROY
  free((char *)self + 1);
#endif
  (void)self;
}

#ifdef STRANGE_BITS
#define PROVIDES (KAC_Q_PHI | KAC_Q_DPHI | KAC_Q_SCORE)
#else
#define PROVIDES (KAC_Q_PHI | KAC_Q_DPHI)
#endif
static const kac_potential_ops ops = {sizeof ops, 0, eval};
static const kac_component animal = {
    KAC_COMPONENT(KAC_POTENTIAL, "animal", "of the zoo", struct config, params,
                  kac_potential_ops, ops),
    .provides = PROVIDES, .plan = plan, .create = create, .destroy = destroy};
KAC_MODULE(animal)
