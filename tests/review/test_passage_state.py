"""When a passage has gone stale, and what its readers are told of that first."""

from __future__ import annotations

import pytest

from respml.evidence import read_evidence
from respml.review.bindings import Bound, binding_as_json, binding_of
from respml.review.changes_evidence import write_changes
from respml.review.comparison_of_runs import compare
from respml.review.metric_words import metric_words
from respml.review.narrative import accepted, placed_words, read_narrative
from respml.review.passage_state import listed, moved_beyond_tolerance, state_of
from tests.review.runs import metric, run

BEFORE = {
    each.id: each
    for each in (
        metric("comparison.auc.mgbm", 0.80, (0.78, 0.82)),
        metric("comparison.auc.glm", 0.70, (0.68, 0.72)),
        metric("comparison.auc.gbm", 0.81, (0.79, 0.83)),
        metric("comparison.cutoff.mgbm", 0.30),
        metric("comparison.disagreement.lower", 0.20),
        metric("comparison.disagreement.n", 100, format="integer"),
        metric("comparison.step.gbm", 0.02, (0.01, 0.03), "signed4"),
        metric("comparison.verdict", "beyond the minimum"),
        metric("fairness.along.air", 0.42, (0.36, 0.50), about=("fairness.along.who",)),
        metric("fairness.along.who", "high school"),
    )
}
WORDS = "The conclusion."


def later(**values):
    """The same metrics with other values; of each the interval goes along."""
    found = dict(BEFORE)
    for id, value in values.items():
        old = BEFORE[id.replace("__", ".")]
        limits = None if old.interval is None or isinstance(value, str) else (value - 0.02, value + 0.02)
        found[old.id] = metric(old.id, value, limits, old.format, old.about)
    return found


def moved(text, now, name="conclusion"):
    return state_of(name, text, accepted(name, text, BEFORE, "1.0.0"), now).moved


def test_the_most_important_comes_first():
    now = later(
        comparison__auc__mgbm=0.90,
        comparison__cutoff__mgbm=0.40,
        comparison__disagreement__lower=0.21,
        comparison__disagreement__n=200,
        comparison__step__gbm=0.05,
        comparison__verdict="within the minimum",
    )
    assert [each.partition(" was ")[0] for each in moved(WORDS, now)] == [
        "AUC of MGBM",
        "verdict on the gain",
        "cut-off of MGBM",
        "comparison: step of GBM",  # left its interval
        "comparison: disagreement, n",  # twice as many
        "comparison: disagreement, lower",
    ]


def test_what_the_words_themselves_cite_comes_before_all_else():
    text = "Of 5 cases {{< var comparison.disagreement.n >}} agree."
    now = later(comparison__auc__mgbm=0.90, comparison__disagreement__n=200)
    assert moved(text, now)[0] == "comparison: disagreement, n was 100, is 200"


def test_a_number_of_another_subject_is_stale_within_its_interval_and_names_both():
    text = "The ratio is {{< var fairness.along.air >}}."
    assert moved(text, later(fairness__along__air=0.43), "fairness") == ()
    assert moved(text, later(fairness__along__air=0.43, fairness__along__who="other"), "fairness") == (
        "fairness: along, AIR was 0.420 (0.360 to 0.500) for high school, is 0.430 (0.410 to 0.450) for other",
    )


def test_what_a_number_is_of_is_told_with_it_and_not_again():
    now = later(fairness__along__air=0.9, fairness__along__who="other")
    (told,) = moved("About the whole chapter.", now, "fairness")
    assert "for high school" in told


@pytest.mark.parametrize(
    ("bound", "subject", "expected"),
    [
        (Bound(0.42, (0.3, 0.5), "ratio3", "", "men"), "women", True),
        (Bound(0.42, (0.3, 0.5), "ratio3", "", "men"), "men", False),
        (Bound(0.42, (0.3, 0.5), "ratio3", ""), "women", False),  # accepted before subjects were recorded
        (Bound(0.42, (0.3, 0.5), "ratio3", "", "men"), "", False),
    ],
)
def test_the_subject(bound, subject, expected):
    assert moved_beyond_tolerance(bound, metric("a", 0.42, (0.3, 0.5)), subject) is expected


def test_a_binding_keeps_the_subject_and_is_refused_when_it_was_altered():
    entry = binding_as_json(accepted("fairness", "All.", BEFORE, "1.0.0"))
    assert binding_of(entry).metrics["fairness.along.air"].subject == "high school"
    entry["metrics"]["fairness.along.air"]["subject"] = "other"
    with pytest.raises(ValueError, match="not those that were accepted"):
        binding_of(entry)


def test_the_mark_names_three_numbers_and_counts_the_others(tmp_path):
    (tmp_path / "narrative").mkdir()
    (tmp_path / "narrative" / "conclusion.md").write_text(WORDS)
    found = read_narrative(tmp_path, "narrative", ("conclusion",))
    bound = {"conclusion": accepted("conclusion", WORDS, BEFORE, "1.0.0")}
    now = later(
        comparison__auc__mgbm=0.90, comparison__auc__glm=0.5, comparison__cutoff__mgbm=0.4, comparison__step__gbm=0.05,
        comparison__disagreement__n=200,
    )  # fmt: skip
    mark = placed_words(type(found)(found.folder, found.passages, bound), ("conclusion",), now)["text-conclusion"]
    told = mark.replace("\\", "").split("\n")[2]
    assert told.startswith("**▲ Written about earlier numbers**, those of version 1.0.0: AUC of GLM was 0.700")
    assert told.count(" was ") == 3
    assert told.endswith("; and 2 more.")
    assert "comparison.auc" not in told


def test_a_list_is_cut_between_its_items():
    items = ("a was 0.123, is 0.456", "b was 1, is 2", "c was 3, is 4", "d was 5, is 6")
    assert listed(items) == "a was 0.123, is 0.456; b was 1, is 2; c was 3, is 4; and 1 more"
    assert listed(items[:3]) == "; ".join(items[:3])


@pytest.mark.parametrize(
    ("id", "expected"),
    [
        ("comparison.auc.mgbm", "AUC of MGBM"),
        ("fairness.lowest.air.mgbm", "lowest AIR of MGBM"),
        ("checks.findings.high", "high findings"),
        ("comparison.rank.mgbm", "mean rank of MGBM"),
        ("comparison.disagreement.champion_right", "comparison: disagreement, champion right"),
        ("fairness.effect.air", "fairness: effect, AIR"),
    ],
)
def test_words_of_a_metric(id, expected):
    assert metric_words(id, BEFORE) == expected


def test_the_appendix_lists_what_moved_one_a_line_and_counts_what_it_leaves_out(tmp_path):
    items = [f"number {place} was 0.1, is 0.2" for place in range(14)]
    comparison = compare(run(), run("1.1.0", passages={"data": {"state": "stale", "moved": items}}))
    write_changes(comparison, tmp_path / "changes")
    table = read_evidence([tmp_path / "changes"]).table("changes.passages")
    assert [row[1] for row in table.cells()] == [*items[:10], "and 4 more"]
    assert {row[0] for row in table.cells()} == {"data"}
