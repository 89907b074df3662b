"""Curves of ranking and calibration."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from respml.figures.names import spread
from respml.figures.style import CHAMPION, FULL_WIDTH, INK, MUTED, RULE, model_line, new_figure
from respml.figures.words import literal


def _lines(axes: Axes, frame: pd.DataFrame, x: str, y: str, labels: Mapping[str, str], champion: str) -> None:
    for name, rows in frame.groupby("model", sort=False):
        axes.plot(rows[x], rows[y], label=literal(labels[str(name)]), **model_line(str(name), champion))


def roc_figure(frame: pd.DataFrame, labels: Mapping[str, str], champion: str) -> Figure:
    """ROC curves of all candidates.

    Parameters
    ----------
    frame: ``model``, ``false_positive_rate``, ``true_positive_rate``.
    labels: printed name of each model.
    champion: the model drawn solid.
    """
    figure = new_figure(height=3.7, width=4.2)
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8)
    _lines(axes, frame, "false_positive_rate", "true_positive_rate", labels, champion)
    axes.set(xlim=(0, 1), ylim=(0, 1.005), xlabel="False positive rate", ylabel="True positive rate", aspect="equal")
    axes.legend(loc="lower right")
    return figure


def precision_recall_figure(frame: pd.DataFrame, labels: Mapping[str, str], champion: str, prevalence: float) -> Figure:
    """Precision against recall of all candidates, with the event rate as the line of no skill.

    Parameters
    ----------
    frame: ``model``, ``recall``, ``precision``.
    prevalence: share of defaults, drawn as a line.
    """
    figure = new_figure(height=3.2, width=5.2)
    axes = figure.subplots()
    axes.axhline(prevalence, color=MUTED, linewidth=0.9)
    axes.annotate(
        "event rate", (0.01, prevalence), xytext=(0, 3), textcoords="offset points", color=MUTED, fontsize=7.5
    )
    _lines(axes, frame, "recall", "precision", labels, champion)
    axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="Recall", ylabel="Precision")
    axes.legend(loc="upper right")
    return figure


def calibration_figure(frame: pd.DataFrame) -> Figure:
    """Observed default rate against mean predicted probability, with intervals, and the rows behind each point.

    Parameters
    ----------
    frame: ``mean_probability``, ``event_rate``, ``lower``, ``upper``, ``n``.
    """
    figure = new_figure(height=3.6, width=4.6)
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[4, 1])
    limit = float(max(frame["upper"].max(), frame["mean_probability"].max())) * 1.06
    top.plot([0, limit], [0, limit], color=MUTED, linewidth=0.9, label="perfect calibration")
    top.legend(loc="upper left")
    top.vlines(frame["mean_probability"], frame["lower"], frame["upper"], color=CHAMPION, linewidth=1.4)
    top.plot(frame["mean_probability"], frame["event_rate"], "o", color=CHAMPION, markersize=4.5)
    top.set(xlim=(0, limit), ylim=(0, limit), ylabel="Observed default rate")
    bottom.bar(frame["mean_probability"], frame["n"], width=limit / 60, color=INK)
    bottom.set(xlabel="Mean predicted probability of default", ylabel="Rows")
    return figure


def grade_figure(frame: pd.DataFrame) -> Figure:
    """Observed default rate with its interval and mean probability of default, by grade."""
    figure = new_figure(height=2.8)
    axes = figure.subplots()
    positions = range(len(frame))
    axes.vlines(positions, frame["lower"], frame["upper"], color=CHAMPION, linewidth=1.6)
    axes.plot(positions, frame["event_rate"], "o", color=CHAMPION, label="observed, with interval")
    axes.plot(
        positions, frame["mean_probability"], "_", color=INK, markersize=14, markeredgewidth=1.6, label="predicted"
    )
    axes.set_xticks(list(positions), [literal(each) for each in frame["grade"]])
    axes.set(xlabel="Grade, from the lowest risk to the highest", ylabel="Default rate", ylim=(0, None))
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def path_figure(frame: pd.DataFrame, chosen: float, limit: int = 10) -> Figure:
    """Standardised coefficients along the regularisation path; the strongest features are named at its end.

    Parameters
    ----------
    frame: ``penalty``, ``feature``, ``coefficient`` for one mixing value.
    chosen: the penalty of the fitted model, drawn as a line.
    limit: how many features are named.
    """
    figure = new_figure(height=2.5)
    axes = figure.subplots()
    last = frame[frame["penalty"] == frame["penalty"].min()].set_index("feature")["coefficient"]
    named = last.abs().sort_values(ascending=False).head(limit).index
    for feature, rows in frame.groupby("feature", sort=False):
        ordered = rows.sort_values("penalty")
        strong = feature in named
        axes.plot(
            ordered["penalty"], ordered["coefficient"], color=INK if strong else RULE, linewidth=1.1 if strong else 0.8
        )
    _end_labels(axes, last[named], float(frame["penalty"].min()))
    axes.axvline(chosen, color=CHAMPION, linewidth=1.2, linestyle=(0, (4, 3)))
    axes.annotate(
        "chosen",
        (chosen, 1),
        xycoords=("data", "axes fraction"),
        xytext=(0, 2),
        textcoords="offset points",
        color=CHAMPION,
        ha="center",
    )
    axes.axhline(0, color=MUTED, linewidth=0.7)
    axes.set_xscale("log")
    axes.invert_xaxis()
    axes.set(xlabel="Penalty, falling from left to right (log scale)", ylabel="Standardised coefficient")
    return figure


def _end_labels(axes: Axes, values: pd.Series, x: float) -> None:
    """Names beside the ends of lines, pushed apart so that none covers another, each with a line to its own end."""
    low, high = axes.get_ylim()
    ordered = values.sort_values(kind="stable")
    for (feature, value), height in zip(ordered.items(), spread(ordered, (high - low) / 19), strict=True):
        axes.annotate(
            literal(feature),
            (x, float(value)),
            xytext=(14, height),
            textcoords=("offset points", "data"),
            fontsize=7.5,
            va="center",
            arrowprops={"arrowstyle": "-", "color": MUTED, "linewidth": 0.5, "shrinkA": 1, "shrinkB": 0},
        )


def training_figure(frame: pd.DataFrame, labels: Mapping[str, str], champion: str) -> Figure:
    """Log-loss by boosting round on train and valid, one panel a model.

    Parameters
    ----------
    frame: ``model``, ``round``, ``train``, ``valid``, ``best_round``.
    """
    models = list(dict.fromkeys(frame["model"]))
    figure = new_figure(height=2.5, width=FULL_WIDTH)
    panels = figure.subplots(1, len(models), sharey=True, squeeze=False)[0]
    for axes, model in zip(panels, models, strict=True):
        rows = frame[frame["model"] == model]
        axes.plot(rows["round"], rows["valid"], color=CHAMPION if model == champion else INK, label="valid")
        axes.plot(rows["round"], rows["train"], color=MUTED, linestyle=(0, (3, 2)), label="train")
        best = int(rows["best_round"].iloc[0])
        axes.axvline(best, color=MUTED, linewidth=0.8)
        axes.annotate(
            f"stopped at {best}",
            (best, rows["valid"].max()),
            xytext=(-3, -6),
            textcoords="offset points",
            ha="right",
            fontsize=7.5,
            color=MUTED,
        )
        axes.set_title(literal(labels[model]))
        axes.set_xlabel("Boosting round")
    panels[0].set_ylabel("Log-loss")
    panels[-1].legend(loc="upper right")
    return figure
