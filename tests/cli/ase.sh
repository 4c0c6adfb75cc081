#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# ASE, a reader that nobody here has written, reads what xyz and dcd write: the
# same numbers as in the arrays of npy.  Built where configure has found ASE.
. "$KAC_SRCDIR/tests/cli/lib.sh"
cd "$trial"

cat >read.py <<'END'
import sys
import ase.io
import numpy as np

x = np.load("run/frames_x.npy")
logw = np.load("run/frames_logw.npy")
assert x.shape == (3, 2, 7, 5, 2), x.shape
x = x.reshape(-1, 5, 2)
lines = ase.io.read("run/particles.xyz", ":")
frames = list(ase.io.read("run/particles.dcd", ":", format="cp2k-dcd"))
assert len(lines) == len(frames) == len(x)
for k, (line, frame) in enumerate(zip(lines, frames)):
    assert np.array_equal(line.positions[:, :2], x[k])
    assert np.array_equal(frame.positions[:, :2], x[k].astype("f4"))
    assert not line.positions[:, 2].any() and not frame.positions[:, 2].any()
    assert line.get_chemical_symbols() == ["C", "H", "H", "H", "O"]
    info = line.info
    assert info["step"] == [0, 10, 20][k // 14]
    assert info["replicate"] == k // 7 % 2 and info["particle"] == k % 7
    assert not line.pbc.any()
weights = np.exp([line.info["logw"] for line in lines]).reshape(3, 14)
assert np.allclose(weights.sum(axis=1), 1, rtol=1e-12)
expected = np.exp(logw).reshape(3, 14)
assert np.allclose(weights[0], expected[0] / expected[0].sum(), rtol=1e-12)
assert np.ptp(weights[2]) > 0, "weights that do not differ prove little"
END

cat >run.cfg <<'END'
seed = 3;
state = { particles = 5; dim = 2; };
schedule = { plugin = "vp"; };
time = { steps = 20; };
scores = ( { id = "q"; plugin = "gaussian"; variance = 0.3; } );
potentials = ( { plugin = "quadratic"; strength = 0.5; } );
integrators = ( { plugin = "exponential"; } );
population = { particles = 7; replicates = 2; };
observers = ( { plugin = "xyz"; species = "C H H H O"; interval = 10;
                pick = "first"; },
              { plugin = "dcd"; interval = 10; pick = "first"; },
              { plugin = "npy"; interval = 10; } );
END
kac run run.cfg --quiet --output run
says 0 '' 'a run writes particles'
check 'ASE reads them' "$KAC_ASE_PYTHON" read.py
finish
