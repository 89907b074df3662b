"""Estimates with their intervals, one line a row."""

from __future__ import annotations

from itertools import cycle

import pandas as pd
from matplotlib.figure import Figure

from respml.figures.style import CHAMPION, INK, MUTED, new_figure
from respml.figures.words import literal

MARKERS = ("s", "o", "^", "D", "v", "P", "X", "<", "*", ">")
KEY_COLUMNS = 5


def interval_figure(
    frame: pd.DataFrame,
    *,
    label: str = "label",
    x_label: str,
    reference: float | None = None,
    reference_label: str = "",
    strong: str | None = None,
) -> Figure:
    """Dots with horizontal intervals.

    Parameters
    ----------
    frame: ``estimate``, ``lower``, ``upper`` and a column of row labels; drawn top to bottom.
    label: the column of row labels.
    x_label: quantity and unit of the axis.
    reference: where a vertical line stands, such as zero or a threshold.
    reference_label: what that line is.
    strong: label of the row drawn in the champion's colour.
    """
    figure = new_figure(height=0.55 + 0.27 * max(len(frame), 2))
    axes = figure.subplots()
    positions = range(len(frame))[::-1]
    for position, row in zip(positions, frame.to_dict("records"), strict=True):
        colour = CHAMPION if strong is None or row[label] == strong else INK
        axes.plot(
            [row["lower"], row["upper"]], [position, position], color=colour, linewidth=1.6, solid_capstyle="butt"
        )
        axes.plot([row["estimate"]], [position], marker="o", color=colour, markersize=5)
    if reference is not None:
        axes.axvline(reference, color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)))
        axes.annotate(
            reference_label,
            (reference, len(frame) - 0.45),
            fontsize=7.5,
            color=MUTED,
            ha="left",
            xytext=(3, 0),
            textcoords="offset points",
        )
    axes.set_yticks(list(positions), [literal(each) for each in frame[label]])
    axes.set_ylim(-0.6, len(frame) - 0.2)
    axes.set_xlabel(x_label)
    axes.grid(axis="y", visible=False)
    return figure


def bar_figure(frame: pd.DataFrame, *, label: str, value: str, x_label: str, limit: int = 25) -> Figure:
    """Horizontal bars, the first row on top, with the value at each end; intervals where the frame has them."""
    shown = frame.head(limit)
    figure = new_figure(height=0.5 + 0.18 * max(len(shown), 3))
    axes = figure.subplots()
    positions = list(range(len(shown)))[::-1]
    values = shown[value].to_numpy(float)
    axes.barh(positions, values, height=0.62, color=[CHAMPION if each >= 0 else "#d55e00" for each in values])
    if {"lower", "upper"} <= set(shown.columns):
        axes.hlines(positions, shown["lower"], shown["upper"], color=INK, linewidth=1.0)
    axes.axvline(0, color=MUTED, linewidth=0.8)
    axes.set_yticks(positions, [literal(each) for each in shown[label]])
    axes.set_ylim(-0.7, len(shown) - 0.3)
    axes.set_xlabel(x_label)
    axes.grid(axis="y", visible=False)
    return figure


def grouped_bar_figure(
    frame: pd.DataFrame, *, label: str, group: str, value: str, x_label: str, colours: dict[str, str]
) -> Figure:
    """Dots of several groups on one line a label: less ink than grouped bars, and readable in grey by marker.

    Parameters
    ----------
    frame: long frame with the columns named.
    colours: colour of each group, in the order of the key.
    """
    labels = list(dict.fromkeys(frame[label]))
    figure = new_figure(height=0.85 + 0.19 * max(len(labels), 3))
    axes = figure.subplots()
    positions = {name: len(labels) - 1 - index for index, name in enumerate(labels)}
    markers = dict(zip(colours, cycle(MARKERS), strict=False))
    for name, colour in colours.items():
        rows = frame[frame[group] == name]
        axes.plot(
            rows[value],
            [positions[each] for each in rows[label]],
            linestyle="none",
            marker=markers[name],
            color=colour,
            markersize=4.6,
            label=literal(name),
        )
    axes.axvline(0, color=MUTED, linewidth=0.8)
    axes.set_yticks(list(positions.values()), [literal(each) for each in positions])
    axes.set_ylim(-0.7, len(labels) - 0.3)
    axes.set_xlabel(x_label)
    figure.legend(loc="outside lower center", ncols=min(len(colours), KEY_COLUMNS))
    return figure
