"""Parsing works whatever other threads do."""

import ast

import pytest

from respml.pipeline import parsing
from respml.pipeline.parsing import parse_python


def failing(times, monkeypatch):
    """Let ``ast.parse`` fail so many times, as CPython 3.11 does when another thread parses meanwhile."""
    left = [times]
    parse = ast.parse

    def parse_or_fail(source):
        if left[0]:
            left[0] -= 1
            raise SystemError("AST constructor recursion depth mismatch (before=54, after=28)")
        return parse(source)

    monkeypatch.setattr(parsing.ast, "parse", parse_or_fail)


def test_a_miscount_of_the_interpreter_is_tried_again(monkeypatch):
    failing(3, monkeypatch)
    assert [type(each) for each in parse_python("x = 1").body] == [ast.Assign]


def test_an_interpreter_that_never_parses_is_not_asked_for_ever(monkeypatch):
    failing(1000, monkeypatch)
    with pytest.raises(SystemError):
        parse_python("x = 1")


def test_what_is_not_python_is_said():
    with pytest.raises(SyntaxError):
        parse_python("x = (")
