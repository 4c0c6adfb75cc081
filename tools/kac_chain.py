# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads networks of others: what torch.save or torch.jit.save wrote, as a chain
Linear, activation, ..., Linear, or not at all.

A module keeps what it computes, so what was read is compared with it (compare);
a state dict has names and numbers only and is taken for a chain.  What does not
fit is a ValueError of one line.
"""
import inspect
import re
import warnings

import torch
from torch import nn

ACTIVATIONS = {
    "silu": nn.SiLU,
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "gelu": nn.GELU,
    "identity": nn.Identity,
}


def one_line(error):
    return " ".join(str(error).split())[:300]


# --- the file ----------------------------------------------------------------
def load(path):
    """A module (TorchScript too) or a state dict, in float32."""
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*TorchScript archive")
            model = torch.load(path, map_location="cpu", weights_only=False)
    except OSError as error:
        raise ValueError("%s: %s" % (path, error.strerror or error)) from None
    except (AttributeError, ImportError) as error:
        raise ValueError(
            "%s: its class is not found (%s); put its source on PYTHONPATH, or "
            "save TorchScript or the state dict" %
            (path, one_line(error))) from None
    except Exception as error:  # whatever the code of a pickle does
        raise ValueError("%s: not what torch.save wrote: %s" %
                         (path, one_line(error))) from None
    if isinstance(model, nn.Module):
        refuse_infinite(path, model.state_dict())
        return model.float().eval()
    state = plain_state(path, model)
    refuse_infinite(path, state)
    return state


def refuse_infinite(path, state):
    """kac takes no such weights, and nothing can be compared with them."""
    for name, value in state.items():
        if not torch.is_tensor(value) or not value.is_floating_point():
            continue
        bad = (~torch.isfinite(value)).nonzero()
        if len(bad) == 0:
            continue
        index = tuple(bad[0].tolist())
        raise ValueError("%s: %s%s is %g, expected finite weights" %
                         (path, name, list(index), float(value[index])))


def plain_state(path, state):
    """The tensors of a state dict, or of one in a checkpoint (of Lightning, for
    one), there without the prefix that all names share."""
    if not isinstance(state, dict):
        raise ValueError("%s: a %s, expected a module or a state dict" %
                         (path, type(state).__name__))
    for key in ("state_dict", "model_state_dict"):
        if isinstance(state.get(key), dict):
            state = state[key]
            heads = {name.split(".")[0] for name in state}
            head = heads.pop() + "." if len(heads) == 1 else ""
            state = {name[len(head):]: value for name, value in state.items()}
    for name, value in state.items():
        if not isinstance(value, torch.Tensor):
            raise ValueError("%s: %r is a %s, expected a tensor" %
                             (path, name, type(value).__name__))
    return {name: value.float() if value.is_floating_point() else value
            for name, value in state.items()}


def tensor_of(state, name, option):
    if name not in state:
        raise ValueError("%s %s: no such tensor, there are %s" %
                         (option, name, ", ".join(sorted(state))))
    return state[name]


# --- the chain ---------------------------------------------------------------
def activation_of(module):
    """Its name, or None."""
    kind = getattr(module, "original_name", type(module).__name__)
    if getattr(module, "approximate", "none") != "none":
        return None
    return {c.__name__: name for name, c in ACTIVATIONS.items()}.get(kind)


def parts_of(model, prefix=""):
    """All that a Sequential calls, in order; one module may stand there twice,
    which named_children would leave out."""
    for name, part in model._modules.items():
        if type(part) is nn.Sequential:
            yield from parts_of(part, prefix + name + ".")
        elif type(part) not in (nn.Dropout, nn.Identity):  # which do nothing
            yield "module %s%s (%s)" % (prefix, name,
                                        type(part).__name__), part


def layers_of_sequential(model):
    """Its Linear layers and the activation between all of them."""
    layers, kinds, pending = [], [], None
    for name, part in parts_of(model):
        kind = activation_of(part)
        if type(part) is nn.Linear:
            if layers:
                kinds.append(pending or "identity")
            if len(set(kinds)) > 1:
                raise ValueError("%s comes after %s, the Linear before it "
                                 "after %s, expected the same everywhere" %
                                 (name, kinds[-1], kinds[-2]))
            layers.append(part)
            pending = None
        elif kind is None:
            raise ValueError("%s: expected Linear or one of %s (gelu with "
                             "erf)" % (name, ", ".join(ACTIVATIONS)))
        elif not layers or pending:
            raise ValueError("%s: expected a Linear there" % name)
        else:
            pending, last = kind, name
    if pending:
        raise ValueError("%s: an activation at the end, expected Linear" % last)
    return layers, kinds[0] if kinds else None


def layers_of_state(state, used):
    """The matrices of a state dict as Linear layers, in its order, their names
    and those without a bias.  used: tensors that are not of a layer."""
    layers, names, unbiased, left = [], [], [], dict(state)
    for name in used:
        left.pop(name, None)
    if "emb.freq" in left and "emb.in.weight" in left:
        raise ValueError("emb.freq, emb.in.weight: kac's own UNet or EGNN, "
                         "whose files tools/kac_nets.py makes")
    for name, weight in list(left.items()):
        if not re.search(r"(^|\.)weight$", name) or weight.dim() != 2:
            continue
        bias = left.get(name[:-6] + "bias")
        if layers and layers[-1].out_features != weight.shape[1]:
            raise ValueError("%s has %d columns, but the layer before it, %s, "
                             "gives %d numbers: not a chain" % (
                                 name, weight.shape[1], names[-1],
                                 layers[-1].out_features))
        if bias is not None and bias.shape != weight.shape[:1]:
            raise ValueError("%sbias does not fit %s" % (name[:-6], name))
        layer = nn.Linear(weight.shape[1], weight.shape[0], bias is not None)
        layer.load_state_dict({k: left.pop(name[:-6] + k)
                               for k in ("weight", "bias")
                               if name[:-6] + k in left})
        layers.append(layer)
        names.append(name)
        unbiased += [name] if bias is None else []
    if left:
        raise ValueError("no place in a chain of Linear layers for %s" %
                         ", ".join(sorted(left)))
    return layers, names, unbiased


def require_even(names):
    """In a Sequential's state dict the numbers of the layers show where the
    activations are: 0, 2, 4 but not 0, 1, 3."""
    at = [re.fullmatch(r"(|.*\.)(\d+)\.weight", name) for name in names]
    if None in at or len({found.group(1) for found in at}) != 1:
        return
    at = [int(found.group(2)) for found in at]
    if len({b - a for a, b in zip(at, at[1:])}) > 1:
        raise ValueError("layers %s are not evenly spaced: give the module, "
                         "which tells what is between them" %
                         ", ".join(names))


def only_activation(model):
    """That of a module which is no Sequential, if it has one kind."""
    kinds = {activation_of(part) for part in model.modules()}
    kinds -= {None, "identity"}
    return kinds.pop() if len(kinds) == 1 else None


# --- the network given -------------------------------------------------------
class Original(nn.Module):
    """The module given, called as the one read from it, `net`:
    its own forward is forward(x, label), with classes
    forward(x, label, classes), or forward([x, features]) to which `net` adds
    its skip.  Without has_null it cannot be asked for no class."""

    def __init__(self, model, net, n_columns=0, has_null=True):
        super().__init__()
        self.model, self.net, self.n_columns = model, net, n_columns
        self.dim, self.n_classes = net.dim, net.n_classes
        if hasattr(net, "kac_state"):
            self.kac_state = net.kac_state
        self.has_null = has_null
        self.n_given = n_arguments(model, net.n_classes)

    def forward(self, x, label, classes=None):
        if self.n_given == 1:
            h = torch.cat([x] + self.net.features(label, classes), dim=1)
            return self.model(h[:, :self.n_columns]) + self.net.skip * x
        if self.n_given == 2:
            return self.model(x, label)
        if self.has_null:
            return self.model(x, label, classes)
        none = (classes == self.n_classes)[:, None]
        y = self.model(x, label, classes.clamp(max=self.n_classes - 1))
        return torch.where(none, self.net(x, label, classes), y)


def n_arguments(model, n_classes):
    if isinstance(model, torch.jit.ScriptModule):
        listed = model.forward.schema.arguments[1:]
        required = [a for a in listed if not a.has_default_value()]
    else:
        listed = inspect.signature(model.forward).parameters
        listed = [a for a in listed.values()
                  if a.kind in (a.POSITIONAL_ONLY, a.POSITIONAL_OR_KEYWORD)]
        required = [a for a in listed if a.default is a.empty]
    n = 1 if len(listed) == 1 else min(len(listed), 3 if n_classes else 2)
    if n == 0 or len(required) > n:
        raise ValueError(
            "the module's forward takes %s, expected x, label%s" %
            (", ".join(a.name for a in listed) or "nothing",
             ", classes" if n_classes else ", as there are no classes"))
    return n


def compare(net, original, n=32, tolerance=1e-5):
    """ValueError if the two differ on random rows."""
    rng = torch.Generator().manual_seed(2)
    x = 2 * torch.randn(n, net.dim, generator=rng)
    label = torch.rand(n, generator=rng)
    classes = torch.randint(net.n_classes + 1, (n,), generator=rng)
    with torch.no_grad():
        ours = net(x, label, classes if net.n_classes else None)
        try:
            theirs = original(x, label, classes)
        except (RuntimeError, TypeError, ValueError, IndexError, KeyError,
                AttributeError) as error:
            raise ValueError("the module cannot be called with random numbers "
                             "as docs/networks.md says: %s" %
                             one_line(error)) from None
    if not isinstance(theirs, torch.Tensor) or theirs.shape != ours.shape:
        raise ValueError("the module gives %s, expected %d rows of %d numbers" %
                         (list(getattr(theirs, "shape", "?")), n, net.dim))
    worst = ((ours - theirs).abs().max() / (theirs.abs().max() + 1e-30)).item()
    if not worst <= tolerance:
        raise ValueError("the module is not the chain that its tensors look "
                         "like: outputs differ by %.2g of their size" % worst)
