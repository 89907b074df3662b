"""What the section ``fairness`` takes, refuses, and switches off."""

import pytest

from respml.errors import InputError
from respml.spec.fairness import FAMILIES, THRESHOLDS, Alternatives, Fairness
from respml.spec.loading import parse_spec
from tests.spec.specs import MINIMAL

PROTECTED = MINIMAL.replace("  target: default\n", "  target: default\n  protected: [sex]\n")
BISG = """\
fairness:
  probabilities:
    race: {columns: {white: p_white, black: p_black}, reference: white}
"""


def spec(text):
    return parse_spec(text, "report.yml")


def test_by_default_the_chapter_is_bound_and_every_family_is_tried():
    assert Fairness().volume == "bound"
    assert Alternatives().families == FAMILIES


@pytest.mark.parametrize("volume", ["separate", "omit"])
def test_what_is_not_bound_needs_a_reason(volume):
    with pytest.raises(InputError, match="needs a 'reason'"):
        spec(PROTECTED + f"fairness: {{volume: {volume}}}\n")
    assert spec(PROTECTED + f"fairness: {{volume: {volume}, reason: counsel}}\n").fairness.reason == "counsel"


@pytest.mark.parametrize(
    "section",
    [
        "edges: {age: [40, 25]}",
        "edges: {age: []}",
        "accepted_shares: [0.5, 1.2]",
        "accepted_shares: []",
        "alternatives: {reweighing: [1.5]}",
        "alternatives: {regularised: [1.0]}",
        "alternatives: {reject_bands: [0]}",
        "alternatives: {cutoff_shifts: [2]}",
        "alternatives: {families: [luck]}",
    ],
)
def test_values_out_of_range_are_refused_with_their_key(section):
    with pytest.raises(InputError, match="key 'fairness"):
        spec(PROTECTED + f"fairness: {{{section}}}\n")


def test_without_groups_the_analysis_is_switched_off_and_says_why():
    switch = spec(MINIMAL).switches["fairness"]
    assert not switch.run and "no protected attribute" in (switch.reason or "")
    assert "fairness" not in spec(PROTECTED).switches


def test_omitting_prints_the_reason_of_the_spec():
    switch = spec(PROTECTED + "fairness: {volume: omit, reason: done by counsel}\n").switches["fairness"]
    assert not switch.run and switch.reason == "done by counsel"


def test_a_switch_of_the_user_keeps_its_own_reason():
    text = PROTECTED + "fairness: {volume: omit, reason: one}\nanalyses: {fairness: {run: false, reason: two}}\n"
    assert spec(text).switches["fairness"].reason == "two"


def test_group_probabilities_must_not_become_inputs():
    with pytest.raises(InputError, match="would be an input"):
        spec(MINIMAL + BISG)
    held = MINIMAL.replace(
        "  target: default\n", "  target: default\n  excluded: {p_white: group data, p_black: group data}\n"
    )
    assert "fairness" not in spec(held + BISG).switches
    named = MINIMAL.replace("  target: default\n", "  target: default\n  inputs: [income, p_black]\n")
    with pytest.raises(InputError, match="'p_black'"):
        spec(named + BISG)


def test_an_attribute_is_given_once():
    text = PROTECTED.replace("[sex]", "[race]").replace(
        "  target: default\n", "  target: default\n  excluded: {p_white: g, p_black: g}\n"
    )
    with pytest.raises(InputError, match="keep one"):
        spec(text + BISG)


@pytest.mark.parametrize(
    "entry",
    [
        "{columns: {white: p_white, black: p_black}, reference: asian}",
        "{columns: {white: p_white}, reference: white}",
        "{columns: {white: p_white, black: p_black}, reference: white, thresholds: [0]}",
    ],
)
def test_probabilities_that_cannot_be_used_are_refused(entry):
    with pytest.raises(InputError):
        spec(MINIMAL + f"fairness: {{probabilities: {{race: {entry}}}}}\n")


def test_the_thresholds_the_tables_use_are_registered():
    from respml.checks.register import default_register

    assert set(THRESHOLDS) <= set(default_register())
