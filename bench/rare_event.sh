#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The rare event of w5 as a table to plot: a line for each number of particles,
# the success of steering and of best of k with their standard errors.
#
#   bench/rare_event.sh [STEPS] >rare_event.tsv
#
# Run it in the build folder after `make bench`; KAC_BENCH is the program
# (./kac-bench), KAC_PLUGIN_PATH the plugins (./plugin-tree).
set -eu
: "${KAC_BENCH:=./kac-bench}"
: "${KAC_PLUGIN_PATH:=$PWD/plugin-tree}"
export KAC_PLUGIN_PATH
results=$("$KAC_BENCH" --only w5 --steps "${1:-100}")
printf 'k\tsteering\tsteering_err\tbest_of_k\tbest_of_k_err\tbest_of_k_exact\n'
printf '%s\n' "$results" | awk -v OFS='\t' '
  $1 == "RESULT" { value[$5] = $6 }
  $5 == "best_of_k_exact" {
    k = $4; sub(/^rare_k/, "", k); sub(/_S.*/, "", k)
    print k, value["steering_success"], value["steering_success_err"],
      value["best_of_k_success"], value["best_of_k_success_err"], $6
  }'
