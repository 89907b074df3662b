"""Figures of the chapter on changed inputs, changed rows and changed times."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from respml.figures.names import short_ticks
from respml.figures.residuals import CLASSES, shortened
from respml.figures.style import CHAMPION, INK, MUTED, RULE, model_line, model_marker, new_figure

OUTSIDE = "#eef1f3"


def _places(rows: pd.DataFrame) -> tuple[pd.DataFrame, float]:
    """Rows with a value, ascending, and where on the axis the missing value is drawn."""
    known = rows[rows["value"].notna()].sort_values("value")
    low, high = float(known["value"].min()), float(known["value"].max())
    return known, low - 0.09 * ((high - low) or 1.0)


def _curve(axes: Axes, rows: pd.DataFrame, column: str, **style: object) -> None:
    """A line over the known values and a separate mark, left of it, for the missing one."""
    known, left = _places(rows)
    axes.plot(known["value"], known[column], **style)  # type: ignore[arg-type]
    absent = rows[rows["value"].isna()]
    if len(absent):
        colour = style.get("color", INK)
        axes.plot([left], absent[column].iloc[:1], marker="*", markersize=8, color=colour, linestyle="none")


def _outside(axes: Axes, rows: pd.DataFrame) -> None:
    """Shade where no customer is, and label the mark of the missing value."""
    known, left = _places(rows)
    inside = known[~known["kind"].isin(["below", "above"])]["value"]
    right = float(known["value"].max())
    for low, high in ((left, float(inside.min())), (float(inside.max()), right)):
        if high > low:
            axes.axvspan(low, high, color=OUTSIDE, zorder=0)
    axes.set_xlim(left - 0.04 * (right - left), right)


def _legible(heights: pd.Series, apart: float = 0.035) -> list[float]:
    """The labels of ``heights`` that can be written without touching; the outermost come first."""
    ranked = heights.sort_values(kind="stable")
    chosen: list[float] = []
    for label in [*ranked.index[[0, -1]], *ranked.index[1:-1]]:
        if all(abs(heights[label] - heights[each]) >= apart for each in chosen):
            chosen.append(label)
    return chosen


def dependence_figure(frame: pd.DataFrame) -> Figure:
    """Partial dependence over and beyond the range, and both classes' loss below it, one column a feature.

    Parameters
    ----------
    frame: ``feature``, ``value`` (nan = missing), ``kind``, ``estimate``, ``residual_0``, ``residual_1``.
    """
    features = list(dict.fromkeys(frame["feature"]))
    figure = new_figure(height=3.1)
    panels = figure.subplots(2, len(features), sharex="col", sharey="row", squeeze=False)
    for column, feature in enumerate(features):
        rows = frame[frame["feature"] == feature]
        top, bottom = panels[:, column]
        _curve(top, rows, "estimate", color=CHAMPION, linewidth=1.6)
        for outcome, (label, colour, _, dash) in CLASSES.items():
            _curve(bottom, rows, f"residual_{outcome}", color=colour, linestyle=dash, label=label)
        for axes in (top, bottom):
            _outside(axes, rows)
        top.set_title(shortened(feature, 22))
        bottom.set_xlabel("Value set for all rows")
        bottom.tick_params(axis="x", labelsize=7)
        bottom.xaxis.set_major_locator(MaxNLocator(4))
        bottom.xaxis.set_major_formatter(short_ticks())
    panels[0, 0].set_ylabel("Mean probability")
    panels[1, 0].set_ylabel("Mean log-loss")
    panels[0, 0].set_ylim(0, None)
    panels[1, 0].set_ylim(0, None)
    panels[1, -1].legend(loc="center right")
    return figure


def three_panel_figure(histogram: pd.DataFrame, dependence: pd.DataFrame, curves: pd.DataFrame) -> Figure:
    """One feature in three panels: where both classes are, what a changed value does, and to whom.

    Parameters
    ----------
    histogram: ``level`` (number), ``outcome``, ``share`` of the class.
    dependence: as :func:`dependence_figure`, one feature.
    curves: ``percentile`` (of the score), ``value``, ``kind``, ``probability``.
    """
    figure = new_figure(height=2.7)
    left, middle, right = figure.subplots(1, 3)
    width = float(np.diff(np.unique(histogram["level"])).min()) if histogram["level"].nunique() > 1 else 1.0
    for outcome, offset in ((1, 0.2), (0, -0.2)):
        label, colour, _, _ = CLASSES[outcome]
        rows = histogram[histogram["outcome"] == outcome]
        left.bar(rows["level"] + offset * width, 100 * rows["share"], width=0.4 * width, color=colour, label=label)
    left.set(xlabel=shortened(dependence["feature"].iloc[0], 22), ylabel="Share of the class (%)")
    left.legend(loc="upper right")
    _curve(middle, dependence, "estimate", color=INK, linewidth=1.8, label="probability")
    for outcome, (label, colour, _, dash) in CLASSES.items():
        _curve(middle, dependence, f"residual_{outcome}", color=colour, linestyle=dash, label=f"loss, {label}")
    middle.set(xlabel="Value set for all rows", ylabel="Mean probability, mean log-loss", ylim=(0, None))
    middle.legend(loc="upper right", fontsize=7)
    ends = curves[curves["value"].notna()].sort_values("value").groupby("percentile", sort=True).last()
    for _, rows in curves.groupby("percentile", sort=True):
        _curve(right, rows, "probability", color=MUTED, linewidth=0.8)
    for percentile in _legible(ends["probability"]):
        right.annotate(
            f"{percentile:g}",
            (float(ends["value"][percentile]), float(ends["probability"][percentile])),
            xytext=(2, 0),
            textcoords="offset points",
            fontsize=6,
            va="center",
        )
    _curve(right, dependence, "estimate", color=CHAMPION, linewidth=2.0)
    right.set(xlabel="Value set for one customer", ylabel="Probability", ylim=(0, 1))
    for axes in (middle, right):
        _outside(axes, dependence)
    for axes, title in ((left, "Where the rows are"), (middle, "All rows"), (right, "Percentiles of the score")):
        axes.set_title(title)
    return figure


def perturbation_figure(frame: pd.DataFrame, labels: Mapping[str, str], champion: str) -> Figure:
    """AUC and changed decisions as noise on all inputs grows, a column a kind of noise.

    Parameters
    ----------
    frame: ``model``, ``kind``, ``size``, ``estimate`` (AUC), ``lower``, ``upper`` (of repeats), ``flips``.
    """
    kinds = list(dict.fromkeys(frame["kind"]))
    figure = new_figure(height=3.2)
    panels = figure.subplots(2, len(kinds), sharex=True, sharey="row", squeeze=False)
    words = {"quantile": "Ranks moved within ± size", "normal": "Normal noise, size in standard deviations"}
    for column, kind in enumerate(kinds):
        for name, rows in frame[frame["kind"] == kind].groupby("model", sort=False):
            style = model_line(str(name), champion) | {"marker": model_marker(str(name)), "markersize": 4}
            ordered = rows.sort_values("size")
            panels[0, column].vlines(100 * ordered["size"], ordered["lower"], ordered["upper"], color=style["color"])
            panels[0, column].plot(100 * ordered["size"], ordered["estimate"], label=labels[str(name)], **style)
            panels[1, column].plot(100 * ordered["size"], 100 * ordered["flips"], **style)
        panels[0, column].set_title(words.get(kind, kind))
        panels[1, column].set_xlabel("Size of the noise (%)")
    panels[0, 0].set_ylabel("AUC")
    panels[1, 0].set_ylabel("Decisions\nchanged (%)")
    panels[1, 0].set_ylim(0, None)
    panels[0, -1].legend(loc="lower left")
    return figure


def resilience_figure(frame: pd.DataFrame) -> Figure:
    """AUC in difficult samples with its interval, beside the AUC the model's own probabilities lead one to expect.

    Parameters
    ----------
    frame: ``label``, ``auc``, ``lower``, ``upper``, ``expected_auc``; first on top.
    """
    figure = new_figure(height=0.9 + 0.28 * len(frame), width=5.8)
    axes = figure.subplots()
    at = np.arange(len(frame))[::-1]
    axes.hlines(at, frame["lower"], frame["upper"], color=CHAMPION, linewidth=1.6)
    axes.plot(frame["auc"], at, "o", color=CHAMPION, label="observed, with interval")
    axes.plot(frame["expected_auc"], at, "|", color=INK, markersize=13, markeredgewidth=1.8, label="expected")
    axes.set_yticks(at, list(frame["label"]))
    axes.set_ylim(-0.7, len(frame) - 0.3)
    axes.set_xlabel("AUC")
    axes.grid(axis="y", visible=False)
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def stress_figure(frame: pd.DataFrame) -> Figure:
    """What each scenario does to AUC, to the default rate and to what the model predicts.

    Parameters
    ----------
    frame: ``scenario``, ``state`` (before, after), ``measure`` (auc, default_rate, mean_prediction, decline_rate),
        ``estimate``, ``lower``, ``upper``.
    """
    scenarios = list(dict.fromkeys(frame["scenario"]))
    figure = new_figure(height=0.9 + 0.42 * len(scenarios))
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=[1, 1.5])
    at = {name: len(scenarios) - 1 - place for place, name in enumerate(scenarios)}
    cells = {
        (row["scenario"], row["state"], row["measure"]): (row["estimate"], row["lower"], row["upper"])
        for row in frame.to_dict("records")
    }
    rates = (
        ("default_rate", "^", "#d55e00", 0.22),
        ("mean_prediction", "s", CHAMPION, 0.0),
        ("decline_rate", "D", MUTED, -0.22),
    )
    for name, place in at.items():
        before, after = cells[name, "before", "auc"], cells[name, "after", "auc"]
        left.hlines([place], [after[1]], [after[2]], color=CHAMPION, linewidth=1.6)
        left.plot([before[0]], [place], "o", color=INK, markerfacecolor="w")
        left.plot([after[0]], [place], "o", color=CHAMPION)
        for measure, marker, colour, shift in rates:
            first, last = (100 * cells[name, state, measure][0] for state in ("before", "after"))
            height = place + shift
            right.plot([first, last], [height, height], color=colour, linewidth=1.0)
            right.plot([first], [height], marker, color=colour, markerfacecolor="w", markersize=4.5)
            label = measure.replace("_", " ") if place == 0 else None
            right.plot([last], [height], marker, color=colour, markersize=4.5, linestyle="none", label=label)
    left.set_yticks(list(at.values()), [shortened(each, 24) for each in at])
    left.set_ylim(-0.6, len(scenarios) - 0.4)
    left.set_xlabel("AUC (open: before, filled: after)")
    right.set_xlabel("Rate (%; open: before, filled: after)")
    right.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=7.5)
    for axes in (left, right):
        axes.grid(axis="y", visible=False)
    return figure


def drift_figure(frame: pd.DataFrame, watch: float, act: float, limit: int = 9) -> Figure:
    """Stability index of score and inputs against train, one mark a partition, with the two thresholds.

    Parameters
    ----------
    frame: ``partition``, ``column``, ``floored``; columns are ordered by their largest index, the score first.
    """
    largest = frame.groupby("column")["floored"].max().sort_values(ascending=False)
    columns = ["score", *[each for each in largest.index if each != "score"][: limit - 1]]
    figure = new_figure(height=0.9 + 0.19 * len(columns))
    axes = figure.subplots()
    at = {name: len(columns) - 1 - place for place, name in enumerate(columns)}
    styles = {"valid": ("s", MUTED), "test": ("o", CHAMPION), "out_of_time": ("D", "#d55e00")}
    for partition, rows in frame[frame["column"].isin(columns)].groupby("partition", sort=False):
        marker, colour = styles.get(str(partition), ("v", INK))
        axes.plot(
            rows["floored"],
            [at[each] for each in rows["column"]],
            marker,
            color=colour,
            markersize=4.5,
            label=str(partition).replace("_", " "),
        )
    for value, name in ((watch, "watch"), (act, "act")):
        axes.axvline(value, color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)))
        axes.annotate(name, (value, len(columns) - 0.4), xytext=(2, 0), textcoords="offset points", fontsize=7.5)
    axes.set_yticks(list(at.values()), [shortened(each) for each in at])
    axes.set_ylim(-0.7, len(columns) + 0.1)
    axes.set_xlim(0, max(1.12 * act, 1.08 * float(frame["floored"].max())))
    axes.set_xlabel("Population stability index against train")
    axes.grid(axis="y", visible=False)
    figure.legend(loc="outside lower center", ncols=3)
    return figure


def coin_toss_figure(frame: pd.DataFrame, cutoff: float) -> Figure:
    """Share of customers whose decision depends on the refit, by the documented probability.

    Parameters
    ----------
    frame: ``low``, ``high`` (bounds of the probability), ``n``, ``kind`` (seeds, resamples), ``share``.
    """
    figure = new_figure(height=2.3, width=5.8)
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    words = {
        "seeds": ("other seeds", MUTED, "s", (0, (4, 2))),
        "resamples": ("other training rows", CHAMPION, "o", "-"),
    }
    for kind, rows in frame.groupby("kind", sort=False):
        label, colour, marker, dash = words[str(kind)]
        middle = (rows["low"] + rows["high"]) / 2
        top.plot(middle, 100 * rows["share"], marker=marker, markersize=3.5, color=colour, linestyle=dash, label=label)
    first = frame[frame["kind"] == frame["kind"].iloc[0]]
    bottom.bar(first["low"], first["n"], width=first["high"] - first["low"], align="edge", color=RULE, edgecolor="w")
    for axes in (top, bottom):
        axes.axvline(cutoff, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
    top.annotate("cut-off", (cutoff, top.get_ylim()[1]), xytext=(3, -8), textcoords="offset points", fontsize=7.5)
    top.set(ylabel="Decisions that are\na coin toss (%)", ylim=(0, None))
    top.legend(loc="upper right")
    bottom.set(xlabel="Documented probability of default", ylabel="Rows", xlim=(0, 1))
    return figure


def reliability_figure(frame: pd.DataFrame, nominal: float) -> Figure:
    """Coverage of prediction sets by segment, and how many customers get both classes.

    Parameters
    ----------
    frame: ``label``, ``estimate`` (coverage), ``lower``, ``upper``, ``both`` (share of sets with two classes).
    """
    figure = new_figure(height=0.7 + 0.17 * max(len(frame), 4))
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=[2, 1])
    at = np.arange(len(frame))[::-1]
    left.hlines(at, 100 * frame["lower"], 100 * frame["upper"], color=CHAMPION, linewidth=1.5)
    left.plot(100 * frame["estimate"], at, "o", color=CHAMPION, markersize=4.2)
    left.axvline(100 * nominal, color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
    left.set_yticks(at, [shortened(each, 30) for each in frame["label"]])
    left.set_ylim(-0.7, len(frame) - 0.3)
    left.set_xlabel("Sets that hold the true class (%); dashed: nominal")
    right.barh(at, 100 * frame["both"], color=MUTED, height=0.55)
    right.set_xlabel("Sets with both classes (%)")
    for axes in (left, right):
        axes.grid(axis="y", visible=False)
    return figure
