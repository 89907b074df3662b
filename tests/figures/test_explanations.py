"""Figures of explanations and reasons: drawn from their frames, the same bytes twice, proof against hostile names."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from respml.figures.effects import effects_figure, local_effects_figure, pairs_figure, strength_figure, tree_figure
from respml.figures.explanations import (
    RAISES,
    beeswarm_figure,
    importance_figure,
    local_figure,
    measures_figure,
    methods_figure,
    surrogate_fit_figure,
)
from respml.figures.names import plain, short_number
from respml.figures.reasons import agreement_figure, group_figure, repair_figure, transition_figure
from respml.figures.style import apply_style

HOSTILE = r"$\frac{$ <script>"
LABELS = {"glm": "GLM", "mgbm": "MGBM"}


def swarm(name: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "feature": [name, name, "b"],
            "place": [0, 0, 1],
            "contribution": [-1.0, 2.0, 0.5],
            "colour": [0.0, 1.0, np.nan],
            "offset": [0.1, -0.1, 0.0],
        }
    )


def sizes(name: str) -> pd.DataFrame:
    rows = [(model, feature, 0.3, 0.2, 0.4, 1, 2) for model in LABELS for feature in (name, "b")]
    return pd.DataFrame(rows, columns=["model", "feature", "estimate", "lower", "upper", "rank_lower", "rank_upper"])


def three(name: str) -> pd.DataFrame:
    frame = pd.DataFrame({"feature": [name, "b"], "disagrees": [True, False]})
    for number in range(3):
        frame[f"size_{number}"], frame[f"sign_{number}"] = [0.5, np.nan], [1, -1]
    return frame


def effects(name: str) -> Figure:
    value = [np.nan, -1.0, 0.0, 1.0, 2.0]
    kind = ["missing", "below", "range", "range", "above"]
    curves = pd.concat(
        [
            pd.DataFrame({"model": model, "feature": name, "value": value, "kind": kind, "estimate": 0.2})
            for model in LABELS
        ]
    )
    lines = curves[curves["model"] == "mgbm"].assign(percentile=50)
    bins = {"centre": [0.0, 1.0], "share": [0.5, 0.5], "estimate": [0.1, 0.2], "n": [50, 5]}
    supports = pd.DataFrame({"feature": name, **bins, "missing": False, "skewed": False})
    return effects_figure(curves, lines, supports, LABELS, "mgbm")


def skewed(name: str) -> Figure:
    value = np.array([0.0, 10.0, 1000.0, 1e6])
    curves = pd.DataFrame({"model": "mgbm", "feature": name, "value": value, "kind": "quantile", "estimate": 0.2})
    bins = {"centre": value, "share": 0.25, "estimate": 0.1, "n": 50}
    supports = pd.DataFrame({"feature": name, **bins, "missing": False, "skewed": True})
    return effects_figure(curves, curves.assign(percentile=0), supports, {"mgbm": "MGBM"}, "mgbm")


def grid(name: str) -> pd.DataFrame:
    rows = [(name, "b", x, y, 0.1 * x + 0.2 * y, int(x)) for x in (0.0, 1.0, 2.0) for y in (0.0, 1.0)]
    return pd.DataFrame(rows, columns=["first", "second", "first_value", "second_value", "estimate", "n"])


def nodes(name: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "node": [0, 1, 2],
            "parent": [-1, 0, 0],
            "answer": ["", "yes", "no"],
            "leaf": [False, True, True],
            "feature": [name, "", ""],
            "threshold": [1500.0, np.nan, np.nan],
            "estimate": [0.2, 0.1, 0.4],
            "share": [1.0, 0.7, 0.3],
            "x": [0.5, 0.0, 1.0],
            "y": [0, -1, -1],
        }
    )


def matrix(name: str) -> pd.DataFrame:
    return pd.DataFrame({"first": name, "second": "b", "measure": ["top 1", "top 4"], "estimate": [0.9, 0.7]})


DRAWINGS: dict[str, Callable[[str], Figure]] = {
    "beeswarm_figure": lambda name: beeswarm_figure(swarm(name)),
    "importance_figure": lambda name: importance_figure(sizes(name), LABELS, "mgbm"),
    "measures_figure": lambda name: measures_figure(three(name), ["one", "two", "three"]),
    "local_figure": lambda name: local_figure(
        pd.DataFrame(
            {"customer": "p", "feature": [name, "rest"], "value": [1.0, np.nan], "contribution": [1.0, -1.0],
             "group": [False, True]}
        )
    ),
    "methods_figure": lambda name: methods_figure(
        pd.DataFrame(
            {"method": "loco", "feature": [name, "b"], "contribution": [0.2, -0.1], "deviation": [0.1, np.nan],
             "unstable": [True, False]}
        ),
        {"loco": "Left out"},
    ),
    "surrogate_fit_figure": lambda name: surrogate_fit_figure(
        pd.DataFrame({"sample": "s", "rank": [1, 2], "model": [0.1, 0.2], "surrogate": [0.1, 0.3]}), {"s": name}
    ),
    "effects_figure": effects,
    "effects_figure, skewed": skewed,
    "local_effects_figure": lambda name: local_effects_figure(
        pd.DataFrame(
            {"feature": "a", "title": name, "value": [0.0, 1.0], "accumulated": [-0.1, 0.1], "dependence": [-0.1, 0.2],
             "skewed": False}
        )
    ),
    "pairs_figure": lambda name: pairs_figure(grid(name)),
    "tree_figure": lambda name: tree_figure(nodes(name)),
    "strength_figure": lambda name: strength_figure(
        pd.DataFrame({"pair": [name, "b"], "mgbm": [0.1, 0.2]}), LABELS, "mgbm", ["mgbm"]
    ),
    "repair_figure": lambda name: repair_figure(
        pd.DataFrame(
            {"label": [name, name], "outcome": ["risk falls", "decision flips"], "estimate": [0.9, 0.5],
             "lower": [0.8, 0.4], "upper": [1.0, 0.6]}
        )
    ),
    "agreement_figure": lambda name: agreement_figure(matrix(name), [name, "b"], {}),
    "group_figure": lambda name: group_figure(
        pd.DataFrame({"attribute": "sex", "level": ["f", "m"], "factor": name, "share": [0.2, 0.3]})
    ),
    "transition_figure": lambda name: transition_figure(
        pd.DataFrame({"before": [name, "(not declined)"], "after": [name, name], "count": [9, 1]}), "GLM", "MGBM"
    ),
}  # fmt: skip
EVERY = pytest.mark.parametrize("drawing", sorted(DRAWINGS))


def svg(drawing: str, name: str) -> str:
    with apply_style():
        buffer = io.BytesIO()
        DRAWINGS[drawing](name).savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue().decode()


@EVERY
def test_the_same_frame_gives_the_same_bytes_with_text_as_text(drawing: str) -> None:
    first = svg(drawing, "PAY_0")
    assert first == svg(drawing, "PAY_0")
    assert "<text" in first


@EVERY
def test_a_hostile_name_is_shown_as_it_is(drawing: str) -> None:
    drawn = svg(drawing, HOSTILE)
    assert "<script>" not in drawn
    assert "frac" in drawn


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_the_champions_ranks_stand_beside_their_inputs() -> None:
    with apply_style():
        assert texts(importance_figure(sizes("a"), LABELS, "mgbm")).count("1–2") == 2


def test_default_rates_of_few_rows_are_not_drawn() -> None:
    with apply_style():
        upper = effects("a").axes[0]
    circles = [line for line in upper.lines if line.get_marker() == "o"]
    assert [len(line.get_xdata()) for line in circles] == [1]


def test_an_unstable_contribution_is_open_and_a_raising_one_is_orange() -> None:
    with apply_style():
        axes = DRAWINGS["methods_figure"]("a").axes[0]
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert [dot.get_markerfacecolor() == "white" for dot in dots] == [True, False]
    assert dots[0].get_color() == RAISES


def test_the_flow_chart_says_question_answers_and_leaves() -> None:
    with apply_style():
        shown = texts(tree_figure(nodes("income")))
    assert "income\n≤ 1.5k" in shown
    assert "40.0 %\n30 % of rows" in shown
    assert {"yes", "no"} <= set(shown)


def test_agreement_of_first_reasons_stands_below_the_diagonal() -> None:
    with apply_style():
        axes = agreement_figure(matrix("a"), ["a", "b"], {}).axes[0]
    place = {text.get_text(): text.get_position() for text in axes.texts}
    assert place["90 %"] == (0, 1)
    assert place["70 %"] == (1, 0)


@pytest.mark.parametrize(
    ("value", "shown"), [(float("nan"), "missing"), (1234567, "1.23M"), (-1500, "−1.5k"), (0.25, "0.25")]
)
def test_short_numbers(value: float, shown: str) -> None:
    assert short_number(value) == shown


def test_long_names_are_wrapped() -> None:
    assert plain("a" * 30, 12).count("\n") == 2
