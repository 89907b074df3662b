"""Random lives of passages: edited, accepted, built on changing numbers. No word is lost and no move is missed."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from respml.evidence import Metric
from respml.review.bindings import BINDINGS, read_bindings, write_bindings
from respml.review.narrative import accepted, placed_words, read_narrative, states
from tests.review.runs import metric

PLACES = ("conclusion", "data", "performance")
IDS = ("performance.auc", "performance.cutoff", "data.rows")
WORDS = st.lists(st.sampled_from("we think that *this* holds <b>for</b> all of **them** now".split()), min_size=1)  # noqa: SIM905
CITED = st.lists(st.sampled_from(IDS), max_size=2)


def words_of(text: str) -> list[str]:
    """Letters a person wrote, markup and results aside."""
    plain = re.sub(r"\{\{<.*?>\}\}", " ", text).replace("\\", "")
    return re.findall(r"[A-Za-z]+", plain)


class Life(RuleBasedStateMachine):
    """The folder on disk against what was done to it."""

    @initialize()
    def begin(self) -> None:
        self.base = Path(tempfile.mkdtemp())
        self.folder = self.base / "narrative"
        self.folder.mkdir()
        self.written: dict[str, str] = {}
        self.accepted: dict[str, tuple[str, dict[str, float]]] = {}
        self.values = dict.fromkeys(IDS, 100.0)

    def teardown(self) -> None:
        shutil.rmtree(self.base)

    def metrics(self) -> dict[str, Metric]:
        return {id: metric(id, value, format="ratio2") for id, value in self.values.items()}

    @rule(name=st.sampled_from(PLACES), words=WORDS, cites=CITED)
    def a_person_writes(self, name: str, words: list[str], cites: list[str]) -> None:
        text = " ".join([*words, *("{{< var " + id + " >}}" for id in cites)]) + "\n"
        (self.folder / f"{name}.md").write_text(text)
        self.written[name] = text

    @rule(id=st.sampled_from(IDS), value=st.sampled_from([100.0, 100.5, 102.0, 150.0]))
    def the_numbers_move(self, id: str, value: float) -> None:
        self.values[id] = value

    @rule(name=st.sampled_from(PLACES))
    def somebody_accepts(self, name: str) -> None:
        if name in self.written:
            new = accepted(name, self.written[name], self.metrics(), "1.0.0")
            write_bindings(self.folder, {**read_bindings(self.folder), name: new})
            self.accepted[name] = (self.written[name], {id: self.values[id] for id in new.metrics})

    @rule()
    def the_report_is_built(self) -> None:
        narrative = read_narrative(self.base, "narrative", PLACES)
        placed = placed_words(narrative, PLACES, self.metrics())
        for name, text in self.written.items():
            printed = words_of(placed[f"text-{name}"])
            mine = words_of(text)
            assert any(printed[at : at + len(mine)] == mine for at in range(len(printed))), f"words of {name} are lost"
        found = {each.name: each.state for each in states(narrative, self.metrics())}
        assert found == {name: self.expected(name) for name in self.written}

    def expected(self, name: str) -> str:
        """By hand: one per cent of what a number was when it was accepted."""
        if name not in self.accepted:
            return "not accepted"
        text, numbers = self.accepted[name]
        if text != self.written[name]:
            return "edited"
        moved = any(abs(self.values[id] - value) > 0.01 * value for id, value in numbers.items())
        return "stale" if moved else "accepted"

    @invariant()
    def files_are_what_people_wrote(self) -> None:
        on_disk = {path.stem: path.read_text() for path in self.folder.glob("*.md")}
        assert on_disk == self.written
        assert {path.name for path in self.folder.iterdir()} - {BINDINGS} == {f"{name}.md" for name in self.written}


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=200, stateful_step_count=15, deadline=None)
