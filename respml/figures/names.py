"""Names from the data as matplotlib may draw them, and lines that fit."""

from __future__ import annotations

import textwrap

from matplotlib.ticker import FuncFormatter

from respml.figures.words import literal


def plain(text: object, width: int = 0) -> str:
    """A name as it is, wrapped to ``width`` characters where given."""
    shown = literal(text)
    return "\n".join(textwrap.wrap(shown, width, break_long_words=True)) if width else shown


def short_ticks() -> FuncFormatter:
    """Tick labels of an axis by :func:`short_number`; a new one each time, since a formatter belongs to one axis."""
    return FuncFormatter(lambda value, _: short_number(value))


def short_number(value: float) -> str:
    """A value on an axis or in a label: thousands as k, millions as M, few digits."""
    if value != value:
        return "missing"
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{letter}".replace("-", "−")
    return f"{value:.3g}".replace("-", "−")
