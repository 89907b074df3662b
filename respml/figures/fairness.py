"""Figures of the chapter on discrimination testing: groups down the side, the limits that matter drawn in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from respml.figures.names import plain
from respml.figures.style import CHAMPION, INK, MUTED, PALETTE, RULE, model_colour, model_marker, new_figure

ROW = 0.21
HEADING = 0.9
"""Room for an attribute's name above its groups, in rows."""

DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1.4, 1.4)), (0, (6, 1.5, 1.2, 1.5)), (0, (3, 1, 1, 1, 1, 1)))
FLAGGED = "#f3c9b0"


def _rows(frame: pd.DataFrame) -> tuple[dict[tuple[str, str], float], dict[str, float], float]:
    """Height of every group and of every attribute's heading, top to bottom, and the height of all."""
    positions: dict[tuple[str, str], float] = {}
    headings: dict[str, float] = {}
    place = 0.0
    for attribute, part in frame.groupby("attribute", sort=False):
        headings[str(attribute)] = -place
        place += HEADING
        for group in dict.fromkeys(part["group"]):
            positions[str(attribute), str(group)] = -place
            place += 1
        place += 0.25
    return positions, headings, place


def _label_rows(axes: Axes, positions: Mapping[tuple[str, str], float], headings: Mapping[str, float]) -> None:
    """Groups as tick labels, attributes as headings above them."""
    axes.set_yticks(list(positions.values()), [plain(group) for _, group in positions])
    for attribute, height in headings.items():
        axes.annotate(
            plain(attribute),
            (0, height),
            xycoords=("axes fraction", "data"),
            xytext=(-4, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=8,
            fontweight=600,
        )
    axes.grid(axis="y", visible=False)
    axes.tick_params(axis="y", length=0)


def _limit(axes: Axes, value: float, text: str, top: float) -> None:
    """A vertical line with its name on top."""
    axes.axvline(value, color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
    axes.annotate(text, (value, top), fontsize=7.5, color=MUTED, ha="center", va="bottom", annotation_clip=False)


def impact_ratio_figure(
    frame: pd.DataFrame, labels: Mapping[str, str], champion: str, flag: float, watch: float
) -> Figure:
    """Adverse impact ratio of every group: the champion with its interval, the other candidates as small marks.

    Parameters
    ----------
    frame: ``candidate``, ``attribute``, ``group``, ``estimate``, ``lower``, ``upper``.
    labels: printed name of each candidate, in order.
    flag, watch: registered limits, drawn as lines.
    """
    positions, headings, height = _rows(frame)
    figure = new_figure(height=0.85 + ROW * height)
    axes = figure.subplots()
    for name, label in labels.items():
        rows = frame[frame["candidate"] == name]
        heights = [positions[key] for key in zip(rows["attribute"], rows["group"], strict=True)]
        own = name == champion
        if own:
            axes.hlines(heights, rows["lower"], rows["upper"], color=CHAMPION, linewidth=1.8, zorder=2)
        axes.plot(
            rows["estimate"],
            heights,
            linestyle="none",
            marker=model_marker(name),
            markersize=6 if own else 3.6,
            color=model_colour(name, champion),
            markerfacecolor=CHAMPION if own else "white",
            markeredgewidth=0.9,
            label=plain(label) + (" with interval" if own else ""),
            zorder=3,
        )
    for value, text in ((flag, f"flag {flag:.2f}"), (watch, f"watch {watch:.2f}"), (1.0, "equal")):
        _limit(axes, value, text, 0.75)
    _label_rows(axes, positions, headings)
    axes.set_ylim(-height + 0.4, 0.7)
    axes.set_xlabel("Acceptance rate of the group as a multiple of its reference group's (AIR)")
    figure.legend(loc="outside lower center", ncols=len(labels))
    return figure


def rate_matrix_figure(frame: pd.DataFrame, measures: Mapping[str, str]) -> Figure:
    """Error metrics of every group as a matrix: the rate, below it its ratio to the reference, flagged cells framed.

    Parameters
    ----------
    frame: ``attribute``, ``group``, ``n``, ``measure``, ``value``, ``ratio`` (missing for the reference group),
        ``outside`` (whether the ratio lies outside the band). Missing values print as a dash.
    measures: measure → column header, in order.
    """
    positions, headings, height = _rows(frame)
    columns = {name: place for place, name in enumerate(measures)}
    figure = new_figure(height=0.5 + 0.27 * height)
    axes = figure.subplots()
    for row in frame.to_dict("records"):
        if row["measure"] not in columns:
            continue
        x, y = columns[str(row["measure"])], positions[str(row["attribute"]), str(row["group"])]
        marked = bool(row["outside"]) if pd.notna(row["outside"]) else False
        if marked:
            axes.add_patch(
                Rectangle((x - 0.47, y - 0.47), 0.94, 0.94, facecolor=FLAGGED, edgecolor=INK, linewidth=0.7, zorder=1)
            )
        value, ratio = row["value"], row["ratio"]
        # A rate alone stands on its row's line.
        above = 0.18 if pd.notna(ratio) else 0.0
        axes.text(x, y + above, "–" if pd.isna(value) else f"{value:.2f}", ha="center", va="center", fontsize=7.5)
        if pd.notna(ratio):
            axes.text(
                x,
                y - 0.22,
                f"×{ratio:.2f}",
                ha="center",
                va="center",
                fontsize=7,
                color=INK if marked else MUTED,
                fontweight=600 if marked else "normal",
            )
    counts = frame.groupby(["attribute", "group"], sort=False)["n"].max()
    _label_rows(axes, positions, headings)
    axes.set_yticklabels([f"{plain(group)} ({int(counts[attribute, group]):,})" for attribute, group in positions])
    axes.set_xticks(list(columns.values()), list(measures.values()))
    axes.tick_params(axis="x", length=0, labeltop=True, labelbottom=False, top=False, bottom=False)
    axes.set_xlim(-0.55, len(columns) - 0.45)
    axes.set_ylim(-height + 0.5, 0.5)
    axes.grid(visible=False)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    for level in headings.values():
        axes.axhline(level + 0.42, color=RULE, linewidth=0.6)
    return figure


def paired_interval_figure(
    frame: pd.DataFrame, series: Mapping[str, str], x_label: str, limits: Mapping[str, float]
) -> Figure:
    """Two or three estimates of every group one above the other, each with its interval.

    Parameters
    ----------
    frame: ``attribute``, ``group``, ``series``, ``estimate``, ``lower``, ``upper``.
    series: series → name in the key; the first is drawn filled in the champion's colour.
    limits: text → where a vertical line stands.
    """
    positions, headings, height = _rows(frame)
    figure = new_figure(height=0.85 + 0.2 * height)
    axes = figure.subplots()
    markers, colours = ("o", "s", "^"), (CHAMPION, "#d55e00", INK)
    shifts = {1: (0.0,), 2: (0.17, -0.17), 3: (0.26, 0.0, -0.26)}[len(series)]
    for (name, label), marker, colour, shift in zip(series.items(), markers, colours, shifts, strict=False):
        rows = frame[(frame["series"] == name) & frame["estimate"].notna()]
        heights = [positions[key] + shift for key in zip(rows["attribute"], rows["group"], strict=True)]
        axes.hlines(heights, rows["lower"], rows["upper"], color=colour, linewidth=1.3, zorder=2)
        face = colour if marker == "o" else "white"
        axes.plot(
            rows["estimate"], heights, linestyle="none", marker=marker, markersize=4.6, color=colour,
            markerfacecolor=face, label=label, zorder=3,
        )  # fmt: skip
    for text, value in limits.items():
        _limit(axes, value, text, 0.75)
    _label_rows(axes, positions, headings)
    axes.set_ylim(-height + 0.4, 0.7)
    axes.set_xlabel(x_label)
    figure.legend(loc="outside lower center", ncols=len(series))
    return figure


def quantile_figure(frame: pd.DataFrame, flag: float, accepted: float) -> Figure:
    """AIR against the share of everyone accepted, one panel an attribute, one line a group.

    Parameters
    ----------
    frame: ``attribute``, ``group``, ``share``, ``estimate``.
    flag: registered limit.
    accepted: share that the champion's own cut-off accepts.
    """
    attributes = list(dict.fromkeys(frame["attribute"]))
    across = min(2, max(len(attributes), 1))
    down = max(-(-len(attributes) // across), 1)
    figure = new_figure(height=0.3 + 1.7 * down)
    panels = figure.subplots(down, across, squeeze=False, sharex=True, sharey=True)
    for axes in panels.ravel()[len(attributes) :]:
        axes.set_visible(False)
    for axes, attribute in zip(panels.ravel(), attributes, strict=False):
        part = frame[frame["attribute"] == attribute]
        for number, (group, rows) in enumerate(part.groupby("group", sort=False)):
            axes.plot(
                rows["share"],
                rows["estimate"],
                color=PALETTE[number % len(PALETTE)],
                linestyle=DASHES[number % len(DASHES)],
                linewidth=1.4,
                label=plain(group),
            )
        axes.axhline(flag, color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)))
        axes.axhline(1, color=INK, linewidth=0.7)
        axes.axvline(accepted, color=RULE, linewidth=1.2, zorder=0)
        axes.set_title(plain(attribute))
        # Room below the lines for the keys.
        span = float(frame["estimate"].max() - frame["estimate"].min())
        axes.set_ylim(float(frame["estimate"].min()) - 0.3 * span, float(frame["estimate"].max()) + 0.05 * span)
        axes.legend(loc="lower right", fontsize=7, handlelength=2.6)
    top = float(frame["estimate"].max()) if len(frame) else 1.0
    panels[0, 0].set_yticks([tick for tick in panels[0, 0].get_yticks() if 0 <= tick <= top * 1.05])
    for axes in panels[-1]:
        axes.set_xlabel("Share of everyone accepted")
    for axes in panels[:, 0]:
        axes.set_ylabel("AIR")
    panels[0, 0].annotate(
        "cut-off", (accepted, 1), xycoords=("data", "axes fraction"), fontsize=7, color=MUTED, ha="right", va="top",
        xytext=(-2, -1), textcoords="offset points",
    )  # fmt: skip
    panels[0, 0].annotate(
        f"flag {flag:.2f}", (0, flag), xycoords=("axes fraction", "data"), fontsize=7, color=MUTED, va="bottom",
        xytext=(3, 1), textcoords="offset points",
    )  # fmt: skip
    return figure


def gap_against_risk_figure(frame: pd.DataFrame, group: str, reference: str) -> Figure:
    """Side by side, what each feature adds to the gap between two groups and to telling defaults from the rest.

    Parameters
    ----------
    frame: ``feature``, ``estimate``, ``lower``, ``upper`` (gap, log-odds), ``risk``, ``risk_lower``, ``risk_upper``;
        drawn top to bottom.
    group, reference: names of the two groups.
    """
    figure = new_figure(height=0.75 + ROW * max(len(frame), 3))
    left, right = figure.subplots(1, 2, sharey=True)
    layout = figure.get_layout_engine()
    if layout is not None:
        # Room for a last label of the left panel beside the first one of the right.
        layout.set(wspace=0.06)  # type: ignore[call-arg]
    positions = np.arange(len(frame))[::-1]
    for axes, value, low, high, colour in (
        (left, "estimate", "lower", "upper", "#d55e00"),
        (right, "risk", "risk_lower", "risk_upper", CHAMPION),
    ):
        axes.barh(positions, frame[value], height=0.62, color=colour)
        axes.hlines(positions, frame[low], frame[high], color=INK, linewidth=1.0)
        axes.axvline(0, color=MUTED, linewidth=0.8)
        axes.grid(axis="y", visible=False)
    left.set_yticks(positions, [plain(each) for each in frame["feature"]])
    left.set_title(f"Adds to the score of {plain(group)}", fontsize=8.5)
    left.set_xlabel(f"Mean Shapley value against {plain(reference)} (log-odds)")
    right.set_title("Adds to telling risk", fontsize=8.5)
    right.set_xlabel("Defaults against the rest (log-odds)")
    return figure


def frontier_figure(frame: pd.DataFrame, tolerance: float, flag: float) -> Figure:
    """Lowest AIR against AUC of every alternative, with the frontier, the tolerance, the base and the choice.

    Parameters
    ----------
    frame: ``family``, ``auc``, ``auc_lower``, ``auc_upper``, ``air``, ``air_lower``, ``air_upper``, ``eligible``,
        ``frontier``, ``chosen``, ``base``. Alternatives without an AUC are left out.
    tolerance: smallest AUC that the rule admits.
    flag: registered limit of the AIR.
    """
    shown = frame[frame["auc"].notna() & frame["air"].notna()]
    figure = new_figure(height=3.7)
    axes = figure.subplots()
    families = [name for name in dict.fromkeys(shown["family"]) if name != "base"]
    markers: Sequence[str] = ("o", "s", "^", "D", "v", "P", "X", "*")
    for number, family in enumerate(families):
        for eligible in (True, False):
            rows = shown[(shown["family"] == family) & (shown["eligible"] == eligible) & ~shown["base"]]
            colour = PALETTE[(number + 1) % len(PALETTE)]
            axes.plot(
                rows["auc"],
                rows["air"],
                linestyle="none",
                marker=markers[number % len(markers)],
                markersize=4.6,
                color=colour,
                markerfacecolor=colour if eligible else "white",
                label=family if eligible or not bool(shown.loc[shown["family"] == family, "eligible"].any()) else None,
                zorder=2,
            )
    edge = shown[shown["frontier"]].sort_values("auc")
    axes.plot(edge["auc"], edge["air"], color=MUTED, linewidth=0.9, zorder=1, label="frontier")
    for rows, name, shape in (
        (shown[shown["base"]], "champion as it is", "o"),
        (shown[shown["chosen"]], "chosen", "*"),
    ):
        for row in rows.to_dict("records"):
            axes.plot([row["auc_lower"], row["auc_upper"]], [row["air"]] * 2, color=CHAMPION, linewidth=0.6, alpha=0.6)
            axes.plot([row["auc"]] * 2, [row["air_lower"], row["air_upper"]], color=CHAMPION, linewidth=0.6, alpha=0.6)
            axes.plot(
                [row["auc"]], [row["air"]], marker=shape, markersize=8 if shape == "o" else 12, color=CHAMPION,
                markeredgecolor=INK, zorder=4,
            )  # fmt: skip
            axes.annotate(
                name, (row["auc"], row["air"]), xytext=(7, 6 if shape == "*" else -11), textcoords="offset points",
                fontsize=8, fontweight=600, zorder=5, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8},
            )  # fmt: skip
    axes.axvline(tolerance, color=MUTED, linewidth=0.9, linestyle=(0, (4, 3)))
    axes.annotate(
        "least AUC admitted", (tolerance, 0), xycoords=("data", "axes fraction"), xytext=(-3, 3), rotation=90,
        textcoords="offset points", fontsize=7.5, color=MUTED, ha="right", va="bottom",
    )  # fmt: skip
    axes.axhline(flag, color=MUTED, linewidth=0.9, linestyle=(0, (1.4, 1.4)))
    axes.axhline(1, color=INK, linewidth=0.7)
    low = float(min(tolerance, shown.loc[shown["eligible"], "auc"].min()))
    high = float(shown["auc"].max())
    reach = max(high - low, 0.004)
    axes.set_xlim(low - 1.2 * reach, high + 0.6 * reach)
    inside = shown[(shown["auc"] >= low - 1.2 * reach) | shown["base"] | shown["chosen"]]
    marked = inside[inside["base"] | inside["chosen"]]
    floor = min(float(marked["air_lower"].min()), float(inside.loc[inside["eligible"], "air"].min()))
    ceiling = max(float(marked["air_upper"].max()), float(inside["air"].max()))
    margin = 0.06 * (ceiling - floor)
    axes.set_ylim(floor - margin, ceiling + margin)
    axes.set(xlabel="AUC on valid", ylabel="Lowest AIR over groups, on valid")
    figure.legend(loc="outside lower center", ncols=3)
    return figure
