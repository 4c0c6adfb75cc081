#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The peers' w4 with matrix products that take no time.

  free_products.py PEERS_DIR ARGUMENT...     (those of w4_mlp_fkc.py)

What torch spends beside its products: a floor under its step on any processor,
however fast its matrix unit is.
"""
import sys

import torch

sys.path.insert(0, sys.argv.pop(1))
import w4_mlp_fkc  # noqa: E402

results = {}


def free_linear(x, weight, bias):
    """Zeros that are there already: denormals would slow what follows."""
    shape = x.shape[0], weight.shape[0]
    if shape not in results:
        results[shape] = torch.zeros(shape, dtype=x.dtype)
    return results[shape]


torch.nn.functional.linear = free_linear
w4_mlp_fkc.check = lambda net: None  # of a network that is not there
w4_mlp_fkc.main()
