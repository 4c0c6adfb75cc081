# SPDX-License-Identifier: GPL-3.0-or-later
"""Trains conf/models/digits.safetensors, a class-conditional 8x8 UNet, and
digits_classifier.safetensors on scikit-learn's digits (from UCI, CC BY 4.0).

    python3 tools/train_digits.py OUT [CPU seconds of the UNet]

writes both files to the folder OUT.  Needs torch, numpy and sklearn; seeds are
fixed (3 for the initial weights of the UNet, 1 in `train` for its batches and
noise, 2 for the classifier), but the UNet's number of steps, and so its
weights, depend on the machine.
"""
import argparse
import os

import torch
from torch import nn
from torch.nn import functional as F
from sklearn.datasets import load_digits

from kac_export import write_safetensors
from kac_nets import UNet, heun, save, train

SIGMA_DATA = 0.85  # root mean square of the pixels


def digits():
    data = load_digits()
    return (torch.tensor(data.data / 8 - 1, dtype=torch.float32),
            torch.tensor(data.target))


def shifted(x):
    """Each image moved by up to half a pixel (linear interpolation)."""
    move = torch.rand(len(x), 2) - 0.5
    grid = torch.zeros(len(x), 2, 3)
    grid[:, 0, 0] = grid[:, 1, 1] = 1
    grid[:, :, 2] = move / 4
    grid = F.affine_grid(grid, (len(x), 1, 8, 8), align_corners=False)
    return F.grid_sample(x.view(-1, 1, 8, 8) + 1, grid,
                         align_corners=False).flatten(1) - 1


def train_classifier(x, y, steps=4000):
    """An MLP on slightly moved and noised digits; smoothed labels keep its
    probabilities away from 0, so that it can steer."""
    torch.manual_seed(2)
    net = nn.Sequential(nn.Linear(64, 128), nn.SiLU(), nn.Linear(128, 128),
                        nn.SiLU(), nn.Linear(128, 10))
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=0.05)
    loss = nn.CrossEntropyLoss(label_smoothing=0.1)
    for k in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = 1e-3 * (1 - k / steps)
        pick = torch.randint(len(x), (128,))
        noised = shifted(x[pick])
        noised = noised + 0.3 * torch.rand(128, 1) * torch.randn_like(noised)
        optimizer.zero_grad()
        loss(net(noised), y[pick]).backward()
        optimizer.step()
    return net.eval()


def save_classifier(net, path):
    layers = [part for part in net if isinstance(part, nn.Linear)]
    write_safetensors(path, {
        "layers.%d.%s" % (k, name): p.half()
        for k, layer in enumerate(layers)
        for name, p in layer.named_parameters()}, {
            "kac.format": "1", "kac.architecture": "classifier",
            "kac.n_classes": "10", "kac.classifier.dim": "64",
            "kac.classifier.layers": str(len(layers)),
            "kac.classifier.activation": "silu"})


def main(out, seconds):
    torch.set_num_threads(1)
    x, y = digits()
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))
    learn, test = order[:1500], order[1500:]
    net = train_classifier(x[learn], y[learn])
    right = (net(x[test]).argmax(1) == y[test]).float().mean()
    print("classifier: %.3f right of %d held out" % (right, len(test)))
    net = train_classifier(x, y)
    save_classifier(net, out + "/digits_classifier.safetensors")
    torch.manual_seed(3)
    unet = UNet()
    print("parameters", sum(p.numel() for p in unet.parameters()))
    unet, steps = train(unet, x, SIGMA_DATA, seconds, 128, classes=y, drop=0.15,
                        log_sigma=(-0.8, 1.2))
    save(unet, out + "/digits.safetensors", SIGMA_DATA, (0.01, 40.0), half=True)
    labels = torch.arange(500) % 11
    found = heun(unet, SIGMA_DATA, 20 * torch.randn(500, 64), 24, (0.02, 20.0),
                 labels)
    p = net(found).softmax(1)
    asked = labels < 10
    print("steps %d, label accuracy %.3f, mean confidence %.3f (data %.3f)" % (
        steps, (p.argmax(1) == labels)[asked].float().mean(),
        p.max(1)[0].mean(), net(x).softmax(1).max(1)[0].mean()))


def arguments():
    p = argparse.ArgumentParser(description="trains the UNet and classifier",
                                epilog="conf/models has their cards")
    p.add_argument("out", metavar="OUT", help="an existing folder")
    p.add_argument("seconds", nargs="?", type=float, default=480,
                   help="of CPU time, for the UNet")
    args = p.parse_args()
    if not os.path.isdir(args.out):  # told before the training, not after it
        p.error("%s: no such folder" % args.out)
    return args


if __name__ == "__main__":
    given = arguments()
    main(given.out, given.seconds)
