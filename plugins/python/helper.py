# SPDX-License-Identifier: GPL-3.0-or-later
"""The Python half of the plugins named python: reads the user's file, judges
its functions by their parameters, calls them with views of kac's memory and
puts what they return where kac wants it.  embed.c holds the text of errors.py,
source.py and this file, runs them as one module _kac_python and calls check,
load and the methods of Model; each gives a str where something is wrong, which
is the message of the error."""

import ast
import gc
import importlib.util
import inspect
import os
import sys
import warnings

OFFERED = ("t", "alpha", "sigma", "out")
# Library threads: kac's own threads are as many as there are processors.
ONE_THREAD = "OMP_NUM_THREADS" not in os.environ
for variable in "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS":
    os.environ.setdefault(variable, "1")
# Standard output is kac's report, and nobody would flush another buffer.
sys.stdout = sys.stderr
# x is read only, and torch.from_numpy(x) is how it is meant to be read.
warnings.filterwarnings("ignore", "The given NumPy array is not writ")

numpy = None
modules = {}  # by real path: a file is imported once


# --- the file -----------------------------------------------------------------
def no_function(path, name, names):
    there = ", ".join(sorted(names)[:8]) or "none"
    near = nearest(name, names) or f"; it has {there}"
    return Refusal(f"{os.path.basename(path)} has no function '{name}'{near}")


def import_file(path):
    real = os.path.realpath(path)
    if real in modules:
        return modules[real]
    name = os.path.splitext(os.path.basename(real))[0]
    while name in sys.modules:
        name += "_"
    code = parse(path)[1]
    user_files.add(path)
    user_folders.add(os.path.dirname(real))
    if os.path.dirname(real) not in sys.path:
        sys.path.insert(0, os.path.dirname(real))
    spec = importlib.util.spec_from_file_location(name, real)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    exec(code, module.__dict__)  # what it raises stops the run
    modules[real] = module
    return module


# --- parameters ---------------------------------------------------------------
def accepted(file, name, signature, leading, offered):
    """The names to pass to it, of those offered."""
    parameters = list(signature.parameters.values())
    one = inspect.Parameter
    ordered = one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD
    plain = [p for p in parameters if p.kind in ordered]
    is_open = any(p.kind is one.VAR_POSITIONAL for p in parameters)
    if len(plain) < len(leading) and not is_open:
        wanted = ", ".join(leading)
        raise Refusal(f"{file}: {name}{signature} does not take {wanted}: "
                      f"expected {name}({wanted}, ...)")
    names = []
    for p in parameters:
        if p in plain[:len(leading)] or p.kind is one.VAR_POSITIONAL:
            continue
        if p.kind is one.VAR_KEYWORD:
            names += [n for n in offered if n not in names and n != "out"]
        elif p.name in offered and p.kind is not one.POSITIONAL_ONLY:
            names.append(p.name)
        elif p.default is one.empty:
            raise Refusal(
                f"{file}: {name}() wants '{p.name}', which it is not given: it "
                f"gets {', '.join(leading)}, then by name {', '.join(offered)}")
    return names


def read_arguments(text):
    """scale=3, name='a' as a dict; literals only."""
    try:
        call = ast.parse(f"f({text}\n)", mode="eval").body
        if not isinstance(call, ast.Call) or call.args:
            raise ValueError
        values = {k.arg: ast.literal_eval(k.value) for k in call.keywords}
        if None in values or not isinstance(call.func, ast.Name):
            raise ValueError
    except (SyntaxError, ValueError, TypeError):
        raise Refusal(f"arguments = \"{text}\": expected name=value, ... with "
                      "Python literals, as in \"scale=3, name='a'\"") from None
    for name in values.keys() & {*OFFERED, "x", "v"}:
        raise Refusal(f"arguments: '{name}' is kac's own")
    return values


def is_open(signature):
    """(*args, **others) says nothing."""
    one = inspect.Parameter
    return all(p.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
               for p in signature.parameters.values())


def signature_at(call):
    """What a call of it must look like, None where it does not say.  A module
    of PyTorch passes all that it gets to its method forward."""
    forward = getattr(call, "forward", None)
    try:
        signature = inspect.signature(call)
        if not is_open(signature) or not callable(forward):
            return signature
        return inspect.signature(forward)
    except (TypeError, ValueError):  # builtins do not say
        return None


def judge(path, roles, arguments, signatures):
    """{role: names to pass}; a signature of None is not known."""
    file = os.path.basename(path)
    takes, used, is_known = {}, set(), True
    for role, name in roles.items():
        offered = [*OFFERED, *arguments]
        if list(roles.values()).count(name) > 1:
            offered.remove("out")  # of which of its results?
        leading = ("x", "v") if role == "vjp" else ("x",)
        signature = signatures[role]
        is_known = is_known and signature is not None
        takes[role] = []
        if signature is not None:
            takes[role] = accepted(file, name, signature, leading, offered)
        used.update(takes[role])
    for name in arguments:
        if is_known and name not in used:
            names = [n for s in signatures.values() for n in s.parameters]
            raise Refusal(f"arguments: no function takes '{name}'"
                          + nearest(name, names))
    return takes


@guarded
def check(path, roles, text):
    """What can be known of a file without running it."""
    arguments = read_arguments(text)
    tree = parse(path)[0]
    found = definitions(tree)
    if found is None:
        return
    known, signatures = signatures_of(tree, found), {}
    for role, name in roles.items():
        if name not in found:
            raise no_function(path, name, [n for n in found if found[n]])
        signatures[role] = known[name]
    judge(path, roles, arguments, signatures)


# --- calls --------------------------------------------------------------------
def wrap(view):
    """An array on the memory of the view; the view itself without numpy."""
    return view if view is None or numpy is None else numpy.asarray(view)


def put_array(name, result, out):
    if hasattr(result, "detach"):  # a tensor, on a GPU perhaps
        result = result.detach().cpu()
        if str(result.dtype) == "torch.bfloat16":  # numpy has none
            result = result.float()
    array = numpy.asarray(result)
    if array.shape != out.shape:
        raise Refusal(f"{name}() returned shape {array.shape}, expected "
                      f"{out.shape}")
    if array.dtype.kind not in "fiub":
        raise Refusal(f"{name}() returned numbers of type {array.dtype}, "
                      "expected float64")
    out[...] = array


def put_rows(name, result, out):
    """The same without numpy: from a sequence, or one of sequences."""
    shape = (len(result),)
    if out.ndim == 2 and all(hasattr(row, "__len__") for row in result):
        widths = {len(row) for row in result}
        shape += (widths.pop(),) if len(widths) == 1 else ("various",)
    if shape != out.shape:
        raise Refusal(f"{name}() returned shape {shape}, expected {out.shape}")
    for i, row in enumerate(result):
        if out.ndim == 1:
            out[i] = row
            continue
        for j, value in enumerate(row):
            out[i, j] = value


def named(result):
    size = f" of {len(result)}" if isinstance(result, (tuple, list)) else ""
    return type(result).__name__ + size


def is_pair(result):
    """(values, gradient), and not the values of two particles."""
    return (isinstance(result, tuple) and len(result) == 2
            and hasattr(result[0], "__len__"))


def references(arrays):
    """How many there are to each; everybody has one to None."""
    return [sys.getrefcount(a) for a in arrays if a is not None]


class Function:
    def __init__(self, name, call, takes, arguments):
        self.name, self.call = name, call
        self.constants = {n: arguments[n] for n in takes if n in arguments}
        self.takes = [n for n in takes if n in ("t", "alpha", "sigma")]
        self.takes_out = "out" in takes

    def __call__(self, given, context, out):
        names = {n: context[n] for n in self.takes}
        if self.takes_out:
            names["out"] = out
        return self.call(*given, **names, **self.constants)

    def put(self, result, out):
        if result is None and self.takes_out or result is out:
            return
        if result is None or not (numpy or hasattr(result, "__len__")):
            raise Refusal(f"{self.name}() returned {named(result)}, expected "
                          f"an array of shape {out.shape}")
        put = put_rows if numpy is None else put_array
        try:
            put(self.name, result, out)
        except Refusal:
            raise
        except Exception as error:
            raise Refusal(f"{self.name}() returned {named(result)}, expected "
                          f"an array of shape {out.shape}: "
                          f"{type(error).__name__}: {error}") from None


class Model:
    """One instance of a plugin: its functions by role."""

    def __init__(self, functions):
        self.functions = functions

    def fill(self, role, given, context, out):
        if out is None:
            return
        result = self.functions[role](given, context, out)
        if is_pair(result) and role == "function":
            result = result[0]  # it gives its gradient too
        self.functions[role].put(result, out)

    def fill_both(self, given, context, phi, dphi):
        """A gradient may come as (values, gradient): one call for both."""
        function = self.functions["gradient"]
        result = function(given, context, dphi)
        has_both = is_pair(result)
        function.put(result[1] if has_both else result, dphi)
        if phi is None or not has_both:
            self.fill("function", given, context, phi)
        else:
            function.put(result[0], phi)

    def keep_none(self, arrays, counts):
        """The memory is kac's again: nobody else may still look at it."""
        if references(arrays) == counts:
            return
        gc.collect()
        if references(arrays) != counts:
            raise Refusal(self.functions["function"].name + "() keeps an array"
                          " of kac's after it has returned: keep a copy of it,"
                          " as x.copy()")

    @guarded
    def potential(self, x, phi, dphi, t, alpha, sigma):
        context = {"t": t, "alpha": alpha, "sigma": sigma}
        arrays = x, phi, dphi = wrap(x), wrap(phi), wrap(dphi)
        counts = references(arrays)
        if dphi is not None:
            self.fill_both((x,), context, phi, dphi)
        else:
            self.fill("function", (x,), context, phi)
        self.keep_none(arrays, counts)

    @guarded
    def score(self, x, value, v, vjp, logp, t, alpha, sigma):
        context = {"t": t, "alpha": alpha, "sigma": sigma}
        arrays = x, value, v, vjp, logp = [wrap(a) for a in
                                           (x, value, v, vjp, logp)]
        counts = references(arrays)
        self.fill("function", (x,), context, value)
        self.fill("vjp", (x, v), context, vjp)
        self.fill("logp", (x,), context, logp)
        self.keep_none(arrays, counts)


@guarded
def load(path, roles, text):
    """Imports the file; a Model."""
    global numpy
    module = import_file(path)
    arguments, signatures = read_arguments(text), {}
    for role, name in roles.items():
        call = getattr(module, name, None)
        if call is None:
            raise no_function(path, name, [
                n for n, v in vars(module).items() if inspect.isfunction(v)])
        if not callable(call):
            raise Refusal(f"'{name}' of {os.path.basename(path)} is of type "
                          f"{type(call).__name__}, expected a function")
        signatures[role] = signature_at(call)
    takes = judge(path, roles, arguments, signatures)
    try:
        import numpy
    except ImportError:
        numpy = None
    torch = sys.modules.get("torch")
    if torch is not None and ONE_THREAD:
        torch.set_num_threads(1)
    return Model({r: Function(n, getattr(module, n), takes[r], arguments)
                  for r, n in roles.items()})
