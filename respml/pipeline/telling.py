"""What a build tells a person at its end, beyond its findings: words and files of theirs that it touched upon."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from respml.pipeline.layout import PROJECT
from respml.review.findings_register import JUDGEMENTS, Change
from respml.review.narrative import PASSAGES
from respml.review.rebuild import Registers


def notes(
    kept: Iterable[Path], registers: Registers, changes: Iterable[Change], stages: Mapping[str, Path]
) -> tuple[str, ...]:
    """Lines for the terminal.

    Parameters
    ----------
    kept: files of a replaced draft that no build wrote.
    registers, changes: beside the spec, and what this build did to the findings.
    stages: folders of the stages that assembled the documents, by name.
    """
    return (*_kept(kept), *_registers(registers, changes), *_passages(stages))


def _kept(kept: Iterable[Path]) -> Iterator[str]:
    for path in kept:
        yield f"{path.name} was put into the run or changed there, and is kept as {path}"


def _registers(registers: Registers, changes: Iterable[Change]) -> Iterator[str]:
    if registers.later:
        yield f"registers: left as they are, since they tell of version {registers.later}, which comes after this one"
    if registers.lost:
        yield f"findings register: history is missing that an earlier build recorded: {'; '.join(registers.lost)}"
    counts = Counter(event for each in changes for event in each.events)
    if counts:
        yield "findings register: " + ", ".join(f"{counts[each]} {each}" for each in JUDGEMENTS if counts[each])


def _passages(stages: Mapping[str, Path]) -> Iterator[str]:
    states: dict[str, list[str]] = {}
    for name in ("document", "volume"):
        if name in stages:
            told = json.loads((stages[name] / PROJECT / PASSAGES).read_text(encoding="utf-8"))
            for passage, each in sorted(told.items()):
                states.setdefault(each["state"], []).append(passage)
    for state in ("stale", "edited", "not accepted"):
        if state in states:
            yield f"passages {state}: {', '.join(states[state])}"
