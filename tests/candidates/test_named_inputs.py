"""A name in the spec that is no input is told before anything is fitted."""

from __future__ import annotations

from typing import Any

import pytest

from respml.candidates.named_inputs import require_known_inputs
from respml.errors import InputError
from respml.spec.candidates import CandidatesSpec

INPUTS = ("income", "delay")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"mgbm": {"constraints": {"delay": 1, "shoe": -1}}}, r"key 'candidates.mgbm.constraints': .* 'shoe', which"),
        ({"boosting": {"selection": ["shoe"]}}, r"key 'candidates.boosting.selection': 'shoe' is no input. Inputs are"),
    ],
)
def test_the_key_and_the_inputs_are_named(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        require_known_inputs(CandidatesSpec.model_validate(settings), INPUTS)


@pytest.mark.parametrize(
    "settings",
    [{}, {"mgbm": {"constraints": {"delay": 1}}}, {"boosting": {"selection": ["income", "delay"]}},
     {"mgbm": {"constraints": "dictionary"}, "boosting": {"selection": "all"}}],
)  # fmt: skip
def test_inputs_and_rules_are_taken(settings: dict[str, Any]) -> None:
    require_known_inputs(CandidatesSpec.model_validate(settings), INPUTS)
