"""The record of what the checks find: complete, consistent with itself, and reproducible."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path

import pytest

from respml.checks import all_checks
from respml.checks.power import COLUMNS, PowerLine, power_lines
from respml.measures.intervals import wilson

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def tool():
    found = importlib.util.spec_from_file_location("power", ROOT / "tools" / "power.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_rates_follow_from_the_flags_of_each_seed():
    for line in power_lines():
        for flags, runs, rate, low, high in (
            (line.by_seed, line.runs, line.rate, line.lower, line.upper),
            (line.alarms_by_seed, line.clean_runs, line.alarm_rate, line.alarm_lower, line.alarm_upper),
        ):
            assert len(flags) == runs and set(flags) <= {"0", "1"}
            if runs:
                assert rate == pytest.approx(flags.count("1") / runs)
                expected = [float(limit) for limit in wilson(flags.count("1"), runs)]
                assert [low, high] == pytest.approx(expected, abs=1e-4)


def test_every_planted_truth_and_size_has_one_check_that_must_find_it_and_twenty_portfolios(tool):
    must = [line for line in power_lines() if line.role == "must"]
    kinds = {(truth, rows): tool.PLANTED[truth][0] for truth, rows in tool.portfolios() if truth != tool.CLEAN}
    assert {(line.truth, line.rows): line.check for line in must} == kinds
    assert {line.runs for line in must} == {line.clean_runs for line in must} == {tool.SEEDS}


def test_every_check_on_residuals_robustness_and_attacks_is_measured():
    known = {each.code: each.title for each in all_checks()}
    listed = {line.check: line.title for line in power_lines()}
    assert {code for code in known if code[4] in "BSA"} <= set(listed)
    assert listed.items() <= known.items()


def test_a_line_says_which_goal_it_misses():
    line = power_lines()[0]
    numbers = {name: getattr(line, name) for name in COLUMNS}
    assert PowerLine(**{**numbers, "role": "must", "rate": 1.0, "alarm_rate": 0.05}).goal == "met"
    assert PowerLine(**{**numbers, "role": "may", "rate": 0.0, "alarm_rate": 0.0}).goal == "met"
    both = PowerLine(**{**numbers, "role": "must", "rate": 0.9, "alarm_rate": 0.1}).goal
    assert both == "detection below the goal, alarms above the goal"
    assert math.isnan(PowerLine(**{**numbers, "rate": float("nan")}).rate)
    assert len(line.cells()) == len(COLUMNS)


def test_rates_are_counted_over_the_seeds_of_one_kind_of_portfolio(tool):
    found = {kind: [{"RML-B01": "passed"}, {"RML-B01": "finding"}] for kind in tool.portfolios()}
    found["weak_segment", tool.ROWS] = [{"RML-B01": "finding"}, {"RML-B01": "finding"}]
    for states in found.values():
        for each in states:
            each.update({code: "passed" for code in (check.code for check in all_checks()) if code not in each})
    lines = {(line.truth, line.rows, line.check): line for line in tool.lines_of(found)}
    small, large = (lines["weak_segment", rows, "RML-B01"] for rows in (tool.ROWS, tool.MORE_ROWS))
    assert (small.by_seed, small.alarms_by_seed, large.by_seed) == ("11", "01", "01")
    assert ("", tool.ROWS, "RML-P01") in lines and ("", tool.ROWS, "RML-B01") not in lines


@pytest.mark.slow
@pytest.mark.parametrize(("truth", "seed"), [("weak_segment", 101), ("missing_backdoor", 102), ("leak", 103)])
def test_measured_again_a_portfolio_says_the_same(tool, tmp_path, truth, seed):
    found = tool.measure([(truth, tool.ROWS)], [seed], tmp_path)[truth, tool.ROWS][0]
    for line in power_lines():
        if line.truth == truth and line.rows == tool.ROWS:
            assert line.by_seed[seed - tool.FIRST_SEED] == ("1" if found[line.check] == "finding" else "0"), line.check
