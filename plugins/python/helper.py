# SPDX-License-Identifier: GPL-3.0-or-later
"""The Python half of the plugins named python: reads the user's file, judges
its functions by their parameters, calls them with views of kac's memory and
puts what they return where kac wants it.  embed.c holds this text, runs it as
the module _kac_python and calls check, load and the methods of Model; each
gives a str where something is wrong, which is the message of the error."""

import ast
import functools
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
user_files = set()  # as frames name them


class Refusal(Exception):
    """A rule of kac is broken: the text says it all, no place is added."""


def place(error):
    """file.py:7, the innermost place in the user's own files."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{os.path.basename(error.filename)}:{error.lineno}: "
    found, trace = "", error.__traceback__
    while trace:
        file = trace.tb_frame.f_code.co_filename
        if file in user_files:
            found = f"{os.path.basename(file)}:{trace.tb_lineno}: "
        trace = trace.tb_next
    return found


def describe(error):
    if isinstance(error, Refusal):
        return str(error)
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    text = ": ".join(t for t in (type(error).__name__, text) if t)
    return place(error) + " ".join(text.split())


def guarded(function):
    """Nothing is raised into C, sys.exit() and an interrupt included."""

    @functools.wraps(function)
    def call(*given):
        try:
            return function(*given)
        except BaseException as error:
            return describe(error)

    return call


def nearest(name, names):
    import difflib  # slow to import, and rarely wanted

    close = difflib.get_close_matches(name, names, 1, 0.5)
    return f"; did you mean '{close[0]}'?" if close else ""


# --- the file -----------------------------------------------------------------
def parse(path):
    """Its tree and its code; nothing of it is run."""
    try:
        with open(path, "rb") as file:
            text = file.read()
    except OSError as error:
        raise Refusal(f"file '{path}': {error.strerror.lower()}") from None
    if b"\0" in text:
        raise Refusal(f"file '{path}': not Python, it holds a byte 0")
    tree = ast.parse(text, path)
    return tree, compile(tree, path, "exec")


def top_level(tree):
    """Statements of the module, those below if, try, with and loops too."""
    left = list(tree.body)
    while left:
        node = left.pop(0)
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            left += [n for n in ast.walk(node) if isinstance(n, ast.stmt)][1:]


def definitions(tree):
    """{name: its def, None for what is bound in another way}; None: unknown,
    for a star import may bind anything."""
    found = {}
    for node in top_level(tree):
        if isinstance(node, ast.FunctionDef):
            found[node.name] = None if node.decorator_list else node
        elif isinstance(node, (ast.ClassDef, ast.AsyncFunctionDef)):
            found[node.name] = None
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                if alias.name == "*":
                    return None
                found[alias.asname or alias.name.split(".")[0]] = None
        else:
            names = (n for n in ast.walk(node) if isinstance(n, ast.Name))
            found.update({n.id: None for n in names
                          if isinstance(n.ctx, ast.Store)})
    return found


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
    if os.path.dirname(real) not in sys.path:
        sys.path.insert(0, os.path.dirname(real))
    spec = importlib.util.spec_from_file_location(name, real)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    exec(code, module.__dict__)  # what it raises stops the run
    modules[real] = module
    return module


# --- parameters ---------------------------------------------------------------
def signature_of(node):
    """What inspect.signature would say of a def that has not been run."""
    kinds, given = inspect.Parameter, node.args
    plain = given.posonlyargs + given.args
    first = len(plain) - len(given.defaults)
    parameters = []
    for i, argument in enumerate(plain):
        only = i < len(given.posonlyargs)
        kind = kinds.POSITIONAL_ONLY if only else kinds.POSITIONAL_OR_KEYWORD
        default = 0 if i >= first else kinds.empty
        parameters.append(kinds(argument.arg, kind, default=default))
    if given.vararg:
        parameters.append(kinds(given.vararg.arg, kinds.VAR_POSITIONAL))
    for argument, default in zip(given.kwonlyargs, given.kw_defaults):
        parameters.append(kinds(argument.arg, kinds.KEYWORD_ONLY,
                                default=kinds.empty if default is None else 0))
    if given.kwarg:
        parameters.append(kinds(given.kwarg.arg, kinds.VAR_KEYWORD))
    return inspect.Signature(parameters)


def accepted(name, signature, leading, offered):
    """The names to pass to it, of those offered."""
    parameters = list(signature.parameters.values())
    one = inspect.Parameter
    ordered = one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD
    plain = [p for p in parameters if p.kind in ordered]
    is_open = any(p.kind is one.VAR_POSITIONAL for p in parameters)
    if len(plain) < len(leading) and not is_open:
        wanted = ", ".join(leading)
        raise Refusal(f"{name}{signature} does not take {wanted}: expected "
                      f"{name}({wanted}, ...)")
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
                f"{name}() wants '{p.name}', which it is not given: it gets "
                f"{', '.join(leading)}, then by name {', '.join(offered)}")
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


def judge(roles, arguments, signatures):
    """{role: names to pass}; a signature of None is not known."""
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
            takes[role] = accepted(name, signature, leading, offered)
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
    found = definitions(parse(path)[0])
    if found is None:
        return
    signatures = {}
    for role, name in roles.items():
        if name not in found:
            raise no_function(path, name, [n for n in found if found[n]])
        signatures[role] = found[name] and signature_of(found[name])
    judge(roles, arguments, signatures)


# --- calls --------------------------------------------------------------------
def wrap(view):
    """An array on the memory of the view; the view itself without numpy."""
    return view if view is None or numpy is None else numpy.asarray(view)


def put_array(name, result, out):
    if hasattr(result, "detach"):  # a tensor, on a GPU perhaps
        result = result.detach().cpu()
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
            raise Refusal(f"{self.name}() returned {type(result).__name__}, "
                          f"expected an array of shape {out.shape}")
        put = put_rows if numpy is None else put_array
        put(self.name, result, out)


class Model:
    """One instance of a plugin: its functions by role."""

    def __init__(self, functions):
        self.functions = functions

    def fill(self, role, given, context, out):
        if out is None:
            return
        result = self.functions[role](given, context, out)
        if isinstance(result, tuple) and role == "function":
            result = result[0]  # it gives its gradient too
        self.functions[role].put(result, out)

    def fill_both(self, given, context, phi, dphi):
        """A gradient may come as (values, gradient): one call for both."""
        function = self.functions["gradient"]
        result = function(given, context, dphi)
        is_pair = isinstance(result, tuple) and len(result) == 2
        function.put(result[1] if is_pair else result, dphi)
        if phi is None or not is_pair:
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
        try:
            signatures[role] = inspect.signature(call)
        except (TypeError, ValueError):  # builtins do not say
            signatures[role] = None
    takes = judge(roles, arguments, signatures)
    try:
        import numpy
    except ImportError:
        numpy = None
    torch = sys.modules.get("torch")
    if torch is not None and ONE_THREAD:
        torch.set_num_threads(1)
    return Model({r: Function(n, getattr(module, n), takes[r], arguments)
                  for r, n in roles.items()})
