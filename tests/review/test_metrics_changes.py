"""What counts as moved, and what as moved beyond the interval."""

from __future__ import annotations

import math

import pytest

from respml.review.changes_sections import metrics_counted
from respml.review.comparison_of_runs import compare
from respml.review.metrics_changes import (
    CHANGED,
    STATES,
    beyond_interval,
    compare_metrics,
    compared,
    counted_states,
    metrics_frame,
)
from tests.review.runs import metric, run

OLD = metric("performance.auc.mgbm", 0.80, (0.78, 0.82))


@pytest.mark.parametrize(
    ("value", "interval", "expected"),
    [
        (0.81, (0.79, 0.83), False),  # inside the old interval
        (0.82, (0.80, 0.84), False),  # on its edge, which belongs to it
        (0.821, (0.80, 0.84), True),  # outside the old one although the two overlap
        (0.779, None, True),  # outside, whether or not the new one has an interval
        (0.79, None, False),
        (0.90, (0.88, 0.92), True),
    ],
)
def test_the_rule_of_the_old_interval(value, interval, expected):
    assert beyond_interval(OLD, metric("performance.auc.mgbm", value, interval)) is expected


def test_disjoint_intervals_count_although_the_value_lies_inside():
    # an interval need not hold its own value (bias-corrected bootstrap): 0.81 is inside the old one, (0.85, 0.9) is not
    assert beyond_interval(OLD, metric("performance.auc.mgbm", 0.81, (0.85, 0.90)))


def test_without_any_interval_nothing_is_beyond_and_every_printed_difference_has_moved():
    changes = compare_metrics(
        {"a.count": metric("a.count", 7, format="integer"), "a.p": metric("a.p", 1e-6, format="p_value")},
        {"a.count": metric("a.count", 8, format="integer"), "a.p": metric("a.p", 2e-6, format="p_value")},
    )
    assert [(each.id, each.state) for each in changes] == [("a.count", "moved"), ("a.p", "unprinted")]


def test_every_state_and_their_order():
    old = {"a.x": metric("a.x", 1.0, (0.9, 1.1)), "a.y": metric("a.y", 1.0, (0.9, 1.1)), "a.z": metric("a.z", 2.0),
           "a.w": metric("a.w", "GLM"), "a.gone": metric("a.gone", 1.0), "a.same": metric("a.same", 0.5)}  # fmt: skip
    new = {"a.x": metric("a.x", 1.05, (0.9, 1.2)), "a.y": metric("a.y", 1.2, (1.1, 1.3)), "a.z": metric("a.z", 3.0),
           "a.w": metric("a.w", "GBM"), "a.new": metric("a.new", 1.0), "a.same": metric("a.same", 0.5)}  # fmt: skip
    found = {each.id: each.state for each in compare_metrics(old, new)}
    assert found == {"a.y": "beyond", "a.z": "moved", "a.w": "reworded", "a.new": "added", "a.gone": "removed",
                     "a.x": "within"}  # fmt: skip
    assert list(found) == ["a.y", "a.z", "a.w", "a.new", "a.gone", "a.x"]
    assert compared(old, new) == 5


def of(value, interval, who, about=("a.who",)):
    """A number about the group of ``a.who``."""
    return {"a.air": metric("a.air", value, interval, about=about), "a.who": metric("a.who", who)}


def test_a_number_of_another_subject_has_not_moved():
    old = of(0.42, (0.36, 0.50), "high school")
    (change, _) = compare_metrics(old, of(0.33, (0.13, 0.35), "other"))
    assert (change.id, change.state) == ("a.air", "another")
    assert (change.old_text, change.new_text) == (
        "high school: 0.420 (0.360 to 0.500)",
        "other: 0.330 (0.130 to 0.350)",
    )
    assert math.isnan(change.difference)
    row = metrics_frame([change]).iloc[0]
    assert (row["old_subject"], row["new_subject"]) == ("high school", "other")
    # of the same subject it has, and its name is not repeated
    (change,) = compare_metrics(old, of(0.33, (0.13, 0.35), "high school"))
    assert (change.state, change.old_text) == ("beyond", "0.420 (0.360 to 0.500)")


def test_a_version_from_before_subjects_were_recorded_is_read_as_the_later_one_says():
    assert compare_metrics(of(0.42, (0.36, 0.5), "a", about=()), of(0.33, (0.1, 0.35), "b"))[0].state == "another"
    assert (
        compare_metrics(of(0.42, (0.36, 0.5), "a", about=()), of(0.33, (0.1, 0.35), "b", about=()))[0].state == "beyond"
    )


def test_without_a_subject_on_one_side_the_numbers_are_compared():
    old = {"a.air": metric("a.air", 0.42, (0.36, 0.5))}
    assert compare_metrics(old, of(0.33, (0.1, 0.35), "b"))[0].state == "beyond"


def test_the_noise_of_another_processor_is_no_change():
    old = metric("a.x", 0.1 + 0.2, (0.2, 0.4))
    assert compare_metrics({"a.x": old}, {"a.x": metric("a.x", 0.3, (0.2, 0.4))}) == ()
    assert compare_metrics({"a.x": old}, {"a.x": metric("a.x", 0.3 + 1e-6, (0.2, 0.4))}) != ()


def test_a_number_that_is_no_longer_defined_has_moved():
    (change,) = compare_metrics({"a.x": metric("a.x", 1.0, (0.5, 1.5))}, {"a.x": metric("a.x", None)})
    assert change.state == "moved"
    assert math.isnan(change.difference)


def test_what_compares_versions_is_not_compared():
    assert compare_metrics({}, {"changes.verdict": metric("changes.verdict", "log")}) == ()


def test_the_frame_prints_both_intervals():
    frame = metrics_frame(compare_metrics({OLD.id: OLD}, {OLD.id: metric(OLD.id, 0.9, (0.88, 0.92))}))
    row = frame.iloc[0]
    assert row["old_text"] == "0.800 (0.780 to 0.820)"
    assert row["new_text"] == "0.900 (0.880 to 0.920)"
    assert row["difference"] == pytest.approx(0.1)
    assert metrics_frame(()).empty


@pytest.mark.parametrize("name", ["disclosure.files", "changes.words.stale", "run.power.rows"])
def test_what_a_run_says_of_its_own_making_is_no_metric_of_the_model(name):
    """The version being built has no such evidence yet when it is compared, so its absence is no change."""
    assert compare_metrics({name: metric(name, 1.0)}, {}) == ()
    assert compared({name: metric(name, 1.0)}, {name: metric(name, 2.0)}) == 0


def test_the_counts_of_a_comparison_add_up_and_name_every_kind():
    """Each number of the sentence stands for metrics that are listed under that word; nothing is left uncounted."""
    names = ["beyond", "within", "moved", "another", "reworded", "unprinted", "same"]
    old, new = {}, {}
    for place, name in enumerate(names):
        for number in range(place + 1):
            id, pair = f"a.{name}.{number}", PAIRS[name]
            old[id], new[id] = (metric(id, *each) for each in pair)
    old |= {"a.who": metric("a.who", "men"), "a.gone": metric("a.gone", 1.0), "run.seconds": metric("run.seconds", 1.0)}
    new |= {
        "a.who": metric("a.who", "women"),
        "run.seconds": metric("run.seconds", 2.0),
        "changes.verdict": metric("changes.verdict", "log"),
    }
    for id in [each for each in new if each.startswith("a.another")]:
        new[id] = metric(id, 0.5, (0.4, 0.6), about=("a.who",))
    sentence = metrics_counted(compare(run(metrics=(*old.values(),)), run("1.1.0", metrics=(*new.values(),))))
    assert sentence == (
        "Of 29 metrics in both, 22 differ: 1 beyond their interval, 2 within it, 3 without an interval, 4 of another "
        "subject, 6 in words, 6 by less than their printed digits. 0 are new, 1 are gone. Left out: 1 metric on how "
        "the runs were made."
    )
    states = counted_states(compare_metrics(old, new))
    assert sum(states[each] for each in CHANGED) == 22
    assert set(CHANGED) | {"added", "removed"} == set(STATES)


PAIRS = {
    "beyond": ((1.0, (0.9, 1.1)), (1.2, (1.1, 1.3))),
    "within": ((1.0, (0.9, 1.1)), (1.05, (0.9, 1.2))),
    "moved": ((1.0,), (2.0,)),
    "another": ((1.0, (0.9, 1.1)), (0.5, (0.4, 0.6))),
    "reworded": (("GLM",), ("GBM",)),
    "unprinted": ((1e-6, None, "p_value"), (2e-6, None, "p_value")),
    "same": ((1.0,), (1.0,)),
}
