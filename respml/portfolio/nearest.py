"""Words for error messages: the nearest valid name, and values quoted so that they fit on one line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate most like ``name`` (ignoring case), or nothing where none is alike.

    Likeness is ``difflib.SequenceMatcher.ratio() >= 0.6``.
    """
    by_lower = {candidate.lower(): candidate for candidate in sorted(candidates, reverse=True)}
    found = difflib.get_close_matches(name.lower(), sorted(by_lower), n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def suggestion(name: str, candidates: Iterable[str], otherwise: str = "") -> str:
    """``Did you mean 'x'?`` for the nearest candidate, else ``otherwise``."""
    found = nearest(name, candidates)
    return f"Did you mean {shown(found)}?" if found is not None else otherwise


def shown(value: object, limit: int = 60) -> str:
    """A value in quotes for an error message, cut after ``limit`` characters."""
    text = str(value)
    return f"'{text}'" if len(text) <= limit else f"'{text[:limit]}…'"


def listed(values: Iterable[object], limit: int = 6) -> str:
    """The first ``limit`` values, quoted and comma-separated; the rest as a count."""
    every = list(values)
    head = ", ".join(shown(value) for value in every[:limit])
    return head if len(every) <= limit else f"{head} and {len(every) - limit} more"
