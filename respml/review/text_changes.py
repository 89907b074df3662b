"""The document's text redlined: paragraphs matched section by section, differences word by word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

import pandas as pd

from respml.review.document_text import Paragraph

Operation = Literal["same", "inserted", "deleted"]
_ALIKE = 0.35
"""Share of equal words from which two paragraphs count as one that was edited."""


@dataclass(frozen=True)
class Piece:
    """A run of words that stayed, came or went."""

    operation: Operation
    text: str


@dataclass(frozen=True)
class TextChange:
    """One paragraph that is not what it was.

    Attributes
    ----------
    section, title: where it stands.
    old, new: its text on each side; empty where it is absent.
    only_numbers: whether only numbers placed from metrics differ, so that the metrics tell the change better.
    """

    section: str
    title: str
    old: str
    new: str
    only_numbers: bool

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The redline."""
        return redline(self.old, self.new)


def redline(old: str, new: str) -> tuple[Piece, ...]:
    """Two texts as one, by words: what stayed, what was deleted and what was inserted.

    The pieces that stayed or were inserted, joined, are the new text with single blanks; those that stayed or were
    deleted are the old one.
    """
    before, after = _words(old), _words(new)
    pieces: list[Piece] = []
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece("same", " ".join(before[i:j])))
            continue
        if j > i:
            pieces.append(Piece("deleted", " ".join(before[i:j])))
        if m > k:
            pieces.append(Piece("inserted", " ".join(after[k:m])))
    return tuple(pieces)


def compare_text(old: Sequence[Paragraph], new: Sequence[Paragraph]) -> tuple[TextChange, ...]:
    """Every paragraph that differs, in the order of the new document, sections that went at the end."""
    sections = dict.fromkeys([*(each.section for each in new), *(each.section for each in old)])
    found: list[TextChange] = []
    for section in sections:
        before = [each for each in old if each.section == section]
        after = [each for each in new if each.section == section]
        title = (after or before)[0].title
        found += [
            TextChange(
                section,
                title,
                first.text if first else "",
                second.text if second else "",
                first is not None and second is not None and first.words == second.words,
            )
            for first, second in _matched(before, after)
            if first is None or second is None or first.text != second.text
        ]
    return tuple(found)


def text_frame(changes: Iterable[TextChange]) -> pd.DataFrame:
    """One row a change: ``section``, ``title``, ``old``, ``new``, ``only_numbers``."""
    return pd.DataFrame([vars(each) for each in changes], columns=list(TextChange.__dataclass_fields__))


def _words(text: str) -> list[str]:
    return re.findall(r"\S+", text)


def _matched(old: Sequence[Paragraph], new: Sequence[Paragraph]) -> list[tuple[Paragraph | None, Paragraph | None]]:
    """Paragraphs of one section side by side: the same words first, then those that are most alike."""
    pairs: list[tuple[Paragraph | None, Paragraph | None]] = []
    matcher = SequenceMatcher(None, [each.words for each in old], [each.words for each in new], autojunk=False)
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            pairs += list(zip(old[i:j], new[k:m], strict=True))
            continue
        rest = list(old[i:j])
        for paragraph in new[k:m]:
            best = max(rest, key=lambda each: _likeness(each, paragraph), default=None)
            if best is not None and _likeness(best, paragraph) >= _ALIKE:
                # what is skipped was deleted, so that order is kept
                place = rest.index(best)
                pairs += [(each, None) for each in rest[:place]]
                rest = rest[place + 1 :]
                pairs.append((best, paragraph))
            else:
                pairs.append((None, paragraph))
        pairs += [(each, None) for each in rest]
    return pairs


def _likeness(old: Paragraph, new: Paragraph) -> float:
    return SequenceMatcher(None, _words(old.words), _words(new.words), autojunk=False).ratio()
