/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The zoo: a good observer of the mean square, which -DANIMAL turns into one
 * that breaks the law named in tests/zoo.tsv. */
#include <kac/sdk.h>

struct config {
  double scale;
};
static const kac_param params[] = {
    KAC_REAL(struct config, scale, 1, 0, 10, "", "multiplies the result")};

struct self {
  const kac_host *host;
  double scale, sum;
};

static kac_status create(const kac_host *host, const void *config,
                         const kac_plan *plan, void **self, kac_error *err) {
  struct self *made = host->alloc(host, sizeof *made);
  (void)plan;
  if (!made) return kac_fail(err, KAC_ENOMEM, "no memory");
  made->host = host;
  made->scale = ((const struct config *)config)->scale;
  *self = made;
  return KAC_OK;
}

static kac_status record(void *self, const kac_frame *frame, kac_error *err) {
  struct self *of = self;
  (void)err;
  of->sum = 0;
  for (size_t i = 0; i < frame->n_particles; i++) {
    const double *x = kac_row(&frame->x, i);
    for (size_t k = 0; k < frame->space->n_real; k++) of->sum += x[k] * x[k];
  }
#ifdef WRITES_STATE
  ((double *)(uintptr_t)frame->x.real)[0] = 0;
#elif defined WRITES_WEIGHT
  ((double *)(uintptr_t)frame->logw)[0] = 0;
#elif defined PRINTS
  printf("step %llu\n", (unsigned long long)frame->step);
#elif defined WRITES_FILE
  FILE *out = fopen("mean.txt", "w");
  if (out) fclose(out);
#elif defined GIVES_UP
  return kac_fail(err, KAC_EIO, "the tape is full");
#endif
  return KAC_OK;
}

static kac_status end(void *self, kac_error *err) {
  struct self *of = self;
  double value = of->scale * of->sum;
  return of->host->result(of->host, "square", &value, 1, err);
}

static const kac_observer_ops ops = {sizeof ops, 0, NULL, record, end};
static const kac_component animal = {
    KAC_COMPONENT(KAC_OBSERVER, "animal", "of the zoo", struct config, params,
                  kac_observer_ops, ops),
    .create = create};
KAC_MODULE(animal)
