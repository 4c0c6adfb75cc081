#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the reference values of conf/: python3 tools/reference.py conf

Needs numpy.  Everything is a quadrature or a closed form; the exact tests
compute the same numbers again in C (tests/exact), by another route.  A run ends
at t_min, so each target is built from the densities q at t_min.
"""
import os
import sys

import numpy as np


def mixture(x, weights, means, variances):
    """q(x) for x of shape (n, d)."""
    d = means.shape[1]
    square = ((x[:, None] - means) ** 2).sum(-1)
    norm = (2 * np.pi * variances) ** (-d / 2)
    return (weights * norm * np.exp(-square / (2 * variances))).sum(-1)


def write(folder, name, array, comment):
    path = os.path.join(folder, "reference", name)
    np.savetxt(path, np.atleast_1d(array), fmt="%.10g", header=comment)


def gmm40(folder):
    """q^3 of the 40-mode benchmark on a square grid, VE sigma_min = 0.01."""
    means = np.loadtxt(os.path.join(folder, "reference", "gmm40_means.txt"))
    means = means / 50
    variance = (2.1269 / 50) ** 2 + 0.01**2
    h = 0.004
    axis = np.arange(-1.2, 1.2 + h / 2, h)
    masses, z = np.zeros(40), 0.0
    first, second, cells = np.zeros(2), np.zeros(2), []
    for a in axis:
        x = np.stack([np.full_like(axis, a), axis], 1)
        p = mixture(x, np.full(40, 1 / 40), means, np.full(40, variance)) ** 3
        near = ((x[:, None] - means) ** 2).sum(-1).argmin(1)
        masses += np.bincount(near, weights=p, minlength=40) * h * h
        z += p.sum() * h * h
        first += (p[:, None] * x).sum(0) * h * h
        second += (p[:, None] * x * x).sum(0) * h * h
        cells.append(p)
    cells = np.concatenate(cells)
    pick = np.searchsorted(np.cumsum(cells) / cells.sum(),
                           (np.arange(2000) + 0.5) / 2000)
    points = np.stack([axis[pick // len(axis)], axis[pick % len(axis)]], 1)
    write(folder, "gmm40_modes.txt", means, "mode centres, coordinates / 50")
    write(folder, "gmm40_masses.txt", masses / z,
          "mass of q^3 nearest to each mode, quadrature")
    write(folder, "gmm40_samples.txt", points,
          "2000 points at equal steps of the distribution of q^3 on the grid")
    mean = first / z
    print("gmm40 log Z %.9f" % np.log(z), "mean", mean,
          "var", second / z - mean**2)


def annealing64(folder):
    """q^2 of 8 modes in d = 64: a sum over pairs, in closed form."""
    rng = np.random.Generator(np.random.PCG64(64))
    means = 0.5 * rng.standard_normal((8, 64)) * 2.8 / 8
    weights = 0.5 + rng.random(8)
    weights /= weights.sum()
    means, weights = np.round(means, 6), np.round(weights, 6)
    weights /= weights.sum()
    b0, b1, t, s2 = 0.1, 20.0, 1e-3, 0.25
    alpha = np.exp(-0.5 * (b0 * t + 0.5 * (b1 - b0) * t * t))
    v = alpha**2 * s2 + 1 - alpha**2
    mu = alpha * means
    square = ((mu[:, None] - mu[None]) ** 2).sum(-1)
    log = (np.log(weights)[:, None] + np.log(weights)[None]
           - square / (4 * v) - 32 * np.log(4 * np.pi * v))
    top = log.max()
    pair = np.exp(log - top)
    middle = (mu[:, None] + mu[None]) / 2
    mean = (pair[..., None] * middle).sum((0, 1)) / pair.sum()
    second = (pair[..., None] * middle**2).sum((0, 1)) / pair.sum() + v / 2
    write(folder, "annealing64_means.txt", means, "8 modes in d = 64")
    write(folder, "annealing64_weights.txt", weights, "their weights")
    write(folder, "annealing64_modes.txt", mu, "the modes at t_min")
    print("annealing64 variance of a mode at t_min %.10f" % v)
    write(folder, "annealing64_mean.txt", mean, "mean of q^2, closed form")
    write(folder, "annealing64_var.txt", second - mean**2,
          "variance of q^2 per coordinate, closed form")
    write(folder, "annealing64_masses.txt", pair.sum(1) / pair.sum(),
          "E[responsibility of mode j] under q^2, closed form")
    print("annealing64 log Z %.9f" % (top + np.log(pair.sum())),
          "overlap %.3f" % (1 - np.trace(pair) / pair.sum()))


def one_dimension():
    """Compositions of two mixtures on VE .02 -> 10 at t_min = 0.001."""
    v = (0.02 * 500**0.001) ** 2
    h = 0.0005
    x = np.arange(-30, 30 + h / 2, h)
    a = mixture(x[:, None], np.array([0.3, 0.7]), np.array([[-3.0], [2.0]]),
                np.array([1.0, 0.3]) + v)
    b = mixture(x[:, None], np.array([0.5, 0.5]), np.array([[-2.0], [1.0]]),
                np.array([0.8, 0.6]) + v)
    inside = (a > 0) & (b > 0)
    targets = {"anneal": a**2, "product": a * b,
               "reward": a * np.exp(-((x - 1) ** 2) / 2)}
    ratio = np.zeros_like(x)
    ratio[inside] = a[inside] ** 2 / b[inside]
    targets["guidance"] = ratio
    for name, p in targets.items():
        z = p.sum() * h
        mean = (p * x).sum() * h / z
        print(name, "log Z %.9f mean %.9f var %.9f" % (
            np.log(z), mean, (p * x * x).sum() * h / z - mean**2))


def inpaint(folder):
    """Posterior of a Gaussian process on 24 points seen at 8 of them, for the
    prior itself and for the law of the chain that runs: ancestral steps with
    the small variance, which act on each eigenvector of the covariance alone.
    """
    n, steps, low, high, noise = 24, 100, 0.01, 20.0, 0.3
    seen = [1, 4, 5, 10, 15, 16, 21, 23]
    y = np.array([1.464, 0.479, -0.396, -1.249, 0.509, 0.637, 0.06, -0.696])
    r = np.sqrt(3) / 4 * abs(np.subtract.outer(np.arange(n), np.arange(n)))
    prior = np.round((1 + r) * np.exp(-r), 10)
    sigma2 = (high * (low / high) ** (np.arange(steps + 1) / steps)) ** 2
    size, vectors = np.linalg.eigh(prior)
    spread = size + sigma2[0]
    for k in range(steps):
        q = sigma2[k + 1] / sigma2[k]
        slope = q + (1 - q) * size / (size + sigma2[k])
        spread = slope**2 * spread + sigma2[k + 1] * (1 - q)
    write(folder, "inpaint_covariance.txt", prior,
          "Matern 3/2 covariance, length 4, of 24 points")
    chain = (vectors * spread) @ vectors.T
    for name, c in ("prior", prior), ("chain", chain):
        s = c[np.ix_(seen, seen)] + noise**2 * np.eye(len(seen))
        gain = c[:, seen] @ np.linalg.inv(s)
        mean, var = gain @ y, np.diag(c - gain @ c[seen])
        log_z = -0.5 * (y @ np.linalg.solve(s, y)
                        + np.linalg.slogdet(2 * np.pi * s)[1])
        print("inpaint", name, "log Z %.9f" % log_z)
    write(folder, "inpaint_mean.txt", mean, "posterior mean, closed form")
    write(folder, "inpaint_var.txt", var, "posterior variance, closed form")


if __name__ == "__main__":
    gmm40(sys.argv[1])
    annealing64(sys.argv[1])
    one_dimension()
    inpaint(sys.argv[1])
