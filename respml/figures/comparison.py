"""Figures of the GLM to GBM comparison."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from respml.figures.names import spread
from respml.figures.style import CHAMPION, INK, MUTED, model_line, new_figure
from respml.figures.words import literal


def decomposition_figure(frame: pd.DataFrame) -> Figure:
    """What each step of complexity adds to AUC, with paired intervals.

    Parameters
    ----------
    frame: ``label``, ``estimate``, ``lower``, ``upper``: the gain of each step over the one before.
    """
    figure = new_figure(height=0.7 + 0.36 * len(frame))
    axes = figure.subplots()
    positions = range(len(frame))[::-1]
    for position, row in zip(positions, frame.to_dict("records"), strict=True):
        decided = row["lower"] > 0 or row["upper"] < 0
        axes.plot([row["lower"], row["upper"]], [position] * 2, color=CHAMPION if decided else MUTED, linewidth=1.8)
        axes.plot(
            [row["estimate"]],
            [position],
            "o",
            color=CHAMPION if decided else MUTED,
            markersize=5,
            markerfacecolor=CHAMPION if decided else "white",
        )
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks(list(positions), [literal(each) for each in frame["label"]])
    axes.set_ylim(-0.6, len(frame) - 0.4)
    axes.set_xlabel("Gain in AUC over the step above, paired on the same test rows (open: interval holds zero)")
    axes.grid(axis="y", visible=False)
    return figure


def value_sensitivity_figure(frame: pd.DataFrame, labels: Mapping[str, str], champion: str, currency: str) -> Figure:
    """Value against the benchmark's as the amount of a missed default is scaled.

    Parameters
    ----------
    frame: ``model``, ``scale``, ``difference`` in the currency of the spec.
    """
    figure = new_figure(height=2.9, width=5.6)
    axes = figure.subplots()
    for name, rows in frame.groupby("model", sort=False):
        axes.plot(
            rows["scale"],
            rows["difference"] / 1e6,
            label=literal(labels[str(name)]),
            marker="o",
            markersize=3.5,
            **model_line(str(name), champion),
        )
    axes.axhline(0, color=MUTED, linewidth=0.9)
    axes.set(
        xlabel="Amount lost on a missed default, as a multiple of the spec's",
        ylabel=f"Value above the benchmark\n(millions of {literal(currency)})",
    )
    axes.legend(loc="best")
    return figure


def paired_scores_figure(
    frame: pd.DataFrame, benchmark_label: str, champion_label: str, cutoffs: tuple[float, float]
) -> Figure:
    """Both models' probabilities for rows the benchmark gets right and the champion wrong, ranked by the champion's.

    Parameters
    ----------
    frame: ``rank``, ``champion``, ``benchmark``: probabilities in ascending order of the champion's; with ``people``
        each line stands for so many rows.
    cutoffs: of benchmark and champion, drawn as lines.
    """
    figure = new_figure(height=2.8, width=5.6)
    axes = figure.subplots()
    axes.plot(
        frame["rank"],
        frame["benchmark"],
        ".",
        color=INK,
        markersize=2.4,
        label=literal(benchmark_label),
        rasterized=True,
    )
    axes.plot(frame["rank"], frame["champion"], "-", color=CHAMPION, linewidth=1.8, label=literal(champion_label))
    both = sorted(zip(cutoffs, (benchmark_label, champion_label), (INK, CHAMPION), strict=True))
    low, high = axes.get_ylim()
    heights = spread([cutoff for cutoff, _, _ in both], (high - low) / 16)
    for (cutoff, label, colour), height in zip(both, heights, strict=True):
        axes.axhline(cutoff, color=colour, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
        axes.annotate(
            f"cut-off, {literal(label)}",
            (1, height),
            xycoords=("axes fraction", "data"),
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            fontsize=7.5,
            color=colour,
            annotation_clip=False,
        )
    ranked = f"{'Groups of rows' if 'people' in frame else 'Rows'}, ranked by the champion's probability"
    axes.set(xlabel=ranked, ylabel="Probability of default", ylim=(0, None))
    axes.legend(loc="upper left")
    return figure
