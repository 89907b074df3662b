"""The room used alone: three lines from data to a confirmed weak spot, results that a notebook shows as tables."""

from __future__ import annotations

import numpy as np

import respml.debug
from respml.debug import find_weak_spots, random_attack
from tests.debug.portfolios import calibrated


def test_three_lines_from_data_to_a_weak_spot() -> None:
    frame, outcome, probability = calibrated(8000, 1)
    inside = (frame["kind"] == "south").to_numpy()
    outcome = np.where(inside, np.random.default_rng(2).random(len(frame)) < 0.25, outcome).astype(int)
    spots = find_weak_spots(
        frame, outcome, probability, list(frame.columns), seed=1, bins=5, smallest_slice=60, candidates=5
    )
    assert "kind = south" in spots.confirmed(0.05, {"ranking": 0.05})["slice"].iloc[0]
    assert "<table" in spots._repr_html_()


def test_results_show_their_frames_and_escape_names() -> None:
    frame = calibrated(500, 3)[0][["x", "y"]].rename(columns={"x": "<b>x</b>"})
    names = list(frame.columns)
    page = random_attack(
        lambda rows: np.full(len(rows), 0.5),
        frame,
        names,
        rows=300,
        beyond=0.1,
        missing_share=0.1,
        cutoff=0.3,
        seed=1,
    )._repr_html_()
    assert page.count("<table") == 3 and "&lt;b&gt;x" in page and "<b>x</b>" not in page


def test_every_exported_name_exists_and_is_documented() -> None:
    assert respml.debug.__all__ == sorted(respml.debug.__all__)
    for name in respml.debug.__all__:
        assert getattr(respml.debug, name).__doc__, name
