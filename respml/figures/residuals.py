"""Figures of the chapter on where the model is wrong."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure

from respml.figures.style import CHAMPION, DIVERGING, FULL_WIDTH, INK, MUTED, RULE, new_figure

CLASSES = {1: ("defaulted", "#d55e00", "^", "-"), 0: ("repaid", CHAMPION, "o", (0, (4, 2)))}


def shortened(text: object, most: int = 34) -> str:
    """A label cut to what an axis can hold."""
    plain = str(text)
    return plain if len(plain) <= most else plain[: most - 1] + "…"


def in_thousands(label: str) -> str:
    """A label whose whole thousands are written short: ``140000`` becomes ``140k``."""
    return re.sub(r"(?<![\d.,])(\d{1,3}(?:,\d{3})*),?000(?![\d.,])", r"\1k", label)


def residual_figure(frame: pd.DataFrame, counts: pd.DataFrame, cutoff: float) -> Figure:
    """Both residuals of each row against its prediction, and how many rows of each class stand there.

    Parameters
    ----------
    frame: ``outcome``, ``probability``, ``deviance``, ``log_loss``; one line a drawn row.
    counts: ``outcome``, ``low``, ``high`` (bounds of the prediction), ``n``.
    cutoff: drawn as a line.
    """
    figure = new_figure(height=3.7)
    panels = figure.subplots(2, 2, sharex=True, height_ratios=[3, 1.1])
    for column, (name, label) in enumerate((("deviance", "Deviance residual"), ("log_loss", "Log-loss of the row"))):
        axes = panels[0, column]
        for outcome, (_, colour, marker, _) in CLASSES.items():
            rows = frame[frame["outcome"] == outcome]
            axes.plot(
                rows["probability"], rows[name], marker, color=colour, markersize=2.2, alpha=0.35, rasterized=True
            )
        axes.axvline(cutoff, color=MUTED, linewidth=0.8, linestyle=(0, (4, 3)))
        axes.set_ylabel(label)
    panels[0, 0].axhline(0, color=MUTED, linewidth=0.8)
    top = float(frame["deviance"].max())
    panels[0, 0].annotate("defaulted", (0.98, top * 0.55), ha="right", color=CLASSES[1][1], fontsize=8)
    panels[0, 0].annotate("repaid", (0.98, -top * 0.25), ha="right", color=CLASSES[0][1], fontsize=8)
    panels[0, 1].annotate(
        "cut-off", (cutoff, float(frame["log_loss"].max())), xytext=(3, -7), textcoords="offset points", fontsize=7.5
    )
    for column, outcome in enumerate((1, 0)):
        label, colour, _, _ = CLASSES[outcome]
        rows = counts[counts["outcome"] == outcome]
        axes = panels[1, column]
        axes.bar(rows["low"], rows["n"], width=rows["high"] - rows["low"], align="edge", color=colour, edgecolor="w")
        axes.set(xlabel="Predicted probability of default", ylabel=f"Rows,\n{label}", xlim=(0, 1))
    return figure


def facet_figure(frame: pd.DataFrame) -> Figure:
    """Mean log-loss of each class by level, one panel a feature, with intervals.

    Parameters
    ----------
    frame: ``feature``, ``level`` (words, in order), ``outcome``, ``estimate``, ``lower``, ``upper``.
    """
    features = list(dict.fromkeys(frame["feature"]))
    rows = -(-len(features) // 2)
    figure = new_figure(height=0.5 + 2.0 * rows)
    panels = figure.subplots(rows, 2, squeeze=False).ravel()
    for axes, feature in zip(panels, features, strict=False):
        part = frame[frame["feature"] == feature]
        levels = list(dict.fromkeys(part["level"]))
        for outcome, (label, colour, marker, dash) in CLASSES.items():
            own = part[part["outcome"] == outcome]
            at = [levels.index(each) for each in own["level"]]
            axes.vlines(at, own["lower"], own["upper"], color=colour, linewidth=1.1)
            axes.plot(at, own["estimate"], marker=marker, color=colour, linestyle=dash, linewidth=0.9, label=label)
        axes.set_xticks(range(len(levels)), [shortened(in_thousands(each), 15) for each in levels])
        if max(len(in_thousands(each)) for each in levels) > 5:
            axes.tick_params(axis="x", rotation=25)
        axes.tick_params(axis="x", labelsize=7)
        axes.set_ylim(0, None)
        axes.set_title(shortened(feature))
    for axes in panels[len(features) :]:
        axes.set_visible(False)
    panels[0].legend(loc="upper right")
    for axes in panels[: len(features) : 2]:
        axes.set_ylabel("Mean log-loss")
    return figure


def calibration_map_figure(frame: pd.DataFrame, first: str, second: str) -> Figure:
    """Observed less predicted default rate in the cells of two columns, as a map with the values printed.

    Parameters
    ----------
    frame: ``first``, ``second`` (labels), ``first_code``, ``second_code``, ``calibration`` (nan where too few rows).
    first, second: names of the columns.
    """
    grid = frame.pivot(index="first_code", columns="second_code", values="calibration").sort_index(ascending=False)
    names = {
        side: frame.drop_duplicates(f"{side}_code").set_index(f"{side}_code")[side] for side in ("first", "second")
    }
    figure = new_figure(height=1.0 + 0.3 * len(grid), width=min(FULL_WIDTH, 2.6 + 0.72 * grid.shape[1]))
    axes = figure.subplots()
    values = 100 * grid.to_numpy(dtype=np.float64)
    reach = max(float(np.nanmax(np.abs(values), initial=1.0)), 1.0)
    axes.imshow(values, cmap=DIVERGING, norm=TwoSlopeNorm(0, -reach, reach), aspect="auto")
    for row, column in np.ndindex(values.shape):
        value = values[row, column]
        text = "·" if np.isnan(value) else f"{value:+.1f}".replace("-", "−")
        dark = not np.isnan(value) and abs(value) > 0.6 * reach
        axes.text(column, row, text, ha="center", va="center", fontsize=7.5, color="w" if dark else INK)
    axes.set_xticks(range(grid.shape[1]), [_plain(names["second"][each], second) for each in grid.columns], rotation=25)
    axes.set_yticks(range(len(grid)), [_plain(names["first"][each], first) for each in grid.index])
    axes.tick_params(length=0)
    axes.set(xlabel=second, ylabel=first)
    axes.grid(visible=False)
    for side in axes.spines.values():
        side.set_visible(False)
    return figure


def _plain(label: str, column: str) -> str:
    short = label.replace(f" < {column} ≤ ", " to ").replace(f"{column} = ", "").replace(f"{column} ", "")
    return shortened(in_thousands(short), 20)


def loss_importance_figure(frame: pd.DataFrame, limit: int = 15) -> Figure:
    """Share of each feature in all that moves the prediction, and in all that moves the loss.

    Parameters
    ----------
    frame: ``feature``, ``share_prediction``, ``share_loss``, ``candidate`` (drop, review or empty), first on top.
    """
    shown = frame.head(limit)
    figure = new_figure(height=0.9 + 0.2 * max(len(shown), 3))
    axes = figure.subplots()
    at = np.arange(len(shown))[::-1]
    axes.hlines(at, shown["share_prediction"], shown["share_loss"], color=RULE, linewidth=1.6)
    axes.plot(shown["share_prediction"], at, "o", color=INK, markerfacecolor="w", label="of the prediction")
    axes.plot(shown["share_loss"], at, "D", color=CHAMPION, markersize=4.5, label="of the loss")
    for place, row in zip(at, shown.to_dict("records"), strict=True):
        if row["candidate"]:
            axes.annotate(
                row["candidate"],
                (max(row["share_prediction"], row["share_loss"]), place),
                xytext=(7, 0),
                textcoords="offset points",
                fontsize=7.5,
                va="center",
                color=MUTED,
            )
    axes.set_yticks(at, [shortened(each) for each in shown["feature"]])
    axes.set_ylim(-0.7, len(shown) - 0.3)
    axes.set_xlim(0, None)
    axes.set_xlabel("Share of the sum of mean absolute Shapley values (%)")
    axes.grid(axis="y", visible=False)
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def loss_waterfall_figure(frame: pd.DataFrame, limit: int = 10) -> Figure:
    """From the expected loss to the loss of one row, feature by feature; small contributions are summed.

    Parameters
    ----------
    frame: ``feature``, ``contribution``; the first row is the expected loss, the last the loss of the row.
    """
    parts = frame.iloc[1:-1]
    large = parts.reindex(parts["contribution"].abs().sort_values(ascending=False).index[:limit])
    large = large.sort_values("contribution", ascending=False)
    steps = [*zip(large["feature"], large["contribution"], strict=True)]
    rest = parts.drop(index=large.index)["contribution"]
    steps += [(f"{len(rest)} others", rest.sum())] if len(rest) else []
    figure = new_figure(height=0.8 + 0.23 * (len(steps) + 2), width=5.6)
    axes = figure.subplots()
    place = len(steps) + 1
    level = float(frame["contribution"].iloc[0])
    axes.barh([place], [level], color=MUTED, height=0.6)
    ticks, labels = [place], ["expected loss"]
    for name, change in steps:
        place -= 1
        axes.barh([place], [change], left=[level], color="#d55e00" if change > 0 else CHAMPION, height=0.6)
        shown = f"{change:+.2f}".replace("-", "−")
        axes.annotate(
            shown,
            (max(level, level + change), place),
            xytext=(3, 0),
            textcoords="offset points",
            fontsize=7.5,
            va="center",
        )
        level += change
        ticks.append(place)
        labels.append(shortened(name))
    axes.barh([0], [level], color=INK, height=0.6)
    axes.set_yticks([*ticks, 0], [*labels, "loss of the row"])
    axes.set_xlabel("Log-loss (nats)")
    axes.margins(x=0.12)
    axes.grid(axis="y", visible=False)
    return figure


def shapley_residual_figure(frame: pd.DataFrame) -> Figure:
    """Log-loss of rows against a feature's contribution to their log-odds, one panel a feature.

    Parameters
    ----------
    frame: ``feature``, ``prediction`` (contribution, log-odds), ``residual`` (log-loss), ``outcome``.
    """
    features = list(dict.fromkeys(frame["feature"]))
    figure = new_figure(height=2.4)
    panels = figure.subplots(1, len(features), sharey=True, squeeze=False)[0]
    for axes, feature in zip(panels, features, strict=True):
        part = frame[frame["feature"] == feature]
        for outcome, (label, colour, marker, _) in CLASSES.items():
            rows = part[part["outcome"] == outcome]
            axes.plot(
                rows["prediction"],
                rows["residual"],
                marker,
                color=colour,
                markersize=2.2,
                alpha=0.4,
                rasterized=True,
                label=label,
            )
        axes.axvline(0, color=MUTED, linewidth=0.8)
        axes.set_title(shortened(feature, 24))
        axes.set_xlabel("Contribution (log-odds)")
    panels[0].set_ylabel("Log-loss of the row")
    panels[-1].legend(loc="upper right", markerscale=2)
    return figure
