"""Stress scenarios of the spec."""

import pytest
from pydantic import ValidationError

from respml.spec.stress import Stress, StressScenario

RECESSION = {"name": "recession", "share": 0.25, "outcome": 0, "shift": {"late": 1}, "flip": 0.5}


def test_none_is_needed_and_null_means_missing():
    assert Stress().scenarios == () and not Stress().defaults
    scenario = StressScenario.model_validate({"name": "outage", "share": 0.1, "assign": {"income": None}})
    assert scenario.assign == {"income": None}
    assert StressScenario.model_validate(RECESSION).multiply == {}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"share": 0}, "greater than 0"),
        ({"share": 1.2}, "less than or equal to 1"),
        ({"outcome": 2}, "0 or 1"),
        ({"flip": -0.1}, "greater than or equal to 0"),
        ({"shift": {}, "flip": 0}, "changes nothing"),
        ({"shake": {"late": 1}}, "Extra inputs"),
    ],
)
def test_a_scenario_that_cannot_be_is_refused(change, why):
    with pytest.raises(ValidationError, match=why):
        StressScenario.model_validate({**RECESSION, **change})


def test_two_scenarios_of_one_name_are_refused():
    with pytest.raises(ValidationError, match="the same name"):
        Stress.model_validate({"scenarios": [RECESSION, RECESSION]})
