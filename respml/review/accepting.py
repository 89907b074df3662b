"""``respml narrative``: the passages of a spec against the run in place, and binding them to its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from respml.errors import InputError
from respml.evidence import Evidence, read_evidence
from respml.resources import template_folder
from respml.review.bindings import write_bindings
from respml.review.narrative import Narrative, accepted, read_narrative, slots, states, subject
from respml.review.passage_state import PassageState
from respml.review.run_files import require_unchanged
from respml.review.versions import manifest_of
from respml.spec import LoadedSpec
from respml.spec.fairness import VOLUME
from respml.spec.loading import nearest


@dataclass(frozen=True)
class Passages:
    """Passages with their states; ``about`` counts the metrics each is about, ``places`` are the template's."""

    states: tuple[PassageState, ...]
    about: Mapping[str, int]
    places: tuple[str, ...]


def passages_of(loaded: LoadedSpec, output: Path) -> Passages:
    """Every passage held against the numbers of the run in place.

    Raises
    ------
    InputError: there is no run, or a passage cannot be read.
    """
    places, narrative = _read(loaded)
    if not narrative.passages:
        return Passages((), {}, places)
    run = _run(loaded, output)
    about: dict[str, int] = {}
    found: list[PassageState] = []
    for name, text in sorted(narrative.passages.items()):
        metrics = _evidence(run, name).metrics
        about[name] = len(subject(name, text, metrics))
        found += states(narrative.apart(name), metrics)
    return Passages(tuple(found), about, places)


def accept_passages(loaded: LoadedSpec, output: Path, names: Sequence[str], by: str) -> dict[str, int]:
    """Bind some passages or all to the numbers of the run in place; the passages themselves are only read.

    Parameters
    ----------
    loaded: the spec.
    output: folder of the runs.
    names: of passages; all of them where there is none.
    by: who accepts, may be empty.

    Returns
    -------
    The number of metrics that each accepted passage is bound to.

    Raises
    ------
    InputError: there is no run or no such passage.
    """
    _, narrative = _read(loaded)
    for name in names:
        if name not in narrative.passages:
            raise InputError(
                f"There is no passage '{name}'.", where=narrative.folder, remedy=nearest(name, narrative.passages)
            )
    chosen = sorted(set(names) or narrative.passages)
    run, version = _run(loaded, output), loaded.spec.model.version
    new = {each: accepted(each, narrative.passages[each], _evidence(run, each).metrics, version, by) for each in chosen}
    if new:
        write_bindings(loaded.folder / narrative.folder, {**narrative.bindings, **new})
    return {each: len(binding.metrics) for each, binding in new.items()}


def _read(loaded: LoadedSpec) -> tuple[tuple[str, ...], Narrative]:
    places = slots(template_folder(loaded.spec.template, loaded.folder))
    return places, read_narrative(loaded.folder, loaded.spec.narrative, places)


def _run(loaded: LoadedSpec, output: Path) -> Path:
    """The version's run, as its manifest says it was built."""
    run = output / loaded.spec.model.id / loaded.spec.model.version
    require_unchanged(run, manifest_of(run)[0]["files"], ("evidence/", f"{VOLUME}/evidence/", f"{VOLUME}/checks/"))
    return run


def _evidence(run: Path, name: str) -> Evidence:
    """What the document that prints a passage is made of: the report, or the volume that takes this passage with it."""
    apart = run / name
    if name == VOLUME and (apart / "evidence").is_dir():
        shared = (run / "evidence" / each for each in ("run", "threshold"))
        return read_evidence([apart / "checks", apart / "evidence", *shared])
    return read_evidence(each for each in sorted((run / "evidence").iterdir()) if (each / "index.json").is_file())
