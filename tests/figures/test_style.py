"""The figures' look: readable in grey and for colour-blind eyes, text as text, the same bytes twice."""

from __future__ import annotations

import io
from itertools import combinations

import pytest
from matplotlib import colors

from respml.figures.style import CHAMPION, PALETTE, apply_style, model_colour, model_line, model_marker, new_figure

MODELS = ("glm", "mgbm", "gbm", "hybrid")


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.1 defines it."""
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colors.to_rgb(colour)]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.mark.parametrize("colour", PALETTE)
def test_every_colour_stands_three_to_one_against_white(colour: str) -> None:
    # WCAG 2.1, success criterion 1.4.11
    assert 1.05 / (luminance(colour) + 0.05) >= 3


@pytest.mark.parametrize("champion", [*MODELS, "vendor"])
def test_the_champion_always_has_the_same_colour_and_no_other_has_it(champion: str) -> None:
    assert model_colour(champion, champion) == CHAMPION
    colours = [model_colour(name, champion) for name in MODELS]
    assert len(set(colours)) == len(MODELS)
    assert [name for name, colour in zip(MODELS, colours, strict=True) if colour == CHAMPION] == (
        [champion] if champion in MODELS else []
    )


@pytest.mark.parametrize("champion", MODELS)
def test_lines_differ_without_colour(champion: str) -> None:
    for first, second in combinations(MODELS, 2):
        assert model_line(first, champion)["linestyle"] != model_line(second, champion)["linestyle"]


def test_ten_models_made_elsewhere_are_told_apart() -> None:
    names = [f"vendor_{letter}" for letter in "abcdefghij"]
    looks = {(line["color"], str(line["linestyle"])) for line in map(model_line, names)}
    assert len(looks) == len(names)
    assert len({(model_colour(name), model_marker(name)) for name in names}) == len(names)


def drawn() -> bytes:
    with apply_style():
        figure = new_figure(2)
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], **model_line("mgbm"))
        axes.fill_between([0, 1], [0, 0], [1, 1], alpha=0.2, clip_path=None)
        axes.set(xlabel="Share (%)", title="All")
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def test_text_stays_text_in_the_reports_type_and_bytes_do_not_change() -> None:
    first = drawn()
    assert b">Share (%)</text>" in first and b"Source Sans Pro" in first
    assert drawn() == first
