import numpy as np
import pandas as pd
import pytest

from respml.explain.lime import EXPONENTIAL_KERNEL, LINEAR_KERNEL, kernel_weights, lime, lime_practical
from respml.explain.model import Model


@pytest.fixture
def frame() -> pd.DataFrame:
    generator = np.random.default_rng(0)
    return pd.DataFrame(
        {"a": generator.normal(5, 1, 400), "b": generator.normal(0, 2, 400), "c": generator.integers(0, 3, 400) * 1.0}
    )


LINEAR = Model(
    "linear", lambda rows: 0.2 + 0.03 * rows["a"] - 0.02 * rows["b"] + 0.1 * (rows["c"] == 2), ("a", "b", "c")
)


def test_recovers_a_linear_model_and_its_intercept(frame):
    result = lime(LINEAR, frame, 7, categorical=["c"], strength=1e-8)
    assert result.status == "explained" and result.r2 > 0.999
    table = result.contributions.set_index("feature")
    assert table.loc["a", "coefficient"] == pytest.approx(0.03, abs=1e-5)
    assert table.loc["b", "contribution"] == pytest.approx(-0.02 * frame.loc[7, "b"], abs=1e-4)
    assert result.prediction == pytest.approx(result.model_prediction, abs=1e-5)
    assert table["scaled"].sum() == pytest.approx(result.prediction - result.intercept)


def test_refuses_where_a_line_does_not_fit(frame):
    wavy = Model("wavy", lambda rows: 0.5 + 0.4 * np.sin(9 * rows["a"]), ("a", "b", "c"))
    result = lime(wavy, frame, 7)
    assert result.status == "refused" and "below the threshold" in result.reason and result.contributions.empty
    assert np.isfinite(result.r2) and len(result.ranked) == 1000
    constant = Model("constant", lambda rows: np.full(len(rows), 0.3), ("a", "b", "c"))
    assert "do not vary" in lime(constant, frame, 7).reason


def test_perturbed_columns_are_independent_and_stay_in_range(frame):
    seen: list[pd.DataFrame] = []

    def spy(rows: pd.DataFrame) -> np.ndarray:
        seen.append(rows)
        return np.asarray(0.5 + 0.01 * rows["a"])

    lime(Model("spy", spy, ("a", "b", "c")), frame, 7, n=1000, seed=3)
    sample = max(seen, key=len)
    assert abs(sample["a"].corr(sample["b"])) < 0.1
    assert sample["a"].between(frame["a"].min(), frame["a"].max()).all()


def test_distances_are_to_the_explained_row(frame):
    # The heaviest sample row is the one nearest to the explained row: its prediction is close to that row's.
    result = lime(LINEAR, frame, 7, n=2000)
    heavy = result.ranked.sort_values("weight").tail(20)["model"]
    assert abs(heavy.mean() - result.model_prediction) < 0.03
    assert kernel_weights(np.array([0.0, 1.0, 3.0]), LINEAR_KERNEL, 2).tolist() == [3, 2, 0]
    assert kernel_weights(np.array([0.0, 1.0]), EXPONENTIAL_KERNEL, 1)[1] == pytest.approx(np.exp(-1 / 0.5625))


def test_same_seed_same_answer_other_seed_other_sample(frame):
    curved = Model("curved", lambda rows: 1 / (1 + np.exp(-rows["a"] + rows["b"] + 5)), ("a", "b", "c"))
    first, again, other = (lime(curved, frame, 7, seed=seed) for seed in (1, 1, 2))
    assert first.r2 == again.r2 and first.r2 != other.r2
    assert lime(curved, frame, 7, penalty="elastic net", strength=1e-4).r2 > 0.7


def test_practical_sample_is_the_least_squares_fit_of_the_subgroup(frame):
    subgroup = (frame["b"] > 0).to_numpy()
    curved = Model("curved", lambda rows: 0.2 + 0.03 * rows["a"] + 0.01 * rows["b"] ** 2, ("a", "b"))
    result = lime_practical(curved, frame, 7, subgroup, "customers with b above 0", strength=1e-9)
    part = frame[subgroup]
    design = np.column_stack([np.ones(len(part)), part[["a", "b"]]])
    expected = np.linalg.lstsq(design, curved.predict(part).to_numpy(), rcond=None)[0]
    table = result.contributions.set_index("feature")
    assert [result.intercept, table.loc["a", "coefficient"], table.loc["b", "coefficient"]] == pytest.approx(
        expected.tolist(), abs=1e-6
    )
    assert result.sample == "customers with b above 0" and result.n == subgroup.sum()
