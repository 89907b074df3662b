"""Figures of Shapley values and of single customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from respml.figures.names import plain
from respml.figures.style import CHAMPION, INK, MUTED, RULE, SEQUENTIAL, model_colour, model_marker, new_figure

RAISES, LOWERS = "#d55e00", CHAMPION
LONG_VALUE = 12


def beeswarm_figure(frame: pd.DataFrame) -> Figure:
    """One dot a customer and input: contribution across, rank of the value as shade.

    Parameters
    ----------
    frame: result of :func:`respml.explain.shapley_frames.beeswarm`.
    """
    names = list(dict.fromkeys(frame["feature"]))
    figure = new_figure(height=0.65 + 0.27 * len(names))
    axes = figure.subplots()
    height = len(names) - 1 - frame["place"] + 0.86 * frame["offset"]
    missing = frame["colour"].isna()
    axes.plot(
        frame.loc[missing, "contribution"], height[missing], ".", color=RULE, markersize=2.2, rasterized=True, zorder=2
    )
    shades = axes.scatter(
        frame.loc[~missing, "contribution"],
        height[~missing],
        c=frame.loc[~missing, "colour"],
        s=3.2,
        linewidths=0,
        cmap=mpl.colormaps[SEQUENTIAL],
        vmin=0,
        vmax=1,
        rasterized=True,
        zorder=3,
    )
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks(range(len(names))[::-1], [plain(each) for each in names])
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.set_xlabel("Contribution to the log-odds of default (right of zero: riskier)")
    axes.grid(axis="y", visible=False)
    bar = figure.colorbar(shades, ax=axes, aspect=28, pad=0.015, ticks=[0, 1])
    bar.ax.set_yticklabels(["lowest\nvalue", "highest\nvalue"])
    bar.outline.set_visible(False)
    return figure


def importance_figure(frame: pd.DataFrame, labels: Mapping[str, str], champion: str) -> Figure:
    """Mean absolute contribution of each input to each candidate; the champion's with its interval and rank.

    Parameters
    ----------
    frame: ``model``, ``feature``, ``estimate``, ``lower``, ``upper``, ``rank_lower``, ``rank_upper``; the champion's
        rows in the order to be drawn.
    """
    own = frame[frame["model"] == champion]
    names = list(own["feature"])
    place = {name: len(names) - 1 - index for index, name in enumerate(names)}
    figure = new_figure(height=0.95 + 0.2 * len(names))
    axes = figure.subplots()
    for model in labels:
        rows = frame[(frame["model"] == model) & frame["feature"].isin(names)]
        heavy = model == champion
        axes.plot(
            rows["estimate"],
            [place[each] for each in rows["feature"]],
            linestyle="none",
            marker=model_marker(model),
            color=model_colour(model, champion),
            markersize=5.5 if heavy else 4,
            markerfacecolor=model_colour(model, champion) if heavy else "white",
            label=plain(labels[model]),
            zorder=4 if heavy else 3,
        )
    for row in own.to_dict("records"):
        axes.plot([row["lower"], row["upper"]], [place[row["feature"]]] * 2, color=CHAMPION, linewidth=1.6, zorder=4)
        low, high = int(row["rank_lower"]), int(row["rank_upper"])
        axes.annotate(
            f"{low}" if low == high else f"{low}–{high}",
            (1.0, place[row["feature"]]),
            xycoords=("axes fraction", "data"),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
            annotation_clip=False,
        )
    axes.annotate(
        "rank",
        (1.0, 1.0),
        xycoords="axes fraction",
        xytext=(5, 3),
        textcoords="offset points",
        fontsize=7.5,
        color=MUTED,
    )
    axes.set_yticks(list(place.values()), [plain(each) for each in place])
    axes.set_ylim(-0.7, len(names) - 0.3)
    axes.set_xlim(0, None)
    axes.set_xlabel("Mean absolute contribution (log-odds)")
    axes.grid(axis="y", visible=False)
    figure.legend(loc="outside lower center", ncols=len(labels))
    return figure


def measures_figure(frame: pd.DataFrame, titles: Sequence[str]) -> Figure:
    """Three measures of each input side by side; filled bars raise risk, white ones lower it, grey have no direction.

    Parameters
    ----------
    frame: ``feature``, and for each of the three titles a size ``size_0`` … ``size_2`` and a sign ``sign_0`` …; and
        ``disagrees``, whether the signs do.
    """
    count = len(frame)
    figure = new_figure(height=0.7 + 0.165 * count)
    panels = figure.subplots(1, len(titles), sharey=True, squeeze=False)[0]
    positions = list(range(count))[::-1]
    for number, (axes, title) in enumerate(zip(panels, titles, strict=True)):
        for position, row in zip(positions, frame.to_dict("records"), strict=True):
            size, sign = row[f"size_{number}"], row[f"sign_{number}"]
            if size != size:
                axes.annotate(
                    "not in", (0, position), xytext=(2, 0), textcoords="offset points", va="center", fontsize=7
                )
                continue
            colour = {1: RAISES, -1: LOWERS}.get(int(sign), MUTED)
            axes.barh(
                position, size, height=0.62, edgecolor=colour, facecolor=colour if sign > 0 else "white", linewidth=1.1
            )
        axes.set_title(title)
        axes.grid(axis="y", visible=False)
        axes.set_xlim(0, None)
    panels[0].set_yticks(
        positions,
        [("≠ " if row["disagrees"] else "") + plain(row["feature"]) for row in frame.to_dict("records")],
    )
    panels[0].set_ylim(-0.7, count - 0.3)
    return figure


def _bars(axes: Axes, labels: Sequence[str], values: Sequence[float]) -> None:
    positions = list(range(len(values)))[::-1]
    for position, value in zip(positions, values, strict=True):
        colour = RAISES if value > 0 else LOWERS
        axes.barh(
            position, value, height=0.62, edgecolor=colour, facecolor=colour if value > 0 else "white", linewidth=1.1
        )
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks(positions, list(labels))
    axes.set_ylim(-0.7, len(values) - 0.3)
    axes.grid(axis="y", visible=False)


def local_figure(frame: pd.DataFrame) -> Figure:
    """Sorted contributions of a few customers, one panel each.

    Parameters
    ----------
    frame: ``customer`` (panel title), ``feature``, ``value`` (as printed), ``group`` (a line that stands for
        several), ``contribution``.
    """
    customers = list(dict.fromkeys(frame["customer"]))
    lines = int(frame.groupby("customer").size().max())
    # Bands of values are too long to stand beside the name of the input.
    long = frame["value"].astype(str).str.len().max() > LONG_VALUE
    between, height = ("\n", 0.3) if long else (" ", 0.19)
    figure = new_figure(height=0.75 + height * lines)
    panels = figure.subplots(1, len(customers), squeeze=False)[0]
    for axes, customer in zip(panels, customers, strict=True):
        rows = frame[frame["customer"] == customer]
        labels = [
            plain(row["feature"]) + ("" if row["group"] else f"{between}= {plain(row['value'])}")
            for row in rows.to_dict("records")
        ]
        _bars(axes, labels, list(rows["contribution"]))
        axes.set_title(plain(customer))
        axes.tick_params(axis="y", labelsize=7)
        reach = 1.1 * float(frame["contribution"].abs().max())
        axes.set_xlim(-reach, reach)
    figure.supxlabel("Contribution to the log-odds of default (filled: raises, white: lowers)", fontsize=8.5)
    return figure


def methods_figure(frame: pd.DataFrame, titles: Mapping[str, str]) -> Figure:
    """One customer under several methods, on the same inputs; open dots are unstable over refits.

    Parameters
    ----------
    frame: ``method``, ``feature``, ``contribution``, ``deviation`` (nan where none), ``unstable``; methods in order.
    titles: method -> panel title with unit.
    """
    names = list(dict.fromkeys(frame["feature"]))
    figure = new_figure(height=0.75 + 0.2 * len(names))
    panels = figure.subplots(1, len(titles), sharey=True, squeeze=False)[0]
    place = {name: len(names) - 1 - index for index, name in enumerate(names)}
    for axes, (method, title) in zip(panels, titles.items(), strict=True):
        axes.axvline(0, color=INK, linewidth=0.8)
        for row in frame[frame["method"] == method].to_dict("records"):
            height, value = place[row["feature"]], row["contribution"]
            colour = RAISES if value > 0 else LOWERS
            if row["deviation"] == row["deviation"]:
                low, high = value - row["deviation"], value + row["deviation"]
                axes.plot([low, high], [height, height], color=colour, linewidth=1.4)
            else:
                axes.plot([0, value], [height, height], color=colour, linewidth=1.0)
            axes.plot(
                value, height, "o", color=colour, markersize=5, markerfacecolor="white" if row["unstable"] else colour
            )
        axes.set_title(title)
        axes.grid(axis="y", visible=False)
    panels[0].set_yticks(list(place.values()), [plain(each) for each in place])
    panels[0].set_ylim(-0.7, len(names) - 0.3)
    return figure


def surrogate_fit_figure(frame: pd.DataFrame, titles: Mapping[str, str]) -> Figure:
    """Local linear surrogates against the model, rows ranked by the model: is the line there to be read?

    Parameters
    ----------
    frame: ``sample``, ``rank``, ``model``, ``surrogate``; with ``people`` each line stands for so many rows.
    titles: sample -> panel title.
    """
    figure = new_figure(height=2.05)
    panels = figure.subplots(1, len(titles), sharey=True, squeeze=False)[0]
    for axes, (sample, title) in zip(panels, titles.items(), strict=True):
        rows = frame[frame["sample"] == sample]
        axes.plot(rows["rank"], rows["surrogate"], ".", color=MUTED, markersize=1.8, rasterized=True, label="surrogate")
        axes.plot(rows["rank"], rows["model"], color=CHAMPION, linewidth=1.8, label="champion")
        axes.set_title(plain(title))
        axes.set_xlabel(f"{'Groups of rows' if 'people' in frame else 'Rows'}, ranked by the champion")
    panels[0].set_ylabel("Probability of default")
    panels[0].legend(loc="upper left", markerscale=3)
    return figure
