#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A run is a function of its settings and nothing else: the same bytes for any
# number of threads and any block size, from the config that it wrote itself,
# and from settings of the command line.
. "$KAC_SRCDIR/tests/cli/lib.sh"
cd "$trial"

# Everything that draws numbers or moves rows: two models, a guide through the
# denoiser, an invariant move, resampling at every step, blocks across
# replicates.
pipeline 'plugin = "gmm"; means = ( ( -2.0, 0.0 ), ( 1.0, 1.0 ) );
             sigma = 0.5;' \
  'target = ( { score = "q"; power = { from = 1.0; to = 1.5; }; } );
potentials = (
  { plugin = "quadratic"; mode = "difference"; at = "x0hat"; guide = 0.3; },
  { plugin = "linear"; slope = [ 0.1, 0.2 ]; mode = "rate"; } );
integrators = ( { plugin = "euler_maruyama"; noise = 1.2; },
                { plugin = "mala"; step = 0.01; repeat = 2; } );
resampler = { plugin = "systematic"; ess_below = 1.0; };
population = { particles = 101; replicates = 3; };' >run.cfg

# run NAME ARGUMENT...: results in the folder NAME
run() {
  name=$1
  shift
  kac run "$@" --quiet --output "$name"
  [ "$status" -eq 0 ] || {
    failed "kac run $*"
    show
  }
}
same() { check "$2" cmp "$1/samples.npz" first/samples.npz; }
differs() {
  if cmp -s "$1/samples.npz" first/samples.npz
  then failed "$2"; else ok "$2"; fi
}

run first run.cfg --threads 1
check 'it resamples at every step' \
  test "$(number first/run.json resamplings)" -ge 19
for threads in 1 2 3 7; do
  for block in 7 64 256; do
    run "t$threads.$block" run.cfg --threads "$threads" --set "block=$block"
    same "t$threads.$block" "F151 $threads threads, blocks of $block"
    check "$threads threads, blocks of $block: log Z" test \
      "$(number "t$threads.$block/run.json" log_z)" = \
      "$(number first/run.json log_z)"
  done
done

# One population over the threads, in several chunks: ancestors that rise, and
# others.
for plugin in systematic multinomial; do
  set -- --set population.particles=5000 --set population.replicates=1 \
    --set "resampler.plugin=$plugin" --threads
  run "$plugin.1" run.cfg "$@" 1
  run "$plugin.2" run.cfg "$@" 2
  check "$plugin in chunks" cmp "$plugin.1/samples.npz" "$plugin.2/samples.npz"
done

run again first/resolved.cfg
same again 'resolved.cfg gives the same run'
run third again/resolved.cfg
same third 'and so does the one that it writes'

# Its comments are the defaults: as settings they change nothing, whatever the
# config has or leaves out.
bare() {
  pipeline 'plugin = "gaussian";' "$advance" "$hundred" "$@"
}
bare >bare.cfg
bare 'start = { law = "gaussian"; variance = 2500.0; };' \
  'observers = ( { plugin = "moments"; } );' 'output = { logp = true; };' \
  'resampler = { plugin = "ssp"; };' >some.cfg
bare | sed 's/^time.*/time = { grid = [ 1.0, 0.5, 0.1 ]; };/
            s/^state.*/state = { particles = 2; dim = 2; };/' >grid.cfg
for config in run bare some grid; do
  run "$config.default" "$config.cfg"
  sed 's/^\( *\)# /\1/' "$config.default/resolved.cfg" >"$config.full.cfg"
  check "$config: resolved.cfg has defaults" \
    test "$(grep -c '^ *# ' "$config.default/resolved.cfg")" -gt 9
  run "$config.full" "$config.full.cfg"
  check "$config: defaults as settings give the same run" \
    cmp "$config.full/samples.npz" "$config.default/samples.npz"
  run "$config.back" "$config.full/resolved.cfg"
  check "$config: and leave no default of its groups out" test "$(
    grep -c '^ *# ' "$config.back/resolved.cfg")" -eq 0
done

run seed run.cfg --seed 2
differs seed 'another seed gives other samples'
run set run.cfg --set seed=2
check '--seed is --set seed' cmp set/samples.npz seed/samples.npz
run back set/resolved.cfg --seed 1
same back 'the command line wins over the config'

sed 's/particles = 101/particles = 90/; s/guide = 0.3/guide = 0.5/' \
  run.cfg >edited.cfg
run edited edited.cfg
run sets run.cfg --set population.particles=90 --set potentials[0].guide=0.5
check '--set is an edit of the config' cmp edited/samples.npz sets/samples.npz
differs sets 'and it changes something'

# Replicates do not see each other: the first of two is the run alone, and so
# are the log Z of each.
run one run.cfg --set population.replicates=1
one=$(number one/run.json log_z)
check 'a replicate beside others is the same' \
  grep -q "\"log_z\": \\[$one," first/run.json

LC_ALL=de_DE.UTF-8 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=2
export LC_ALL OMP_NUM_THREADS OPENBLAS_NUM_THREADS
run german run.cfg
same german 'F30 another locale'
same german 'F152 other numbers of threads in libraries'
finish
