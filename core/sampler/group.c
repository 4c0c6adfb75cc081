/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Groups of scores; see group.h. */
#include "sampler/group.h"

#include "plugin/crash.h"

static const kac_score_ops *group_ops(const struct instance *score) {
  const kac_component *component = score->component;
  const kac_score_ops *ops = component->ops;
  bool has = KAC_HAS(kac_score_ops, ops, eval_group) && ops->same_group &&
             ops->eval_group && component->threads == KAC_THREADS_BLOCK;
  return has ? ops : NULL;
}

size_t group_most(const struct spec *spec) {
  size_t n = 0;
  for (size_t i = 0; i < spec->n_terms; i++) {
    const struct instance *score = spec->terms[i].score;
    size_t n_alike = 0;
    for (size_t j = 0; j < spec->n_terms && group_ops(score); j++)
      n_alike += spec->terms[j].score->component == score->component;
    n += n_alike > 1;
  }
  return n;
}

static bool is_grouped(const struct instance *first,
                       const struct instance *score) {
  const kac_score_ops *ops = group_ops(first);
  if (!ops || first->component != score->component || !first->self ||
      !score->self)
    return false;
  struct crash_site before = crash_enter_instance(score);
  bool is_same = ops->same_group(first->self, score->self) != 0;
  crash_enter(before);
  return is_same;
}

void group_find(struct path *path) {
  const struct spec *spec = path->spec;
  int n_slots = 0;
  for (size_t i = 0; i < spec->n_terms; i++) {
    size_t j = 0;
    while (j < i && (path->leader[j] != j ||
                     !is_grouped(spec->terms[j].score, spec->terms[i].score)))
      j++;
    path->leader[i] = j;
    path->group_size[j]++;
  }
  for (size_t i = 0; i < spec->n_terms; i++)
    path->value_slot[i] =
        path->group_size[path->leader[i]] > 1 ? n_slots++ : -1;
}

bool group_eval(const struct site *site, size_t leader, kac_score_io *asks) {
  const struct path *path = site->worker->path;
  const struct spec *spec = path->spec;
  struct instance *scores[PATH_MAX_TERMS];
  kac_score_io *ios[PATH_MAX_TERMS];
  size_t n = 0;
  if (path->group_size[leader] == 1)
    return call_score(site, spec->terms[leader].score, &asks[leader]);
  for (size_t i = leader; i < spec->n_terms; i++) {
    if (path->leader[i] != leader) continue;
    scores[n] = spec->terms[i].score;
    ios[n++] = &asks[i];
  }
  return call_score_group(site, scores, n, ios);
}
