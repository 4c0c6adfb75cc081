/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A good config with sections replaced, for tests of what is checked before a
 * run.  Each section stands in a line of its own, so that the line in a
 * message tells the section. */
#ifndef KAC_TESTS_PIPELINE_FIXTURE_H
#define KAC_TESTS_PIPELINE_FIXTURE_H
#include "sampler_fixture.h"

enum { TEXT = 8192, SECTIONS = 9 };
/* By line of the config, from 1. */
enum {
  STATE = 1,
  SCHEDULE,
  TIME,
  SCORES,
  TARGET,
  POTENTIALS,
  INTEGRATORS,
  POPULATION,
  MORE
};
static const char *const good[SECTIONS + 1] = {
    "",
    "state = { real = 2; };",
    "schedule = { plugin = \"ve\"; };",
    "time = { steps = 8; };",
    "scores = ({ id = \"base\"; plugin = \"gaussian\"; });",
    "",
    "",
    "integrators = ({ plugin = \"euler_maruyama\"; });",
    "population = { particles = 10; };",
    ""};
struct change {
  int section;
  const char *text;
};

static inline void write_config(const struct change *changes, size_t n,
                                char *text) {
  size_t at = 0;
  for (int line = 1; line <= SECTIONS; line++) {
    const char *section = good[line];
    for (size_t k = 0; k < n; k++)
      if (changes[k].section == line) section = changes[k].text;
    at += (size_t)snprintf(text + at, TEXT - at, "%s\n", section);
    ck_assert_uint_lt(at, TEXT);
  }
}

static inline void expect(const struct change *changes, size_t n, bool is_good,
                          const char *messages) {
  char text[TEXT];
  struct rig rig;
  write_config(changes, n, text);
  bool is_checked = rig_check(&rig, text);
  ck_assert_str_eq(diag_text(rig.diag), messages);
  ck_assert(is_checked == is_good);
  ck_assert(is_good == (diag_errors(rig.diag) == 0));
  rig_close(&rig);
}

/* One section, or two. */
static inline void fails(int section, const char *text, const char *messages) {
  expect(&(struct change){section, text}, 1, false, messages);
}
static inline void fails_2(int a, const char *first, int b, const char *second,
                           const char *messages) {
  const struct change changes[] = {{a, first}, {b, second}};
  expect(changes, 2, false, messages);
}
static inline void warns_2(int a, const char *first, int b, const char *second,
                           const char *messages) {
  const struct change changes[] = {{a, first}, {b, second}};
  expect(changes, 2, true, messages);
}

/* The text of the good config with n changes, checked. */
static inline bool check_changed(struct rig *rig, const struct change *changes,
                                 size_t n) {
  char text[TEXT];
  write_config(changes, n, text);
  return rig_check(rig, text);
}

/* "scores = ({ plugin = "<forms.so>:NAME"; ... });" in a buffer of its own. */
static inline const char *form(const char *before, const char *name,
                               const char *after) {
  static char text[2][4096];
  static int next;
  const char *dir = getenv("KAC_FIXTURES");
  ck_assert_msg(dir != NULL, "KAC_FIXTURES is not set");
  char *to = text[next++ % 2];
  snprintf(to, sizeof text[0], "%s{ plugin = \"%s/score/forms.so:%s\"; %s",
           before, dir, name, after);
  return to;
}

#endif
