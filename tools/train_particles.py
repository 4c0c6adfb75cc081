# SPDX-License-Identifier: GPL-3.0-or-later
"""Trains conf/models/dw4.safetensors and lj13.safetensors: equivariant
networks of the noised Boltzmann laws of kac's own energies,

  dw4   double_well, 4 bodies in the plane, temperature 1,
  lj13  lennard_jones, 13 bodies, temperature 2.

    python3 tools/train_particles.py OUT dw4|lj13 [CPU seconds]

writes OUT/NAME.safetensors.  The data are made here, by many
Metropolis-adjusted Langevin chains.  Needs torch and numpy.  Seeds are fixed (3
for the initial weights, 1 for the data and, in `train`, for batches and noise),
but the number of steps, and so the weights, depend on the machine.
"""
import argparse
import os

import numpy as np
import torch

from kac_nets import EGNN, heun, save, train


def pairs(x):
    """Differences and squared distances of pairs i < j."""
    i, j = np.triu_indices(x.shape[1], 1)
    diff = x[:, i] - x[:, j]
    return i, j, diff, (diff * diff).sum(-1)


def gather(n_bodies, i, j, slope, diff):
    """Gradient from dE/d(d^2)-like slopes: sum over pairs of slope * diff."""
    sign = np.zeros((n_bodies, len(i)))
    sign[i, np.arange(len(i))] = 1
    sign[j, np.arange(len(j))] = -1
    return sign @ (slope[..., None] * diff)


def double_well(x):
    i, j, diff, d2 = pairs(x)
    d = np.sqrt(d2 + 1e-300)
    y = d - 4
    energy = (-4 * y ** 2 + 0.9 * y ** 4).sum(1)
    return energy, gather(x.shape[1], i, j, (-8 * y + 3.6 * y ** 3) / d, diff)


def lennard_jones(x):
    i, j, diff, d2 = pairs(x)
    inverse = 1 / np.maximum(d2, 1e-8)
    six = inverse * inverse * inverse
    centred = x - x.mean(1, keepdims=True)
    energy = 2 * (six * (six - 2)).sum(1) + 0.5 * (centred ** 2).sum((1, 2))
    slope = -24 * six * (six - 1) * inverse
    return energy, gather(x.shape[1], i, j, slope, diff) + centred


def mala(energy, x, beta, step, drift_max, n_steps, rng):
    """Metropolis-adjusted Langevin moves with a bounded drift, in place."""
    def look(y):
        e, g = energy(y)
        drift = -0.5 * step * beta * g
        length = np.sqrt((drift ** 2).sum(-1, keepdims=True))
        return e, drift / np.maximum(1, length / drift_max)
    e, drift = look(x)
    accepted = 0.0
    for _ in range(n_steps):
        noise = rng.standard_normal(x.shape) * np.sqrt(step)
        noise -= noise.mean(1, keepdims=True)
        new = x + drift + noise
        e_new, drift_new = look(new)
        back = x - new - drift_new
        log = beta * (e - e_new) - ((back ** 2).sum((1, 2)) -
                                    (noise ** 2).sum((1, 2))) / (2 * step)
        ok = np.log(rng.random(len(x))) < log
        x = np.where(ok[:, None, None], new, x)
        e = np.where(ok, e_new, e)
        drift = np.where(ok[:, None, None], drift_new, drift)
        accepted += ok.mean() / n_steps
    return x, e, accepted


SYSTEMS = {  # energy, bodies, dim, beta, start width, MALA, thinning
    "dw4": (double_well, 4, 2, 1.0, 2.0, (0.08, 0.5), 60),
    "lj13": (lennard_jones, 13, 3, 0.5, 1.2, (0.008, 0.3), 60),
}


def boltzmann(name, n_chains=500, n_looks=80, burn_in=6000):
    energy, bodies, dim, beta, width, (step, bound), thin = SYSTEMS[name]
    rng = np.random.default_rng(1)
    x = width * rng.standard_normal((n_chains, bodies, dim))
    x -= x.mean(1, keepdims=True)
    for part in (0.05, 0.3, 1.0):  # a start from noise accepts nothing at first
        x, _, _ = mala(energy, x, beta, part * step, part * bound,
                       burn_in // 3, rng)
    states, energies = [], []
    for _ in range(n_looks):
        x, e, accepted = mala(energy, x, beta, step, bound, thin, rng)
        states.append(x.astype(np.float32))
        energies.append(e)
    e = np.array(energies)
    print("%s: <E> %.2f, its error %.2f, sd %.2f, median %.2f, accepted %.2f"
          % (name, e.mean(), e.mean(0).std() / n_chains ** 0.5, e.std(),
             np.median(e), accepted), flush=True)
    return torch.tensor(np.concatenate(states)).flatten(1), e.ravel()


def main(out, name, seconds):
    torch.set_num_threads(1)
    energy, bodies, dim = SYSTEMS[name][:3]
    x, e = boltzmann(name)
    sigma_data = round(x.pow(2).mean().sqrt().item(), 3)
    torch.manual_seed(3)
    net = EGNN(bodies, dim)

    def rotated(x):
        turn, _ = torch.linalg.qr(torch.randn(len(x), dim, dim))
        return (x.view(-1, bodies, dim) @ turn).flatten(1)

    net, steps = train(net, x, sigma_data, seconds,
                       256 if name == "dw4" else 64, augment=rotated,
                       log_sigma=(-1.5, 1.3), ends=(0.005, 40.0))
    save(net, out + "/" + name + ".safetensors", sigma_data, (0.005, 40.0))
    noise = torch.randn(1000, bodies, dim)
    noise = 20 * (noise - noise.mean(1, keepdim=True)).flatten(1)
    found = heun(net, sigma_data, noise, 40, (0.005, 20.0))
    e_net, _ = energy(found.double().numpy().reshape(-1, bodies, dim))
    print("sigma_data %g, steps %d, median energy of samples %.2f, data %.2f" %
          (sigma_data, steps, np.median(e_net), np.median(e)))


def arguments():
    p = argparse.ArgumentParser(description="trains dw4 or lj13",
                                epilog="conf/models has their cards")
    p.add_argument("out", metavar="OUT", help="an existing folder")
    p.add_argument("name", choices=sorted(SYSTEMS))
    p.add_argument("seconds", nargs="?", type=float, default=540,
                   help="of CPU time")
    args = p.parse_args()
    if not os.path.isdir(args.out):  # told before the training, not after it
        p.error("%s: no such folder" % args.out)
    return args


if __name__ == "__main__":
    given = arguments()
    main(given.out, given.name, given.seconds)
