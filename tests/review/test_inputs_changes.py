"""What went in: spec, files, libraries, code, candidates."""

from __future__ import annotations

import json

from respml.review.inputs_changes import (
    compare_candidates,
    compare_inputs,
    compare_software,
    features_added,
    features_removed,
    values_frame,
)
from tests.review.runs import SPEC, candidate, run


def told(changes):
    return [(each.kind, each.subject, each.name, each.old, each.new) for each in changes]


def test_the_same_run_differs_in_nothing():
    first, second = run(), run()
    assert compare_inputs(first, second) == compare_software(first, second) == compare_candidates(first, second) == ()


def test_spec_keys_are_named_in_full_and_the_version_is_no_difference():
    changed = {**SPEC, "model": {**SPEC["model"], "version": "1.1.0", "population": "Everyone"}, "seed": 7}
    assert told(compare_inputs(run(), run("1.1.0", spec=changed))) == [
        ("spec", "", "model.population", "Card holders", "Everyone"),
        ("spec", "", "seed", "absent", "7"),
    ]


def test_an_empty_list_is_what_is_absent_and_key_order_means_nothing():
    old = run(spec={**SPEC, "mute": {}, "history": [{"a": 1, "b": 2}]})
    new = run(spec={**SPEC, "history": [{"b": 2, "a": 1}]})
    assert compare_inputs(old, new) == ()


def test_files_and_code_by_digest_libraries_by_version():
    new = run(files={"rows.csv": "c" * 64}, libraries={"numpy": "2.1", "scipy": "1.15"}, code={"respml/a.py": "d" * 64})
    assert told(compare_inputs(run(), new)) == [("file", "", "rows.csv", "a" * 16, "c" * 16)]
    assert told(compare_software(run(), new)) == [
        ("library", "", "numpy", "2.0", "2.1"),
        ("library", "", "scipy", "absent", "1.15"),
        ("code", "", "respml/a.py", "b" * 16, "d" * 16),
    ]
    # a run that did not record its code says nothing about it
    assert {each.kind for each in compare_software(run(code={}), new)} == {"library"}


def test_candidates_inputs_constraints_and_parameters():
    new = candidate(
        features=("utilisation", "age"),
        monotone={"utilisation": -1},
        parameters={"rounds": 30, "depth": 3},
        digest="d2",
    )
    changes = compare_candidates(run(), run(candidates={"mgbm": new}))
    assert told(changes) == [
        ("feature", "mgbm", "age", "absent", "input"),
        ("feature", "mgbm", "income", "input", "absent"),
        ("constraint", "mgbm", "utilisation", "may only rise", "may only fall"),
        ("parameter", "mgbm", "depth", "absent", "3"),
        ("model", "mgbm", "files of the fitted model", "d1", "d2"),
    ]
    assert features_added(changes, "mgbm") == ("age",)
    assert features_removed(changes, "mgbm") == ("income",)
    assert features_added(changes, "glm") == ()
    assert values_frame(changes)["kind"].iloc[0] == "feature"


def test_an_input_that_lost_its_direction_is_free_and_one_that_left_has_no_direction():
    old = candidate(monotone={"utilisation": -1, "income": 1})
    freed = compare_candidates(
        run(candidates={"mgbm": old}), run(candidates={"mgbm": candidate(monotone={"income": 1})})
    )
    assert told(freed) == [("constraint", "mgbm", "utilisation", "may only fall", "free")]
    less = candidate(features=("income", "age"), monotone={"income": 1, "age": -1})
    assert told(compare_candidates(run(candidates={"mgbm": old}), run(candidates={"mgbm": less}))) == [
        ("feature", "mgbm", "age", "absent", "input, may only fall"),
        ("feature", "mgbm", "utilisation", "input, may only fall", "absent"),
    ]


def test_a_spec_read_from_a_manifest_is_the_same_as_the_one_in_memory():
    """A manifest's keys are sorted, those in memory stand as in the file."""
    scenario = {"name": "Income falls", "share": 0.5, "multiply": {"LIMIT_BAL": 0.75, "BILL_AMT1": 0.75}}
    stress = {**SPEC, "stress": {"scenarios": [scenario]}}
    read = json.loads(json.dumps(stress, sort_keys=True))
    assert compare_inputs(run(spec=read), run("1.1.0", spec=stress)) == ()
    milder = {**SPEC, "stress": {"scenarios": [{**scenario, "multiply": {**scenario["multiply"], "LIMIT_BAL": 0.9}}]}}
    assert told(compare_inputs(run(spec=read), run("1.1.0", spec=milder))) == [
        ("spec", "", "stress.scenarios[Income falls].multiply.LIMIT_BAL", "0.75", "0.9")
    ]


def test_candidates_that_come_and_go_and_another_champion():
    old = run(candidates={"mgbm": candidate(), "glm": candidate("glm")})
    new = run(candidates={"mgbm": candidate(), "gbm": candidate("gbm")}, champion="gbm")
    assert told(compare_candidates(old, new)) == [
        ("candidate", "", "champion", "mgbm", "gbm"),
        ("candidate", "glm", "glm", "GLM", "absent"),
        ("candidate", "gbm", "gbm", "absent", "GBM"),
    ]
