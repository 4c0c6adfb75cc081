#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Populations that no machine holds are refused before anything is allocated,
# with what they need; a small stack is enough for everything.
. "$KAC_SRCDIR/tests/cli/lib.sh"
cd "$trial"
pipeline 'plugin = "gaussian";' "$advance" "$hundred" >run.cfg

# refuses PATTERN WHAT SETTING...
refuses() {
  pattern=$1 what=$2
  shift 2
  kac check run.cfg "$@"
  says 7 "^command line argument [0-9]+ \\(--set population.*\\): error: population: $pattern" "$what"
  kac run run.cfg --output results "$@"
  says 7 "^command line argument [0-9]+ \\(--set population.*\\): error: population: $pattern" \
    "$what, in run"
  keeps_nothing results "$what: no files"
}

refuses '1000000000000 particles .* need about .* GB; at most' \
  'F33 10^12 particles' --set population.particles=1000000000000L
refuses '9000000000000000 particles in 9000000000000000 replicates need' \
  'F34 a product beyond 64 bits' \
  --set population.replicates=9000000000000000L \
  --set population.particles=9000000000000000L
refuses 'a run needs .* GB \(2000000000 particles x 4000000000 replicates' \
  'F34 a product beyond the address space' \
  --set population.replicates=4000000000L \
  --set population.particles=2000000000
refuses 'a run needs .* GB .* 2000000 numbers each\), and .* GB are available' \
  'F35 more than this machine has' --set state.real=2000000 \
  --set population.particles=2000000000
kac check run.cfg --force-memory --set state.real=2000000 \
  --set population.particles=2000000000
says 0 '' 'F35 unless it is asked for'
kac check run.cfg --set time.steps=4611686018427387904L
says 2 '^command line argument 4 \(--set time.steps=4.*\): error: steps = .* of time: must be in' \
  'F42 2^62 steps'

# A million particles in two dimensions: below 400 MB, and as foretold.
if grep -q __asan_init "$KAC"; then
  skip 'the memory of sanitizers is not ours'
else
  # million FOLDER WARNING SETTING...: and what it was thought to need
  million() {
    folder=$1 warning=$2
    shift 2
    kac run run.cfg --quiet --output "$folder" --set state.real=2 \
      --set population.particles=1000000 --set time.steps=3 "$@"
    says 0 "$warning" "10^6 particles run, $folder"
    check 'in less than 400 MB, within 20 % of the estimate' awk '
      /"estimated":/ { estimated = $2 + 0 }
      /"peak":/ { peak = $2 + 0 }
      END { print "  estimated", estimated, "peak", peak
            exit !(peak > 0 && peak < 400e6 && estimated > peak / 1.2 &&
                   estimated < peak * 1.2) }' "$folder/run.json"
  }
  million large ''
  million moments '' --set 'observers=({plugin="moments";})'
  million both '' \
    --set 'observers=({plugin="moments";},{plugin="compare";mean=[0.0];})'
  cat >>run.cfg <<'END'
potentials = ({ plugin = "linear"; slope = 1.0; mode = "rate"; });
END
  million potential 'warning: steps are too long for these weights'
  # phi of the result, the potential's part and the whole log-weight
  check 'a potential of the path is 24 bytes per particle' awk '
    /"estimated":/ { sum = $2 - sum }
    END { print "  more:", sum; exit !(sum >= 24e6 && sum < 26e6) }' \
    large/run.json potential/run.json
fi

# The dynamic loader and the C library alone need some of it, sanitizers more.
# shellcheck disable=SC3045 # every shell of Debian has ulimit -s
if (ulimit -s 256 && "$KAC" --version) >out 2>&1; then
  status=0
  # shellcheck disable=SC3045
  (ulimit -s 256 && exec "$KAC" run run.cfg --quiet --threads 3) \
    >out 2>err || status=$?
  says 0 '' 'F39 256 kB of stack'
else
  skip 'F39 not even --version runs in 256 kB of stack'
fi
finish
