"""Every figure: drawn from its frame, labelled, the same bytes twice, and proof against hostile names."""

from __future__ import annotations

import importlib
import inspect
import io
from collections.abc import Callable
from pathlib import Path
from pkgutil import iter_modules

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from sklearn.isotonic import IsotonicRegression

import respml.figures
from respml.figures.comparison import decomposition_figure, paired_scores_figure, value_sensitivity_figure
from respml.figures.curves import (
    calibration_figure,
    grade_figure,
    path_figure,
    precision_recall_figure,
    roc_figure,
    training_figure,
)
from respml.figures.explanations import surrogate_fit_figure
from respml.figures.intervals import bar_figure, grouped_bar_figure, interval_figure
from respml.figures.names import spread
from respml.figures.style import CHAMPION, apply_style
from respml.figures.words import literal

HOSTILE = [r"$\notacommand{$", "<script>alert(1)</script>", "a & b", "$x$ and $y$", r"back\slash", "_hidden", "50%"]
GRID = np.linspace(0, 1, 5)


def curves(*values: str) -> pd.DataFrame:
    """A rising curve for two models."""
    return pd.concat(
        [pd.DataFrame({"model": name, **dict.fromkeys(values, GRID)}) for name in ("glm", "mgbm")], ignore_index=True
    )


def interval_rows(name: str) -> pd.DataFrame:
    return pd.DataFrame(
        {"label": [name, "other"], "estimate": [0.5, -0.1], "lower": [0.4, -0.2], "upper": [0.6, 0.1], "group": "a"}
    )


def rates() -> pd.DataFrame:
    rate = np.array([0.1, 0.2, 0.4])
    columns = {"mean_probability": rate, "event_rate": rate, "lower": rate - 0.05, "upper": rate + 0.05}
    return pd.DataFrame({"grade": [1, 2, 3], "n": [100, 50, 10], **columns})


def path(name: str) -> pd.DataFrame:
    rows = [(penalty, feature, 1 / penalty) for feature in (name, "b") for penalty in (1.0, 10.0)]
    return pd.DataFrame(rows, columns=["penalty", "feature", "coefficient"])


def training() -> pd.DataFrame:
    columns = {"round": [1, 2], "train": [0.6, 0.5], "valid": [0.6, 0.55], "best_round": 2}
    return pd.concat([pd.DataFrame({"model": name, **columns}) for name in ("glm", "mgbm")], ignore_index=True)


def labels(name: str) -> dict[str, str]:
    return {"glm": "GLM", "mgbm": name}


DRAWINGS: dict[str, Callable[[str], Figure]] = {
    "decomposition_figure": lambda name: decomposition_figure(interval_rows(name)),
    "value_sensitivity_figure": lambda name: value_sensitivity_figure(
        curves("scale", "difference"), labels(name), "mgbm", name
    ),
    "paired_scores_figure": lambda name: paired_scores_figure(
        pd.DataFrame({"rank": [1, 2], "champion": [0.1, 0.2], "benchmark": [0.2, 0.1]}), name, "MGBM", (0.14, 0.15)
    ),
    "roc_figure": lambda name: roc_figure(curves("false_positive_rate", "true_positive_rate"), labels(name), "mgbm"),
    "precision_recall_figure": lambda name: precision_recall_figure(
        curves("recall", "precision"), labels(name), "mgbm", 0.2
    ),
    "calibration_figure": lambda name: calibration_figure(rates()),
    "grade_figure": lambda name: grade_figure(rates().assign(grade=[name, 2, 3])),
    "path_figure": lambda name: path_figure(path(name), 5.0),
    "training_figure": lambda name: training_figure(training(), labels(name), "mgbm"),
    "interval_figure": lambda name: interval_figure(interval_rows(name), x_label="AUC", reference=0.0),
    "bar_figure": lambda name: bar_figure(interval_rows(name), label="label", value="estimate", x_label="AUC"),
    "grouped_bar_figure": lambda name: grouped_bar_figure(
        interval_rows(name), label="label", group="group", value="estimate", x_label="AUC", colours={"a": CHAMPION}
    ),
}
# Drawings that show no name from the data.
NAMELESS = {"calibration_figure"}
EVERY = pytest.mark.parametrize("name", sorted(DRAWINGS))


def svg(name: str, label: str = "PAY_0") -> str:
    with apply_style():
        buffer = io.BytesIO()
        DRAWINGS[name](label).savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue().decode()


def test_every_figure_is_tested_here_or_in_a_file_of_its_own() -> None:
    public = {
        name
        for module in iter_modules(respml.figures.__path__)
        for name, value in vars(importlib.import_module(f"respml.figures.{module.name}")).items()
        if inspect.isfunction(value) and name.endswith("_figure") and name != "new_figure"
    }
    elsewhere = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert {name for name in public if name not in elsewhere} == set()
    assert set(DRAWINGS) <= public


@EVERY
def test_axes_are_labelled_and_points_are_drawn(name: str) -> None:
    with apply_style():
        figure = DRAWINGS[name]("PAY_0")
    panels = figure.axes
    assert any(panel.get_xlabel() for panel in panels)
    assert all(panel.lines or panel.patches or panel.collections for panel in panels)
    assert any(panel.get_ylabel() or panel.get_yticklabels() for panel in panels)


@EVERY
def test_the_same_frame_gives_the_same_bytes(name: str) -> None:
    assert svg(name) == svg(name)


@EVERY
def test_text_stays_text(name: str) -> None:
    assert "<text" in svg(name)
    assert "<dc:date>" not in svg(name)


@pytest.mark.parametrize("label", HOSTILE)
@EVERY
def test_a_hostile_name_is_shown_as_it_is(name: str, label: str) -> None:
    drawn = svg(name, label)
    assert "<script>" not in drawn
    if name not in NAMELESS and label == HOSTILE[0]:
        assert r"$\notacommand{$" in drawn


@pytest.mark.parametrize(
    ("text", "expected"), [("a$b", r"a\$b"), ("two\nlines", "two lines"), (3, "3"), ("plain", "plain")]
)
def test_literal(text: object, expected: str) -> None:
    assert literal(text) == expected


@pytest.mark.parametrize(
    ("heights", "apart", "expected"),
    [
        ([], 1.0, []),
        ([0.0, 5.0], 1.0, [0.0, 5.0]),
        # Two at one height part evenly; the far one stays.
        ([2.0, 2.0, 9.0], 1.0, [1.5, 2.5, 9.0]),
        # Three by hand: mean of 0, 0.1 - 1 and 0.2 - 2 is -0.9, then one apart.
        ([0.0, 0.1, 0.2], 1.0, [-0.9, 0.1, 1.1]),
    ],
)
def test_labels_stand_apart_and_as_near_as_can_be(heights: list[float], apart: float, expected: list[float]) -> None:
    assert spread(heights, apart) == pytest.approx(expected)


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=12), st.floats(0.01, 3))
def test_no_other_places_are_nearer_to_where_the_labels_belong(heights: list[float], apart: float) -> None:
    ordered = sorted(heights)
    found = np.array(spread(ordered, apart))
    assert (np.diff(found) >= apart - 1e-9).all()
    # Isotonic regression of scikit-learn on the heights less their steps is the same problem.
    steps = apart * np.arange(len(ordered))
    best = IsotonicRegression().fit_transform(np.arange(len(ordered)), np.array(ordered) - steps) + steps
    assert found == pytest.approx(best, abs=1e-9)


def test_line_ends_are_named_beside_the_ends_and_joined_to_them() -> None:
    rows = [
        {"penalty": penalty, "feature": name, "coefficient": size * (penalty < 1)}
        for name, size in (("a", 0.10), ("b", 0.11), ("c", 0.6))
        for penalty in (1.0, 0.1)
    ]
    with apply_style():
        axes = path_figure(pd.DataFrame(rows), 0.1).axes[0]
    ends = {each.get_text(): each for each in axes.texts if each.get_text() in "abc"}
    assert {name: each.xy[1] for name, each in ends.items()} == {"a": 0.10, "b": 0.11, "c": 0.6}
    assert all(each.arrow_patch is not None for each in ends.values())
    heights = [ends[name].xyann[1] for name in "abc"]
    assert heights[0] < 0.10 < 0.11 < heights[1] and heights[2] == pytest.approx(0.6)


def test_a_key_of_marks_stands_outside_the_axes() -> None:
    with apply_style():
        figure = DRAWINGS["grouped_bar_figure"]("PAY_0")
    assert len(figure.legends) == 1 and figure.axes[0].get_legend() is None


@pytest.mark.parametrize("count", [1, 7, 23])
def test_any_number_of_models_stands_in_one_figure(count: int) -> None:
    names = [f"model {number}" for number in range(count)]
    frame = pd.DataFrame({"feature": "PAY_0", "candidate": names, "estimate": np.linspace(0.1, 1.0, count)})
    with apply_style():
        figure = grouped_bar_figure(
            frame,
            label="feature",
            group="candidate",
            value="estimate",
            x_label="x",
            colours=dict.fromkeys(names, CHAMPION),
        )
    assert [each.get_text() for each in figure.legends[0].get_texts()] == names
    markers = [each.get_marker() for each in figure.axes[0].get_lines()[:count]]
    assert len(set(markers)) == min(count, 10)


def test_both_cut_offs_are_drawn_with_their_models() -> None:
    frame = pd.DataFrame({"rank": [1, 2], "champion": [0.1, 0.2], "benchmark": [0.2, 0.1]})
    with apply_style():
        axes = paired_scores_figure(frame, "GLM", "MGBM", (0.14, 0.15)).axes[0]
    assert {each.get_text(): each.xy[1] > 0.145 for each in axes.texts} == {
        "cut-off, GLM": False,
        "cut-off, MGBM": True,
    }
    level = [float(line.get_ydata()[0]) for line in axes.lines if list(line.get_xdata()) == [0, 1]]
    assert sorted(level) == [0.14, 0.15]


@pytest.mark.parametrize("people", [False, True])
def test_groups_of_rows_are_not_called_rows(people: bool) -> None:
    """Where single people are not shown, each dot stands for some of them, and the axis counts groups."""
    frame = pd.DataFrame({"rank": [1, 2], "champion": [0.1, 0.2], "benchmark": [0.2, 0.1]})
    fits = pd.DataFrame({"sample": "near", "rank": [1, 2], "model": [0.1, 0.2], "surrogate": [0.2, 0.1]})
    if people:
        frame, fits = frame.assign(people=10), fits.assign(people=10)
    with apply_style():
        labels = [
            paired_scores_figure(frame, "GLM", "MGBM", (0.14, 0.15)).axes[0].get_xlabel(),
            surrogate_fit_figure(fits, {"near": "Near"}).axes[0].get_xlabel(),
        ]
    assert [each.startswith("Groups of rows, ranked") for each in labels] == [people, people]


def test_an_interval_that_holds_zero_is_drawn_open() -> None:
    with apply_style():
        axes = decomposition_figure(interval_rows("step")).axes[0]
    filled = [line.get_markerfacecolor() for line in axes.lines if line.get_marker() == "o"]
    assert filled == [CHAMPION, "white"]


def test_the_champion_is_the_heaviest_line() -> None:
    with apply_style():
        axes = roc_figure(curves("false_positive_rate", "true_positive_rate"), labels("MGBM"), "mgbm").axes[0]
    by_label = {line.get_label(): line for line in axes.lines}
    assert by_label["MGBM"].get_linewidth() > by_label["GLM"].get_linewidth()
    assert by_label["MGBM"].get_color() == CHAMPION
