"""Names from the data as matplotlib may draw them, and lines that fit."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from matplotlib.ticker import FuncFormatter

from respml.figures.words import literal


def plain(text: object, width: int = 0) -> str:
    """A name as it is, wrapped to ``width`` characters where given."""
    shown = literal(text)
    return "\n".join(textwrap.wrap(shown, width, break_long_words=True)) if width else shown


def spread(heights: Iterable[float], apart: float) -> list[float]:
    """Where labels stand that belong at ``heights``: as near as can be by squares, each ``apart`` above the one before.

    Parameters
    ----------
    heights: where each belongs, in rising order.
    apart: smallest distance of two neighbours.
    """
    # With number times apart taken off, the heights need only not fall: neighbours that do are pooled at their mean.
    pools: list[tuple[float, int]] = []
    for number, height in enumerate(heights):
        mean, count = height - number * apart, 1
        while pools and pools[-1][0] >= mean:
            other, others = pools.pop()
            mean, count = (other * others + mean * count) / (others + count), others + count
        pools.append((mean, count))
    level = [mean for mean, count in pools for _ in range(count)]
    return [mean + number * apart for number, mean in enumerate(level)]


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
