#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# kac check --explain shows the value that is in force for every key, also
# where the config says nothing or a 0 that leaves the choice to the host.
. "$KAC_SRCDIR/tests/cli/lib.sh"
cd "$trial"

# explains NAME: of run.cfg, the settings in the lines of standard input
explains() {
  cat >expected
  kac check run.cfg --threads 3 --explain
  while read -r key _; do
    sed -n 's/^  \([^ ]*\)  *= \(.*\)/\1 = \2/p' out | tr -s ' ' |
      grep -F "$key = " | grep "^[^=]*= " | awk -v key="$key" '$1 == key'
  done <expected >found
  check "$1" diff -u expected found
}

cat >run.cfg <<END
state = { real = 2; };
schedule = { plugin = "ve"; sigma_min = 0.5; sigma_max = 2.0; };
time = { steps = 20; };
scores = ( { id = "q"; plugin = "gaussian"; variance = 4.0; } );
potentials = ( { plugin = "quadratic"; },
               { plugin = "quadratic"; at = "x0hat"; mode = "guide"; },
               { plugin = "quadratic"; at = "x0hat"; samples = 4;
                 at_steps = [ 3, 5 ]; },
               { plugin = "quadratic"; mode = "final"; },
               { plugin = "quadratic"; mode = "final"; guide = 0.5; },
               { plugin = "quadratic"; mode = "rate"; },
               { plugin = "quadratic"; mode = "guide"; guide = 0; } );
integrators = ( { plugin = "euler_maruyama"; } );
resampler = { plugin = "systematic"; };
population = { particles = 100; };
END
explains 'defaults, and what the host chooses' <<END
threads = 3 # command line argument 4 (--threads 3)
block = 100 # default: what a cache holds, or a plugin wants
state.particles = not used # default: the state has no bodies
state.dim = not used # default: the state has no bodies
time.t_min = 0.0 # default: the end of the times
time.t_max = 1.0 # default: the first of the times
time.grid = none # default
time.adapt = off # default
path.frame = "matched" # default
path.sigma_data = 2.0 # default: the models'
start.mean = 0.0 # default
start.variance = 4.0 # default: sigma(t_max)^2 over the sum of powers
schedule.id = "schedule" # default
potentials[0].id = "potentials[0]" # default
potentials[0].guide = off # default
potentials[0].jacobian = not used # default: no guide at x0hat
potentials[0].every = 1 # default
potentials[0].window = (0.0, 1.0) # default
potentials[0].samples = off # default
potentials[0].spread = not used # default: no samples
potentials[1].guide = 1.0 # default: of mode = "guide"
potentials[1].jacobian = "exact" # default
potentials[1].every = not used # default: a guide acts on every step of its window
potentials[1].window = (0.0, 1.0) # default
potentials[2].every = not used # default: at_steps names the steps
potentials[2].window = not used # default: at_steps names the steps
potentials[2].spread = posterior # default: of data of width sigma_data
potentials[3].every = not used # default: mode = "final" looks after the last step
potentials[3].window = not used # default: mode = "final" looks after the last step
potentials[4].every = not used # default: a guide acts on every step of its window
potentials[4].window = (0.0, 1.0) # default
potentials[5].every = not used # default: the mode follows the whole path
potentials[5].window = not used # default: the mode follows the whole path
potentials[6].guide = off # run.cfg:12
integrators[0].window = (0.0, 1.0) # default
resampler.ess_below = 0.5 # default
resampler.cess_below = not used # default: ess_below decides
resampler.every = 1 # default
resampler.window = (0.0, 1.0) # default
END

cat >run.cfg <<END
state = { particles = 5; };
schedule = { plugin = "static"; };
time = { grid = ( 1.0, 0.5, 0.0 ); };
scores = ( { id = "q"; plugin = "lennard_jones"; } );
integrators = ( { plugin = "mala"; } );
resampler = { plugin = "systematic"; cess_below = 0.9; at_steps = [ 1 ]; };
start = { law = "gaussian"; };
population = { particles = 100; };
END
explains 'bodies, a grid, other triggers' <<END
state.real = 15 # default: particles times dim
state.dim = 3 # default
time.steps = 2 # default: those of grid
path.frame = "noise" # default: the powers sum to 1: no difference
path.sigma_data = not known # default
start.variance = 1.0 # default
resampler.ess_below = not used # default: cess_below decides
resampler.every = not used # default: at_steps names the steps
resampler.window = not used # default: at_steps names the steps
END

cat >run.cfg <<END
state = { real = 2; };
schedule = { plugin = "ve"; };
time = { steps = 20; };
scores = ( { id = "q"; plugin = "gaussian"; } );
integrators = ( { plugin = "euler_maruyama"; } );
start = { law = "q"; };
population = { particles = 100; };
END
explains 'what a start from a model has not' <<END
start.mean = none # default
start.variance = none # default
END
finish
