"""``respml reasons`` prints what a run filed for one applicant."""

import json

import pandas as pd
import pytest

from respml.cli import main


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "evidence" / "reasons"
    folder.mkdir(parents=True)
    shared = {
        "factor": "late",
        "share": 0.5,
        "inquiries_rule": False,
        "baseline": "all applicants",
        "mapping_version": "1.0.0",
        "probability": 0.61,
        "cutoff": 0.3,
    }
    rows = [
        {"applicant": "17", "rank": 2, "code": "R02", "text": "Your income is low", "near_tie": False, **shared},
        {"applicant": "17", "rank": 1, "code": "R01", "text": "You paid late", "near_tie": True, **shared},
        {"applicant": "170", "rank": 1, "code": "R09", "text": "Other", "near_tie": False, **shared},
    ]
    pd.DataFrame(rows).to_parquet(folder / "reasons.parquet")
    return tmp_path


def test_reasons_are_printed_in_order_with_baseline_and_mapping(run, capsys):
    assert main(["reasons", str(run), "--applicant", "17"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "declined: probability 0.6100, cut-off 0.3000"
    assert "all applicants" in lines[1] and "1.0.0" in lines[1]
    assert lines[2:] == ["1. You paid late  [R01] (near-tie with the next)", "2. Your income is low  [R02]"]


def test_as_json(run, capsys):
    assert main(["reasons", str(run), "--applicant", "17", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [each["code"] for each in document["reasons"]] == ["R01", "R02"]
    assert document["cutoff"] == 0.3


def test_an_applicant_who_was_not_declined_is_an_input_error(run, capsys):
    assert main(["reasons", str(run), "--applicant", "1"]) == 2
    assert "not among the declined" in capsys.readouterr().err


def test_a_run_without_reasons_is_an_input_error(tmp_path, capsys):
    assert main(["reasons", str(tmp_path), "--applicant", "1"]) == 2
    assert "holds no reasons" in capsys.readouterr().err
