"""Figure of the chapter on the implementation."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from respml.figures.style import INK, MUTED, PALETTE, new_figure

MARKERS = ("o", "s", "^", "D")
AGREEING = "none"


def differences_figure(
    frame: pd.DataFrame, tolerances: dict[str, float], labels: dict[str, str], cutoff: float
) -> Figure:
    """Largest difference of each place from the documented score, along that score; a filled mark: decisions differ.

    Differences are drawn on a logarithmic scale; none stands on a floor of its own, a decade below the smallest
    tolerance and the smallest difference.

    Parameters
    ----------
    frame: ``place``, ``lower``, ``upper``, ``largest_difference``, ``mismatched``.
    tolerances: place -> the difference that counts as rounding.
    labels: place -> printed name.
    cutoff: drawn as a line.
    """
    figure = new_figure(height=3.0)
    axes = figure.subplots()
    positive = frame.loc[frame["largest_difference"] > 0, "largest_difference"]
    usual = [each for each in tolerances.values() if each > 0] or [1e-6]
    least = min([*usual, *positive.tolist()])
    floor = 10.0 ** (np.floor(np.log10(least)) - 1)
    shift = np.linspace(-0.25, 0.25, len(labels)) if len(labels) > 1 else np.zeros(1)
    for number, (place, label) in enumerate(labels.items()):
        rows = frame[frame["place"] == place]
        middle = (rows["lower"] + rows["upper"]) / 2 + shift[number] * (rows["upper"] - rows["lower"])
        height = rows["largest_difference"].clip(lower=floor)
        colour, marker = PALETTE[number % len(PALETTE)], MARKERS[number % len(MARKERS)]
        axes.plot(middle, height, color=colour, linewidth=0.6, alpha=0.5)
        for off in (False, True):
            kept = (rows["mismatched"] > 0) == off
            axes.plot(
                middle[kept],
                height[kept],
                marker,
                color=colour,
                markersize=4.2,
                markerfacecolor=colour if off else AGREEING,
                label=label if not off else None,
            )
    for limit in sorted({each for each in tolerances.values() if each > 0}):
        axes.axhline(limit, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)))
        axes.annotate(
            f"tolerance {limit:g}", (1, limit), xytext=(-2, 2), textcoords="offset points", ha="right", fontsize=7.5
        )
    axes.axvline(cutoff, color=INK, linewidth=0.8)
    axes.set_yscale("log")
    top = max([*usual, *positive.tolist()])
    axes.set_ylim(floor / 2, top * 8)
    axes.annotate("cut-off", (cutoff, top * 4), xytext=(3, -4), textcoords="offset points", fontsize=7.5)
    axes.annotate("no difference", (1, floor), xytext=(-2, 4), textcoords="offset points", ha="right", fontsize=7.5)
    axes.set(xlim=(0, 1), xlabel="Documented probability of default", ylabel="Largest difference")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.22), ncols=2, fontsize=7.5)
    return figure
