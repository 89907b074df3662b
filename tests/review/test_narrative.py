"""People's passages: read, bound, found stale, and never touched."""

from __future__ import annotations

import pytest
import yaml

from respml.errors import InputError, RenderError
from respml.resources import template_folder
from respml.review.bindings import BINDINGS, Bound, read_bindings, write_bindings
from respml.review.narrative import (
    Narrative,
    accepted,
    passages_document,
    placed_words,
    read_narrative,
    require_accepted,
    require_known,
    slots,
    subject,
)
from respml.review.passage_state import moved_beyond_tolerance, state_of
from tests.review.runs import metric

PLACES = ("conclusion", "data", "performance")
AUC = "performance.auc.mgbm"
METRICS = {
    AUC: metric(AUC, 0.80, (0.78, 0.82)),
    "performance.cutoff": metric("performance.cutoff", 0.20),
    "data.rows": metric("data.rows", 9000, format="integer"),
    "comparison.gain": metric("comparison.gain", 0.03, (0.01, 0.05)),
    "checks.findings.high": metric("checks.findings.high", 1, format="integer"),
}
CITING = "The AUC is {{< var interval.performance.auc.mgbm >}}, as planned.\n"


def with_value(id, value, interval=None):
    return {**METRICS, id: metric(id, value, interval, METRICS[id].format)}


def folder(tmp_path, **texts):
    place = tmp_path / "narrative"
    place.mkdir(exist_ok=True)
    for name, text in texts.items():
        (place / f"{name}.md").write_text(text, encoding="utf-8")
    return tmp_path


def test_the_shipped_template_has_a_place_in_its_chapters(tmp_path):
    assert {"conclusion", "data", "performance", "comparison"} <= set(slots(template_folder("model_risk", tmp_path)))


def test_no_folder_is_no_passages(tmp_path):
    assert read_narrative(tmp_path, "narrative", PLACES) == Narrative("narrative", {}, {})
    assert placed_words(Narrative("narrative", {}, {}), PLACES, {}) == {
        "text-conclusion": "", "text-data": "", "text-performance": "",
    }  # fmt: skip


def test_a_passage_without_a_place_is_refused_by_name(tmp_path):
    with pytest.raises(InputError, match=r"narrative/perfomance\.md.*no place.*Did you mean 'performance'"):
        read_narrative(folder(tmp_path, perfomance="x"), "narrative", PLACES)


def test_a_passage_that_is_not_utf8_is_refused(tmp_path):
    (folder(tmp_path) / "narrative" / "data.md").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="not UTF-8"):
        read_narrative(tmp_path, "narrative", PLACES)


def test_a_passage_is_about_what_it_cites():
    assert subject("performance", CITING, METRICS) == (AUC,)
    assert subject("data", CITING, METRICS) == (AUC,)


def test_one_with_a_number_of_its_own_or_without_any_is_about_its_whole_section():
    assert subject("performance", "All is well.", METRICS) == (AUC, "performance.cutoff")
    assert subject("performance", CITING + "Above 0.75 we are content.", METRICS) == (AUC, "performance.cutoff")
    assert subject("conclusion", "Use it.", METRICS) == ("checks.findings.high", "comparison.gain")


@pytest.mark.parametrize(
    ("bound", "now", "moved"),
    [
        (Bound(0.80, (0.78, 0.82), "ratio3", ""), metric("a", 0.819), False),
        (Bound(0.80, (0.78, 0.82), "ratio3", ""), metric("a", 0.821), True),
        (Bound(100.0, None, "ratio2", ""), metric("a", 100.99, format="ratio2"), False),
        (Bound(100.0, None, "ratio2", ""), metric("a", 101.01, format="ratio2"), True),
        (Bound(-100.0, None, "ratio2", ""), metric("a", -98.9, format="ratio2"), True),
        (Bound(0, None, "integer", ""), metric("a", 1, format="integer"), True),
        (Bound(1e-9, None, "p_value", ""), metric("a", 5e-9, format="p_value"), False),  # both print as <0.001
        (Bound("GLM", None, "text", ""), metric("a", "GBM"), True),
        (Bound("GLM", None, "text", ""), metric("a", "GLM"), False),
        (Bound(0.5, None, "ratio2", ""), metric("a", None), True),
        (Bound(0.5, None, "ratio2", ""), None, True),
    ],
)
def test_the_tolerance(bound, now, moved):
    assert moved_beyond_tolerance(bound, now) is moved


def test_the_life_of_a_passage():
    assert state_of("performance", CITING, None, METRICS).state == "not accepted"
    binding = accepted("performance", CITING, METRICS, "1.0.0", "Dev")
    assert state_of("performance", CITING, binding, METRICS).state == "accepted"
    # spaces and line breaks are no words
    assert state_of("performance", CITING.replace(" as ", "\nas "), binding, METRICS).state == "accepted"
    stale = state_of("performance", CITING, binding, with_value(AUC, 0.9, (0.88, 0.92)))
    assert stale.state == "stale"
    assert stale.moved == ("AUC of MGBM was 0.800 (0.780 to 0.820), is 0.900 (0.880 to 0.920)",)
    assert state_of("performance", "Other words.", binding, METRICS).state == "edited"
    gone = {id: each for id, each in METRICS.items() if id != AUC}
    assert "no longer measured" in state_of("performance", CITING, binding, gone).moved[0]


def narrative(tmp_path, text=CITING, **binding):
    found = read_narrative(folder(tmp_path, performance=text), "narrative", PLACES)
    bindings = {"performance": accepted("performance", text, METRICS, "1.0.0")} if not binding else {}
    return Narrative(found.folder, found.passages, bindings)


def test_a_stale_passage_is_printed_under_a_mark_that_lists_what_moved(tmp_path):
    one = narrative(tmp_path)
    assert "Written about" not in placed_words(one, PLACES, METRICS)["text-performance"]
    marked = placed_words(one, PLACES, with_value(AUC, 0.9))["text-performance"]
    assert marked.startswith(":::: {.narrative}\n::: {.stale-mark}\n**▲ Written about earlier numbers**")
    assert "as planned" in marked and "AUC of MGBM was 0\\.800" in marked


def test_strict_names_the_passage_and_ends_with_code_4(tmp_path):
    require_accepted(narrative(tmp_path), METRICS)
    with pytest.raises(RenderError, match=r"narrative/performance\.md.*'performance' was written about") as caught:
        require_accepted(narrative(tmp_path), with_value(AUC, 0.9))
    assert caught.value.exit_code == 4
    with pytest.raises(RenderError, match="has not been accepted"):
        require_accepted(narrative(tmp_path, unbound=True), METRICS)


def test_a_result_that_does_not_exist_is_named_with_its_line(tmp_path):
    one = narrative(tmp_path, "fine\n\n{{< var performance.auc.mgmb >}}\n")
    with pytest.raises(InputError, match=r"line 3.*no result 'performance\.auc\.mgmb'.*mgbm"):
        require_known(one, list(METRICS))
    require_known(narrative(tmp_path), list(METRICS))


def test_bindings_are_read_back_exactly_and_beside_other_files(tmp_path):
    base = folder(tmp_path, performance=CITING, data="Rows.") / "narrative"
    before = {path.name: path.read_bytes() for path in base.iterdir()}
    bindings = {name: accepted(name, text, METRICS, "1.0.0", "Ånn: <x>") for name, text in
                {"performance": CITING, "data": "Rows."}.items()}  # fmt: skip
    write_bindings(base, bindings)
    assert read_bindings(base) == bindings
    assert {path.name: path.read_bytes() for path in base.iterdir() if path.name != BINDINGS} == before


def test_altered_bindings_are_refused(tmp_path):
    base = folder(tmp_path, performance=CITING) / "narrative"
    write_bindings(base, {"performance": accepted("performance", CITING, METRICS, "1.0.0")})
    content = yaml.safe_load((base / BINDINGS).read_text())
    content["performance"]["metrics"][AUC]["value"] = 0.99
    (base / BINDINGS).write_text(yaml.safe_dump(content))
    with pytest.raises(InputError, match=r"\.bindings\.yml"):
        read_bindings(base)


def test_a_stage_gets_all_of_it_as_json(tmp_path):
    one = narrative(tmp_path)
    assert Narrative.from_json(one.as_json()) == one
    assert '"state": "stale"' in passages_document(one, with_value(AUC, 0.9))


@pytest.mark.parametrize(
    ("name", "about"),
    [
        ("conclusion", {"comparison.gain", "checks.findings.high"}),
        ("identity", {"comparison.gain", "checks.findings.high"}),
        ("findings", {"checks.findings.high"}),
        ("data", {"data.rows"}),
        # an analysis that did not run
        ("stress", {"comparison.gain", "checks.findings.high"}),
    ],
)
def test_every_passage_is_about_something_so_that_none_holds_for_ever(name, about):
    assert set(subject(name, "Five findings are open.", METRICS)) == about


def test_a_byte_order_mark_is_no_word_and_a_nul_is_refused(tmp_path):
    (tmp_path / "narrative").mkdir()
    path = tmp_path / "narrative" / "data.md"
    path.write_bytes("\ufeffWords.\n".encode())
    assert read_narrative(tmp_path, "narrative", ["data"]).passages == {"data": "Words.\n"}
    path.write_bytes("\ufeff# Heading\n".encode())
    with pytest.raises(InputError):
        read_narrative(tmp_path, "narrative", ["data"])
    path.write_bytes(b"Wor\0ds.\n")
    with pytest.raises(InputError, match="NUL"):
        read_narrative(tmp_path, "narrative", ["data"])
