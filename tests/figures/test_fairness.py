"""Figures of discrimination testing: everything that is in the frame is drawn, and told apart without colour."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from respml.figures.fairness import (
    frontier_figure,
    gap_against_risk_figure,
    impact_ratio_figure,
    paired_interval_figure,
    quantile_figure,
    rate_matrix_figure,
)
from respml.figures.style import apply_style

GROUPS = [("sex", "male"), ("group", "b"), ("group", "c")]


def ratios() -> pd.DataFrame:
    rows = [
        {"candidate": name, "attribute": attribute, "group": group, "estimate": value, "lower": 0.8, "upper": 1.1}
        for name in ("glm", "mgbm")
        for (attribute, group), value in zip(GROUPS, (0.98, 0.87, 0.79), strict=True)
    ]
    return pd.DataFrame(rows)


def text(figure: Figure) -> str:
    with apply_style():
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def test_every_group_and_limit_is_drawn_with_its_name() -> None:
    with apply_style():
        figure = impact_ratio_figure(ratios(), {"glm": "GLM", "mgbm": "MGBM"}, "mgbm", 0.8, 0.9)
    drawn = text(figure)
    for word in ("male", "sex", "group", "GLM", "MGBM with interval", "flag 0.80", "watch 0.90"):
        assert f">{word}</text>" in drawn, word
    lines = {line.get_label(): line for line in figure.axes[0].get_lines()}
    assert lines["GLM"].get_marker() != lines["MGBM with interval"].get_marker()


def test_champion_rows_stand_where_their_group_stands() -> None:
    with apply_style():
        figure = impact_ratio_figure(ratios(), {"glm": "GLM", "mgbm": "MGBM"}, "mgbm", 0.8, 0.9)
    axes = figure.axes[0]
    place = dict(zip((label.get_text() for label in axes.get_yticklabels()), axes.get_yticks(), strict=True))
    line = next(each for each in axes.get_lines() if each.get_label() == "MGBM with interval")
    drawn = dict(zip(line.get_ydata(), line.get_xdata(), strict=True))
    assert drawn[place["c"]] == pytest.approx(0.79)


def test_cells_outside_the_band_are_framed_and_missing_ones_are_a_dash() -> None:
    rows = []
    for attribute, group in GROUPS:
        rows += [
            {"attribute": attribute, "group": group, "n": 40, "measure": "accuracy", "value": 0.8, "ratio": 1.0,
             "outside": False},
            {"attribute": attribute, "group": group, "n": 40, "measure": "precision",
             "value": np.nan if group == "c" else 0.5, "ratio": np.nan if group == "c" else 0.7,
             "outside": pd.NA if group == "c" else True},
        ]  # fmt: skip
    with apply_style():
        figure = rate_matrix_figure(pd.DataFrame(rows), {"accuracy": "accuracy", "precision": "precision"})
    framed = [each for each in figure.axes[0].patches if isinstance(each, Rectangle)]
    assert len(framed) == 2
    drawn = text(figure)
    assert drawn.count(">–</text>") == 1 and drawn.count(">×0.70</text>") == 2


def test_a_rate_without_a_ratio_stands_on_its_line() -> None:
    frame = pd.DataFrame(
        [
            {"attribute": "sex", "group": group, "n": 40, "measure": "accuracy", "value": 0.8, "ratio": ratio,
             "outside": False}
            for group, ratio in (("male", np.nan), ("female", 0.9))
        ]
    )  # fmt: skip
    with apply_style():
        axes = rate_matrix_figure(frame, {"accuracy": "accuracy"}).axes[0]
    lines = dict(zip((each.get_text() for each in axes.get_yticklabels()), axes.get_yticks(), strict=True))
    rates = [each.get_position()[1] for each in axes.texts if each.get_text() == "0.80"]
    assert rates[0] == lines["male (40)"] and rates[1] > lines["female (40)"]


def test_dollars_in_the_names_of_groups_are_no_formula() -> None:
    band = r"$10k to $\frac{2}"
    frame = ratios().assign(attribute=band, group=band).drop_duplicates("candidate")
    lines = pd.DataFrame(
        [{"attribute": band, "group": band, "share": share, "estimate": share} for share in (0.2, 0.8)]
    )
    cells = frame.assign(n=40, measure="accuracy", value=0.8, ratio=0.9, outside=False)
    gap = pd.DataFrame({"feature": [band], "estimate": 0.1, "lower": 0.0, "upper": 0.2, "risk": 0.1, "risk_lower": 0.0,
                        "risk_upper": 0.2})  # fmt: skip
    with apply_style():
        figures = [
            impact_ratio_figure(frame, {"glm": band, "mgbm": "MGBM"}, "mgbm", 0.8, 0.9),
            rate_matrix_figure(cells, {"accuracy": "accuracy"}),
            quantile_figure(lines, 0.8, 0.7),
            gap_against_risk_figure(gap, band, band),
        ]
    # Heading, group and key; heading and group; title and key; input and two titles.
    assert [text(figure).count(band) for figure in figures] == [3, 2, 2, 3]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_series_are_told_apart_by_their_marks(count: int) -> None:
    names = ["one", "two", "three"][:count]
    frame = pd.concat([ratios().query("candidate == 'glm'").assign(series=name) for name in names])
    with apply_style():
        figure = paired_interval_figure(frame, {name: name for name in names}, "gap", {"equal": 0.0})
    lines = [line for line in figure.axes[0].get_lines() if line.get_label() in names]
    assert len({(line.get_marker(), line.get_markerfacecolor()) for line in lines}) == count


@pytest.mark.parametrize("attributes", [1, 3])
def test_one_panel_an_attribute(attributes: int) -> None:
    frame = pd.DataFrame(
        [
            {"attribute": f"a{number}", "group": group, "share": share, "estimate": 0.5 + share / 2}
            for number in range(attributes)
            for group in ("x", "y")
            for share in (0.2, 0.8)
        ]
    )
    with apply_style():
        figure = quantile_figure(frame, 0.8, 0.7)
    seen = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title(loc="left") for axes in seen] == [f"a{number}" for number in range(attributes)]
    assert len({line.get_linestyle() for line in seen[0].get_lines()[:2]}) == 2


def test_gap_and_risk_share_their_rows() -> None:
    frame = pd.DataFrame(
        {"feature": ["area", "income"], "estimate": [0.6, 0.0], "lower": [0.5, -0.1], "upper": [0.7, 0.1],
         "risk": [0.05, 0.4], "risk_lower": [0.0, 0.3], "risk_upper": [0.1, 0.5]}
    )  # fmt: skip
    with apply_style():
        figure = gap_against_risk_figure(frame, "c", "a")
    left, right = figure.axes
    widths = [[patch.get_width() for patch in axes.patches] for axes in (left, right)]
    assert widths == [[0.6, 0.0], [0.05, 0.4]]
    assert left.get_ylim() == right.get_ylim()


def test_the_frontier_shows_choice_and_champion_and_what_is_not_eligible_hollow() -> None:
    frame = pd.DataFrame(
        [
            {"family": "base", "auc": 0.82, "air": 0.85, "eligible": True, "frontier": True, "chosen": False},
            {"family": "reweighing", "auc": 0.818, "air": 0.95, "eligible": True, "frontier": True, "chosen": True},
            {"family": "reweighing", "auc": 0.70, "air": 0.99, "eligible": False, "frontier": False, "chosen": False},
            {"family": "reject option", "auc": np.nan, "air": 0.97, "eligible": False, "frontier": False,
             "chosen": False},
        ]
    )  # fmt: skip
    for name in ("auc", "air"):
        frame[f"{name}_lower"], frame[f"{name}_upper"] = frame[name] - 0.02, frame[name] + 0.02
    with apply_style():
        figure = frontier_figure(frame.assign(base=frame["family"] == "base"), 0.81, 0.8)
    drawn = text(figure)
    for word in ("champion as it is", "chosen", "reweighing", "frontier"):
        assert f">{word}</text>" in drawn
    assert ">reject option</text>" not in drawn
    hollow = [line for line in figure.axes[0].get_lines() if line.get_markerfacecolor() == "white"]
    assert [list(line.get_xdata()) for line in hollow if len(line.get_xdata())] == [[0.70]]
    low, high = figure.axes[0].get_ylim()
    assert low < 0.83 and high > 0.97


def test_tick_labels_of_neighbouring_panels_do_not_touch() -> None:
    # Gaps as wide as puts a tick at the very end of the left panel, and risks from zero.
    frame = pd.DataFrame(
        {
            "feature": ["LIMIT_BAL", "PAY_0", "PAY_2"],
            "estimate": [0.099, 0.085, -0.03],
            "lower": [0.09, 0.046, -0.035],
            "upper": [0.108, 0.1425, -0.025],
            "risk": [0.05, 0.66, 0.11],
            "risk_lower": [0.045, 0.62, 0.1],
            "risk_upper": [0.058, 0.7, 0.12],
        }
    )
    with apply_style():
        figure = gap_against_risk_figure(frame, "high school", "graduate school")
        figure.draw_without_rendering()
    left, right = figure.axes
    low, high = left.get_xlim()
    shown = [label for label in left.get_xticklabels() if low <= label.get_position()[0] <= high]
    first = min(
        (label for label in right.get_xticklabels() if label.get_position()[0] >= right.get_xlim()[0]),
        key=lambda label: label.get_position()[0],
    )
    assert max(label.get_window_extent().x1 for label in shown) + 16 < first.get_window_extent().x0
