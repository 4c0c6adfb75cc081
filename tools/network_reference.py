# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes what tests compare kac's networks with: tests/data/unet.safetensors
and egnn.safetensors, two small networks of random weights, and NAME.txt for
these and for the networks of conf/models: rows of sigma, class, x, E[x0 | x],
worked out by PyTorch in float64.

    python3 tools/network_reference.py tests/data conf/models
"""
import sys

import torch

from kac_export import read_safetensors
from kac_nets import EGNN, UNet, edm, from_notes, save


def small():
    """Random weights, large enough that every part of the network counts."""
    torch.manual_seed(7)
    for net in (UNet(size=4, colours=2, channels=16, inner=32, blocks=1,
                     width=16, n_freq=4, n_classes=3),
                EGNN(bodies=5, dim=2, hidden=16, layers=3, n_freq=4)):
        for name, p in net.named_parameters():
            gain = 1.0 if name.endswith("bias") else p[0].numel() ** -0.5
            p.data = (gain * torch.randn_like(p)).half().float()
        yield net


def rows(net, sigma_data, sigmas, path):
    net = net.double()
    with open(path, "w") as file, torch.no_grad():
        for k, sigma in enumerate(sigmas):
            x = torch.randn(1, net.dim, dtype=torch.float64)
            if isinstance(net, EGNN):
                x = x.view(1, -1, net.constants["dim"])
                x = (x - x.mean(1, keepdim=True)).flatten(1)
            x = x * (sigma ** 2 + sigma_data ** 2) ** 0.5
            label = k % (net.n_classes + 1) if net.n_classes else None
            classes = None if label is None else torch.tensor([label])
            x0 = edm(net, x, torch.tensor([sigma], dtype=torch.float64),
                     sigma_data, classes)
            numbers = [sigma, float(label or 0)] + x[0].tolist() + \
                x0[0].tolist()
            file.write(" ".join("%.10g" % v for v in numbers) + "\n")


def main(data, models):
    for net in small():
        name = type(net).__name__.lower()
        save(net, "%s/%s.safetensors" % (data, name), 0.7, (0.01, 50.0),
             half=name == "unet")
        rows(net, 0.7, [0.02, 0.3, 2.0, 40.0], "%s/%s.txt" % (data, name))
    for name in ("digits", "dw4", "lj13"):
        tensors, about = read_safetensors("%s/%s.safetensors" % (models, name))
        net = from_notes(about)
        net.load_state_dict(tensors)
        rows(net, float(about["kac.sigma_data"]), [0.05, 1.0, 15.0],
             "%s/%s.txt" % (data, name))


if __name__ == "__main__":
    main(*sys.argv[1:])
