"""Nested values side by side: no difference that is none, and each one named down to its leaf."""

from __future__ import annotations

import json

import pytest

from respml.review.leaves import differences, within, words

SCENARIO = {"name": "Income falls", "share": 0.5, "multiply": {"LIMIT_BAL": 0.75, "BILL_AMT1": 0.75}, "outcome": None}


def told(old, new):
    return list(differences(old, new))


@pytest.mark.parametrize(
    "value",
    [
        {"stress": {"scenarios": [SCENARIO], "defaults": False}},
        {"steps": [{"a": [{"z": 1, "b": {"y": 2, "c": 3}}]}]},
        {"pairs": [["a", {"z": 1, "y": 2}], ["b", {}]]},
    ],
)
def test_what_went_through_a_file_with_sorted_keys_is_the_same(value):
    assert told(value, json.loads(json.dumps(value, sort_keys=True))) == []


def test_the_leaf_that_changed_is_named_by_its_entry():
    changed = {**SCENARIO, "multiply": {"BILL_AMT1": 0.75, "LIMIT_BAL": 0.5}}
    other = {"name": "Other", "share": 1}
    assert told({"stress": {"scenarios": [SCENARIO, other]}}, {"stress": {"scenarios": [changed, other]}}) == [
        ("stress.scenarios[Income falls].multiply.LIMIT_BAL", "0.75", "0.5")
    ]


def test_an_entry_that_came_is_one_difference_and_the_others_are_none():
    old = {"history": [{"version": "1.0.0", "change": "First", "date": "2026-01-01"}]}
    new = {"history": [*old["history"], {"version": "1.1.0", "change": "Depth", "by": None}]}
    assert told(old, new) == [("history[1.1.0]", "absent", "change Depth")]
    assert told(new, old) == [("history[1.1.0]", "change Depth", "absent")]


def test_entries_without_a_name_are_told_by_their_place_and_a_new_first_one_moves_none():
    old = {"rules": [{"when": "a"}, {"when": "b"}]}
    assert told(old, {"rules": [{"when": "c"}, *old["rules"]]}) == [("rules[1]", "absent", "when c")]
    assert told(old, {"rules": [{"when": "a"}, {"when": "d"}]}) == [("rules[2].when", "b", "d")]


def test_the_order_of_a_list_means_something():
    assert told({"order": ["glm", "gbm"]}, {"order": ["gbm", "glm"]}) == [("order", "glm; gbm", "gbm; glm")]
    first, second = {"name": "a"}, {"name": "b"}
    assert told({"steps": [first, second]}, {"steps": [second, first]}) == [("steps, order", "a; b", "b; a")]


def test_of_a_long_list_only_what_came_and_went_is_printed():
    names = [f"column_{number}" for number in range(30)]
    assert told({"drop": names}, {"drop": [*names[:-1], "other"]}) == [
        ("drop[column_29]", "listed", "absent"),
        ("drop[other]", "absent", "listed"),
    ]


def test_values_are_said_in_words():
    assert words({"b": True, "a": {"z": 0.5, "y": [1, 2]}, "c": None}) == "a (y (1; 2), z 0.5), b yes"
    assert words(None) == words({}) == words("") == "absent"
    assert told({"a": 1}, {"a": True}) == [("a", "1", "yes")]
    assert told({"a": None, "b": {}, "c": []}, {}) == []


def test_a_value_may_become_a_list_or_a_mapping():
    assert told({"a": 1}, {"a": {"b": 2}}) == [("a", "1", "b 2")]
    assert told({"a": {"b": 2, "c": 3}}, {"a": [2]}) == [("a", "b 2, c 3", "2")]


def test_a_key_holds_what_stands_below_it():
    assert within("stress.scenarios[Income falls].share", "stress")
    assert within("stress.scenarios[Income falls].share", "stress.scenarios")
    assert within("stress", "stress")
    assert not within("stress_more.share", "stress")
