# SPDX-License-Identifier: GPL-3.0-or-later
"""The model and the reward of python.cfg.  numpy here, and as well PyTorch, JAX
or nothing at all: docs/python.md."""

import numpy as np

WEIGHTS = np.array([0.3, 0.7])
MEANS = np.array([-3.0, 2.0])
VARIANCES = np.array([1.0, 0.3])


def reward(x, center):
    return -0.5 * ((x - center) ** 2).sum(axis=1)


def reward_gradient(x, center):
    return center - x


def components(x, alpha, sigma):
    """log(weight times density) of x under each, and its gradient in x."""
    variance = alpha**2 * VARIANCES + sigma**2
    away = alpha * MEANS - x
    log_p = -0.5 * (away**2 / variance + np.log(2 * np.pi * variance))
    return np.log(WEIGHTS) + log_p, away / variance


def log_density(x, alpha, sigma):
    log_p, _ = components(x, alpha, sigma)
    return np.logaddexp.reduce(log_p, axis=1)


def score(x, alpha, sigma):
    log_p, gradient = components(x, alpha, sigma)
    share = np.exp(log_p - np.logaddexp.reduce(log_p, axis=1, keepdims=True))
    return (share * gradient).sum(axis=1, keepdims=True)
