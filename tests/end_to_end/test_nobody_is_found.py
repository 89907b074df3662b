"""The evidence of a whole build under the default policy tells of groups, not of one person."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.end_to_end.test_candidate_choices import FEW, built

pytestmark = pytest.mark.slow

MINIMUM = 10  # the default of ``disclosure.minimum_cell``, as documented
# What a reader would take for a number of people, written down apart from the package's own list.
COUNTING = {
    "n", "n_others", "n_reference", "rows", "people", "total", "count", "count_others", "events", "declined",
    "defaulted", "repaid", "support", "members", "others", "missing", "tp", "fp", "fn", "tn", "true_positive",
    "false_positive", "false_negative", "true_negative", "train_n", "test_n", "reference_n", "current_n",
}  # fmt: skip
# Of these the rows are invented, and the counts are of runs.
INVENTED = {"run/alarms", "run/power"}


def evidence(folder: Path) -> dict[str, pd.DataFrame]:
    """Every frame of the evidence by analysis and name, from Parquet."""
    root = next((folder / "output" / "small").glob("*/evidence"))
    return {
        path.relative_to(root).with_suffix("").as_posix(): pd.read_parquet(path) for path in root.rglob("*.parquet")
    }


def few(frame: pd.DataFrame) -> list[str]:
    """The columns that count people and hold a count of at least one and fewer than ten."""
    numbers = [name for name in frame.columns if name in COUNTING and pd.api.types.is_numeric_dtype(frame[name])]
    counts = [name for name in numbers if (frame[name].dropna() % 1 == 0).all()]  # else a share
    return [name for name in counts if ((frame[name] > 0) & (frame[name] < MINIMUM)).any()]


def largest_swarm(frames: dict[str, pd.DataFrame]) -> int:
    return int(frames["explanations/beeswarm"].groupby("feature").size().max())


def test_no_count_of_few_and_no_dot_of_one_in_the_evidence(tmp_path: Path) -> None:
    _, metrics = built(tmp_path, candidates=FEW)
    frames = evidence(tmp_path)
    found = {name: few(frame) for name, frame in frames.items() if name not in INVENTED}
    assert {name: columns for name, columns in found.items() if columns} == {}
    assert sum(bool(COUNTING & set(frame.columns)) for frame in frames.values()) >= 5, "there are counts to look at"
    rows = metrics["explanations.rows"]["value"]
    assert rows > 100
    assert 1 < largest_swarm(frames) <= rows / MINIMUM
    for name, frame in frames.items():
        assert not {"row", "customer_id"} & set(frame.columns), name
        if "people" in frame:
            assert (frame["people"] >= MINIMUM).all(), name


def test_where_rows_are_allowed_every_person_has_a_dot(tmp_path: Path) -> None:
    """So that the test above can fail: the same build with the policy that lets rows leave."""
    allowed = {"individuals": "allowed", "reason": "Invented people", "approved_by": "Owner"}
    _, metrics = built(tmp_path, candidates=FEW, disclosure=allowed)
    assert largest_swarm(evidence(tmp_path)) == metrics["explanations.rows"]["value"]
