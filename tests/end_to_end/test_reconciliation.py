"""A production file beside the spec: its stage alone runs, the page says what differs, the checks how grave it is."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from respml.pipeline.build import build
from respml.spec import load_spec
from tests.end_to_end.projects import ANALYSES, OFF, write_spec


def test_scores_of_production_are_held_against_the_documented_ones(copy):
    off = {name: {"run": False, "reason": OFF} for name in ANALYSES - {"reconciliation"}}
    on = {"analyses": {**off, "reconciliation": {"run": True}}}
    write_spec(copy.spec.parent, **on)
    first = build(load_spec(copy.spec), copy.output, formats=("html",))
    states = {each["code"]: each["state"] for each in first.findings}
    assert states["RML-I01"] == "passed"
    assert {states[code] for code in ("RML-I02", "RML-I03", "RML-I04")} == {"not applicable"}

    truth = pd.read_parquet(first.stages["scores"].folder / "probability.parquet")
    truth = truth[truth["partition"].isin(["test", "out_of_time"])]
    identifiers = pd.read_parquet(copy.spec.parent / "portfolio.parquet")["customer_id"].iloc[truth["row"]]
    cutoff = float(pd.read_parquet(first.stages["reconciliation"].folder / "evidence" / "places.parquet")["cutoff"][0])
    production = pd.DataFrame({"client": identifiers.to_numpy(), "pd": truth["mgbm"].to_numpy()})
    # by hand: one accepted row is declined in production, one row is a little off, two were never scored
    accepted = np.flatnonzero(production["pd"] < cutoff - 0.01)
    production.loc[accepted[0], "pd"] = cutoff + 0.01
    production.loc[accepted[1], "pd"] += 1e-5
    production.drop(index=accepted[2:4]).to_csv(copy.spec.parent / "production.csv", index=False)
    entry = {"path": "production.csv", "identifier": "client", "probability": "pd"}
    write_spec(copy.spec.parent, **on, reconciliation={"production_scores": entry})
    second = build(load_spec(copy.spec), copy.output, formats=("html",))

    computed = {name for name, stage in second.stages.items() if not stage.reused}
    assert {"implementation", "reconciliation", "checks", "document"} <= computed
    assert not computed & {"portfolio", "candidates", "scores"}
    found = {each["code"]: each for each in second.findings}
    assert (found["RML-I03"]["state"], found["RML-I03"]["severity"]) == ("finding", "high")
    assert "1 decisions" in found["RML-I03"]["message"]
    assert found["RML-I04"]["state"] == "finding"
    assert found["RML-I04"]["message"].startswith("2 rows of the sample have no score of production")
    page = re.sub(r"<[^>]+>", " ", (second.folder / "report.html").read_text(encoding="utf-8"))
    assert "not applicable: no exported artefact named" in page
    assert "production.csv" in page
