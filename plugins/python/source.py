# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Python file defines, without running it: between errors.py and
helper.py in the module _kac_python."""

import ast
import inspect

# What gives a torch.nn.Module back.
SAME = ("cpu", "cuda", "double", "eval", "float", "requires_grad_", "to",
        "train")


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


def callable_of(node):
    """The def that a call of an instance of this class runs, None if it is not
    seen here.  Modules of PyTorch pass calls to forward."""
    if node.decorator_list or node.keywords:
        return None
    defs = {n.name: n for n in node.body if isinstance(n, ast.FunctionDef)}
    bases = [getattr(b, "attr", getattr(b, "id", "")) for b in node.bases]
    found = defs.get("__call__")
    if not found and any(b.endswith("Module") for b in bases):
        found = defs.get("forward")
    return found if found and not found.decorator_list else None


def class_of(value):
    """N of N(...) and of N(...).double().eval(), else None."""
    while isinstance(value, ast.Call):
        if isinstance(value.func, ast.Name):
            return value.func.id
        if not isinstance(value.func, ast.Attribute):
            return None
        value = value.func.value if value.func.attr in SAME else None
    return None


def instances(tree, found):
    """{name: def} of objects of the file's own classes."""
    nodes = list(top_level(tree))
    classes = {n.name: n for n in nodes if isinstance(n, ast.ClassDef)}
    bound = [n.id for n in ast.walk(tree)
             if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    objects = {}
    for node in nodes:
        if not isinstance(node, ast.Assign) or len(node.targets) != 1:
            continue
        made, target = classes.get(class_of(node.value)), node.targets[0]
        if made and isinstance(target, ast.Name) and target.id in found:
            if bound.count(target.id) == 1 and made.name not in bound:
                objects[target.id] = callable_of(made)
    return {n: d for n, d in objects.items() if d and not found[n]}


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


def signatures_of(tree, found):
    """Of what definitions has found, None where only a run can tell."""
    known = {n: signature_of(d) for n, d in found.items() if d}
    for name, node in instances(tree, found).items():
        signature = signature_of(node)
        own = list(signature.parameters.values())
        if own and own[0].kind is not inspect.Parameter.VAR_POSITIONAL:
            own = own[1:]  # without self
        known[name] = signature.replace(parameters=own)
    return {n: known.get(n) for n in found}


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
