"""From the mapping file to the factors of one model."""

from types import SimpleNamespace

import pytest

from respml.analysis.reason_texts import actions, inquiries_factor, reason_texts
from respml.errors import InputError
from respml.portfolio.dictionary import Column, Dictionary
from respml.spec.loading import parse_reason_mapping
from respml.spec.reasons import ReasonsSpec

MAPPING = parse_reason_mapping(
    "version: 2.1.0\ndate: 2026-01-31\nowner: risk\nfactors:\n"
    "  late: {code: R01, text: You paid late, features: [a, b], holds: {a: '>= 1'}, otherwise: Your record}\n"
    "  money: {code: R02, text: Your income is low, features: [income]}\n",
    "reasons.yml",
)
DICTIONARY = Dictionary(
    {"a": Column(minimum=0.0, maximum=9.0), "income": Column(meaning="Gross income"), "sex": Column(prohibited=True)}
)
PORTFOLIO = SimpleNamespace(dictionary=DICTIONARY, protected=("area",), inputs=("a", "b", "income", "sex", "area"))
SEEN = dict.fromkeys(("a", "b", "income", "sex", "area"), (-1.0, 1.0))


def test_a_factor_stands_for_those_of_its_inputs_that_the_model_scores():
    found = reason_texts(MAPPING, PORTFOLIO, ["income", "b"])
    assert found.groups == {"money": ("income",), "late": ("b",)}
    assert found.texts["late"].code == "R01"
    assert (found.version, found.provisional) == ("2.1.0", False)
    assert found.wordings["late"].otherwise == "Your record"


def test_an_unmapped_scored_input_is_an_error_that_names_it():
    with pytest.raises(InputError, match="months"):
        reason_texts(MAPPING, PORTFOLIO, ["a", "months"])


@pytest.mark.parametrize("column", ["area", "sex"])
def test_a_protected_or_prohibited_column_under_a_reason_is_refused_even_where_it_is_not_scored(column):
    late = MAPPING.factors["late"]
    mapping = MAPPING.model_copy(update={"factors": {"late": late.model_copy(update={"features": ("a", column)})}})
    with pytest.raises(InputError, match=column):
        reason_texts(mapping, PORTFOLIO, ["a"])


def test_the_inquiries_rule_names_a_factor_or_is_refused():
    texts = reason_texts(MAPPING, PORTFOLIO, ["a", "b"])
    assert inquiries_factor(ReasonsSpec(inquiries="late"), MAPPING, texts) == "late"
    assert inquiries_factor(ReasonsSpec(inquiries="money"), MAPPING, texts) is None, "mapped, but not scored"
    assert inquiries_factor(ReasonsSpec(), MAPPING, texts) is None
    with pytest.raises(InputError, match=r"no factor 'inquires'.*late, money"):
        inquiries_factor(ReasonsSpec(inquiries="inquires"), MAPPING, texts)


def test_without_a_mapping_the_dictionary_speaks_provisionally():
    found = reason_texts(None, PORTFOLIO, ["income", "b"])
    assert found.provisional
    assert found.texts["income"].text == "Gross income"
    assert found.texts["b"].text == "b"
    assert found.groups == {"income": ("income",), "b": ("b",)}


def test_actions_leave_out_what_cannot_or_may_not_change():
    found = actions(ReasonsSpec(immutable=("b",)), PORTFOLIO, ["a", "b", "income", "sex", "area"], SEEN)
    assert set(found) == {"a", "income"}
    assert (found["a"].minimum, found["a"].maximum) == (0.0, 9.0)
    assert (found["income"].minimum, found["income"].maximum) == (-1.0, 1.0)


def test_stated_actions_are_the_only_ones_and_narrow_the_range():
    section = ReasonsSpec.model_validate({"actions": {"a": {"direction": "lower", "whole": True, "maximum": 3}}})
    found = actions(section, PORTFOLIO, ["a", "income"], SEEN)
    assert set(found) == {"a"}
    assert (found["a"].direction, found["a"].whole, found["a"].maximum) == (-1, True, 3.0)


def test_an_action_on_no_input_is_refused():
    with pytest.raises(InputError, match="height"):
        actions(ReasonsSpec(immutable=("height",)), PORTFOLIO, ["a"], SEEN)
