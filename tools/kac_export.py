#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns a PyTorch network into a file that kac runs (docs/networks.md).

  kac_export.py model.pt net.safetensors --parameterisation eps \\
      --schedule vp beta_min=0.1 beta_max=20 t_min=0.001 t_max=1 --label t

model.pt is what torch.save wrote: an nn.Sequential of Linear layers and one
kind of activation, or a state dict (then --activation says which).  Loading it
runs the code of its pickle: only for files of your own.  The input of the first
layer is [x, features of the label, features of the class].

--torchscript FILE also writes the network as TorchScript with the same metadata
as its extra file kac.json; --verify runs `kac` on random points and compares
its score with torch's.  Only torch is needed.

As a module: write_safetensors, read_safetensors, metadata, MLP, verify.
"""
import argparse
import ctypes
import json
import struct
import sys

import torch
from torch import nn

from kac_verify import SCHEDULES, verify

FORMS = ("eps", "x0", "v", "score", "edm")
LABELS = ("t", "sigma", "log_snr", "c_noise")
ACTIVATIONS = {
    "silu": nn.SiLU,
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "gelu": nn.GELU,
    "identity": nn.Identity,
}
TYPES = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16",
         torch.float64: "F64"}


# --- the file ----------------------------------------------------------------
def write_safetensors(path, tensors, notes):
    """tensors: name to tensor; notes: string to string."""
    header, blobs, at = {"__metadata__": notes}, [], 0
    for name, tensor in sorted(tensors.items()):
        tensor = tensor.detach().cpu().contiguous()
        n = tensor.numel() * tensor.element_size()
        header[name] = {"dtype": TYPES[tensor.dtype],
                        "shape": list(tensor.shape),
                        "data_offsets": [at, at + n]}
        blobs.append(ctypes.string_at(tensor.data_ptr(), n))
        at += n
    text = json.dumps(header, sort_keys=True).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def read_safetensors(path):
    """What write_safetensors wrote: tensors and notes."""
    kinds = {name: kind for kind, name in TYPES.items()}
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = bytearray(file.read())
    notes, tensors = header.pop("__metadata__", {}), {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        tensors[name] = torch.frombuffer(
            data[begin:end], dtype=kinds[entry["dtype"]]).reshape(
                entry["shape"])
    return tensors, notes


def number(value):
    return repr(float(value)) if isinstance(value, float) else str(value)


def metadata(architecture, form, schedule, keys, label, sigma_data=None,
             n_classes=0, constants=()):
    """The notes of a network; keys are those of the schedule's plugin."""
    if set(keys) != set(SCHEDULES[schedule]):
        raise ValueError("schedule %s needs %s" %
                         (schedule, ", ".join(SCHEDULES[schedule])))
    if form not in FORMS or label not in LABELS:
        raise ValueError("parameterisation %r, label %r" % (form, label))
    if form == "edm" and not sigma_data:
        raise ValueError("edm needs sigma_data")
    notes = {"kac.format": "1", "kac.architecture": architecture,
             "kac.parameterisation": form, "kac.schedule": schedule,
             "kac.label": label}
    notes.update(("kac.schedule." + k, number(v)) for k, v in keys.items())
    if sigma_data:
        notes["kac.sigma_data"] = number(float(sigma_data))
    if n_classes:
        notes["kac.n_classes"] = str(n_classes)
    notes.update(("kac.%s.%s" % (architecture, k), number(v))
                 for k, v in dict(constants).items())
    return notes


# --- the perceptron as kac computes it -----------------------------------------
class MLP(nn.Module):
    """forward(x, label, classes): n by dim, n, and n integers of which
    n_classes means none."""

    def __init__(self, linears, dim, activation="silu", label_features="raw",
                 frequencies=None, n_classes=0, embedding=None, skip=0.0):
        super().__init__()
        self.layers = nn.ModuleList(linears)
        self.dim, self.activation, self.skip = dim, activation, float(skip)
        self.act = ACTIVATIONS[activation]()
        self.label_features, self.n_classes = label_features, n_classes
        self.register_buffer("frequencies", frequencies)
        self.register_buffer("embedding", embedding)

    def features(self, label, classes):
        parts = []
        if self.label_features == "raw":
            parts.append(label[:, None])
        if self.label_features == "fourier":
            angle = label[:, None] * self.frequencies
            parts += [torch.sin(angle), torch.cos(angle)]
        if self.embedding is not None:
            parts.append(self.embedding[classes])
        elif self.n_classes > 0:
            parts.append(nn.functional.one_hot(
                classes, self.n_classes + 1).to(label.dtype))
        return parts

    def forward(self, x, label, classes=None):
        h = torch.cat([x] + self.features(label, classes), dim=1)
        for i, layer in enumerate(self.layers):
            h = layer(h)
            if i + 1 < len(self.layers):
                h = self.act(h)
        return h + self.skip * x if self.skip != 0.0 else h

    def kac_tensors(self):
        tensors = {}
        for i, layer in enumerate(self.layers):
            tensors["layers.%d.weight" % i] = layer.weight
            bias = layer.bias
            tensors["layers.%d.bias" % i] = \
                torch.zeros(layer.out_features) if bias is None else bias
        if self.frequencies is not None:
            tensors["label.frequencies"] = self.frequencies
        if self.embedding is not None:
            tensors["class.embedding"] = self.embedding
        return tensors

    def kac_constants(self):
        kind = "none" if self.n_classes == 0 else \
            "onehot" if self.embedding is None else "embedding"
        return {"dim": self.dim, "layers": len(self.layers),
                "activation": self.activation, "skip": self.skip,
                "label_features": self.label_features, "class_features": kind}


def linears_of(model):
    """Linear layers of a Sequential or state dict, and the activation."""
    if isinstance(model, nn.Module):
        layers = [m for m in model.modules() if isinstance(m, nn.Linear)]
        kinds = {name for name, kind in ACTIVATIONS.items()
                 if any(type(m) is kind for m in model.modules())}
        known = (nn.Linear, nn.Sequential) + tuple(ACTIVATIONS.values())
        strange = [m for m in model.modules() if not isinstance(m, known)]
        strange += [m for m in model.modules() if isinstance(m, nn.GELU) and
                    getattr(m, "approximate", "none") != "none"]
        if strange or len(kinds) > 1:
            raise ValueError("not a chain of Linear layers with one kind of "
                             "activation: %s" % (strange or sorted(kinds)))
        return layers, kinds.pop() if kinds else None
    layers = []
    for name, weight in model.items():
        bias = model.get(name[:-6] + "bias")
        if not name.endswith("weight") or weight.dim() != 2 or bias is None:
            continue
        layer = nn.Linear(weight.shape[1], weight.shape[0])
        layer.load_state_dict({"weight": weight, "bias": bias})
        layers.append(layer)
    return layers, None


def add_null_class(layers, n_columns):
    """A first layer without a column for "no class" gets one of zeros."""
    first = layers[0]
    if first.in_features + 1 != n_columns:
        return
    wider = nn.Linear(n_columns, first.out_features)
    zeros = torch.zeros(first.out_features, 1)
    wider.load_state_dict({"weight": torch.cat([first.weight, zeros], 1),
                           "bias": first.bias})
    layers[0] = wider


# --- TorchScript ---------------------------------------------------------------
def write_torchscript(net, path, notes):
    """forward(x, label), or forward(x, label, classes) with classes."""
    n = net.n_classes
    args = (torch.randn(3, net.dim), torch.rand(3))
    if n:
        args += (torch.full((3,), n, dtype=torch.int64),)
    traced = torch.jit.trace(net, args)
    torch.jit.save(traced, path, _extra_files={"kac.json": json.dumps(notes)})


# --- command line ----------------------------------------------------------------
def arguments():
    p = argparse.ArgumentParser(
        description=__doc__.split("\n")[0],
        epilog="docs/networks.md explains the options")
    p.add_argument("model", help="what torch.save wrote")
    p.add_argument("output", help="the safetensors file")
    p.add_argument("--parameterisation", required=True, choices=FORMS)
    p.add_argument("--schedule", required=True, nargs="+",
                   metavar=("NAME", "KEY=VALUE"),
                   help="vp, cosine, ve or edm and its keys")
    p.add_argument("--label", required=True, choices=LABELS)
    p.add_argument("--label-features", default="raw",
                   choices=("none", "raw", "fourier"))
    p.add_argument("--frequencies", nargs="+", default=[],
                   help="of fourier: numbers, or a tensor's name")
    p.add_argument("--classes", type=int, default=0)
    p.add_argument("--embedding", help="name of the tensor of the classes")
    p.add_argument("--activation", choices=sorted(ACTIVATIONS))
    p.add_argument("--skip", type=float, default=0.0,
                   help="output += skip * input")
    p.add_argument("--sigma-data", type=float)
    p.add_argument("--torchscript", metavar="FILE")
    p.add_argument("--verify", action="store_true")
    p.add_argument("--kac", default="kac", help="the program, for --verify")
    return p.parse_args()


def build(args, model):
    state = model.state_dict() if isinstance(model, nn.Module) else model
    layers, activation = linears_of(model)
    activation = args.activation or activation
    if not layers or (not activation and len(layers) > 1):
        raise SystemExit("no Linear layers found" if not layers else
                         "--activation is needed for a state dict")
    frequencies = embedding = None
    if args.label_features == "fourier":
        named = len(args.frequencies) == 1 and args.frequencies[0] in state
        frequencies = state[args.frequencies[0]].flatten() if named else \
            torch.tensor([float(f) for f in args.frequencies])
    if args.embedding:
        embedding = state[args.embedding]
        if embedding.shape[0] == args.classes:  # none: zeros
            embedding = torch.cat([embedding,
                                   torch.zeros_like(embedding[:1])])
    dim = layers[-1].out_features
    if args.classes and embedding is None:
        n = {"none": 0, "raw": 1}.get(args.label_features)
        n = 2 * len(frequencies) if n is None else n
        add_null_class(layers, dim + n + args.classes + 1)
    return MLP(layers, dim, activation or "identity", args.label_features,
               frequencies, args.classes, embedding, args.skip)


def main():
    args = arguments()
    schedule, *pairs = args.schedule
    if schedule not in SCHEDULES:
        raise SystemExit("schedule %s, expected one of %s" %
                         (schedule, ", ".join(SCHEDULES)))
    keys = {k: float(v) for k, v in (pair.split("=", 1) for pair in pairs)}
    try:
        net = build(args, torch.load(args.model, map_location="cpu"))
        net = net.float().eval().requires_grad_(False)
        notes = metadata("mlp", args.parameterisation, schedule, keys,
                         args.label, args.sigma_data, args.classes,
                         net.kac_constants())
    except ValueError as error:
        raise SystemExit(str(error))
    write_safetensors(args.output, net.kac_tensors(), notes)
    if args.torchscript:
        write_torchscript(net, args.torchscript, notes)
    if args.verify:
        print("largest difference of the scores: %.2g of their size" %
              verify(net, args.output, notes, args.kac))


if __name__ == "__main__":
    sys.exit(main())
