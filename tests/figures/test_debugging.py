"""Figures of the debugging chapters: drawn from the frames they document, the same bytes twice, names as they are."""

from __future__ import annotations

import html
import io
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from respml.figures import attacks, reconciliation, residuals, robustness
from respml.figures.residuals import in_thousands
from respml.figures.style import apply_style

HOSTILE = "pay$x$<b>"
LABELS = {"glm": "GLM", "mgbm": "MGBM"}


def dependence(name: str) -> pd.DataFrame:
    values = [0.0, 1.0, 2.0, 3.0, np.nan]
    kinds = ["grid", "grid", "grid", "beyond", "missing"]
    return pd.DataFrame(
        {
            "feature": name,
            "value": values,
            "kind": kinds,
            "estimate": [0.1, 0.2, 0.4, 0.5, 0.3],
            "residual_0": [0.1, 0.2, 0.3, 0.4, 0.2],
            "residual_1": [2.0, 1.5, 1.0, 0.8, 1.2],
        }
    )


def bounds(**columns: object) -> pd.DataFrame:
    return pd.DataFrame({"estimate": [0.5, 0.6], "lower": [0.4, 0.5], "upper": [0.6, 0.7], **columns})


def rows() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "outcome": [0, 1, 0, 1],
            "probability": [0.1, 0.2, 0.6, 0.9],
            "deviance": [-0.5, 1.8, -1.4, 0.5],
            "log_loss": [0.1, 1.6, 0.9, 0.1],
        }
    )


DRAWN: dict[str, Callable[[str], Figure]] = {
    "residual_figure": lambda name: residuals.residual_figure(
        rows(),
        pd.DataFrame({"outcome": [0, 1, 0, 1], "low": [0, 0, 0.5, 0.5], "high": [0.5, 0.5, 1, 1], "n": [9, 2, 3, 4]}),
        0.3,
    ),
    "facet_figure": lambda name: residuals.facet_figure(
        pd.concat([bounds(feature=name, level=[name, "other"], outcome=outcome) for outcome in (0, 1)])
    ),
    "calibration_map_figure": lambda name: residuals.calibration_map_figure(
        pd.DataFrame(
            {
                "first": [name, name, "b", "b"],
                "second": ["c", "d", "c", "d"],
                "first_code": [0, 0, 1, 1],
                "second_code": [0, 1, 0, 1],
                "calibration": [0.05, -0.02, np.nan, 0.01],
            }
        ),
        name,
        "income",
    ),
    "loss_importance_figure": lambda name: residuals.loss_importance_figure(
        pd.DataFrame(
            {
                "feature": [name, "b"],
                "share_prediction": [0.7, 0.3],
                "share_loss": [0.4, 0.6],
                "candidate": ["", "drop"],
            }
        )
    ),
    "loss_waterfall_figure": lambda name: residuals.loss_waterfall_figure(
        pd.DataFrame({"feature": ["expected", name, "b", "loss"], "contribution": [0.4, 1.2, -0.2, 1.4]})
    ),
    "shapley_residual_figure": lambda name: residuals.shapley_residual_figure(
        pd.DataFrame(
            {
                "feature": [name] * 4,
                "prediction": [-1.0, 0.0, 1.0, 2.0],
                "residual": [0.1, 1.6, 0.9, 0.1],
                "outcome": [0, 1, 0, 1],
            }
        )
    ),
    "surface_figure": lambda name: attacks.surface_figure(
        pd.DataFrame(
            [
                {"first": name, "second": "b", "first_value": x, "second_value": y, "lowest": 0.1 * (x + y)}
                for x in (0.0, 1.0, 2.0)
                for y in (0.0, 1.0, 2.0)
            ]
        ),
        0.25,
    ),
    "random_attack_figure": lambda name: attacks.random_attack_figure(
        pd.DataFrame(
            {
                "variant": ["plain"] * 3 + ["with missing"] * 3,
                "rank": [0, 0.5, 1] * 2,
                "probability": [0.1, 0.4, 0.6] * 2,
            }
        ),
        (0.02, 0.9),
        0.3,
    ),
    "extraction_figure": lambda name: attacks.extraction_figure(
        pd.DataFrame(
            {
                "knowledge": ["ranges"] * 4,
                "copy": ["tree", "tree", "boosted", "boosted"],
                "queries": [100, 1000, 100, 1000],
                "r_squared": [0.5, 0.7, 0.6, 0.9],
            }
        )
    ),
    "poisoning_figure": lambda name: attacks.poisoning_figure(bounds(trigger=name, share=[0.001, 0.01])),
    "flip_figure": lambda name: attacks.flip_figure(
        pd.DataFrame(
            {
                "panel": ["count", "count", "input"],
                "label": ["1", "2", name],
                "share": [0.5, 0.3, 0.8],
                "plausible": [0.4, 0.2, 0.6],
            }
        )
    ),
    "dependence_figure": lambda name: robustness.dependence_figure(dependence(name)),
    "three_panel_figure": lambda name: robustness.three_panel_figure(
        pd.DataFrame({"level": [0.0, 1.0] * 2, "outcome": [0, 0, 1, 1], "share": [0.7, 0.3, 0.4, 0.6]}),
        dependence(name),
        pd.DataFrame(
            {
                "percentile": [10, 10, 10, 90, 90, 90],
                "value": [0.0, 1.0, np.nan] * 2,
                "kind": ["grid", "grid", "missing"] * 2,
                "probability": [0.1, 0.2, 0.15, 0.6, 0.8, 0.7],
            }
        ),
    ),
    "perturbation_figure": lambda name: robustness.perturbation_figure(
        pd.concat([bounds(model=model, kind="normal", size=[0.05, 0.1], flips=[0.01, 0.03]) for model in LABELS]),
        LABELS,
        "mgbm",
    ),
    "resilience_figure": lambda name: robustness.resilience_figure(
        pd.DataFrame(
            {
                "label": [name, "outer"],
                "auc": [0.7, 0.6],
                "lower": [0.6, 0.5],
                "upper": [0.8, 0.7],
                "expected_auc": [0.75, 0.7],
            }
        )
    ),
    "stress_figure": lambda name: robustness.stress_figure(
        pd.concat(
            [
                bounds(scenario=name, state=["before", "after"], measure=measure)
                for measure in ("auc", "default_rate", "mean_prediction", "decline_rate")
            ]
        )
    ),
    "drift_figure": lambda name: robustness.drift_figure(
        pd.DataFrame({"partition": ["test"] * 2, "column": [name, "b"], "floored": [0.3, 0.02]}), 0.1, 0.25
    ),
    "coin_toss_figure": lambda name: robustness.coin_toss_figure(
        pd.DataFrame(
            {
                "low": [0.0, 0.2] * 2,
                "high": [0.2, 0.4] * 2,
                "n": [5, 5] * 2,
                "kind": ["seeds"] * 2 + ["resamples"] * 2,
                "share": [0.1, 0.3, 0.2, 0.4],
            }
        ),
        0.25,
    ),
    "differences_figure": lambda name: reconciliation.differences_figure(
        pd.DataFrame(
            {
                "place": ["saved", "saved", "production"],
                "lower": [0.0, 0.5, 0.5],
                "upper": [0.5, 1.0, 1.0],
                "largest_difference": [0.0, 1e-8, 0.2],
                "mismatched": [0, 0, 3],
            }
        ),
        {"saved": 1e-6, "production": 0.0},
        {"saved": "Champion as saved", "production": name},
        0.3,
    ),
    "reliability_figure": lambda name: robustness.reliability_figure(bounds(label=[name, "b"], both=[0.1, 0.2]), 0.9),
}
# Drawings in which no name from the data stands.
NAMELESS = {"residual_figure", "random_attack_figure", "extraction_figure", "perturbation_figure", "coin_toss_figure"}
EVERY = pytest.mark.parametrize("figure", sorted(DRAWN))


def svg(figure: str, name: str) -> str:
    with apply_style():
        buffer = io.BytesIO()
        DRAWN[figure](name).savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue().decode()


@EVERY
def test_something_is_drawn_and_some_axis_says_what(figure):
    with apply_style():
        axes = DRAWN[figure]("income").axes
    assert any(each.has_data() for each in axes)
    assert any(each.get_xlabel() or each.get_ylabel() or each.get_title() for each in axes)


@EVERY
def test_drawing_twice_gives_the_same_bytes(figure):
    assert svg(figure, "income") == svg(figure, "income")


@pytest.mark.parametrize("figure", sorted(set(DRAWN) - NAMELESS))
def test_names_stand_as_they_are(figure):
    assert HOSTILE in html.unescape(svg(figure, HOSTILE))


def test_thousands_are_written_short_with_and_without_their_commas() -> None:
    assert in_thousands("140,000 to 1,200,000") == "140k to 1,200k"
    assert in_thousands("> 50000") == "> 50k" and in_thousands("≤ 85,818") == "≤ 85,818"
