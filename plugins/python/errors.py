# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong, in words, and where in the user's files: the beginning of the
module _kac_python, of which source.py and helper.py are the rest."""

import functools
import os
import sys

ROOM = 247  # bytes of a kac_error

user_files = set()  # that configs name, as frames name them
user_folders = set()  # real paths; the user's modules lie there and below


class Refusal(Exception):
    """A rule of kac is broken: the text says it all, no place is added."""


def is_users(file):
    """Of the files that configs name, or a module beside or below them that
    is not a library's."""
    if file in user_files:
        return True
    if not os.path.isabs(file):  # <string>, <frozen importlib._bootstrap>
        return False
    import sysconfig  # only errors need it

    real = os.path.realpath(file)
    paths = sysconfig.get_paths()
    library = [os.path.realpath(paths[n]) for n in ("stdlib", "platstdlib")]
    if any(real.startswith(os.path.join(n, "")) for n in library):
        return False
    if {"site-packages", "dist-packages"} & set(real.split(os.sep)):
        return False
    return any(real.startswith(os.path.join(n, "")) for n in user_folders)


def place(error):
    """file.py:7, the innermost place in the user's own files."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{os.path.basename(error.filename)}:{error.lineno}: "
    found, trace = "", error.__traceback__
    while trace:
        file = trace.tb_frame.f_code.co_filename
        if is_users(file):
            found = f"{os.path.basename(file)}:{trace.tb_lineno}: "
        trace = trace.tb_next
    return found


def fitted(text):
    """One line that kac has room for, cut behind a word if one ends near the
    end; never not UTF-8."""
    data = " ".join(text.split()).encode("utf-8", "replace")
    if len(data) <= ROOM:
        return data.decode()
    text = data[:ROOM - 4].decode("utf-8", "ignore")
    words = text.rsplit(" ", 1)[0]
    return (words if len(words) > len(text) // 2 else text) + " ..."


def text_of(error):
    try:
        return error.msg if isinstance(error, SyntaxError) else str(error)
    except Exception:  # of a __str__ of the user's
        return "its text cannot be had"


def describe(error):
    if isinstance(error, Refusal):
        return fitted(str(error))
    text = text_of(error)
    text = ": ".join(t for t in (type(error).__name__, text) if t)
    return fitted(place(error) + text)


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
