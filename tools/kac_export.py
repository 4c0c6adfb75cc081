#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns a PyTorch network into a file that kac runs (docs/networks.md).

  kac_export.py model.pt net.safetensors --parameterisation eps \\
      --schedule vp beta_min=0.1 beta_max=20 t_min=0.001 t_max=1 --label t

model.pt is what torch.save or torch.jit.save wrote: an nn.Sequential of Linear
layers with one kind of activation between them, another module that computes
the same as such a chain, or a state dict, which is taken for one (--activation
says of what kind).  Loading it runs the code of its pickle: only for files of
your own.  The input of the first layer is [x, features of the label, features
of the class].

Nothing is written if a module and what was read from it differ on random rows.
--torchscript FILE also writes the network as TorchScript with the same metadata
as its extra file kac.json; --verify runs `kac` on random points and compares
its score with that of the module.  Only torch is needed.

As a module: write_safetensors, read_safetensors, metadata, MLP, verify.
"""
import argparse
import copy
import ctypes
import json
import keyword
import math
import struct
import sys

import torch
from torch import nn

from kac_chain import ACTIVATIONS, Original, compare, layers_of_sequential, \
    layers_of_state, load, one_line, only_activation, require_even, tensor_of
from kac_verify import SCHEDULES, check_schedule, verify

FORMS = ("eps", "x0", "v", "score", "edm")
LABELS = ("t", "sigma", "log_snr", "c_noise")
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
    try:
        with open(path, "wb") as file:
            file.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))
    except OSError as error:
        raise ValueError("%s: %s" % (path, error.strerror)) from None


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
    check_schedule(schedule, keys)
    if form not in FORMS or label not in LABELS:
        raise ValueError("parameterisation %r, label %r" % (form, label))
    if form == "edm" and sigma_data is None:
        raise ValueError("edm needs sigma_data")
    if sigma_data is not None and not 0 < sigma_data < math.inf:
        raise ValueError("sigma_data = %g, expected above 0" % sigma_data)
    notes = {"kac.format": "1", "kac.architecture": architecture,
             "kac.parameterisation": form, "kac.schedule": schedule,
             "kac.label": label}
    notes.update(("kac.schedule." + k, number(v)) for k, v in keys.items())
    if sigma_data is not None:
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


def add_null_class(layers, n_columns):
    """A first layer without a column for "no class" gets one of zeros."""
    first = layers[0]
    if first.in_features + 1 != n_columns:
        return
    wider = nn.Linear(n_columns, first.out_features, first.bias is not None)
    zeros = torch.zeros(first.out_features, 1)
    wider.weight = nn.Parameter(torch.cat([first.weight.detach(), zeros], 1))
    wider.bias = first.bias
    layers[0] = wider


# --- TorchScript ---------------------------------------------------------------
def without_keywords(net):
    """A copy whose parts named like words of Python (in, class), which
    TorchScript cannot read back, are registered as in_, class_."""
    net = copy.deepcopy(net)
    for module in list(net.modules()):
        for name in list(filter(keyword.iskeyword, module._modules)):
            part = module._modules.pop(name)
            module._modules[name + "_"] = module.__dict__[name] = part
    return net


def write_torchscript(net, path, notes):
    """forward(x, label), or forward(x, label, classes) with classes."""
    n = net.n_classes
    args = (torch.randn(3, net.dim), torch.rand(3))
    if n:
        args += (torch.full((3,), n, dtype=torch.int64),)
    traced = torch.jit.trace(without_keywords(net), args)
    try:
        torch.jit.save(traced, path,
                       _extra_files={"kac.json": json.dumps(notes)})
    except (OSError, RuntimeError) as error:
        raise ValueError("%s: %s" % (path, one_line(error))) from None


# --- command line ----------------------------------------------------------------
def arguments():
    p = argparse.ArgumentParser(
        description=__doc__.split("\n")[0],
        epilog="docs/networks.md explains the options")
    p.add_argument("model", help="what torch.save or torch.jit.save wrote")
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


def features(args, state):
    """Frequencies, embedding, the names of their tensors."""
    used, frequencies, embedding = [], None, None
    if args.classes < 0:
        raise ValueError("--classes %d, expected 0 or more" % args.classes)
    if args.frequencies and args.label_features != "fourier":
        raise ValueError("--frequencies are those of --label-features fourier")
    if args.label_features == "fourier":
        words = args.frequencies
        if len(words) == 1 and not is_number(words[0]):
            frequencies = tensor_of(state, words[0], "--frequencies").flatten()
            used += words
        elif words and all(map(is_number, words)):
            frequencies = torch.tensor([float(f) for f in words])
        else:
            raise ValueError("--label-features fourier needs --frequencies: "
                             "numbers, or the name of one tensor")
    if args.embedding:
        embedding = tensor_of(state, args.embedding, "--embedding")
        used.append(args.embedding)
        n = args.classes
        if n < 1 or embedding.dim() != 2 or len(embedding) not in (n, n + 1):
            raise ValueError("--embedding %s is %s, expected --classes %d or "
                             "one more rows" % (args.embedding,
                                                list(embedding.shape), n))
        if len(embedding) == n:  # none: zeros
            embedding = torch.cat([embedding,
                                   torch.zeros_like(embedding[:1])])
    return frequencies, embedding, used


def is_number(word):
    try:
        return math.isfinite(float(word))
    except ValueError:
        return False


def layers_of(args, model, state, used):
    """Linear layers and activation, and a line on each thing assumed."""
    if type(model) is nn.Sequential:
        layers, found = layers_of_sequential(model)
        unbiased = []
    else:
        layers, names, unbiased = layers_of_state(state, used)
        found = only_activation(model) if model else None
    if not layers:
        raise ValueError("no Linear layers found")
    if found and args.activation not in (None, found):
        raise ValueError("--activation %s, but the module has %s" %
                         (args.activation, found))
    activation = args.activation or found
    if not activation and len(layers) > 1:
        raise ValueError("--activation is needed where no module says it")
    said = ["%s has no bias: zeros are written" % name for name in unbiased]
    if not model:
        require_even(names)
        said.append("a state dict does not say how its tensors are used: taken "
                    "for the chain %s; give the module to have it compared" %
                    (", %s, " % activation).join(
                        "Linear(%d, %d)" % (m.in_features, m.out_features)
                        for m in layers))
    return layers, activation or "identity", said


def build(args, given):
    """The network as kac computes it, the module given (or None) called the
    same way, and lines to say."""
    model = given if isinstance(given, nn.Module) else None
    state = model.state_dict() if model else given
    frequencies, embedding, used = features(args, state)
    layers, activation, said = layers_of(args, model, state, used)
    dim, n_given = layers[-1].out_features, layers[0].in_features
    n_label = 2 * len(frequencies) if frequencies is not None else \
        int(args.label_features == "raw")
    n_class = embedding.shape[1] if embedding is not None else \
        args.classes + 1 if args.classes else 0
    n_columns = dim + n_label + n_class
    if args.classes and embedding is None:
        add_null_class(layers, n_columns)
    if layers[0].in_features != n_columns:
        raise ValueError(
            "the first layer takes %d numbers, expected %d: %d of x (what the "
            "last layer gives), %d of the label (--label-features %s), %d of "
            "the classes" % (layers[0].in_features, n_columns, dim, n_label,
                             args.label_features, n_class))
    net = MLP(layers, dim, activation, args.label_features, frequencies,
              args.classes, embedding, args.skip)
    net = net.float().eval().requires_grad_(False)
    if not model:
        return net, None, said
    has_null = n_given == n_columns and (
        embedding is None or len(state[args.embedding]) == args.classes + 1)
    original = Original(model, net, n_given, has_null)
    compare(net, original)
    return net, original, said


def schedule_of(words):
    """NAME KEY=VALUE... as name and numbers."""
    schedule, *pairs = words
    if schedule not in SCHEDULES:
        raise ValueError("schedule %s, expected one of %s" %
                         (schedule, ", ".join(SCHEDULES)))
    keys = {}
    for pair in pairs:
        key, _, value = pair.partition("=")
        if not is_number(value):
            raise ValueError("--schedule %s: expected KEY=NUMBER" % pair)
        keys[key] = float(value)
    return schedule, keys


def write_all(args, net, tensors, notes, original):
    """The files that the options name, and what --verify finds."""
    write_safetensors(args.output, tensors, notes)
    if args.torchscript:
        write_torchscript(net, args.torchscript, notes)
    if args.verify:
        print("largest difference of kac's scores from %s: %.2g of their size" %
              ("those of the module given" if original else
               "torch's for these tensors",
               verify(original or net, args.output, notes, args.kac)))


def main():
    args = arguments()
    try:
        schedule, keys = schedule_of(args.schedule)
        net, original, said = build(args, load(args.model))
        notes = metadata("mlp", args.parameterisation, schedule, keys,
                         args.label, args.sigma_data, args.classes,
                         net.kac_constants())
        for line in said:
            print(line)
        write_all(args, net, net.kac_tensors(), notes, original)
    except ValueError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    sys.exit(main())
