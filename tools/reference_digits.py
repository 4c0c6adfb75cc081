#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reference values of the digits pipelines, without kac:

    python3 tools/reference_digits.py conf PIPELINE [--n N] [--steps STEPS]
        [--jobs J] [--keep FILE]

PIPELINE is digits, steer, class3, alike, guidance or product.  FILE gets the sums
of each batch of 1024 and is gone on with if it is there: batches have random
numbers of their own, whoever draws them.  Needs torch and numpy.  The networks are the modules that were trained (tools/kac_nets.py); the
samplers and weights below are written from docs/methods.md alone, for EDM time
(alpha = 1, sigma = t), float64 outside of the networks.  Prints what each of
conf/digits*.cfg states, every number with its standard error;
conf/reference/digits.md keeps what it printed.
"""
import argparse
import json
import multiprocessing
import os

import numpy as np
import torch
from torch.nn import functional as F

from kac_export import read_safetensors
from kac_nets import edm, from_notes

SEED = 2025
ENDS = (0.02, 20.0)
TILE = 64  # samples that the network sees at once: they stay in the cache
BATCH = 1024


def load_network(path):
    tensors, about = read_safetensors(path)
    net = from_notes(about).eval()
    net.load_state_dict({key: value.float() for key, value in tensors.items()})
    net = net.to(memory_format=torch.channels_last)
    return net, float(about["kac.sigma_data"])


class Digits:
    """E[x0 | x] of the heads, and the classifier."""

    def __init__(self, folder):
        self.net, self.sigma_data = load_network(
            folder + "/models/digits.safetensors")
        tensors, about = read_safetensors(
            folder + "/models/digits_classifier.safetensors")
        self.layers = [
            [tensors["layers.%d.%s" % (k, name)].float()
             for name in ("weight", "bias")]
            for k in range(int(about["kac.classifier.layers"]))]

    def denoised(self, x, sigma, head):
        out = np.empty_like(x)
        with torch.no_grad():
            for i in range(0, len(x), TILE):
                tile = torch.from_numpy(x[i:i + TILE]).float()
                level = torch.full((len(tile),), sigma)
                label = torch.full((len(tile),), head, dtype=torch.long)
                out[i:i + TILE] = edm(self.net, tile, level, self.sigma_data,
                                      label).numpy()
        return out

    def log_probabilities(self, x):
        h = torch.from_numpy(x).float()
        for k, (weight, bias) in enumerate(self.layers):
            h = F.linear(F.silu(h) if k > 0 else h, weight, bias)
        return F.log_softmax(h.double(), 1).numpy()


NO_CLASS = 10


def karras(n_steps):
    """Noise levels of Karras et al. 2022, eq. 5, rho = 7."""
    low, high = (end ** (1 / 7) for end in ENDS)
    return (high + np.arange(n_steps + 1) / n_steps * (low - high)) ** 7


def start(rng, n):
    return ENDS[1] * rng.standard_normal((n, 64))


# --- samplers ----------------------------------------------------------------
def heun(model, rng, n, n_steps):
    """The probability-flow ODE dx/dsigma = (x - E[x0 | x])/sigma."""
    def slope(y, sigma):
        return (y - model.denoised(y, sigma, NO_CLASS)) / sigma

    x, grid = start(rng, n), karras(n_steps)
    for s, t in zip(grid[:-1], grid[1:]):
        first = slope(x, s)
        x = x + 0.5 * (t - s) * (first + slope(x + (t - s) * first, t))
    return x


def reverse(rng, x, denoised, s, t):
    """A step of the reverse SDE from noise s to t, exact for a point mass:
    what noising from t to s leaves, N(q x + (1 - q) x0, t^2 (1 - q)) with
    q = (t/s)^2."""
    q = (t / s) ** 2
    noise = rng.standard_normal(x.shape)
    return q * x + (1 - q) * denoised + t * np.sqrt(1 - q) * noise


def systematic(rng, weights):
    """Indices, each weight's share of them on average."""
    at = (rng.random() + np.arange(len(weights))) / len(weights)
    last = np.flatnonzero(weights)[-1]
    return np.minimum(np.searchsorted(np.cumsum(weights), at, "right"), last)


def composed(model, rng, n, n_steps, heads, powers, weighs):
    """States of one population under prod q(x | head)^power, sum of powers 1,
    with normalised weights and log Z: d log w = sigma (|P|^2 - sum p |s|^2) du
    (methods.md section 3), taken at the left end of a step."""
    x, grid = start(rng, n), karras(n_steps)
    log_w, log_z = np.zeros(n), 0.0
    for s, t in zip(grid[:-1], grid[1:]):
        denoised = [model.denoised(x, s, head) for head in heads]
        scores = [(d - x) / s**2 for d in denoised]
        mixed = sum(p * v for p, v in zip(powers, scores))
        rate = s * ((mixed**2).sum(1)
                    - sum(p * (v**2).sum(1) for p, v in zip(powers, scores)))
        x = reverse(rng, x, x + s**2 * mixed, s, t)
        if not weighs:
            continue
        log_w += rate * (s - t)
        top = log_w.max()
        w = np.exp(log_w - top)
        if t > grid[-1] and w.sum() ** 2 < 0.5 * n * (w**2).sum():
            log_z += top + np.log(w.mean())
            x, log_w = x[systematic(rng, w / w.sum())], np.zeros(n)
    top = log_w.max()
    w = np.exp(log_w - top)
    return x, w / w.sum(), log_z + top + np.log(w.mean())


# --- estimates ---------------------------------------------------------------
def show(name, value, error):
    print("%s %.5f %.5f" % (name, value, error), flush=True)


def jackknife(name, sums, statistic):
    """statistic(total of sums) and its error from leaving out one row, a batch
    or a population, at a time."""
    total, n = sums.sum(0), len(sums)
    left = np.array([statistic(total - row) for row in sums])
    error = np.sqrt((n - 1) / n * ((left - left.mean(0)) ** 2).sum(0))
    value = statistic(total)
    for k, (v, e) in enumerate(zip(np.atleast_1d(value), np.atleast_1d(error))):
        show(name if np.ndim(value) == 0 else "%s_%d" % (name, k), v, e)


def row(model, x, w):
    """Weighted sums of a batch: 1, class, confidence, x, |x|^2."""
    log_p = model.log_probabilities(x)
    one = np.eye(10)[log_p.argmax(1)]
    each = np.column_stack([np.ones(len(x)), one, np.exp(log_p.max(1)), x,
                            (x**2).sum(1)])
    return w @ each


def report(sums):  # rows of row(), times Z
    jackknife("mass", sums, lambda s: s[1:11] / s[0])
    jackknife("confidence", sums, lambda s: s[11] / s[0])
    jackknife("total_variance", sums,
              lambda s: s[76] / s[0] - ((s[12:76] / s[0]) ** 2).sum())
    jackknife("mean", sums, lambda s: s[12:76] / s[0])


# --- batches -----------------------------------------------------------------
# steps, heads, powers, whether the path is weighed
PIPELINES = {"digits": (24, None, None, False),
             "steer": (32, [NO_CLASS], [1.0], False),
             "class3": (48, [3], [1.0], False),
             "alike": (48, [3, NO_CLASS], [1.5, -0.5], False),
             "guidance": (48, [3, NO_CLASS], [1.5, -0.5], True),
             "product": (48, [3, 9], [0.5, 0.5], True)}


def batch(task):
    """log Z and sums of one population, and with `steer` the sums weighted by
    the classifier's p(3 | x)."""
    folder, pipeline, n_steps, number = task
    steps, heads, powers, weighs = PIPELINES[pipeline]
    torch.set_num_threads(1)
    model = Digits(folder)
    rng = np.random.Generator(np.random.PCG64([SEED, number]))
    w, log_z = np.full(BATCH, 1 / BATCH), 0.0
    if heads is None:
        x = heun(model, rng, BATCH, n_steps or steps)
    else:
        x, w, log_z = composed(model, rng, BATCH, n_steps or steps, heads,
                               powers, weighs)
    sums = [row(model, x, w).tolist()]
    if pipeline == "steer":
        p = np.exp(model.log_probabilities(x)[:, 3]) / BATCH
        sums.append(row(model, x, p).tolist())
    return {"batch": number, "log_z": log_z, "sums": sums}


def batches(args):
    """The results of all batches, made where they are not kept."""
    done = {}
    if args.keep and os.path.exists(args.keep):
        with open(args.keep) as file:
            done = {it["batch"]: it for it in map(json.loads, file)}
    tasks = [(args.folder, args.pipeline, args.steps, k)
             for k in range(-(-args.n // BATCH)) if k not in done]
    with multiprocessing.get_context("spawn").Pool(args.jobs) as pool:
        for it in pool.imap_unordered(batch, tasks):
            done[it["batch"]] = it
            if args.keep:
                with open(args.keep, "a") as file:
                    file.write(json.dumps(it) + "\n")
    return [done[k] for k in sorted(done)]


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("folder")
    p.add_argument("pipeline", choices=sorted(PIPELINES))
    p.add_argument("--n", type=int, default=100 * BATCH)
    p.add_argument("--steps", type=int, default=0)
    p.add_argument("--jobs", type=int, default=1)
    p.add_argument("--keep")
    args = p.parse_args()
    found = batches(args)
    print("# %s, %d batches of %d, seed %d" % (args.pipeline, len(found), BATCH,
                                              SEED))
    logs = np.array([it["log_z"] for it in found])
    z = np.exp(logs - logs.max())[:, None]
    for k in range(len(found[0]["sums"])):
        sums = z * np.array([it["sums"][k] for it in found])
        sums = np.column_stack([sums, np.ones(len(sums))])
        if k > 0:
            print("# weighted by p(3 | x)")
        jackknife("log_z", sums,
                  lambda s: logs.max() + np.log(s[0] / s[77]))
        report(sums)


if __name__ == "__main__":
    main()
