# SPDX-License-Identifier: GPL-3.0-or-later
"""The UNet and the EGNN that kac runs natively, as PyTorch modules.

They are the reference: plugins/net/unet.c and egnn.c compute the same numbers.
Names of parameters are the names of the tensors in a network file
(docs/networks.md).  Only torch is needed.

    python3 tools/kac_nets.py state.pt net.safetensors unet size=8 colours=1 \\
        ... --sigma-data 0.85 --range 0.01 40 --verify

makes a network file of a state dict; the constants are those of the class.
Without other options the network is one of `train`: parameterisation edm, label
c_noise, schedule edm with sigma in --range.
"""
import argparse
import math

import torch
from torch import nn
from torch.nn import functional as F

from kac_chain import Original, compare, load, one_line
from kac_export import FORMS, LABELS, metadata, schedule_of, write_all, \
    write_safetensors


class Embedding(nn.Module):
    """The noise label (and a class) as one vector, the same for all blocks:
    silu(out(silu(in(sin, cos of label * freq)) + class))."""

    def __init__(self, width, n_freq=8, n_classes=0):
        super().__init__()
        freq = 0.5 * math.pi * 2.0 ** (0.5 * torch.arange(n_freq))
        self.register_buffer("freq", freq)
        setattr(self, "in", nn.Linear(2 * n_freq, width))
        self.out = nn.Linear(width, width)
        if n_classes:  # the last row is the null class
            setattr(self, "class", nn.Embedding(n_classes + 1, width))

    def forward(self, label, classes=None):
        angle = label[:, None] * self.freq
        h = torch.cat([angle.sin(), angle.cos()], dim=1)
        h = F.silu(getattr(self, "in")(h))
        if classes is not None and hasattr(self, "class"):
            h = h + getattr(self, "class")(classes)
        return F.silu(self.out(h))


class Block(nn.Module):
    """x + conv2(silu(conv1(silu(x)) + emb(e))), 1x1 where channels change."""

    def __init__(self, n_in, n_out, width):
        super().__init__()
        self.conv1 = nn.Conv2d(n_in, n_out, 3, padding=1)
        self.emb = nn.Linear(width, n_out, bias=False)
        self.conv2 = nn.Conv2d(n_out, n_out, 3, padding=1)
        nn.init.zeros_(self.conv2.weight)
        if n_in != n_out:
            self.skip = nn.Conv2d(n_in, n_out, 1, bias=False)

    def forward(self, x, e):
        h = self.conv1(F.silu(x)) + self.emb(e)[:, :, None, None]
        h = self.conv2(F.silu(h))
        return h + (self.skip(x) if hasattr(self, "skip") else x)


class UNet(nn.Module):
    """Two levels: `blocks` blocks of `channels` at full size, of `inner` at
    half size (2x2 means down, nearest up), one skip connection."""

    def __init__(self, size=8, colours=1, channels=32, inner=64, blocks=2,
                 width=128, n_freq=8, n_classes=10):
        super().__init__()
        self.constants = dict(size=size, colours=colours, channels=channels,
                              inner=inner, blocks=blocks, width=width,
                              n_freq=n_freq)
        self.n_classes = n_classes
        self.dim = colours * size * size
        self.emb = Embedding(width, n_freq, n_classes)
        setattr(self, "in", nn.Conv2d(colours, channels, 3, padding=1))

        def level(n_in, n_out):
            return nn.ModuleList(Block(n_in if k == 0 else n_out, n_out, width)
                                 for k in range(blocks))

        self.down = level(channels, channels)
        self.mid = level(channels, inner)
        self.up = level(channels + inner, channels)
        self.out = nn.Conv2d(channels, colours, 3, padding=1)

    def forward(self, x, label, classes=None):
        c = self.constants
        e = self.emb(label, classes)
        h = getattr(self, "in")(x.view(-1, c["colours"], c["size"], c["size"]))
        for block in self.down:
            h = block(h, e)
        skip = h
        h = F.avg_pool2d(h, 2)
        for block in self.mid:
            h = block(h, e)
        h = F.interpolate(h, scale_factor=2, mode="nearest")
        h = torch.cat([h, skip], dim=1)
        for block in self.up:
            h = block(h, e)
        return self.out(F.silu(h)).flatten(1)


class Layer(nn.Module):
    """One equivariant layer: messages of pairs from their squared distances,
    then new coordinates and new features (Satorras et al. 2021)."""

    def __init__(self, hidden, is_last):
        super().__init__()
        self.pair1 = nn.Linear(2 * hidden + 2, hidden)
        self.pair2 = nn.Linear(hidden, hidden)
        self.move1 = nn.Linear(hidden, hidden)
        self.move2 = nn.Linear(hidden, 1, bias=False)
        nn.init.xavier_uniform_(self.move2.weight, gain=0.01)
        if not is_last:  # whose features nobody reads
            self.node1 = nn.Linear(2 * hidden, hidden)
            self.node2 = nn.Linear(hidden, hidden)

    def forward(self, h, x, d0, others):
        n = x.shape[1]
        diff = x[:, :, None] - x[:, None]
        d2 = (diff * diff).sum(-1, keepdim=True)
        pair = torch.cat([h[:, :, None].expand(-1, -1, n, -1),
                          h[:, None].expand(-1, n, -1, -1), d2, d0], dim=-1)
        m = F.silu(self.pair2(F.silu(self.pair1(pair)))) * others
        gate = self.move2(F.silu(self.move1(m))) / (1 + (d2 + 1e-8).sqrt())
        x = x + (diff * gate).sum(2) / (n - 1)
        if not hasattr(self, "node1"):
            return h, x
        total = m.sum(2) / (n - 1)
        node = torch.cat([h, total], dim=-1)
        return h + self.node2(F.silu(self.node1(node))), x


class EGNN(nn.Module):
    """Dense E(n)-equivariant network: F = x after the layers - x, mean free.
    All bodies are alike; `d0` is the squared distance at the input."""

    def __init__(self, bodies, dim, hidden=32, layers=3, n_freq=8):
        super().__init__()
        self.constants = dict(bodies=bodies, dim=dim, hidden=hidden,
                              layers=layers, n_freq=n_freq)
        self.kac_state = "{ particles = %d; dim = %d; mean_free = true; }" % (
            bodies, dim)
        self.n_classes, self.dim = 0, bodies * dim
        self.emb = Embedding(hidden, n_freq)
        self.layer = nn.ModuleList(Layer(hidden, k + 1 == layers)
                                   for k in range(layers))

    def forward(self, x, label, classes=None):
        n, dim = self.constants["bodies"], self.constants["dim"]
        start = x = x.view(-1, n, dim)
        h = self.emb(label)[:, None].expand(-1, n, -1)
        diff = x[:, :, None] - x[:, None]
        d0 = (diff * diff).sum(-1, keepdim=True)
        others = (1 - torch.eye(n, dtype=x.dtype))[None, :, :, None]
        for layer in self.layer:
            h, x = layer(h, x, d0, others)
        f = x - start
        return (f - f.mean(1, keepdim=True)).flatten(1)


def tensors_of(net, half):
    return {key: value.half() if half and not key.endswith("freq") else value
            for key, value in net.state_dict().items()}


def save(net, path, sigma_data, ends, half=False):
    """The file of a network trained by `train`; returns its metadata.  With
    `half` its weights are rounded to float16."""
    name = type(net).__name__.lower()
    notes = metadata(name, "edm", "edm",
                     {"sigma_min": float(ends[0]), "sigma_max": float(ends[1])},
                     "c_noise", sigma_data, net.n_classes, net.constants)
    write_safetensors(path, tensors_of(net, half), notes)
    return notes


def from_notes(about):
    """The module of a file's metadata, without its weights."""
    name = about["kac.architecture"]
    head = "kac.%s." % name
    constants = {key[len(head):]: int(value) for key, value in about.items()
                 if key.startswith(head)}
    if name == "unet":
        return UNet(n_classes=int(about.get("kac.n_classes", 0)), **constants)
    return EGNN(**constants)


def edm(net, x, sigma, sigma_data, classes=None):
    """E[x0 | x] of Karras et al. 2022, arXiv 2206.00364, table 1."""
    s = sigma[:, None]
    total = s * s + sigma_data ** 2
    c_skip, c_out = sigma_data ** 2 / total, s * sigma_data / total.sqrt()
    f = net(x / total.sqrt(), sigma.log() / 4, classes)
    return c_skip * x + c_out * f


def train(net, data, sigma_data, seconds, batch, classes=None, drop=0.0,
          augment=lambda x: x, log_sigma=(-1.2, 1.2), ends=(0.01, 40.0),
          lr=2e-3, threads=1, seed=1):
    """EDM training for `seconds` of CPU time; returns averaged weights.
    85 % of the noise levels are log-normal, the others log-uniform between
    the ends, so that the whole range of a run has been seen."""
    import copy
    import time
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    mean = copy.deepcopy(net)
    optimizer = torch.optim.Adam(net.parameters(), lr=lr, betas=(0.9, 0.99))
    start, steps, total, done = time.process_time(), 0, 0.0, 0.0
    while done < 1:
        done = (time.process_time() - start) / seconds
        for group in optimizer.param_groups:
            group["lr"] = lr * min(1, (steps + 1) / 100) * \
                (0.01 + 0.99 * math.cos(0.5 * math.pi * min(1, done)) ** 2)
        pick = torch.randint(len(data), (batch,))
        x = augment(data[pick])
        log = log_sigma[0] + log_sigma[1] * torch.randn(batch)
        flat = torch.empty(batch).uniform_(math.log(ends[0]),
                                           math.log(ends[1]))
        sigma = torch.where(torch.rand(batch) < 0.15, flat, log).exp()
        label = None
        if classes is not None:
            label = classes[pick].clone()
            label[torch.rand(batch) < drop] = net.n_classes
        noise = torch.randn_like(x)
        if hasattr(net, "layer"):  # bodies: noise without centre of mass
            c = net.constants
            noise = noise.view(batch, c["bodies"], c["dim"])
            noise = (noise - noise.mean(1, keepdim=True)).flatten(1)
        x0 = edm(net, x + sigma[:, None] * noise, sigma, sigma_data, label)
        weight = (sigma ** 2 + sigma_data ** 2) / (sigma * sigma_data) ** 2
        loss = (weight * ((x0 - x) ** 2).mean(1)).mean()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        keep = min(0.999, (1 + steps) / (10 + steps))
        with torch.no_grad():
            for a, b in zip(mean.parameters(), net.parameters()):
                a.lerp_(b, 1 - keep)
        steps += 1
        total += loss.item()
        if steps % 200 == 0:
            print("step %d, %.0f %%, loss %.4f" % (steps, 100 * done,
                                                 total / 200), flush=True)
            total = 0.0
    return mean.eval(), steps


def heun(net, sigma_data, x, n_steps, ends, classes=None):
    """Samples by the probability-flow ODE from x ~ N(0, ends[1]^2)."""
    top, low = ends[1] ** (1 / 7), ends[0] ** (1 / 7)
    grid = [(top + k / n_steps * (low - top)) ** 7 for k in range(n_steps + 1)]
    with torch.no_grad():
        for s, t in zip(grid[:-1], grid[1:]):
            def slope(y, u):
                level = torch.full((len(y),), u)
                return (y - edm(net, y, level, sigma_data, classes)) / u
            d = slope(x, s)
            y = x + (t - s) * d
            x = x + 0.5 * (t - s) * (d + slope(y, t))
    return x


# What the plugins ask of the constants: least, and what they must divide by.
LIMITS = {"size": (2, 2), "channels": (16, 16), "inner": (16, 16),
          "bodies": (2, 1), "hidden": (16, 16), "n_classes": (0, 1)}


def check_constants(constants):
    for key, value in constants.items():
        least, unit = LIMITS.get(key, (1, 1))
        if value < least or value % unit:
            raise ValueError("%s=%d: expected %s of at least %d" % (
                key, value, "a multiple of %d" % unit if unit > 1 else
                "a number", least))


def arguments():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("state", help="its state dict (torch.save), or the module")
    p.add_argument("output", help="the safetensors file")
    p.add_argument("architecture", choices=("unet", "egnn"))
    p.add_argument("constants", nargs="*", metavar="KEY=VALUE")
    p.add_argument("--parameterisation", default="edm", choices=FORMS)
    p.add_argument("--label", default="c_noise", choices=LABELS)
    noise = p.add_mutually_exclusive_group(required=True)
    noise.add_argument("--range", nargs=2, metavar=("LOW", "HIGH"),
                       help="sigma that it has seen: schedule edm")
    noise.add_argument("--schedule", nargs="+", metavar=("NAME", "KEY=VALUE"),
                       help="vp, cosine, ve or edm and its keys")
    p.add_argument("--sigma-data", type=float, help="required for edm")
    p.add_argument("--half", action="store_true", help="float16 weights")
    p.add_argument("--torchscript", metavar="FILE")
    p.add_argument("--verify", action="store_true",
                   help="compare the score of `kac` with torch's")
    p.add_argument("--kac", default="kac", help="the program, for --verify")
    return p.parse_args()


def build(args, given):
    """The network of the constants with the weights given, and the module
    given, if it is one: what was read computes the same."""
    model = given if isinstance(given, nn.Module) else None
    kind = UNet if args.architecture == "unet" else EGNN
    pairs = [pair.partition("=") for pair in args.constants]
    for key, _, value in pairs:
        if not value.isdecimal():
            raise ValueError("%s=%s: expected KEY=INTEGER" % (key, value))
    constants = {key: int(value) for key, _, value in pairs}
    check_constants(constants)
    try:
        net = kind(**constants).eval()
        net.load_state_dict(model.state_dict() if model else given)
    except (TypeError, RuntimeError) as error:
        raise ValueError("not the %s of these constants: %s" % (
            args.architecture, one_line(error))) from None
    original = Original(model, net) if model else None
    if model and original.n_given < 2:
        raise ValueError("the module's forward takes one argument, expected "
                         "x, label")
    if model:
        compare(net, original)
    for parameter in net.parameters():  # as the file will have them
        parameter.requires_grad_(False)
        if args.half:
            parameter.data = parameter.data.half().float()
    return net, None if args.half else original


def main():
    args = arguments()
    try:
        words = args.schedule or ["edm", "sigma_min=" + args.range[0],
                                  "sigma_max=" + args.range[1]]
        schedule, keys = schedule_of(words)
        net, original = build(args, load(args.state))
        notes = metadata(args.architecture, args.parameterisation, schedule,
                         keys, args.label, args.sigma_data, net.n_classes,
                         net.constants)
        write_all(args, net, tensors_of(net, args.half), notes, original)
    except ValueError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
