"""Discrimination testing under separate cover: what leaves the report, and where it goes."""

import json
from pathlib import Path
from types import SimpleNamespace

from respml.evidence import EvidenceWriter, read_evidence
from respml.pipeline.judging import judge_evidence
from respml.pipeline.layout import FINDINGS
from respml.pipeline.volume import bound_analyses, fairness_narrative, fill_volume, separate, volume_stages
from respml.resources import template_folder
from respml.spec.loading import parse_spec
from tests.spec.specs import MINIMAL

PROTECTED = MINIMAL.replace("  target: default\n", "  target: default\n  protected: [sex]\n")
SEPARATE = PROTECTED + "fairness: {volume: separate, reason: 'prepared for counsel <b>'}\n"
ANALYSES = ("data", "fairness", "comparison")


def spec(text):
    return parse_spec(text, "report.yml")


def test_a_bound_chapter_stays_in_the_report():
    assert bound_analyses(spec(PROTECTED), ANALYSES) == ANALYSES
    assert volume_stages(spec(PROTECTED), None, {}, ("html", "pdf"), Path()) == []


def test_a_separate_one_leaves_it():
    assert bound_analyses(spec(SEPARATE), ANALYSES) == ("data", "comparison")


def test_without_groups_there_is_nothing_to_bind_apart():
    assert not separate(spec(MINIMAL + "fairness: {volume: separate, reason: counsel}\n"))


def test_the_report_says_where_the_chapter_is_and_why():
    folder = template_folder("model_risk", Path(__file__).parent)
    words = fairness_narrative(spec(SEPARATE), folder)["fairness-volume"]
    assert "separate cover" in words and "prepared for counsel" in words
    assert "\\<b\\>" in words


def judged(folder, text):
    """The stage ``checks`` on evidence of a comparison and of discrimination testing."""
    for analysis, name in (("comparison", "value_gain"), ("fairness", "unnamed.share")):
        writer = EvidenceWriter(analysis, folder / analysis / "evidence")
        writer.metric(name, 0.5, interval=(0.4, 0.6))
        for other in ("unnamed.groups", "unnamed.rows") if analysis == "fairness" else ():
            writer.metric(other, 3, format="integer")
        writer.close()
    (folder / "checks").mkdir()
    judge_evidence(
        SimpleNamespace(
            parameters={"spec": spec(text).model_dump(mode="json"), "requirements": [], "stated": []},
            inputs={name: folder / name for name in ("comparison", "fairness")},
            folder=folder / "checks",
        )
    )
    return folder / "checks"


def codes(path):
    return {each["code"] for each in json.loads(path.read_text(encoding="utf-8"))}


def test_checks_of_a_separate_volume_are_in_the_volume_only(tmp_path):
    checks = judged(tmp_path, SEPARATE)
    report, volume = codes(checks / FINDINGS), codes(checks / "fairness" / FINDINGS)
    assert "RML-C03" in report and "RML-F14" in volume
    assert not any(code.startswith("RML-F") for code in report)
    assert all(code.startswith("RML-F") for code in volume)
    log = read_evidence([checks / "checks"]).table("checks.log").frame()
    assert not log["code"].str.startswith("RML-F").any()


def test_checks_of_a_bound_chapter_stay_together(tmp_path):
    checks = judged(tmp_path, PROTECTED)
    assert {"RML-C03", "RML-F14"} <= codes(checks / FINDINGS)
    assert not (checks / "fairness").exists()


def test_the_volume_has_a_folder_of_its_own(tmp_path):
    stages = {}
    for name, file in (
        ("fairness", "evidence/index.json"),
        ("checks", "fairness/checks/index.json"),
        ("volume", "project/report.qmd"),
        ("volume_paper", "fairness.pdf"),
    ):
        path = tmp_path / name / file
        path.parent.mkdir(parents=True)
        path.write_text("{}", encoding="utf-8")
        stages[name] = tmp_path / name
    (tmp_path / "fairness" / "notebook.ipynb").write_text("{}", encoding="utf-8")
    (tmp_path / "checks" / "fairness" / FINDINGS).write_text("[]", encoding="utf-8")
    run = tmp_path / "run"
    run.mkdir()
    fill_volume(run, stages, "notebook.ipynb")
    assert (run / "fairness.pdf").is_file() and not (run / "fairness.html").exists()
    held = {path.relative_to(run / "fairness").as_posix() for path in (run / "fairness").rglob("*") if path.is_file()}
    assert held == {
        "evidence/index.json",
        "checks/index.json",
        "document/report.qmd",
        "fairness.ipynb",
        FINDINGS,
    }


def test_nothing_is_written_for_a_bound_chapter(tmp_path):
    fill_volume(tmp_path, {"fairness": tmp_path}, "notebook.ipynb")
    assert list(tmp_path.iterdir()) == []
