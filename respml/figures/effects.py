"""Figures of effects: partial dependence with single customers, accumulated local effects, pairs, surrogate tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from respml.figures.names import plain, short_number, short_ticks
from respml.figures.style import (
    CHAMPION,
    INK,
    MUTED,
    SEQUENTIAL,
    model_colour,
    model_line,
    model_marker,
    new_figure,
)

INSIDE = ("range", "quantile")
COLUMNS = 2
LEAST_ROWS = 30


def effects_figure(
    curves: pd.DataFrame,
    individual: pd.DataFrame,
    supports: pd.DataFrame,
    labels: Mapping[str, str],
    champion: str,
) -> Figure:
    """A panel an input: partial dependence of all candidates over the champion's single customers, rows below.

    Values beyond the observed range lie on a shaded ground; a diamond at the left edge is a missing value.

    Parameters
    ----------
    curves: ``model``, ``feature``, ``value``, ``kind``, ``estimate``; features in the order to be drawn.
    individual: the champion's ``feature``, ``percentile``, ``value``, ``kind``, ``estimate``.
    supports: ``feature``, ``centre``, ``share``, ``estimate`` (default rate, drawn from 30 rows on), ``n``,
        ``missing``, ``skewed``.
    """
    features = list(dict.fromkeys(curves["feature"]))
    lines = -(-len(features) // COLUMNS)
    figure = new_figure(height=0.55 + 2.3 * lines)
    heights = [height for _ in range(lines) for height in (3.6, 1.0)]
    grid = figure.subplots(2 * lines, COLUMNS, squeeze=False, gridspec_kw={"height_ratios": heights})
    top = 1.04 * float(max(individual["estimate"].max(), curves["estimate"].max()))
    for number, feature in enumerate(features):
        upper = grid[2 * (number // COLUMNS), number % COLUMNS]
        lower = grid[2 * (number // COLUMNS) + 1, number % COLUMNS]
        own = curves[curves["feature"] == feature]
        rows = supports[(supports["feature"] == feature) & ~supports["missing"]]
        rated = rows[rows["n"] >= LEAST_ROWS]
        _scale((upper, lower), own, bool(rows["skewed"].any()))
        for _, line in individual[individual["feature"] == feature].groupby("percentile"):
            inside = line[line["kind"] != "missing"].sort_values("value")
            upper.plot(inside["value"], inside["estimate"], color="#9fb6c6", linewidth=0.6, zorder=1)
        for model, line in own.groupby("model", sort=False):
            _curve(upper, line, str(model), labels[str(model)], champion)
        upper.plot(
            rated["centre"], rated["estimate"], "o", color=INK, markersize=3, markerfacecolor="white", zorder=4,
            markeredgewidth=0.8, label="observed default rate" if number == 0 else None,
        )  # fmt: skip
        upper.set_ylim(0, top)
        upper.set_title(plain(feature))
        upper.tick_params(labelbottom=False)
        lower.vlines(rows["centre"], 0, rows["share"], color=MUTED, linewidth=3)
        lower.set_ylim(0, None)
        lower.set_yticks([])
        lower.grid(visible=False)
        if number % COLUMNS == 0:
            upper.set_ylabel("Probability")
            lower.set_ylabel("rows", fontsize=7.5)
    for number in range(len(features), lines * COLUMNS):
        for step in range(2):
            grid[2 * (number // COLUMNS) + step, number % COLUMNS].set_visible(False)
    figure.legend(*grid[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=len(labels) + 1)
    return figure


def _scale(pair: tuple[Axes, Axes], own: pd.DataFrame, skewed: bool) -> None:
    """The same horizontal scale for curve and rows, with the ground beyond the range shaded."""
    values = own.loc[own["kind"] != "missing", "value"]
    inside = own.loc[own["kind"].isin(INSIDE), "value"]
    low, high = float(inside.min()), float(inside.max())
    first, last = float(values.min()), float(values.max())
    for axes in pair:
        if skewed:
            usual = own.loc[own["kind"] == "quantile", "value"].abs().median()
            axes.set_xscale("symlog", linthresh=10.0 ** np.floor(np.log10(max(usual, 1.0))))
            first, last = low, high
        reach = 0.03 * (last - first)
        axes.set_xlim((first - reach, last + reach) if not skewed else (low, high))
        axes.xaxis.set_major_formatter(short_ticks())
        if skewed:
            axes.tick_params(axis="x", labelsize=7)
            axes.set_xticks(_powers(low, high, usual))
            axes.minorticks_off()
        else:
            axes.xaxis.set_major_locator(MaxNLocator(6, integer=bool((inside % 1 == 0).all()) and high - low < 50))
            axes.axvspan(first - reach, low, color="#eef1f3", zorder=0, linewidth=0)
            axes.axvspan(high, last + reach, color="#eef1f3", zorder=0, linewidth=0)


def _powers(low: float, high: float, usual: float) -> list[float]:
    """Zero and the powers of ten beyond the part of the axis that is linear."""
    first = int(np.floor(np.log10(max(usual, 1.0)))) + 1
    sizes = [10.0**power for power in range(first, 16) if 10.0**power <= max(abs(low), abs(high))]
    return [each for each in (*(-size for size in reversed(sizes)), 0.0, *sizes) if low <= each <= high]


def _curve(axes: Axes, line: pd.DataFrame, model: str, label: str, champion: str) -> None:
    inside = line[line["kind"] != "missing"].sort_values("value")
    axes.plot(inside["value"], inside["estimate"], label=plain(label), **model_line(model, champion))
    missing = line.loc[line["kind"] == "missing", "estimate"]
    if len(missing):
        style = model_line(model, champion)
        axes.plot(
            [0.012], [float(missing.iloc[0])], "D", color=style["color"], markersize=4 if model == champion else 3,
            markerfacecolor=style["color"] if model == champion else "white", zorder=5,
            transform=axes.get_yaxis_transform(), clip_on=False,
        )  # fmt: skip


def local_effects_figure(frame: pd.DataFrame) -> Figure:
    """Partial dependence (dashed) and accumulated local effects (solid) of the champion, both centred.

    Parameters
    ----------
    frame: ``feature``, ``title``, ``value``, ``accumulated``, ``dependence``, ``skewed``.
    """
    features = list(dict.fromkeys(frame["feature"]))
    figure = new_figure(height=2.0)
    panels = figure.subplots(1, len(features), sharey=True, squeeze=False)[0]
    for number, (axes, feature) in enumerate(zip(panels, features, strict=True)):
        rows = frame[frame["feature"] == feature]
        if rows["skewed"].any():
            axes.set_xscale("symlog", linthresh=max(float(rows["value"].abs().median()), 1.0))
            axes.minorticks_off()
        else:
            axes.xaxis.set_major_locator(MaxNLocator(4))
        axes.xaxis.set_major_formatter(short_ticks())
        axes.axhline(0, color=MUTED, linewidth=0.7)
        axes.plot(rows["value"], rows["dependence"], color=INK, linestyle=(0, (5, 2)), linewidth=1.2, label="partial")
        axes.plot(rows["value"], rows["accumulated"], color=CHAMPION, linewidth=1.8, label="accumulated")
        axes.set_title(plain(rows["title"].iloc[0], 24), fontsize=8.5)
        axes.tick_params(axis="x", labelsize=7)
        if number == 0:
            axes.set_ylabel("Effect (probability)")
            axes.legend(loc="best", fontsize=7)
    return figure


def pairs_figure(frame: pd.DataFrame) -> Figure:
    """Mean probability over the grid of two inputs, a panel a pair; cells where no customer is are crossed.

    Parameters
    ----------
    frame: ``first``, ``second``, ``first_value``, ``second_value``, ``estimate``, ``n``.
    """
    pairs = list(dict.fromkeys(zip(frame["first"], frame["second"], strict=True)))
    figure = new_figure(height=2.75)
    panels = figure.subplots(1, len(pairs), squeeze=False)[0]
    shade = Normalize(float(frame["estimate"].min()), float(frame["estimate"].max()))
    image: Any = None
    for axes, (first, second) in zip(panels, pairs, strict=True):
        rows = frame[(frame["first"] == first) & (frame["second"] == second)]
        wide = rows.pivot(index="second_value", columns="first_value", values="estimate")
        counts = rows.pivot(index="second_value", columns="first_value", values="n").to_numpy()
        image = axes.pcolormesh(wide.to_numpy(), cmap=mpl.colormaps[SEQUENTIAL], norm=shade, rasterized=True)
        empty = np.argwhere(counts == 0)
        dark = np.array([shade(wide.to_numpy()[line, column]) < 0.55 for line, column in empty], dtype=bool)
        for cells, colour in ((empty[dark], "white"), (empty[~dark], INK)):
            axes.plot(cells[:, 1] + 0.5, cells[:, 0] + 0.5, "x", color=colour, markersize=2.5, markeredgewidth=0.5)
        for values, ticks, name in (
            (wide.columns, axes.set_xticks, first),
            (wide.index, axes.set_yticks, second),
        ):
            step = max(1, -(-len(values) // 6))
            chosen = list(range(0, len(values), step))
            ticks([each + 0.5 for each in chosen], [short_number(float(values[each])) for each in chosen])
            (axes.set_xlabel if name == first else axes.set_ylabel)(plain(name))
        axes.tick_params(labelsize=7)
        axes.grid(visible=False)
    bar = figure.colorbar(image, ax=list(panels), aspect=24, pad=0.02)
    bar.set_label("Probability of default")
    bar.outline.set_visible(False)
    return figure


def tree_figure(nodes: pd.DataFrame) -> Figure:
    """A surrogate tree as a flow chart: yes to the left, no to the right, leaves shaded by their probability.

    Parameters
    ----------
    nodes: ``node``, ``parent``, ``answer``, ``leaf``, ``feature``, ``threshold``, ``estimate``, ``share``, ``x``,
        ``y``: see :class:`respml.explain.surrogate.Surrogate`.
    """
    depth = int(-nodes["y"].min())
    figure = new_figure(height=0.2 + 0.64 * (depth + 1))
    axes = figure.subplots()
    axes.set_axis_off()
    place = {int(row["node"]): (float(row["x"]), float(row["y"])) for row in nodes.to_dict("records")}
    leaves = nodes[nodes["leaf"]]
    shade = Normalize(float(leaves["estimate"].min()), float(leaves["estimate"].max()))
    colours = mpl.colormaps["Greys"]
    for row in nodes.to_dict("records"):
        x, y = place[int(row["node"])]
        if row["parent"] >= 0:
            above = place[int(row["parent"])]
            axes.plot([above[0], x], [above[1] - 0.22, y + 0.22], color=MUTED, linewidth=0.9, zorder=1)
            axes.annotate(
                row["answer"], ((above[0] + x) / 2, (above[1] + y) / 2), fontsize=7, color=MUTED, ha="center",
                va="center", bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
            )  # fmt: skip
        if row["leaf"]:
            weight = 0.02 + 0.38 * float(shade(row["estimate"]))
            text = f"{100 * row['estimate']:.1f} %\n{100 * row['share']:.0f} % of rows"
            style = {"facecolor": colours(weight), "edgecolor": INK, "boxstyle": "round,pad=0.35", "linewidth": 0.6}
            axes.annotate(text, (x, y), ha="center", va="center", fontsize=7, color=INK, bbox=style)
        else:
            text = f"{plain(row['feature'], 16)}\n≤ {short_number(row['threshold'])}"
            style = {"facecolor": "white", "edgecolor": CHAMPION, "boxstyle": "square,pad=0.35", "linewidth": 0.9}
            axes.annotate(text, (x, y), ha="center", va="center", fontsize=7.5, bbox=style)
    axes.set_xlim(-0.07, 1.07)
    axes.set_ylim(-depth - 0.35, 0.35)
    return figure


def strength_figure(frame: pd.DataFrame, labels: Mapping[str, str], champion: str, features: Sequence[str]) -> Figure:
    """Mean absolute interaction of the strongest pairs, a mark a candidate.

    Parameters
    ----------
    frame: ``pair``, and a column a candidate named in ``features``.
    """
    figure = new_figure(height=0.9 + 0.21 * len(frame))
    axes = figure.subplots()
    positions = list(range(len(frame)))[::-1]
    for model in features:
        heavy = model == champion
        axes.plot(
            frame[model], positions, linestyle="none", marker=model_marker(model), label=plain(labels[model]),
            color=model_colour(model, champion), markersize=5.5 if heavy else 4,
            markerfacecolor=model_colour(model, champion) if heavy else "white", zorder=4 if heavy else 3,
        )  # fmt: skip
    axes.set_yticks(positions, [plain(each) for each in frame["pair"]])
    axes.set_ylim(-0.7, len(frame) - 0.3)
    axes.set_xlim(0, None)
    axes.set_xlabel("Mean absolute interaction (log-odds)")
    axes.grid(axis="y", visible=False)
    figure.legend(loc="outside lower center", ncols=len(features))
    return figure
