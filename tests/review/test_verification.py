"""What was changed after a build is caught, by digest and, where digests were forged too, by computing again."""

from __future__ import annotations

import io
import json
import math
import shutil
import zipfile

import pandas as pd
import pytest

from respml.cli import main
from respml.errors import InputError
from respml.evidence.spreadsheet import csv_text
from respml.portfolio.build import build_portfolio
from respml.review.agreement import agrees, compare_findings, compare_metrics
from respml.review.archive import write_archive
from respml.review.bundle import write_bundle
from respml.review.signoff import sha256_of, sign
from respml.review.verification import Reperformed, verify_bundle
from tests.review.small_run import rewrite_manifest


def bundled(small, target, data="sample"):
    write_bundle(small.folder, target, data=data, stages=small.stages, loaded=small.loaded)
    return target


def steps(path, **more):
    return {each.name: each for each in verify_bundle(path, **more).steps}


def reforged(bundle, change):
    """The bundle with files changed and every digest in both manifests made to agree: a careful forger's work."""
    with zipfile.ZipFile(bundle) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    folder = bundle.parent / "forged"
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    rewrite_manifest(folder / "run")
    header = json.loads((folder / "bundle.json").read_text())
    header["run_manifest"] = sha256_of(folder / "run" / "manifest.json")
    header["files"] = {name: sha256_of(folder / name) for name in files if name != "bundle.json"}
    (folder / "bundle.json").write_text(json.dumps(header))
    write_archive(bundle, {name: folder / name for name in files})
    return bundle


def test_an_untouched_bundle_agrees_in_every_step(small, tmp_path):
    verification = verify_bundle(bundled(small, tmp_path / "x.zip"))
    assert verification.first_difference is None
    found = {each.name: each.state for each in verification.steps}
    assert found == {
        "files against the bundle's manifest": "agrees",
        "files against the run's manifest": "agrees",
        "signatures": "noted",
        "environment": "noted",
        "metrics.json against the evidence": "agrees",
        "tables for spreadsheets against the evidence": "agrees",
        "findings.json against the evidence": "agrees",
        "checks judged again on the evidence": "agrees",
        "frozen sample scored by the packed models": "agrees",
        "headline measures on the sample": "agrees",
        "run from source data": "not possible",
    }


def swap(files, first, second):
    files[first], files[second] = files[second], files[first]


TAMPERING = {
    "a deleted evidence file": lambda files: files.pop("run/evidence/performance/order.csv"),
    "an added evidence file": lambda files: files.update({"run/evidence/performance/more.csv": b"a\n"}),
    "an edited evidence file": lambda files: files.update({"run/evidence/performance/order.csv": b"a\n1\n3\n"}),
    "a re-ordered evidence file": lambda files: files.update({"run/evidence/performance/order.csv": b"a\n2\n1\n"}),
    "two evidence files exchanged": lambda files: swap(
        files, "run/evidence/performance/order.csv", "run/evidence/performance/order.parquet"
    ),
    "a swapped model": lambda files: files.update({"run/candidates/mgbm/model.ubj": b"other"}),
    "a changed byte of the PDF": lambda files: files.update({"run/report.pdf": files["run/report.pdf"][:-1] + b"!"}),
    "another manifest": lambda files: files.update({"run/manifest.json": files["run/manifest.json"] + b" "}),
}


@pytest.mark.parametrize("what", TAMPERING)
def test_tampering_with_a_bundle_is_caught_and_named(small, tmp_path, what):
    bundle = bundled(small, tmp_path / "x.zip")
    with zipfile.ZipFile(bundle) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    before = dict(files)
    TAMPERING[what](files)
    write_archive(bundle, files)
    (name, *_) = sorted({*before, *files} - {each for each in files if files[each] == before.get(each)})
    difference = verify_bundle(bundle).first_difference
    assert difference is not None
    assert name in difference.first


@pytest.mark.parametrize("what", [each for each in TAMPERING if each != "another manifest"])
def test_tampering_with_a_run_is_caught_by_the_command(small, what, capsys):
    files = {
        f"run/{path.relative_to(small.folder).as_posix()}": path.read_bytes()
        for path in small.folder.rglob("*")
        if path.is_file()
    }
    before = dict(files)
    TAMPERING[what](files)
    for name in {*before, *files}:
        path = small.folder / name.removeprefix("run/")
        if name in files:
            path.write_bytes(files[name])
        else:
            path.unlink()
    assert main(["verify", str(small.folder)]) == 2
    changed = sorted({*before, *files} - {each for each in files if files[each] == before.get(each)})
    told = capsys.readouterr().out
    assert all(name.removeprefix("run/") in told for name in changed)


def test_a_swapped_model_under_forged_digests_is_caught_by_scoring_the_sample(small, tmp_path):
    def change(files):
        files["run/candidates/mgbm/model.ubj"] = retrained(small)

    found = steps(reforged(bundled(small, tmp_path / "x.zip"), change))
    assert found["files against the run's manifest"].state == "agrees"
    scored = found["frozen sample scored by the packed models"]
    assert scored.state == "differs"
    assert scored.first.startswith("mgbm, row ")


def retrained(small) -> bytes:
    """The champion without its last tree."""
    import xgboost

    booster = xgboost.Booster(model_file=small.folder / "candidates" / "mgbm" / "model.ubj")
    sliced = booster[: max(1, booster.num_boosted_rounds() - 1)]
    return bytes(sliced.save_raw("ubj"))


def test_an_edited_metric_under_forged_digests_is_caught_against_the_evidence(small, tmp_path):
    def change(files):
        metrics = json.loads(files["run/metrics.json"])
        metrics["performance.auc.mgbm"]["value"] += 0.01
        files["run/metrics.json"] = json.dumps(metrics).encode()

    found = steps(reforged(bundled(small, tmp_path / "x.zip", "none"), change))
    assert found["metrics.json against the evidence"].first.startswith("performance.auc.mgbm: recorded 0.")


def test_an_edited_finding_under_forged_digests_is_caught_by_judging_again(small, tmp_path):
    def change(files):
        findings = json.loads(files["run/findings.json"])
        findings[0]["state"] = "passed"
        files["run/findings.json"] = json.dumps(findings).encode()

    found = steps(reforged(bundled(small, tmp_path / "x.zip", "none"), change))
    assert found["checks judged again on the evidence"].state == "differs"


def harmless(findings):
    return [{**each, "message": "Harmless."} for each in findings]


def edited(files, name, change):
    files[name] = json.dumps(change(json.loads(files[name]))).encode()


FORGERIES = {
    "a number in a table for spreadsheets": (
        lambda files: files.update({"run/evidence/performance/order.csv": b"a\n1\n3\n"}),
        "evidence/performance/order.csv does not hold",
    ),
    "a table that is none": (
        lambda files: files.update({"run/evidence/performance/order.parquet": b"junk"}),
        "it cannot be computed: ",
    ),
    "what a check saw": (lambda files: edited(files, "run/findings.json", harmless), "Harmless."),
}


@pytest.mark.parametrize("what", FORGERIES)
def test_what_a_run_says_is_held_against_its_evidence_under_forged_digests(small, tmp_path, what, capsys):
    """In a bundle, and in a run's folder, where the manifest was made over edited files."""
    change, told = FORGERIES[what]
    difference = verify_bundle(reforged(bundled(small, tmp_path / "x.zip", "none"), change)).first_difference
    assert difference is not None and told in difference.first
    assert main(["verify", str(small.folder)]) == 0
    shutil.rmtree(small.folder)
    shutil.copytree(tmp_path / "forged" / "run", small.folder)
    assert main(["verify", str(small.folder)]) == 2
    assert told in capsys.readouterr().err


def test_messages_that_follow_from_no_evidence_are_caught_by_judging_again(small, tmp_path):
    """Also where the test log was edited with them."""

    def change(files):
        edited(files, "run/findings.json", harmless)
        log = pd.read_parquet(io.BytesIO(files["run/evidence/checks/log.parquet"])).assign(message="Harmless.")
        files["run/evidence/checks/log.parquet"] = log.to_parquet(index=False)
        files["run/evidence/checks/log.csv"] = csv_text(log).encode()

    found = steps(reforged(bundled(small, tmp_path / "x.zip", "none"), change))
    assert found["findings.json against the evidence"].state == "agrees"
    assert "Harmless." in found["checks judged again on the evidence"].first


@pytest.mark.parametrize(
    ("level", "change", "told"),
    [
        ("none", lambda files: files.update({"run/candidates/candidates.json": b"[]"}), "cannot be told apart"),
        ("none", lambda files: files.update({"lock.txt": b"\xff\xfe"}), ""),
        ("sample", lambda files: files.pop("sample/rows.parquet"), "sample/rows.parquet is missing"),
        ("sample", lambda files: files.update({"run/candidates/mgbm/model.ubj": b"junk"}), "mgbm"),
        ("none", lambda files: files.update({"run/findings.json": b"[" * 100_000}), "RecursionError"),
    ],
)
def test_files_that_make_no_sense_are_told_in_one_line(small, tmp_path, level, change, told):
    verification = verify_bundle(reforged(bundled(small, tmp_path / "x.zip", level), change))
    lines = [each.line() for each in verification.steps]
    assert all("\n" not in each and len(each) < 500 for each in lines)
    if told:
        assert verification.first_difference is not None
        assert told in verification.first_difference.first
    else:
        assert verification.first_difference is None


def test_a_bundle_that_is_not_there_is_said_to_be_missing(tmp_path, capsys):
    assert main(["verify", str(tmp_path / "nothere.zip")]) == 2
    assert "no such run or bundle" in capsys.readouterr().err


@pytest.mark.parametrize("make", [lambda path: path.symlink_to("/etc"), lambda path: path.symlink_to("nowhere")])
def test_a_link_in_a_run_is_not_of_the_run(small, make, capsys):
    make(small.folder / "link")
    assert main(["verify", str(small.folder)]) == 2
    assert "not in the manifest: link" in capsys.readouterr().out


def test_a_forged_bundle_of_a_signed_run_voids_its_signatures(small, tmp_path):
    sign(small.folder, role="validator", name="Grace")
    path = bundled(small, tmp_path / "x.zip", "none")
    assert "Grace" in steps(path)["signatures"].first
    found = steps(reforged(path, lambda files: files.update({"run/report.pdf": b"%PDF other"})))
    assert found["signatures"].state == "differs"
    assert "void" in found["signatures"].first


def own_template(files):
    files["spec/report_templates/model_risk/notebooks/data.ipynb"] = b"{}"


def adapted(files):
    header = json.loads(files["run/candidates/mgbm/candidate.json"])
    files["run/candidates/mgbm/candidate.json"] = json.dumps({**header, "adapter": "python_function"}).encode()


def elsewhere(files):
    """A candidate outside the folder of candidates, where nobody would look for its header."""
    header = json.loads(files["run/candidates/candidates.json"])
    files["run/candidates/candidates.json"] = json.dumps({**header, "order": ["glm", "../metrics"]}).encode()
    files["run/metrics/candidate.json"] = files["run/candidates/mgbm/candidate.json"]


@pytest.mark.parametrize("change", [own_template, adapted, elsewhere])
def test_code_of_the_bundles_maker_is_not_run_unless_trusted(small, tmp_path, change):
    path = reforged(bundled(small, tmp_path / "x.zip", "full"), change)

    def never(loaded, output):
        raise AssertionError("it was run")

    found = steps(path, rebuild=never)
    assert found["models"].state == "not possible"
    assert "frozen sample scored by the packed models" not in found


def python_model(files):
    """A candidate whose module writes a file as soon as somebody opens it."""
    code = "from pathlib import Path\nPath('{}').write_text('ran')\ndef score(rows): return [0.5] * len(rows)\n"
    files["run/candidates/mgbm/files/card.py"] = code.format(files["marker"].decode()).encode()
    header = {
        "layout": 1, "name": "mgbm", "label": "M", "family": "Python function", "adapter": "python",
        "files": ["card.py"], "options": {"module": "card", "function": "score", "features": ["income"]},
        "preprocessing": {}, "features": ["income"], "monotone": {}, "parameters": {}, "software": {},
    }  # fmt: skip
    files["run/candidates/mgbm/candidate.json"] = json.dumps(header).encode()
    del files["marker"]


def skops_model(files):
    header = json.loads(files["run/candidates/mgbm/candidate.json"])
    files["run/candidates/mgbm/candidate.json"] = json.dumps({**header, "adapter": "sklearn"}).encode()


def skops_artefact(files):
    manifest = json.loads(files["run/manifest.json"])
    manifest["spec"]["reconciliation"] = {"artefact": {"path": "model.skops", "adapter": "sklearn"}}
    files["run/manifest.json"] = json.dumps(manifest).encode()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (python_model, "the model 'mgbm' is a Python module of the bundle"),
        (skops_model, "the model 'mgbm' is a skops file"),
        (skops_artefact, "the exported artefact of the spec is a skops file"),
    ],
)
def test_models_that_are_code_are_opened_only_when_trusted_and_either_way_in_one_line(small, tmp_path, change, told):
    marker = tmp_path / "marker"

    def forge(files):
        files["marker"] = str(marker).encode()
        change(files)
        files.pop("marker", None)

    path = reforged(bundled(small, tmp_path / "x.zip"), forge)
    step = steps(path)["models"]
    assert step.state == "not possible"
    assert told in step.first and "--trust-code" in step.first
    assert "\n" not in step.line()
    assert not marker.exists()
    trusted = steps(path, trust_code=True)
    assert trusted["models"].state == "noted"
    assert "run because of --trust-code" in trusted["models"].first
    assert marker.exists() == (change is python_model)


def test_a_trusted_template_is_computed_with(small, tmp_path):
    path = reforged(bundled(small, tmp_path / "x.zip", "full"), own_template)
    found = steps(path, rebuild=rebuilding(), trust_code=True)
    assert found["every metric of the run computed again"].state == "agrees"


def rebuilding(edit=None):
    """A rebuild that reads the packed spec and data, makes the portfolio, and measures again as the run did."""

    def rebuild(loaded, output):
        folder = output / "portfolio"
        build_portfolio(loaded.spec.data, loaded.spec.partitions, 5, loaded.folder).write(folder)
        run = loaded.path.parents[1] / "run"
        recorded = json.loads((run / "metrics.json").read_text())
        metrics = {id: dict(each) for id, each in recorded.items() if id.startswith("performance.")}
        if edit:
            edit(metrics)
        return Reperformed(folder, metrics, json.loads((run / "findings.json").read_text()))

    return rebuild


def test_with_the_data_the_packed_models_are_measured_again_on_the_rebuilt_portfolio(small, tmp_path):
    path = bundled(small, tmp_path / "x.zip", "full")
    found = steps(path, rebuild=rebuilding())
    headline = found["headline metrics of the packed models on the rebuilt portfolio"]
    assert (headline.state, headline.count) == ("agrees", 8), "four measures of two candidates"
    assert found["every metric of the run computed again"].state == "agrees"
    assert steps(path)["run from source data"].state == "not possible"


def test_the_first_metric_that_differs_is_named_with_both_values(small, tmp_path):
    def edit(metrics):
        metrics["performance.brier.glm"]["value"] += 1e-6

    path = bundled(small, tmp_path / "x.zip", "full")
    step = steps(path, rebuild=rebuilding(edit))["every metric of the run computed again"]
    assert step.state == "differs"
    assert step.first.startswith("performance.brier.glm: recorded 0.")
    assert (
        steps(path, rebuild=rebuilding(edit), tolerance=1e-5)["every metric of the run computed again"].state
        == "agrees"
    )


def test_changed_source_data_under_forged_digests_are_caught(small, tmp_path):
    def change(files):
        lines = files["spec/rows.csv"].decode().splitlines()
        files["spec/rows.csv"] = ("\n".join([lines[0], *reversed(lines[1:])]) + "\n").encode()

    found = steps(reforged(bundled(small, tmp_path / "x.zip", "full"), change), rebuild=rebuilding())
    assert found["headline metrics of the packed models on the rebuilt portfolio"].state == "differs"


@pytest.mark.parametrize(
    ("recorded", "again", "same"),
    [
        (0.5, 0.5 + 5e-10, True),
        (0.5, 0.5 + 2e-9, False),
        (1e6, 1e6 + 5e-4, True),
        (1e6, 1e6 + 5e-3, False),
        (3, 3.0, True),
        (math.nan, math.nan, True),
        (math.nan, 1.0, False),
        (math.inf, math.inf, True),
        (math.inf, 1.0, False),
        (None, None, True),
        (None, 0.0, False),
        ("a", "a", True),
        ("a", "b", False),
        (True, True, True),
        (True, 1, False),
    ],
)
def test_numbers_agree_within_the_tolerance_and_all_else_exactly(recorded, again, same):
    assert agrees(recorded, again, 1e-9) is same


def test_limits_of_intervals_are_compared_and_missing_metrics_told():
    recorded = {"a.x": {"value": 1.0, "ci": [0.0, 2.0]}, "a.y": {"value": 1}, "b.z": {"value": 1}}
    lines, count = compare_metrics(recorded, {"a.x": {"value": 1.0, "ci": (0.0, 2.5)}}, 1e-9)
    assert (lines, count) == (["a.x upper limit: recorded 2.0, again 2.5", "a.y: not computed again"], 2)


def test_findings_are_compared_by_state_and_severity():
    first = [{"code": "A", "state": "finding", "severity": "low"}, {"code": "B", "state": "passed", "severity": None}]
    assert compare_findings(first, first) == []
    assert compare_findings(first, first[:1]) == ["B: recorded passed, again absent"]
    assert compare_findings(first, [{**first[0], "severity": "high"}, first[1]]) == [
        "A: recorded finding low, again finding high"
    ]


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"bundle.json": b"[]"},
        {"bundle.json": b'{"layout": 99}'},
        {"bundle.json": b'{"layout": 1, "files": {}}'},
        {"bundle.json": b"[" * 200_000},
    ],
)
def test_a_zip_that_is_no_bundle_is_refused(tmp_path, content):
    write_archive(tmp_path / "x.zip", {"a": b"", **content})
    with pytest.raises(InputError):
        verify_bundle(tmp_path / "x.zip")
