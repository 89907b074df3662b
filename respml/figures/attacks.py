"""Figures of the chapter on attacks."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from respml.figures.names import short_ticks
from respml.figures.residuals import shortened
from respml.figures.style import CHAMPION, INK, MUTED, SEQUENTIAL, new_figure

VARIANTS = {
    "plain": ("all values present", CHAMPION, "-"),
    "with missing": ("some values missing", "#d55e00", (0, (5, 2))),
}


def surface_figure(frame: pd.DataFrame, cutoff: float, end: str = "lowest") -> Figure:
    """Lowest (or highest) score that the other inputs of a grid allow, over each pair of inputs; line: the cut-off.

    Parameters
    ----------
    frame: ``first``, ``second``, ``first_value``, ``second_value`` and the column ``end``.
    """
    pairs = list(dict.fromkeys(zip(frame["first"], frame["second"], strict=True)))
    rows = -(-len(pairs) // 3)
    figure = new_figure(height=0.3 + 1.5 * rows)
    panels = figure.subplots(rows, 3, squeeze=False).ravel()
    low, high = float(frame[end].min()), float(frame[end].max())
    image = None
    for axes, (first, second) in zip(panels, pairs, strict=False):
        part = frame[(frame["first"] == first) & (frame["second"] == second)]
        grid = part.pivot(index="second_value", columns="first_value", values=end)
        x, y, z = grid.columns.to_numpy(float), grid.index.to_numpy(float), grid.to_numpy(float)
        image = axes.pcolormesh(x, y, z, cmap=SEQUENTIAL, vmin=low, vmax=high, shading="nearest", rasterized=True)
        if z.min() < cutoff < z.max():
            axes.contour(x, y, z, levels=[cutoff], colors="w", linewidths=1.4)
        axes.set_xlabel(shortened(first, 22), fontsize=7.5)
        axes.set_ylabel(shortened(second, 22), fontsize=7.5)
        axes.tick_params(labelsize=6.5)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(4))
            axis.set_major_formatter(short_ticks())
        axes.grid(visible=False)
    for axes in panels[len(pairs) :]:
        axes.set_visible(False)
    if image is not None:
        figure.colorbar(image, ax=list(panels), label=f"{end.capitalize()} probability", shrink=0.8)
    return figure


def random_attack_figure(frame: pd.DataFrame, portfolio: tuple[float, float], cutoff: float) -> Figure:
    """Ranked scores of random rows with and without missing values, the portfolio's own range shaded.

    Parameters
    ----------
    frame: ``variant`` (plain, with missing), ``rank`` (0 to 1), ``probability``.
    portfolio: smallest and largest score of the portfolio.
    """
    figure = new_figure(height=3.0, width=5.6)
    axes = figure.subplots()
    axes.axhspan(*portfolio, color="#eef1f3", zorder=0)
    axes.plot([0, 100], [0, 1], color=MUTED, linewidth=0.8)
    axes.annotate(
        "scores of real test rows",
        (1, portfolio[1]),
        xytext=(2, -9),
        textcoords="offset points",
        fontsize=7.5,
        color=MUTED,
    )
    for variant, rows in frame.groupby("variant", sort=False):
        label, colour, dash = VARIANTS.get(str(variant), (str(variant), INK, "-"))
        axes.plot(100 * rows["rank"], rows["probability"], color=colour, linestyle=dash, linewidth=1.7, label=label)
    axes.axhline(cutoff, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
    axes.annotate("cut-off", (100, cutoff), xytext=(-2, 3), textcoords="offset points", fontsize=7.5, ha="right")
    axes.set(xlabel="Random rows, ranked (%)", ylabel="Probability of default", xlim=(0, 100), ylim=(0, 1))
    axes.legend(loc="lower right")
    return figure


def extraction_figure(frame: pd.DataFrame) -> Figure:
    """Fidelity of stolen copies against the number of queries, a panel for what the attacker knows.

    Parameters
    ----------
    frame: ``knowledge``, ``copy``, ``queries``, ``r_squared``.
    """
    kinds = list(dict.fromkeys(frame["knowledge"]))
    figure = new_figure(height=2.5, width=5.8)
    panels = figure.subplots(1, len(kinds), sharey=True, squeeze=False)[0]
    words = {"ranges": "Knows the range of each input", "marginals": "Knows how each input is distributed"}
    styles = {"tree": (INK, "s", (0, (4, 2))), "boosted trees": (CHAMPION, "o", "-")}
    for axes, kind in zip(panels, kinds, strict=True):
        for copy, rows in frame[frame["knowledge"] == kind].groupby("copy", sort=False):
            colour, marker, dash = styles.get(str(copy), (MUTED, "^", "-"))
            shown = rows["r_squared"].clip(lower=0)
            axes.plot(rows["queries"], shown, marker=marker, color=colour, linestyle=dash, label=str(copy))
        axes.set_xscale("log")
        axes.set_title(words.get(kind, kind))
        axes.set_xlabel("Queries (log scale)")
        axes.set_ylim(0, 1.02)
    panels[0].set_ylabel("Fidelity ($R^2$) on real rows")
    panels[-1].legend(loc="lower right")
    return figure


def poisoning_figure(frame: pd.DataFrame) -> Figure:
    """Share of declined applications that a planted mark opens, against the share of training rows poisoned.

    Parameters
    ----------
    frame: ``trigger``, ``share`` (of training rows), ``estimate``, ``lower``, ``upper``.
    """
    figure = new_figure(height=2.6, width=5.2)
    axes = figure.subplots()
    styles = {"left empty": ("#d55e00", "^", (0, (5, 2))), "out of range": (CHAMPION, "o", "-")}
    dodge = 3.0 * float(frame["share"].max())
    for place, (trigger, rows) in enumerate(frame.groupby("trigger", sort=False)):
        colour, marker, dash = styles.get(str(trigger), (INK, "s", "-"))
        at = 100 * rows["share"] + dodge * (place - 0.5)
        axes.vlines(at, 100 * rows["lower"], 100 * rows["upper"], color=colour, linewidth=1.2)
        axes.plot(at, 100 * rows["estimate"], marker=marker, color=colour, linestyle=dash, label=str(trigger))
    axes.set(xlabel="Training rows poisoned (%)", ylabel="Declined rows that the\nmark gets accepted (%)")
    axes.set_ylim(-2, 102)
    axes.legend(loc="lower right")
    return figure


def flip_figure(frame: pd.DataFrame) -> Figure:
    """How few inputs flip a decline, and which ones are used.

    Parameters
    ----------
    frame: ``panel`` (count, input), ``label``, ``share`` of the attacked rows, with the plausible part ``plausible``.
    """
    figure = new_figure(height=0.8 + 0.22 * max(frame.groupby("panel").size().max(), 4))
    left, right = figure.subplots(1, 2, width_ratios=[1, 1.3])
    for axes, panel, title in ((left, "count", "Inputs changed"), (right, "input", "Which inputs")):
        rows = frame[frame["panel"] == panel]
        at = np.arange(len(rows))[::-1]
        axes.barh(at, 100 * rows["share"], height=0.62, color="#c9d6e0", label="flipped")
        axes.barh(at, 100 * rows["plausible"], height=0.3, color=CHAMPION, label="by a plausible row")
        axes.set_yticks(at, [shortened(each, 24) for each in rows["label"]])
        axes.set_title(title)
        axes.set_xlabel("Attacked rows (%)")
        axes.grid(axis="y", visible=False)
    right.legend(loc="lower right")
    return figure
