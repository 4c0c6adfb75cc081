/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kac-bench: the workloads of bench/README.md in this process, one RESULT line
 * per figure.  Not installed; built by `make bench`. */
#include <getopt.h>
#include <stdlib.h>

#include "bench/bench.h"

static const char usage[] =
    "usage: kac-bench [OPTION]...\n"
    "\n"
    "  --inputs DIR       raw arrays (default: $PEER_INPUTS, ./peer-inputs)\n"
    "  --plugin-path DIR  more plugins, found first\n"
    "  --only TEXT        cases whose \"workload case\" holds TEXT\n"
    "  --threads N        default 1\n"
    "  --n N              particles (default 1e5; w1 always 1e6)\n"
    "  --steps N          steps (default 200, w4: 10, w5: 100)\n"
    "  --reps N           repetitions (default 5)\n"
    "  --block N          rows of a block (default: chosen by the host)\n";

static size_t number(const char *name, const char *text, size_t max) {
  char *end;
  unsigned long long value = strtoull(text, &end, 10);
  if (*text < '0' || *text > '9' || *end != 0 || value > max)
    die("--%s %s: expected a number up to %zu", name, text, max);
  return (size_t)value;
}

static void parse(int argc, char **argv, struct options *options) {
  static const struct option names[] = {
      {"inputs", required_argument, NULL, 'i'},
      {"plugin-path", required_argument, NULL, 'p'},
      {"only", required_argument, NULL, 'o'},
      {"threads", required_argument, NULL, 't'},
      {"n", required_argument, NULL, 'n'},
      {"steps", required_argument, NULL, 's'},
      {"reps", required_argument, NULL, 'r'},
      {"block", required_argument, NULL, 'b'},
      {"help", no_argument, NULL, 'h'},
      {NULL, 0, NULL, 0}};
  int code, i = 0;
  while ((code = getopt_long(argc, argv, "", names, &i)) != -1) {
    if (code == 'h') {
      fputs(usage, stdout);
      exit(EXIT_DONE);
    }
    if (code == 'i') options->inputs = optarg;
    if (code == 'p') options->plugins = optarg;
    if (code == 'o') options->only = optarg;
    if (code == 't') options->threads = number("threads", optarg, 1024);
    if (code == 'n') options->n = number("n", optarg, 1u << 30);
    if (code == 's') options->steps = number("steps", optarg, 1u << 20);
    if (code == 'r') options->reps = number("reps", optarg, MAX_REPS);
    if (code == 'b') options->block = number("block", optarg, 65536);
    if (code == '?') exit(EXIT_CONFIG);
  }
  if (optind < argc) die("unexpected argument %s", argv[optind]);
  if (options->threads == 0 || options->reps == 0)
    die("--threads and --reps are at least 1");
}

int main(int argc, char **argv) {
  const char *inputs = getenv("PEER_INPUTS");
  struct options options = {
      .inputs = inputs ? inputs : "peer-inputs", .threads = 1, .reps = 5};
  parse(argc, argv, &options);
  bench_resamplers(&options);
  bench_mixtures(&options);
  bench_network(&options);
  bench_rare_event(&options);
  return EXIT_DONE;
}
