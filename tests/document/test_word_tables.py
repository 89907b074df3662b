"""Columns of Word tables get room by their words, and together never more than the page."""

from __future__ import annotations

import pytest

from respml.document.word_tables import column_widths, width_of

SIZE = 8.5


def test_a_text_is_as_wide_as_its_characters() -> None:
    assert width_of("", SIZE) == 0
    assert width_of("abc", SIZE) == pytest.approx(width_of("a", SIZE) + width_of("b", SIZE) + width_of("c", SIZE))
    assert width_of("abc", 2 * SIZE) == pytest.approx(2 * width_of("abc", SIZE))
    # tabular figures are all of one width
    assert width_of("111", SIZE) == pytest.approx(width_of("888", SIZE))


def test_short_tables_fill_the_page_in_proportion_to_their_texts() -> None:
    widths, fits = column_widths([["a", "aaaaaaaaaa"], ["b", "b"]], 400, SIZE)
    assert fits and sum(widths) == pytest.approx(400)
    assert widths[1] > widths[0]


def test_no_word_is_broken_while_there_is_room() -> None:
    long = "a_rather_long_feature_name"
    widths, fits = column_widths([["meaning " * 40, long]], 300, SIZE)
    assert fits and sum(widths) == pytest.approx(300)
    assert widths[1] >= width_of(long, SIZE)


def test_wanted_shares_are_kept_where_the_words_allow_it() -> None:
    widths, _ = column_widths([["a", "b", "c"]], 300, SIZE, shares=[1, 2, 3])
    assert widths == pytest.approx([50, 100, 150])
    long = "x" * 30
    widths, fits = column_widths([[long, "b", "c"]], 300, SIZE, shares=[1, 2, 3])
    assert fits and sum(widths) == pytest.approx(300) and widths[0] >= width_of(long, SIZE)


def test_words_that_cannot_fit_give_way_and_short_columns_do_not() -> None:
    widths, fits = column_widths([["0.123", "x" * 200, "y" * 200]], 300, SIZE)
    assert not fits and sum(widths) == pytest.approx(300)
    assert widths[0] >= width_of("0.123", SIZE)
    assert widths[1] == pytest.approx(widths[2])


def test_dates_and_limits_are_never_broken() -> None:
    widths, fits = column_widths([["2026-01-01", "0.717\u00a0to\u00a00.745", "word " * 200]], 200, SIZE)
    assert fits
    assert widths[0] >= width_of("2026-01-01", SIZE) and widths[1] >= width_of("0.717\u00a0to\u00a00.745", SIZE)
