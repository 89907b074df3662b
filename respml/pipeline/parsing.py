"""Parsing Python while other threads parse, too."""

from __future__ import annotations

import ast

_ATTEMPTS = 20


def parse_python(source: str | bytes) -> ast.Module:
    """The syntax tree of a source.

    CPython before 3.13 counts the depth of its parser's recursion once for all threads: when two parse at a time, one
    may be told "AST constructor recursion depth mismatch", a SystemError, though nothing is wrong. It is then tried
    again, under no lock, for other libraries parse as well and would not ask for ours.

    Raises
    ------
    SyntaxError: the source is not Python.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            return ast.parse(source)
        except SystemError:
            continue
    return ast.parse(source)
