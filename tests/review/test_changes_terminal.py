"""The comparison on a terminal: columns under their heads, within the width there is, lists that end."""

from __future__ import annotations

import pytest

from respml.review.changes_formats import rendered
from respml.review.changes_terminal import _columns
from respml.review.comparison_of_runs import compare
from tests.review.runs import candidate, finding, metric, paragraph, run

LONG = " ".join(f"word{number}" for number in range(60))


def side(version, auc, last, **keys):
    shares = tuple(
        metric(
            f"data.share_of_rows_in_segment.number_{number}", auc / 20, (auc / 20 - 0.001, auc / 20 + 0.001), "percent1"
        )
        for number in range(40)
    )
    numbers = (metric("comparison.auc.mgbm", auc, (auc - 0.01, auc + 0.01)), *shares)
    return run(version, metrics=numbers, paragraphs=(paragraph(f"{LONG} {last} {LONG}"),), **keys)


OLD = side("1.0.0", 0.8, "old", findings=(finding("RML-P01", "passed"), finding("RML-P02")))
NEW = side(
    "1.1.0",
    0.9,
    "new",
    findings=(finding("RML-P01", message=LONG), finding("RML-P02")),
    candidates={"mgbm": candidate(parameters={"depth": 3, "名前の長い列": 1})},
)
COMPARISON = compare(OLD, NEW)


def lines(width, **keys):
    return rendered(COMPARISON, "terminal", width=width, **keys).splitlines()


@pytest.mark.parametrize("width", [60, 80, 100, 160])
@pytest.mark.parametrize("everything", [False, True])
def test_no_line_is_wider_than_the_terminal(width, everything):
    assert max(map(_columns, lines(width, everything=everything))) <= width


def test_columns_stand_under_their_heads_with_an_arrow_between_was_and_is():
    text = lines(100)
    head = next(each for each in text if each.startswith("  Number"))
    row = next(each for each in text if each.startswith("  AUC"))
    assert head.split() == ["Number", "Was", "Is", "Difference", "Change"]
    told = "AUC 0.800 (0.790 to 0.810) → 0.900 (0.890 to 0.910) +0.100 ▲ beyond its interval"
    assert " ".join(row.split()) == told
    for name, cell in {"Was": "0.800", "Is": "0.900", "Difference": "+0.100", "Change": "▲"}.items():
        assert head.index(name) == row.index(cell)


def test_the_champions_numbers_come_before_all_else():
    text = "\n".join(lines(100))
    assert text.index("NUMBERS OF THE CHAMPION") < text.index("MATERIALITY") < text.index("METRICS")


def test_differences_are_in_the_format_of_their_metric():
    # of 4.0 % and 4.5 %, in the typographic sign that the other numbers have
    assert any("+0.5 points" in each for each in lines(160))


def test_an_interval_and_a_number_stay_whole_where_there_is_room():
    row = [each for each in lines(80) if "(3.9 % to 4.1 %)" in each]
    assert row and not any(each.strip().startswith("%") for each in lines(80))


def test_metrics_are_listed_by_what_happened_to_them():
    text = lines(80)
    assert text.count("▲ beyond its interval") == 1
    assert text.index("▲ beyond its interval") < text.index(next(each for each in text if "comparison.auc" in each))


def test_long_lists_end_with_their_count_and_are_whole_on_demand():
    short, whole = "\n".join(lines(160)), "\n".join(lines(160, everything=True))
    assert "number_39" not in short and "number_39" in whole
    assert "  and 26 more: --all" in short and "--all" not in whole


def test_findings_that_stayed_open_are_counted_and_listed_on_demand():
    assert "1 finding changed, 1 stayed open and are not listed." in lines(100)
    assert not any(each.startswith("  RML-P02") for each in lines(100))
    assert any(each.startswith("  RML-P02") for each in lines(100, everything=True))


def test_a_sentence_stands_below_its_row():
    text = lines(80)
    row = next(place for place, each in enumerate(text) if each.startswith("  RML-P01"))
    assert text[row + 1].startswith("      word0 word1") and text[row + 2].startswith("        word")


def test_of_a_long_paragraph_the_words_around_the_change():
    text = " ".join(" ".join(lines(100)).split())
    assert "… word52 word53 word54 word55 word56 word57 word58 word59 [-old-] {+new+} word0 word1" in text
    assert "word30 word31 word32 word33 word34 word35 word36 word37 word38 word39" not in text.partition("TEXT")[2]
