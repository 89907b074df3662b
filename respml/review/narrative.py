"""People's passages beside the spec: read, placed, and held against the numbers they were written about.

A passage is never written, moved or removed here; what it was accepted against stands in :mod:`respml.review.bindings`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from respml.document.markdown import Attributes, div, escape
from respml.errors import InputError, RenderError
from respml.evidence.lint import literal_numbers
from respml.evidence.model import Metric, subject_of
from respml.review.bindings import (
    Binding,
    Bound,
    binding_as_json,
    binding_of,
    evidence_digest,
    read_bindings,
    text_digest,
)
from respml.review.passage_markdown import cited, passage_markdown, places, without_variables
from respml.review.passage_state import PassageState, listed, state_of
from respml.review.strays import refuse_strays
from respml.spec.loading import nearest

SLOT = "text-"
PASSAGES = "narrative/passages.json"
"""Where an assembled document says what it knows about its passages."""
HEADLINE = ("comparison.", "checks.findings.")
SUBJECTS = {"conclusion": HEADLINE, "identity": HEADLINE, "findings": ("checks.",)}
"""What a passage is about when its name is not that of an analysis; :data:`HEADLINE` where nothing else is known."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_SLOT = re.compile(r"\{\{<\s*include\s+/narrative/" + SLOT + r"([a-z0-9_-]+)\.qmd\s*>\}\}")
_LARGEST = 200_000


@dataclass(frozen=True)
class Narrative:
    """The passages of a spec and their bindings; ``folder`` is its name as the spec gives it."""

    folder: str
    passages: Mapping[str, str]
    bindings: Mapping[str, Binding]

    def as_json(self) -> dict[str, Any]:
        """For the key of a stage."""
        return {
            "folder": self.folder,
            "passages": dict(self.passages),
            "bindings": {name: binding_as_json(each) for name, each in self.bindings.items() if name in self.passages},
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Narrative:
        """What :meth:`as_json` made."""
        bindings = {name: binding_of(each) for name, each in content["bindings"].items()}
        return cls(content["folder"], content["passages"], bindings)

    def apart(self, name: str) -> Narrative:
        """The one passage that a separate volume of this name takes with it."""
        return self._of({each: text for each, text in self.passages.items() if each == name})

    def without(self, name: str) -> Narrative:
        """All but the passage of a separate volume; what others were bound to of its numbers goes with it."""
        kept = self._of({each: text for each, text in self.passages.items() if each != name})
        bindings = {each: _without(binding, f"{name}.") for each, binding in kept.bindings.items()}
        return replace(kept, bindings=bindings)

    def _of(self, passages: Mapping[str, str]) -> Narrative:
        return replace(
            self, passages=passages, bindings={each: told for each, told in self.bindings.items() if each in passages}
        )

    def cited(self) -> tuple[str, ...]:
        """Every id that any passage places."""
        return tuple(dict.fromkeys(id for text in self.passages.values() for id in cited(text)))

    def place(self, name: str) -> str:
        """The passage's file as errors name it."""
        return f"{self.folder}/{name}.md"


def _without(binding: Binding, start: str) -> Binding:
    kept = {id: told for id, told in binding.metrics.items() if not id.startswith(start)}
    return replace(binding, metrics=kept)


def slots(template: Path) -> tuple[str, ...]:
    """The passages a template has a place for, sorted."""
    found: set[str] = set()
    for path in (*template.glob("*.qmd"), *template.glob("chapters/*.qmd")):
        found.update(_SLOT.findall(path.read_text(encoding="utf-8")))
    return tuple(sorted(found))


def read_narrative(base: Path, folder: str, known: Sequence[str]) -> Narrative:
    """Read every passage.

    Parameters
    ----------
    base: the folder of the spec.
    folder: name of the folder of passages; it need not exist.
    known: the passages the template has a place for.

    Raises
    ------
    InputError: a file is no passage, has no place in the template, is not UTF-8, too large, or holds what a passage
        may not hold; or the bindings cannot be read.
    """
    place = (base / folder).expanduser()
    refuse_strays(
        place, lambda path: path.suffix == ".md", "Name it after its place, such as performance.md, or move it."
    )
    passages: dict[str, str] = {}
    for path in sorted(place.glob("*.md")) if place.is_dir() else []:
        if path.name.startswith("."):
            continue
        name, where = path.stem, f"{folder}/{path.name}"
        if name not in known or not _NAME.fullmatch(name):
            raise InputError("The template has no place for this passage.", where=where, remedy=nearest(name, known))
        passages[name] = _read(path, where)
        passage_markdown(passages[name], where)
    return Narrative(folder, passages, read_bindings(place))


def _read(path: Path, where: str) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError(f"The passage is larger than {_LARGEST} bytes.", where=where, remedy="Shorten it.")
        # an editor's mark at the start of the file is no word of the passage
        text = path.read_text(encoding="utf-8-sig")
        if "\0" in text:
            raise InputError("The passage holds a NUL character.", where=where, remedy="Remove it.")
        return text
    except UnicodeDecodeError as error:
        raise InputError("The passage is not UTF-8 text.", where=where, remedy="Save it as UTF-8.") from error
    except OSError as error:
        raise InputError(f"The passage cannot be read: {error.strerror}.", where=where, remedy="Check it.") from error


def subject(name: str, text: str, metrics: Mapping[str, Metric]) -> tuple[str, ...]:
    """Ids of the metrics a passage is about, sorted.

    Those it cites; and where it cites none, or holds a number of its own, every metric of the analysis it is named
    after (of a conclusion, and where that analysis measured nothing: the comparison and the count of findings).
    """
    found = {id for id in cited(text) if id in metrics}
    if not found or literal_numbers(without_variables(text)):
        starts = SUBJECTS.get(name, (name.replace("-", "_") + ".",))
        own = [id for id in metrics if id.startswith(starts)]
        # of an analysis that did not run nothing is measured; words about it must not hold for ever all the same
        found.update(own or (id for id in metrics if id.startswith(HEADLINE)))
    return tuple(sorted(found))


def accepted(name: str, text: str, metrics: Mapping[str, Metric], version: str, by: str = "") -> Binding:
    """The binding of a passage to the numbers of a run."""
    bound = {
        id: Bound(
            metrics[id].value,
            metrics[id].interval,
            metrics[id].format,
            metrics[id].unit,
            subject_of(metrics[id].about, metrics),
        )
        for id in subject(name, text, metrics)
    }
    return Binding(version, text_digest(text), evidence_digest(bound), bound, by)


def states(narrative: Narrative, metrics: Mapping[str, Metric]) -> tuple[PassageState, ...]:
    """The state of every passage, by name."""
    return tuple(
        state_of(name, text, narrative.bindings.get(name), metrics) for name, text in sorted(narrative.passages.items())
    )


def require_accepted(narrative: Narrative, metrics: Mapping[str, Metric]) -> None:
    """Every passage is accepted and about the numbers of this version.

    Raises
    ------
    RenderError: naming the first passage that is not, what moved, and all others that are not.
    """
    wrong = [each for each in states(narrative, metrics) if each.state != "accepted"]
    if not wrong:
        return
    first = wrong[0]
    what = {
        "stale": f"The passage '{first.name}' was written about earlier numbers: {listed(first.moved)}.",
        "edited": f"The passage '{first.name}' was edited after it was accepted.",
        "not accepted": f"The passage '{first.name}' has not been accepted.",
    }[first.state]
    others = ", ".join(f"'{each.name}' ({each.state})" for each in wrong[1:])
    names = " ".join(each.name for each in wrong)
    raise RenderError(
        f"{what} Also to be read: {others}." if others else what,
        where=narrative.place(first.name),
        remedy=f"Build without --strict, read it there, then: respml narrative accept REPORT.yml {names}",
    )


def placed_words(narrative: Narrative, known: Sequence[str], metrics: Mapping[str, Metric]) -> dict[str, str]:
    """Markdown for every place of the template, by file name; empty where nobody wrote anything."""
    by_name = {each.name: each for each in states(narrative, metrics)}
    words = {f"{SLOT}{name}": "" for name in known}
    for name, text in narrative.passages.items():
        markdown = passage_markdown(text, narrative.place(name))
        if markdown:
            words[f"{SLOT}{name}"] = _block(markdown, by_name[name])
    return words


def _block(markdown: str, state: PassageState) -> str:
    if state.state == "accepted":
        return div([markdown], Attributes(classes=("narrative",)))
    if state.state == "stale":
        mark = f"**▲ Written about earlier numbers**, those of version {escape(state.version)}"
    elif state.state == "edited":
        mark = f"**◆ Edited** after it was accepted with version {escape(state.version)}"
    else:
        mark = "**◆ Not accepted**: nobody has confirmed these words against the numbers of a version"
    mark += f"\\: {escape(listed(state.moved))}\\." if state.moved else "\\."
    return div(
        [div([mark], Attributes(classes=("stale-mark",))), markdown], Attributes(classes=("narrative",)), depth=4
    )


def require_known(narrative: Narrative, known: Sequence[str]) -> None:
    """Every result a passage cites exists.

    Parameters
    ----------
    narrative: the passages.
    known: ids of metrics and of the spec's variables.

    Raises
    ------
    InputError: naming file and line of the first that does not.
    """
    ids = set(known)
    for name, text in sorted(narrative.passages.items()):
        for variable, line in places(text):
            if variable.removeprefix("interval.") not in ids:
                raise InputError(
                    f"There is no result '{variable}'.",
                    where=f"{narrative.place(name)}, line {line}",
                    remedy=nearest(variable.removeprefix("interval."), sorted(ids))[:300],
                )


def require_same_volume(narrative: Narrative, elsewhere: Sequence[str]) -> None:
    """No passage cites a result of an analysis that is printed in another volume.

    Raises
    ------
    InputError: naming file and line of the first that does.
    """
    for name, text in sorted(narrative.passages.items()):
        for variable, line in places(text):
            analysis = variable.removeprefix("interval.").split(".")[0]
            if analysis in elsewhere:
                raise InputError(
                    f"The result '{variable}' is printed in another volume.",
                    where=f"{narrative.place(name)}, line {line}",
                    remedy=f"Cite it in the passage of the volume that holds '{analysis}'.",
                )


def passages_document(narrative: Narrative, metrics: Mapping[str, Metric]) -> str:
    """What a document says about its passages, as JSON: words, state, what moved, what each is about."""
    content = {
        each.name: {
            "state": each.state,
            "moved": list(each.moved),
            "accepted_with": each.version,
            "text_sha256": text_digest(narrative.passages[each.name]),
            "about": list(subject(each.name, narrative.passages[each.name], metrics)),
        }
        for each in states(narrative, metrics)
    }
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
