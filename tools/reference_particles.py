#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mean energies of the particle pipelines, without kac and without a network:

    python3 tools/reference_particles.py dw4|lj13 [SWEEPS]

Parallel tempering: 64 ladders of temperatures, moves of one body at a time,
then exchanges of neighbours; the first fifth is thrown away.  Needs numpy.
Prints for each temperature <E> with its standard error over the 64 ladders,
which know nothing of each other, and the standard deviation of E.  States are
not mean free, which E does not see.  conf/reference/particles.md keeps what it
printed.
"""
import sys

import numpy as np

SEED = 2025
LADDERS = 64


def double_well(d2):
    """a = 0, b = -4, c = 0.9, d0 = 4: Koehler et al. 2020, arXiv 2006.02425."""
    y2 = (np.sqrt(d2) - 4) ** 2
    return y2 * (0.9 * y2 - 4)


def lennard_jones(d2):
    """2 (r^-12 - 2 r^-6), bodies no nearer than 10^-4."""
    six = np.maximum(d2, 1e-8) ** -3
    return 2 * six * (six - 2)


# pair energy, stiffness of the trap, bodies, dimensions, temperatures; the size
# of a move at a temperature T is size sqrt(T)
SYSTEMS = {
    "dw4": (double_well, 0.0, 4, 2, [0.5, 0.7, 1.0, 1.4, 2.0], 0.5),
    "lj13": (lennard_jones, 1.0, 13, 3,
             [0.8, 0.87, 0.93, 1.0, 1.07, 1.15, 1.24, 1.34, 1.46, 1.6, 1.78,
              2.0], 0.25)}


def around(pair, trap, x, k, at):
    """Energy of body k at `at`: its pairs, and the trap's energy of all about
    their centre, up to a constant of the others: sum of x_i^2 - (sum x)^2/n."""
    others = np.delete(x, k, axis=-2)
    energy = pair(((others - at[..., None, :]) ** 2).sum(-1)).sum(-1)
    if trap == 0:
        return energy
    n, total = x.shape[-2], others.sum(-2)
    return energy + 0.5 * trap * ((at**2).sum(-1)
                                  - ((total + at) ** 2).sum(-1) / n)


def total_energy(pair, trap, x):
    i, j = np.triu_indices(x.shape[-2], 1)
    energy = pair(((x[..., i, :] - x[..., j, :]) ** 2).sum(-1)).sum(-1)
    centred = x - x.mean(-2, keepdims=True)
    return energy + 0.5 * trap * (centred**2).sum((-1, -2))


def sweep(rng, system, x, energy, beta, size):
    pair, trap = system[:2]
    accepted = np.zeros(len(beta))
    for k in range(x.shape[-2]):
        old = x[..., k, :].copy()
        new = old + size[:, None] * rng.standard_normal(old.shape)
        change = (around(pair, trap, x, k, new)
                  - around(pair, trap, x, k, old))
        ok = rng.standard_exponential(change.shape) > beta * change
        x[..., k, :] = np.where(ok[..., None], new, old)
        energy += np.where(ok, change, 0.0)
        accepted += ok.mean(0) / x.shape[-2]
    return accepted


def exchange(rng, x, energy, beta, first):
    """Neighbours (first, first + 1), (first + 2, first + 3), ... of a ladder."""
    for k in range(first, len(beta) - 1, 2):
        log = (beta[k] - beta[k + 1]) * (energy[:, k] - energy[:, k + 1])
        swap = np.flatnonzero(-rng.standard_exponential(len(log)) < log)
        for array in (x, energy):
            array[swap, k], array[swap, k + 1] = (
                array[swap, k + 1].copy(), array[swap, k].copy())


def main(name, n_sweeps=20000):
    system = SYSTEMS[name]
    pair, trap, bodies, dim, temperature, size = system
    temperature = np.array(temperature)
    beta, size = 1 / temperature, size * np.sqrt(temperature)
    rng = np.random.Generator(np.random.PCG64(SEED))
    x = 1.5 * rng.standard_normal((LADDERS, len(beta), bodies, dim))
    energy = total_energy(pair, trap, x)
    sums, n, accepted = np.zeros((2,) + energy.shape), 0, 0.0
    for k in range(n_sweeps):
        accepted = accepted + sweep(rng, system, x, energy, beta, size)
        exchange(rng, x, energy, beta, k % 2)
        if k % 100 == 0:  # what rounding has added
            energy = total_energy(pair, trap, x)
        if 5 * k >= n_sweeps:
            sums += energy, energy**2
            n += 1
    mean, square = sums / n
    print("# %s, %d sweeps, %d ladders, seed %d" % (name, n_sweeps, LADDERS,
                                                   SEED))
    for k, t in enumerate(temperature):
        each = mean[:, k]
        print("T %.2f energy %.4f %.4f sd %.4f moves %.2f" % (
            t, each.mean(), each.std(ddof=1) / np.sqrt(LADDERS),
            np.sqrt(square[:, k].mean() - each.mean() ** 2),
            accepted[k] / n_sweeps))


if __name__ == "__main__":
    main(sys.argv[1], *(int(word) for word in sys.argv[2:]))
