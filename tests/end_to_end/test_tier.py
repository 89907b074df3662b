"""A model of the low tier: what its tier leaves out is not run, and the document says so in every place that asks."""

from __future__ import annotations

import json
import re

import yaml

from respml.pipeline.build import build
from respml.spec import load_spec
from tests.end_to_end.projects import ANALYSES, OFF


def test_the_low_tier_is_said_where_something_is_missing(copy):
    content = yaml.safe_load(copy.spec.read_text(encoding="utf-8"))
    content["model"]["materiality"] = {"tier": "low", "exposure": "300 lines", "purpose": "marketing"}
    content["model"]["jurisdictions"] = ["us-federal", "uk"]
    own = ANALYSES - {"performance", "attacks", "robustness"}
    content["analyses"] = {name: {"run": False, "reason": OFF} for name in sorted(own)}
    copy.spec.write_text(yaml.safe_dump(content), encoding="utf-8")
    result = build(load_spec(copy.spec), copy.output, formats=("html",))

    assert not {"attacks", "robustness", "alternatives", "probing"} & set(result.stages)
    states = {each["code"]: each for each in result.findings}
    for code in ("RML-A01", "RML-S01"):
        assert states[code]["state"] == "not run"
        assert "left out by tier low: exposure and purpose do not ask for it" in states[code]["message"]
    page = " ".join(re.sub(r"<[^>]+>", " ", (result.folder / "report.html").read_text(encoding="utf-8")).split())
    assert "attacks: tier low: exposure and purpose do not ask for it" in page
    assert "What the tier of the model chose, and why" in page
    assert "search for alternatives: not tried: cutoff, reweighing" in page
    assert "robustness not run: tier low: exposure and purpose do not ask for it" in page
    assert "rest on analyses that were not run" in page

    # the record of the run says what the tier chose, so that judging again elsewhere gives the same
    manifest = json.loads((result.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["spec"]["analyses"]["attacks"] == {
        "run": False,
        "reason": "tier low: exposure and purpose do not ask for it",
        "parameters": {},
    }
    assert manifest["spec"]["fairness"]["alternatives"]["families"] == []
