"""The registers as a version sees them that is built again after a later one: what the later one said is left out.

A register tells the state at the latest version that was built. An earlier one reads it, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from respml.review.findings_register import (
    CLOSED,
    JUDGEMENTS,
    Finding,
    Moment,
    continued_content,
    finding_id,
    opened,
    subject_gone,
)
from respml.review.registers import Entry
from respml.review.versions import natural_order

Later = Callable[[str], bool]


def later_than(version: str, previous: str | None) -> Later:
    """Whether another version comes after this one: by number, but for those that this one is said to follow.

    Parameters
    ----------
    version: the version being built.
    previous: ``model.previous`` of its spec; it and all versions before it come before this one whatever their number.
    """
    highest = max(natural_order(each) for each in (version, previous or version))
    return lambda other: other != version and natural_order(other) > highest


def latest(findings: Iterable[Finding], entries: Iterable[Entry], later: Later) -> str:
    """The latest version that the registers tell of, where it comes after the one being built; else empty."""
    histories = [each.content.get("history") or [] for each in findings]
    histories += [each.content.get("history") or [] for each in entries]
    told = [str(each.get("version", "")) for some in histories for each in some if isinstance(each, Mapping)]
    return max((each for each in told if each and later(each)), key=natural_order, default="")


def findings_before(findings: Iterable[Finding], later: Later) -> tuple[Finding, ...]:
    """The register without what builds of later versions did to it; what people wrote stays."""
    rolled = (_before(each, later) for each in findings)
    return tuple(each for each in rolled if each is not None)


def _before(finding: Finding, later: Later) -> Finding | None:
    history = list(finding.content.get("history") or [])
    undone = [each for each in history if each.get("event") in JUDGEMENTS and later(str(each.get("version", "")))]
    if not undone:
        return finding
    if any(each["event"] == "opened" for each in undone):
        return None
    content: dict[str, Any] = {**finding.content, "history": [each for each in history if each not in undone]}
    for event in reversed(undone):
        changed = event.get("changed")
        content |= {key: pair[0] for key, pair in changed.items()} if isinstance(changed, Mapping) else {}
        if event["event"] == "closed":
            content["status"] = event.get("status_before", "open")
        elif event["event"] == "re-opened":
            content["status"] = CLOSED
    return replace(finding, content=content)


def judged_in_memory(
    findings: Iterable[Finding], results: Sequence[Mapping[str, Any]], moment: Moment
) -> tuple[Finding, ...]:
    """What the results of a build make of findings, with nothing written; sorted by id.

    Parameters
    ----------
    findings: of the document the results are of.
    results: every check with its state.
    moment: of the build.
    """
    kept = {each.id: each for each in findings}
    found = {finding_id(each): each for each in results if each["state"] == "finding"}
    shown = [opened(each, moment) for id, each in found.items() if id not in kept]
    shown += [
        replace(each, content=continued_content(each, *subject_gone(each, results), moment)) for each in kept.values()
    ]
    return tuple(sorted(shown, key=lambda each: each.id))


def entries_before(entries: Iterable[Entry], later: Later) -> tuple[Entry, ...]:
    """Limitations or assumptions without those that a later version's spec stated first."""
    return tuple(each for each in entries if not _stated_later(each, later))


def _stated_later(entry: Entry, later: Later) -> bool:
    history = entry.content.get("history") or []
    first = next((each for each in history if isinstance(each, Mapping)), {})
    return entry.text("source") == "report.yml" and later(str(first.get("version", "")))
