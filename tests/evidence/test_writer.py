"""Evidence written and read back, and what the writer refuses."""

import datetime
import hashlib
import json
import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from respml.errors import AnalysisError
from respml.evidence import Column, EvidenceWriter, quoted, read_evidence, slug, subject_of
from respml.evidence.model import SLUG
from respml.evidence.withholding import Withholding
from respml.figures.style import apply_style, new_figure
from respml.measures.estimate import Estimate, undefined


@pytest.fixture
def writer(tmp_path):
    return EvidenceWriter("performance", tmp_path / "performance", "notebooks/performance.ipynb")


@dataclass
class Drawing:
    """Stands for a figure: its bytes are known."""

    content: bytes = b"<svg/>"

    def savefig(self, fname, **kwargs):
        fname.write(self.content)


FRAME = pd.DataFrame(
    {
        "name": ["<script>alert(1)</script>", "b|c", "d"],
        "auc": [0.5, math.nan, -0.25],
        "low": [0.4, math.nan, -0.3],
        "high": [0.6, math.nan, -0.2],
        "rows": [1000, 2000, 3],
        "day": pd.to_datetime(["2026-01-31", None, "2026-02-01"]),
    }
)
COLUMNS = {
    "name": Column("Name", width=20),
    "auc": Column("AUC", "ratio2", interval=("low", "high")),
    "rows": Column("Rows", "integer", unit="customers"),
}


def reread(writer):
    writer.close()
    return read_evidence([writer.folder])


def test_what_is_read_is_what_was_written(writer):
    writer.metric(
        "auc.mgbm",
        np.float64(0.75),
        interval=(0.7, 0.8),
        n=np.int64(100),
        format="ratio3",
        method="DeLong",
        partition="test",
        note="a note",
    )
    writer.metric("winner", "MGBM")
    writer.metric("undefined", math.nan, format="ratio2")
    writer.table("ranks", FRAME, caption="Ranks of {winner}", columns=COLUMNS, note="a note", limit=2)
    writer.figure("roc", Drawing(), FRAME, caption="ROC", statement="AUC {auc.mgbm}.", alt="ROC of {winner}.")
    writer.statement("verdict", "The AUC is {auc.mgbm:interval}.")
    evidence = reread(writer)

    metric = evidence.metric("performance.auc.mgbm")
    assert (metric.value, metric.interval, metric.n, metric.format) == (0.75, (0.7, 0.8), 100, "ratio3")
    assert (metric.method, metric.partition, metric.note) == ("DeLong", "test", "a note")
    assert metric.source == "notebooks/performance.ipynb"
    assert metric.text == "0.750"
    assert metric.text_with_interval == "0.750 (0.700 to 0.800)"
    assert evidence.metric("performance.undefined").value is None
    assert evidence.metric("performance.undefined").text_with_interval == "n/a"

    table = evidence.table("performance.ranks")
    pd.testing.assert_frame_equal(table.frame(), FRAME)
    assert table.columns == COLUMNS
    assert list(table.columns) == ["name", "auc", "rows"]
    assert (table.rows, table.total_rows, table.note) == (2, 3, "a note")
    assert table.caption == "Ranks of {performance.winner}"
    assert table.cells() == [["<script>alert(1)</script>", "0.50 (0.40 to 0.60)", "1,000"], ["b|c", "n/a", "2,000"]]
    assert table.columns["rows"].header == "Rows (customers)"

    figure = evidence.figure("performance.roc")
    assert figure.path.read_bytes() == b"<svg/>"
    pd.testing.assert_frame_equal(figure.frame(), FRAME)
    assert figure.statement == "AUC {performance.auc.mgbm}."

    assert evidence.statement("performance.verdict").text == "The AUC is {performance.auc.mgbm:interval}."
    assert evidence.fill(evidence.statement("performance.verdict").text) == "The AUC is 0.750 (0.700 to 0.800)."
    assert evidence.analyses() == ("performance",)
    assert list(evidence.ids()) == sorted(evidence.ids())


def test_frames_stand_beside_the_index_as_parquet_and_csv(writer):
    writer.table("ranks", FRAME, caption="Ranks", columns=COLUMNS)
    writer.close()
    assert {path.name for path in writer.folder.iterdir()} == {"index.json", "ranks.csv", "ranks.parquet"}
    assert pd.read_csv(writer.folder / "ranks.csv")["rows"].tolist() == [1000, 2000, 3]
    assert b"\r" not in (writer.folder / "ranks.csv").read_bytes()


def test_the_index_is_the_same_whatever_the_order_of_recording(tmp_path):
    def digest(folder, order):
        writer = EvidenceWriter("a", folder)
        for name in order:
            writer.metric(name, len(name))
        writer.close()
        return hashlib.sha256((folder / "index.json").read_bytes()).hexdigest()

    assert digest(tmp_path / "1", ["x", "yy", "z.a"]) == digest(tmp_path / "2", ["z.a", "yy", "x"])


def test_a_figure_has_the_same_bytes_each_time(tmp_path):
    """Matplotlib would write a date and random ids."""

    def bytes_of(folder):
        writer = EvidenceWriter("a", folder)
        with apply_style():
            figure: Figure = new_figure()
            figure.subplots().plot([1, 2, 3], label="x")
            writer.figure("f", figure, FRAME[["rows"]], caption="c", statement="s", alt="a")
        return (folder / "f.svg").read_bytes(), (folder / "f.parquet").read_bytes()

    first, second = bytes_of(tmp_path / "1"), bytes_of(tmp_path / "2")
    assert first == second
    assert b"<dc:date>" not in first[0]


def test_marks_that_turn_or_hide_text_do_not_reach_a_drawing(tmp_path):
    """A level called "\u202ekcul doog" would be read backwards by whoever opens the drawing."""
    writer = EvidenceWriter("a", tmp_path)
    with apply_style():
        figure: Figure = new_figure()
        figure.subplots().set_title("\u202ekcul\u202c \u200bgood \u00e9t\u00e9 \u2212")
        writer.figure("f", figure, FRAME[["rows"]], caption="c", statement="s", alt="a")
    drawing = (tmp_path / "f.svg").read_text(encoding="utf-8")
    assert ">kcul good \u00e9t\u00e9 \u2212</text>" in drawing


def test_a_metric_says_which_metrics_name_its_subject(writer):
    writer.metric("worst.who", "high school")
    writer.metric("worst.of", "EDUCATION")
    writer.metric("worst.air", 0.8, about=("worst.who", "worst.of"))
    writer.metric("other", 1.0, about="worst.who")
    writer.metric("plain", 1.0)
    writer.close()
    metrics = read_evidence([writer.folder]).metrics
    assert subject_of(metrics["performance.worst.air"].about, metrics) == "high school, EDUCATION"
    assert metrics["performance.other"].about == ("performance.worst.who",)
    assert subject_of(metrics["performance.plain"].about, metrics) == ""
    assert subject_of(("performance.nowhere",), metrics) == ""


def test_a_subject_that_was_not_recorded_is_refused_at_close(writer):
    writer.metric("worst.air", 0.8, about="worst.who")
    with pytest.raises(AnalysisError, match=r"performance\.worst\.who"):
        writer.close()


def test_rows_in_bold(writer):
    writer.table("ranks", FRAME, caption="Ranks", columns=COLUMNS, strong=FRAME["rows"] == 2000)
    assert reread(writer).table("performance.ranks").strong == (1,)


def test_an_estimate_is_a_metric_with_interval_n_and_method(writer):
    writer.estimate("auc", Estimate(0.7, 0.6, 0.8, 50, "DeLong", "", "small"), format="ratio2", partition="test")
    writer.estimate("air", undefined(0, "no rows"), format="ratio2")
    evidence = reread(writer)
    metric = evidence.metric("performance.auc")
    assert (metric.interval, metric.n, metric.method, metric.note) == ((0.6, 0.8), 50, "DeLong", "small")
    assert evidence.metric("performance.air").value is None
    assert evidence.metric("performance.air").note == "no rows"


@pytest.mark.parametrize("limits", [(math.nan, 1.0), (0.0, math.nan)])
def test_half_an_interval_is_none(writer, limits):
    writer.metric("a", 0.5, interval=limits)
    assert reread(writer).metric("performance.a").interval is None


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, None, np.float64("nan")])
def test_what_json_cannot_hold_is_nothing(writer, value):
    writer.metric("a", value)
    assert reread(writer).metric("performance.a").value is None


def test_an_infinite_limit_is_kept_out_of_json(writer):
    """The index is strict JSON: an open interval must not end in ``Infinity``."""
    writer.metric("ratio", 2.0, interval=(0.5, math.inf))
    evidence = reread(writer)
    json.loads((writer.folder / "index.json").read_text(), parse_constant=pytest.fail)
    metric = evidence.metric("performance.ratio")
    assert (metric.interval, metric.note) == (None, "the interval has no bound")


@pytest.mark.parametrize(
    "value", [[1], {"a": 1}, datetime.date(2026, 1, 1), object(), 1 + 2j], ids=lambda value: type(value).__name__
)
def test_a_metric_is_a_number_a_word_or_nothing(writer, value):
    with pytest.raises(AnalysisError, match="cannot be of type"):
        writer.metric("a", value)


@pytest.mark.parametrize("name", ["Auc", "a-b", "a..b", ".a", "a.", "", "a b", "../a", "ä"])
def test_ids_are_slugs(writer, name):
    with pytest.raises(AnalysisError, match="no slug"):
        writer.metric(name, 1)


@pytest.mark.parametrize("name", ["Performance", "a.b", "", "../x"])
def test_names_of_analyses_are_words(tmp_path, name):
    with pytest.raises(AnalysisError, match="no name for an analysis"):
        EvidenceWriter(name, tmp_path)


def test_an_id_is_recorded_once_across_kinds(writer):
    writer.metric("a", 1)
    with pytest.raises(AnalysisError, match=r"'performance\.a' is recorded twice"):
        writer.metric("a", 2)
    with pytest.raises(AnalysisError, match="recorded twice"):
        writer.statement("a", "text")


@pytest.mark.parametrize("names", [("auc", "auc.mgbm"), ("a.b", "a.b.c.d"), ("a", "a.b", "ab")])
def test_no_metric_is_the_prefix_of_another(writer, names):
    for name in names:
        writer.metric(name, 1)
    with pytest.raises(AnalysisError, match="is a prefix of"):
        writer.close()
    assert not (writer.folder / "index.json").exists()


def test_a_table_may_have_the_name_its_metrics_begin_with(writer):
    """Only metrics become nested keys of the document's variables."""
    writer.metric("constraints.count", 3)
    writer.table("constraints", FRAME, caption="c", columns=COLUMNS)
    assert reread(writer).metric("performance.constraints.count").value == 3


def test_a_prefix_is_found_where_another_id_sorts_between(writer):
    """No character of an id sorts before the dot, so comparing neighbours is enough."""
    for name in ("a", "a_b", "a.b"):
        writer.metric(name, 1)
    with pytest.raises(AnalysisError, match="is a prefix of"):
        writer.close()


@pytest.mark.parametrize("kind", ["statement", "caption", "note", "alt"])
def test_a_citation_that_nothing_resolves_is_refused_at_close(writer, kind):
    text = "cites {absent}"
    if kind == "statement":
        writer.statement("s", text)
    elif kind == "alt":
        writer.figure("f", Drawing(), FRAME, caption="c", statement="s", alt=text)
    else:
        writer.table("t", FRAME, **{"caption": "c", "columns": COLUMNS, kind: text})
    with pytest.raises(AnalysisError, match=r"No metric 'performance\.absent'"):
        writer.close()


def test_another_analysis_cannot_be_cited(writer):
    writer.metric("auc", 1)
    writer.statement("s", "{comparison.auc}")
    with pytest.raises(AnalysisError, match=r"No metric 'performance\.comparison\.auc'"):
        writer.close()


@pytest.mark.parametrize("kind", ["caption", "statement", "note"])
def test_a_literal_result_is_refused_in_every_text_of_a_table(writer, kind):
    with pytest.raises(AnalysisError, match=r"literal number '0\.9'"):
        writer.table("t", FRAME, **{"caption": "c", "columns": COLUMNS, kind: "AUC 0.9 here"})


def test_a_figure_needs_a_statement_and_an_alternative_text(writer):
    for texts in ({"statement": "", "alt": "a"}, {"statement": "s", "alt": " "}):
        with pytest.raises(AnalysisError, match="needs a statement"):
            writer.figure("f", Drawing(), FRAME, caption="c", **texts)


@pytest.mark.parametrize("columns", [{"absent": Column("A")}, {"auc": Column("A", interval=("low", "absent"))}])
def test_a_column_that_the_frame_lacks_is_named(writer, columns):
    with pytest.raises(AnalysisError, match="no column 'absent'"):
        writer.table("t", FRAME, caption="c", columns=columns)


def test_an_unknown_format_is_refused_when_recorded(writer):
    with pytest.raises(AnalysisError, match="number format"):
        writer.metric("a", 1, format="decimals")


def test_an_unknown_format_of_a_column_is_refused_when_recorded(writer):
    with pytest.raises(AnalysisError, match="number format"):
        writer.table("t", FRAME, caption="c", columns={"auc": Column("AUC", "decimals")})


def test_an_analysis_that_did_not_reach_its_end_has_no_index(writer):
    writer.metric("a", 1)
    with pytest.raises(AnalysisError, match="left no evidence index") as caught:
        read_evidence([writer.folder])
    assert "analysis.close()" in caught.value.remedy
    assert caught.value.where == "performance"


def test_unknown_ids_are_told_with_near_ones(writer):
    writer.metric("auc.mgbm", 1)
    evidence = reread(writer)
    with pytest.raises(AnalysisError, match=r"There is no metric 'other\.mgbm'") as caught:
        evidence.metric("other.mgbm")
    assert caught.value.remedy == "Did you mean performance.auc.mgbm?"
    for look in (evidence.table, evidence.figure, evidence.statement):
        with pytest.raises(AnalysisError, match="There is no"):
            look("performance.absent")


@given(st.text())
def test_a_slug_is_never_empty_and_always_valid(text):
    assert SLUG.fullmatch(slug(text))


@pytest.mark.parametrize(
    ("text", "expected"), [("PAY_0", "pay_0"), ("30 to 39", "30_to_39"), ("ЛИМИТ", None), ("<b>", "b"), (1.5, "1_5")]
)
def test_slugs(text, expected):
    assert slug(text) == expected if expected else slug(text).startswith("x")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("PAY_0", "`PAY_0`"),
        ("a`b", "`a'b`"),
        ("{auc.mgbm}", "`'auc.mgbm'`"),
        ("two\nlines\x00", "`two lines`"),
        ("<script>alert(1)</script>", "`<script>alert(1)</script>`"),
        ("x" * 200, "`" + "x" * 80 + "`"),
    ],
)
def test_hostile_names_quoted(name, expected):
    assert quoted(name) == expected


def test_a_quoted_name_cannot_cite_a_metric(writer):
    writer.metric("auc", 0.5)
    writer.statement("s", f"The column {quoted('{auc}')} moved.")
    assert reread(writer).fill("{performance.auc}") == "0.5000"
    text = read_evidence([writer.folder]).statement("performance.s").text
    assert "{" not in text


def test_a_metric_that_is_a_word_does_not_fill_as_a_placeholder(writer):
    """A column may be called ``{performance.auc}``: what it fills in is not filled again."""
    writer.metric("auc", 0.5, format="ratio1")
    writer.metric("column", "{performance.auc}")
    assert reread(writer).fill("{performance.column}") == "{performance.auc}"


class OfPeople(EvidenceWriter):
    """A writer whose evidence is about people, of whom fewer than ten are few."""

    @cached_property
    def withholding(self):
        return Withholding(10)


@pytest.fixture
def people(tmp_path):
    return OfPeople("performance", tmp_path / "performance")


GROUPS = pd.DataFrame({"group": ["a", "b", "c"], "n": [3, 40, 30], "default_rate": [1 / 3, 0.25, 0.5]})
PRINTED = {"group": Column("Group"), "n": Column("People", "integer"), "default_rate": Column("Rate", "percent1")}


def test_a_table_of_people_prints_words_for_few_and_its_files_hold_neither(people):
    people.table("groups", GROUPS, caption="Groups", columns=PRINTED)
    table = reread(people).table("performance.groups")
    # c goes with a, since the sum is known
    assert table.cells() == [["a", "fewer than 10", "withheld"], ["b", "40", "25.0 %"], ["c", "withheld", "withheld"]]
    for frame in (table.frame(), pd.read_csv(people.folder / "groups.csv")):
        assert frame["n"].isna().tolist() == [True, False, True]
        assert frame["default_rate"].isna().tolist() == [True, False, True]


def test_a_table_of_many_or_of_no_people_prints_its_numbers(people, writer):
    people.table("groups", GROUPS.iloc[1:], caption="Groups", columns=PRINTED)
    assert [line[1] for line in reread(people).table("performance.groups").cells()] == ["40", "30"]
    inputs = pd.DataFrame({"count": [3, 4]})
    other = OfPeople("data", people.folder.parent / "data")
    other.table("inputs", inputs, caption="c", columns={"count": Column("Inputs", "integer")}, counts={"count": None})
    assert reread(other).table("data.inputs").cells() == [["3"], ["4"]]


def test_without_people_nothing_is_withheld(writer):
    writer.table("groups", GROUPS, caption="Groups", columns=PRINTED)
    assert reread(writer).table("performance.groups").cells()[0] == ["a", "3", "33.3 %"]
    assert writer.shown(GROUPS) is GROUPS


def test_a_drawing_of_few_is_replaced_by_a_sentence(people):
    people.figure("rates", Drawing(), GROUPS, caption="c", statement="s", alt="a")
    people.figure("many", Drawing(), GROUPS.iloc[1:], caption="c", statement="s", alt="a")
    evidence = reread(people)
    assert evidence.statement("performance.rates").text == "Not drawn: some of it stands for fewer than `10` people."
    assert not list(people.folder.glob("rates.*"))
    assert evidence.figure("performance.many").path.exists()


def test_a_drawing_of_what_is_shown_is_kept(people):
    shown = people.shown(GROUPS)
    assert shown["n"].isna().tolist() == [True, False, True] and shown["n"].dtype == np.float64
    people.figure("rates", Drawing(), shown, caption="c", statement="s", alt="a")
    assert reread(people).figure("performance.rates").frame()["default_rate"].tolist()[1] == 0.25


def test_a_metric_of_few_people_has_a_word_in_the_place_of_its_value(people):
    people.metric("declined", 9, format="integer", partition="test")
    people.metric("air", 0.5, interval=(0.4, 0.6), n=9, format="ratio2", partition="test")
    people.metric("auc", 0.5, interval=(0.4, 0.6), n=10, format="ratio2", partition="test")
    people.statement("s", "Declined: {declined}.")
    evidence = reread(people)
    index = (people.folder / "index.json").read_text()
    entries = json.loads(index)["metrics"]
    for name in ("declined", "air"):
        entry = entries[f"performance.{name}"]
        assert (entry["value"], entry["ci"], entry["n"]) == (None, None, None)
        assert evidence.metric(f"performance.{name}").text == "fewer than 10"
    assert evidence.fill(evidence.statement("performance.s").text) == "Declined: fewer than 10."
    assert evidence.metric("performance.auc").interval == (0.4, 0.6)


@pytest.mark.parametrize("first", ["table", "metric"])
def test_a_metric_that_gives_a_hidden_count_back_goes_whatever_the_order(people, first):
    """The table hides the 30 beside the 3: a metric or the n of a metric of 30 would give it back."""

    def metrics():
        people.metric("c.n", 30, format="integer")
        people.metric("b.n", 40, format="integer")
        people.metric("c.auc", 0.5, n=30, format="ratio2", partition="test")
        people.metric("trials", 0.5, n=30, format="ratio2")

    if first == "metric":
        metrics()
    people.table("groups", GROUPS, caption="Groups", columns=PRINTED)
    if first == "table":
        metrics()
    evidence = reread(people)
    assert evidence.metric("performance.c.n").value is None
    assert evidence.metric("performance.c.n").text == "withheld"
    assert evidence.metric("performance.b.n").value == 40
    assert (evidence.metric("performance.c.auc").value, evidence.metric("performance.c.auc").n) == (0.5, None)
    assert evidence.metric("performance.trials").n == 30
