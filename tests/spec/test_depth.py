"""The tier chooses, the spec overrules, and what came of it is listed."""

from __future__ import annotations

import pytest
import yaml

from respml.errors import InputError
from respml.resources import data_folder
from respml.spec import load_spec
from respml.spec.depth import Depth, at_depth, chosen_by_tier
from respml.spec.fairness import FAMILIES
from respml.spec.loading import parse_spec
from respml.spec.report import ReportSpec
from tests.spec.specs import MINIMAL

TABLE = {
    "high": Depth(),
    "medium": Depth(reason="Less at stake", alternatives=("cutoff",), parameters={"attacks": {"queries": 10}}),
    "low": Depth(reason="Little at stake", leave_out=("attacks",), alternatives=()),
}


def spec_at(tier, sections=""):
    content = yaml.safe_load(MINIMAL + sections)
    content["model"]["materiality"] = {"tier": tier}
    return parse_spec(yaml.safe_dump(content), "report.yml")


def test_the_high_tier_leaves_nothing_out():
    spec = at_depth(spec_at("high"), TABLE)
    assert spec.analyses == {}
    assert spec.fairness.alternatives.families == FAMILIES
    assert chosen_by_tier(spec) == []


def test_a_lower_tier_leaves_out_and_says_why():
    spec = at_depth(spec_at("low"), TABLE)
    assert spec.switches["attacks"].reason == "tier low: Little at stake"
    assert not spec.switches["attacks"].run
    assert spec.fairness.alternatives.families == ()
    first, second = chosen_by_tier(spec)
    assert first == ("Analysis attacks", "not run", "Little at stake")
    assert second[1] == "not tried: " + ", ".join(each.replace("_", " ") for each in FAMILIES)


def test_a_tier_can_make_an_analysis_smaller():
    spec = at_depth(spec_at("medium"), TABLE)
    assert spec.analyses["attacks"].run
    assert spec.analyses["attacks"].parameters == {"queries": 10}
    assert ("Analysis attacks", "queries: 10", "Less at stake") in chosen_by_tier(spec)


def test_what_the_spec_says_itself_wins():
    own = "fairness: {alternatives: {families: [cutoff, reweighing]}}\n"
    run = at_depth(spec_at("low", "analyses: {attacks: {run: true}}\n" + own), TABLE)
    assert run.switches["attacks"].run
    assert run.fairness.alternatives.families == ("cutoff", "reweighing")
    assert [each[1] for each in chosen_by_tier(run)] == ["run", "as the spec says"]
    off = at_depth(spec_at("low", "analyses: {attacks: {run: false, reason: No access}}\n"), TABLE)
    assert off.switches["attacks"].reason == "No access"
    more = at_depth(spec_at("medium", "analyses: {attacks: {parameters: {queries: 99, rows: 5}}}\n"), TABLE)
    assert more.analyses["attacks"].parameters == {"queries": 99, "rows": 5}
    assert ("Analysis attacks", "queries: 10", "Less at stake") not in chosen_by_tier(more)


def test_the_spec_may_replace_the_entry_of_a_tier():
    spec = at_depth(spec_at("low", "depth: {low: {leave_out: [residuals], reason: Own policy}}\n"), TABLE)
    assert list(spec.analyses) == ["residuals"]
    assert spec.fairness.alternatives.families == FAMILIES
    assert spec.depth["medium"] == TABLE["medium"]


@pytest.mark.parametrize("tier", ["high", "medium", "low"])
def test_what_was_chosen_is_chosen_again_from_the_record_of_a_run(tier):
    """A manifest holds the spec as it was run; judged again by the same or another table it stays what it was."""
    spec = at_depth(spec_at(tier), TABLE)
    again = ReportSpec.model_validate(spec.model_dump(mode="json"))
    assert at_depth(again, {"low": Depth(leave_out=("data",)), "medium": Depth(leave_out=("data",))}) == spec
    assert chosen_by_tier(again) == chosen_by_tier(spec)


@pytest.mark.parametrize("name", ["demo", "uci"])
def test_the_reference_specs_keep_everything(name):
    spec = load_spec(data_folder() / name).spec
    assert spec.model.materiality.tier == "high"
    assert chosen_by_tier(spec) == []
    assert all(each.run for each in spec.switches.values())


def write(folder, template, tier="low"):
    (folder / "report_templates" / "own").mkdir(parents=True)
    (folder / "report_templates" / "own" / "template.yml").write_text(template)
    content = {**yaml.safe_load(MINIMAL), "template": "own"}
    content["model"]["materiality"] = {"tier": tier}
    (folder / "report.yml").write_text(yaml.safe_dump(content))
    return folder / "report.yml"


def test_the_table_is_the_templates(tmp_path):
    path = write(tmp_path, "tiers:\n  low: {leave_out: [attacks]}\n")
    assert list(load_spec(path).spec.analyses) == ["attacks"]


def test_a_template_without_a_table_leaves_nothing_out(tmp_path):
    assert load_spec(write(tmp_path, "title: t\n")).spec.analyses == {}


def test_a_wrong_table_is_named_with_its_place(tmp_path):
    with pytest.raises(InputError) as caught:
        load_spec(write(tmp_path, "title: t\ntiers:\n  low: {leave_outs: [attacks]}\n"))
    assert caught.value.where == "template.yml, line 3, key 'tiers.low.leave_outs'"
    assert "leave_out" in caught.value.remedy
