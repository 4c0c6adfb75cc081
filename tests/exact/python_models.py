# SPDX-License-Identifier: GPL-3.0-or-later
"""Models of tests/exact/test_python.c.  Sums and products in the order of the
plugins quadratic and gaussian, so that not a bit may differ."""

import numpy as np

CENTER = np.array([1.0, -0.5])


def quadratic(x, stiffness):
    delta = x - CENTER
    return -0.5 * (stiffness * delta * delta).sum(axis=1)


def gradient(x, stiffness):
    return -stiffness * (x - CENTER)


def both(x, stiffness):
    return quadratic(x, stiffness), gradient(x, stiffness)


def fill(x, stiffness, *, out):
    out[...] = quadratic(x, stiffness)


# N(0.5, 0.7) in each coordinate, noised.
def variance(alpha, sigma):
    return alpha * alpha * 0.7 + sigma * sigma


def score(x, alpha, sigma):
    return (alpha * 0.5 - x) * (1.0 / variance(alpha, sigma))


def x0(x, alpha, sigma, **others):
    assert sorted(others) == ["t"]
    gain = alpha * 0.7 / variance(alpha, sigma)
    return 0.5 - gain * (alpha * 0.5 - x)


def eps(x, alpha, sigma, out):
    np.multiply(-sigma, score(x, alpha, sigma), out=out)


def v(x, alpha, sigma):
    return alpha * eps_of(x, alpha, sigma) - sigma * x0(x, alpha, sigma, t=0)


def eps_of(x, alpha, sigma):
    return -sigma * score(x, alpha, sigma)


# J^T v of each: the Jacobians are multiples of the identity.
def score_vjp(x, v, alpha, sigma):
    return -v / variance(alpha, sigma)


def eps_vjp(x, v, alpha, sigma):
    return sigma * v / variance(alpha, sigma)


def x0_vjp(x, v, alpha, sigma):
    return alpha * 0.7 / variance(alpha, sigma) * v


def v_vjp(x, v, alpha, sigma):
    return (alpha * sigma - sigma * alpha * 0.7) / variance(alpha, sigma) * v


def log_density(x, alpha, sigma):
    var = variance(alpha, sigma)
    delta = alpha * 0.5 - x
    return -0.5 * ((delta * delta).sum(axis=1) / var
                   + x.shape[1] * np.log(2 * np.pi * var))
