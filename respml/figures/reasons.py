"""Figures of adverse-action reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from respml.figures.names import plain
from respml.figures.style import CHAMPION, INK, MUTED, PALETTE, RULE, new_figure

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<")


def repair_figure(frame: pd.DataFrame) -> Figure:
    """Share of applicants whose risk falls, and whose decision flips, when a stated reason alone is repaired.

    Parameters
    ----------
    frame: ``label`` (rank of the reason, in words, in order), ``outcome`` (risk falls, decision flips), ``estimate``,
        ``lower``, ``upper``.
    """
    names = list(dict.fromkeys(frame["label"]))
    figure = new_figure(height=0.95 + 0.25 * len(names))
    axes = figure.subplots()
    styles = {"risk falls": (CHAMPION, "o", CHAMPION, 0.12), "decision flips": ("#d55e00", "s", "white", -0.12)}
    for outcome, (colour, marker, face, shift) in styles.items():
        rows = frame[frame["outcome"] == outcome]
        heights = [len(names) - 1 - names.index(each) + shift for each in rows["label"]]
        axes.hlines(heights, rows["lower"], rows["upper"], color=colour, linewidth=1.5)
        axes.plot(
            rows["estimate"], heights, linestyle="none", marker=marker, color=colour, markerfacecolor=face,
            markersize=5, label=outcome,
        )  # fmt: skip
    axes.set_yticks(range(len(names))[::-1], [plain(each) for each in names])
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.set_xlim(-0.02, 1.02)
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.set_xlabel("Share of the applicants given that reason")
    axes.grid(axis="y", visible=False)
    figure.legend(loc="outside lower center", ncols=len(styles))
    return figure


def agreement_figure(frame: pd.DataFrame, names: Sequence[str], spread: Mapping[str, str]) -> Figure:
    """Agreement of every two ways of making reasons: same first reason below the diagonal, common part of four above.

    Parameters
    ----------
    frame: ``first``, ``second``, ``measure`` (top 1, top 4), ``estimate``.
    names: the ways, in order.
    spread: way -> words under its name.
    """
    count = len(names)
    grid = np.full((count, count), np.nan)
    for row in frame.to_dict("records"):
        a, b = names.index(row["first"]), names.index(row["second"])
        low, high = max(a, b), min(a, b)
        grid[(low, high) if row["measure"] == "top 1" else (high, low)] = row["estimate"]
    figure = new_figure(height=0.5 + 0.42 * count, width=5.9)
    axes = figure.subplots()
    axes.imshow(grid, cmap=mpl.colormaps["Greys"], vmin=0, vmax=2.2, aspect="auto")
    for (line, column), value in np.ndenumerate(grid):
        if value == value:
            axes.text(column, line, f"{100 * value:.0f} %", ha="center", va="center", fontsize=8, color=INK)
    shown = [plain(each) + (f"\n{spread[each]}" if each in spread else "") for each in names]
    axes.set_xticks(range(count), [plain(each, 14) for each in names], fontsize=7.5)
    axes.set_yticks(range(count), shown, fontsize=7.5)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)
    return figure


def group_figure(frame: pd.DataFrame) -> Figure:
    """Share of declined applicants by first reason and group, a panel an attribute.

    Parameters
    ----------
    frame: ``attribute``, ``level``, ``factor``, ``share``; factors and levels in order.
    """
    attributes = list(dict.fromkeys(frame["attribute"]))
    factors = list(dict.fromkeys(frame["factor"]))
    columns = min(2, len(attributes))
    lines = -(-len(attributes) // columns)
    figure = new_figure(height=0.35 + lines * (0.75 + 0.22 * len(factors)))
    panels = figure.subplots(lines, columns, squeeze=False, sharex=True, sharey=True).reshape(-1)
    for axes in panels[len(attributes) :]:
        axes.set_visible(False)
    for axes, attribute in zip(panels, attributes, strict=False):
        part = frame[frame["attribute"] == attribute]
        for number, level in enumerate(dict.fromkeys(part["level"])):
            rows = part[part["level"] == level]
            heights = [len(factors) - 1 - factors.index(each) for each in rows["factor"]]
            axes.plot(
                rows["share"], heights, linestyle="none", marker=MARKERS[number % len(MARKERS)], markersize=4.5,
                color=PALETTE[number % len(PALETTE)], markerfacecolor="none", markeredgewidth=1.2, label=plain(level),
            )  # fmt: skip
        axes.set_title(plain(attribute))
        axes.set_yticks(range(len(factors))[::-1], [plain(each) for each in factors])
        axes.set_ylim(-0.6, len(factors) - 0.4)
        axes.xaxis.set_major_formatter(PercentFormatter(1))
        axes.grid(axis="y", visible=False)
        # Each panel has groups of its own: a frame tells its key from the marks.
        axes.legend(loc="lower right", fontsize=7, frameon=True, edgecolor=RULE, fancybox=False)
    figure.supxlabel("Share of the group's declined applicants with that first reason", fontsize=8.5)
    return figure


def transition_figure(frame: pd.DataFrame, before: str, after: str) -> Figure:
    """First reason under one model against that under another, as counts of applicants.

    Parameters
    ----------
    frame: ``before``, ``after``, ``count``.
    before, after: printed names of the models.
    """
    order = frame.groupby("after")["count"].sum().sort_values(ascending=False, kind="stable").index.tolist()
    order += [each for each in dict.fromkeys(frame["before"]) if each not in order]
    order = [each for each in order if not str(each).startswith("(")] + [e for e in order if str(e).startswith("(")]
    grid = np.zeros((len(order), len(order)))
    for row in frame.to_dict("records"):
        grid[order.index(row["before"]), order.index(row["after"])] = row["count"]
    figure = new_figure(height=1.0 + 0.25 * len(order), width=6.2)
    axes = figure.subplots()
    axes.imshow(
        np.sqrt(grid), cmap=mpl.colormaps["Greys"], vmin=0, vmax=2.2 * np.sqrt(max(grid.max(), 1)), aspect="auto"
    )
    for (line, column), value in np.ndenumerate(grid):
        if value > 0:
            weight = "bold" if line == column else "normal"
            axes.text(
                column, line, f"{value:,.0f}", ha="center", va="center", fontsize=7.5, color=INK, fontweight=weight
            )
    axes.set_xticks(range(len(order)), [plain(each, 11) for each in order], fontsize=7)
    axes.set_yticks(range(len(order)), [plain(each) for each in order], fontsize=7.5)
    axes.set_ylabel(f"First reason, {plain(before)}")
    axes.set_xlabel(f"First reason, {plain(after)}")
    axes.tick_params(length=0)
    axes.grid(visible=False)
    for edge in np.arange(-0.5, len(order)):
        axes.axhline(edge, color="#e3e7ea", linewidth=0.5)
        axes.axvline(edge, color="#e3e7ea", linewidth=0.5)
    axes.spines[:].set_color(MUTED)
    return figure
