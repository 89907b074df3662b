"""Candidates made elsewhere, as the spec declares them."""

from __future__ import annotations

import pytest

from respml.errors import InputError
from respml.spec.candidates import CandidatesSpec
from respml.spec.loading import parse_spec
from tests.spec.specs import with_section

NAME = "report.yml"
DECLARED = """\
candidates:
  external:
    vendor: {label: Vendor scorecard, path: models/vendor.ubj}
  order: [glm, vendor]
  champion: vendor
"""


def refusal(section: str) -> InputError:
    with pytest.raises(InputError) as caught:
        parse_spec(with_section(section), NAME)
    return caught.value


def test_a_declared_candidate_may_be_champion() -> None:
    candidates = parse_spec(with_section(DECLARED), NAME).candidates
    assert candidates.order == ("glm", "vendor") and candidates.external["vendor"].label == "Vendor scorecard"
    assert candidates.champion_has_model


@pytest.mark.parametrize("key", ["champion", "benchmark"])
def test_a_name_that_nothing_declares_is_refused_with_the_known_ones(key: str) -> None:
    error = refusal(DECLARED.replace("  champion: vendor", f"  {key}: vendr"))
    assert error.where == f"{NAME}, line 18, key 'candidates.{key}'"
    assert "There is no candidate 'vendr'; known are glm, mgbm, gbm, hybrid, vendor" in error.what


def test_a_wrong_name_in_order_is_told_with_its_place() -> None:
    assert refusal(DECLARED.replace("[glm, vendor]", "[glm, vendr]")).where.endswith("key 'candidates.order.1'")


def test_what_is_declared_must_be_compared() -> None:
    assert (
        "'vendor' is not in order"
        in refusal(
            DECLARED.replace("order: [glm, vendor]", "order: [glm, mgbm]").replace("champion: vendor", "champion: mgbm")
        ).what
    )


@pytest.mark.parametrize("name", ["glm", "Vendor", "a.b", "../x", "test", "row", "methods", "x" * 33])
def test_names_that_folders_tables_or_metrics_could_not_bear_are_refused(name: str) -> None:
    error = refusal(DECLARED.replace("vendor:", f'"{name}":', 1))
    assert "candidates" in error.where


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ("{label: V}", "Give 'path'"),
        ("{label: V, path: a, function: b:c, allow_code: true, adapter: python}", "not both"),
        ("{label: V, adapter: python, function: b:c}", "allow_code: true"),
        ("{label: V, adapter: python, function: 'a.b:c', allow_code: true}", "module:function"),
        ("{label: V, path: a, monotone: {income: 2}}", "1"),
    ],
)
def test_an_entry_that_says_too_little_or_too_much_is_refused(entry: str, why: str) -> None:
    error = refusal(DECLARED.replace("{label: Vendor scorecard, path: models/vendor.ubj}", entry))
    assert why in error.what and "candidates.external.vendor" in error.where
    assert "more)" not in error.remedy


def test_an_unknown_key_of_an_entry_is_answered_with_the_nearest() -> None:
    error = refusal(DECLARED.replace("path: models", "paht: models"))
    assert "Did you mean 'path'?" in error.remedy


def test_a_spec_cannot_trust_a_pickle() -> None:
    assert "Unknown key" in refusal(DECLARED.replace("label: Vendor scorecard", "label: V, trust_pickle: true")).what


def test_without_a_model_object_what_needs_one_is_off_with_that_reason() -> None:
    scored = DECLARED.replace("path: models/vendor.ubj", "path: scores.csv, adapter: scores")
    spec = parse_spec(with_section(scored), NAME)
    assert not spec.candidates.champion_has_model
    assert spec.switches["explanations"].reason == "not applicable: no model object"
    assert "performance" not in spec.switches
    own = parse_spec(with_section(scored + "analyses: {explanations: {run: false, reason: Mine}}\n"), NAME)
    assert own.switches["explanations"].reason == "Mine"
    assert "explanations" not in parse_spec(with_section(DECLARED), NAME).switches


def test_the_fitted_candidates_need_no_declaration() -> None:
    assert CandidatesSpec().order == ("glm", "mgbm", "gbm", "hybrid") and CandidatesSpec().external == {}
