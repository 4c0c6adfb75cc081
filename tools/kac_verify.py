# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares the score that kac gives with that of the PyTorch network.

verify(net, path, notes, kac): the formulas of docs/networks.md are written out
here a second time, in Python, so that a mistake on either side shows.
"""
import json
import math
import os
import struct
import subprocess
import tempfile
import zipfile

import torch

# Least and largest value of every key, as in plugins/schedule.
SCHEDULES = {
    "vp": {"beta_min": (0, 1e6), "beta_max": (0, 1e6), "t_min": (0, 1e6),
           "t_max": (0, 1e6)},
    "cosine": {"angle": (1e-6, 0.5), "length": (1e-6, 1e6), "offset": (0, 1),
               "t_min": (0, 1e6), "t_max": (0, 1e6)},
    "ve": {"sigma_min": (1e-12, 1e12), "sigma_max": (1e-12, 1e12),
           "t_min": (-1e3, 1e3), "t_max": (-1e3, 1e3)},
    "edm": {"sigma_min": (0, 1e12), "sigma_max": (0, 1e12)},
}


def check_names(schedule, keys):
    """All keys of the schedule and no other, each within its range."""
    ranges = SCHEDULES[schedule]
    for key in keys:
        if key not in ranges:
            raise ValueError("schedule %s has no key %s, its keys are %s" %
                             (schedule, key or "''", ", ".join(ranges)))
    for key in ranges:
        if key not in keys:
            raise ValueError("schedule %s needs %s; %s is missing" %
                             (schedule, ", ".join(ranges), key))
    for key, (least, most) in ranges.items():
        if not least <= keys[key] <= most:
            raise ValueError("schedule %s: %s = %g, expected %g to %g" %
                             (schedule, key, keys[key], least, most))


def check_schedule(schedule, keys):
    """ValueError where kac would refuse the schedule."""
    check_names(schedule, keys)
    for name in "sigma", "t":
        low, high = keys.get(name + "_min"), keys.get(name + "_max")
        if low is not None and not low < high:
            raise ValueError("schedule %s: %s_min = %g is not below %s_max = "
                             "%g" % (schedule, name, low, name, high))
    if schedule == "cosine":
        end = keys["angle"] * (keys["t_max"] / keys["length"] +
                               keys["offset"]) / (1 + keys["offset"])
        if end > 0.5 - 1e-6:
            raise ValueError("schedule cosine: the angle at t_max = %g is %g "
                             "pi, expected below 0.5 pi: alpha would reach 0" %
                             (keys["t_max"], end))
    if schedule == "vp":
        rate = keys["beta_min"] + keys["t_max"] * (keys["beta_max"] -
                                                   keys["beta_min"])
        if not rate > 0:
            raise ValueError("schedule vp: the noising rate is %g at t_max = "
                             "%g, expected above 0" % (rate, keys["t_max"]))


def ratio_range(schedule, keys):
    """Least and largest sigma/alpha."""
    if schedule == "edm":
        return keys["sigma_min"], keys["sigma_max"]

    def ratio(t):
        if schedule == "ve":
            return keys["sigma_min"] * \
                (keys["sigma_max"] / keys["sigma_min"]) ** t
        if schedule == "vp":
            rise = keys["beta_max"] - keys["beta_min"]
            return math.sqrt(math.expm1(t * (keys["beta_min"] + rise * t / 2)))
        slope = keys["angle"] * math.pi / (1 + keys["offset"])
        start = slope * keys["offset"]
        alpha = math.cos(slope * t / keys["length"] + start) / math.cos(start)
        return math.sqrt(1 / alpha ** 2 - 1)

    return ratio(keys["t_min"]), ratio(keys["t_max"])


def time_of(schedule, keys, r):
    """The t at which sigma/alpha is r, by bisection."""
    low, high = (keys["sigma_min"], keys["sigma_max"]) \
        if schedule == "edm" else (keys["t_min"], keys["t_max"])
    for _ in range(200):
        middle = (low + high) / 2
        below = ratio_range(schedule, dict(
            keys, **({"sigma_max": middle} if schedule == "edm" else
                     {"t_max": middle})))[1] < r
        low, high = (middle, high) if below else (low, middle)
    return low


def torch_score(net, notes, x, sigma, class_at):
    """The score at alpha = 1, sigma, as torch has it (float64 but the net)."""
    schedule, form = notes["kac.schedule"], notes["kac.parameterisation"]
    keys = {k: float(notes["kac.schedule." + k]) for k in SCHEDULES[schedule]}
    preserving = schedule in ("vp", "cosine")
    a = 1 / math.sqrt(1 + sigma ** 2) if preserving else 1.0
    s, own, skip, out = sigma * a, x * a, 0.0, 1.0
    if form == "edm":
        width = float(notes["kac.sigma_data"])
        root = math.sqrt(sigma ** 2 + width ** 2)
        own, skip, out = x / root, width ** 2 / root ** 2, sigma * width / root
    label = {"t": lambda: time_of(schedule, keys, sigma), "sigma": lambda: s,
             "log_snr": lambda: -2 * math.log(sigma),
             "c_noise": lambda: math.log(sigma) / 4}[notes["kac.label"]]()
    classes = torch.full((len(x),), class_at, dtype=torch.int64)
    with torch.no_grad():
        f = net(own.float(), torch.full((len(x),), label).float(),
                classes).double()
    x0 = {"eps": lambda: (own - s * f) / a, "x0": lambda: f,
          "v": lambda: (a * own - s * f) / (a * a + s * s),
          "score": lambda: (own + s * s * f) / a,
          "edm": lambda: skip * x + out * f}[form]()
    return (x0 - x) / sigma ** 2


def kac_score(kac, plugin, path, x, sigma, lower, class_at, state):
    """The same from kac: x after one step of the ODE of the edm schedule,
    dx = sigma s du, from sigma to the lower one."""
    n, d = x.shape
    config = """state = %s;
schedule = { plugin = "edm"; sigma_max = %r; sigma_min = %r; };
time = { steps = 1; };
scores = ({ id = "net"; plugin = "%s"; class = %d; file = %s; });
integrators = ({ plugin = "euler_maruyama"; noise = 0.0; });
start = { law = "file"; file = "x.txt"; };
population = { particles = %d; };
""" % (state, sigma, lower, plugin, class_at, json.dumps(os.path.abspath(path)),
       n)
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, "verify.cfg")
        with open(name, "w") as file:
            file.write(config)
        with open(os.path.join(folder, "x.txt"), "w") as file:
            for row in x.tolist():
                file.write(" ".join(map(repr, row)) + "\n")
        try:
            done = subprocess.run([kac, "run", "--quiet", name, "--output",
                                   os.path.join(folder, "out")],
                                  stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, text=True,
                                  check=False)
        except OSError as error:
            raise SystemExit("%s: %s; --kac names the program" %
                             (kac, error.strerror)) from None
        if done.returncode != 0:  # it warns of the schedule otherwise
            raise SystemExit(done.stderr + "kac could not run the network")
        with zipfile.ZipFile(os.path.join(folder, "out/samples.npz")) as file:
            npy = file.read("x.npy")
    data = npy[10 + struct.unpack("<H", npy[8:10])[0]:]
    after = torch.frombuffer(bytearray(data), dtype=torch.float64)
    return (after.reshape(n, d) - x) / (sigma * (sigma - lower))


def verify(net, path, notes, kac="kac", plugin=None, n=64, tolerance=2e-5):
    """The largest difference of the scores, relative to their size; raises if
    it is above the tolerance."""
    schedule = notes["kac.schedule"]
    keys = {k: float(notes["kac.schedule." + k]) for k in SCHEDULES[schedule]}
    least, largest = ratio_range(schedule, keys)
    least, largest = 1.01 * least, 0.99 * largest  # both inside
    least = max(least, min(0.01, 0.1 * largest))
    largest = min(largest, max(100.0, 10 * least))
    n_classes, worst = int(notes.get("kac.n_classes", 0)), 0.0
    state = getattr(net, "kac_state", "{ real = %d; }" % net.dim)
    bodies = int(notes.get("kac.egnn.bodies", 0))
    generator = torch.Generator().manual_seed(1)
    if not 1.1 * least < largest:
        raise SystemExit("sigma/alpha from %g to %g: too narrow to verify in" %
                         (least, largest))
    for sigma in (min(least * 2.01, largest),
                  max(math.sqrt(least * largest), 1.05 * least), largest):
        x = torch.randn(n, net.dim, generator=generator, dtype=torch.float64)
        x *= math.sqrt(1 + sigma ** 2)
        if bodies:  # mean free
            x = x.view(n, bodies, -1)
            x = (x - x.mean(1, keepdim=True)).view(n, -1)
        for class_at in range(-1, min(n_classes, 2)):
            want = torch_score(net, notes, x, sigma,
                               n_classes if class_at < 0 else class_at)
            got = kac_score(kac, plugin or notes["kac.architecture"], path, x,
                            sigma, max(sigma / 2, least), class_at, state)
            scale = want.abs().max().item() + 1 / sigma
            worst = max(worst, (got - want).abs().max().item() / scale)
    if not worst < tolerance:
        raise SystemExit("kac's score differs from torch's by %g of its size" %
                         worst)
    return worst
