"""What ties a build to what was there before: the previous version, people's passages, and the stage that compares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from respml.errors import InputError
from respml.pipeline.code_digest import code_files
from respml.pipeline.layout import CHANGES
from respml.pipeline.stage import Stage, StageRun
from respml.pipeline.template import Template
from respml.review.narrative import Narrative, read_narrative, slots
from respml.review.signoff_words import signatures_words
from respml.review.versions import MANIFEST, Previous, ancestors, manifest_of, previous_run
from respml.spec import LoadedSpec
from respml.version import __version__


@dataclass(frozen=True)
class Continuity:
    """What a build follows and keeps.

    Attributes
    ----------
    previous: the version to compare with; nothing for a first one.
    chain: that version and those before it, each with the digest of its manifest.
    written: people's passages and what they were accepted against.
    histories: how long the history of each finding was in this version's last build, or in the version before.
    """

    previous: Previous | None
    chain: tuple[Previous, ...]
    written: Narrative
    histories: Mapping[str, int] = field(default_factory=dict)

    @property
    def link(self) -> dict[str, str] | None:
        """What the manifest says about the version before."""
        return None if self.previous is None else self.previous.as_json()

    def signed(self) -> str:
        """Who signed the version before, as Markdown; empty where nobody has."""
        return signatures_words(None if self.previous is None else self.previous.folder)

    @property
    def baseline(self) -> str | None:
        """The run whose key parts tell what changed, where this version has none of its own yet."""
        return None if self.previous is None else run_name(self.previous.folder.parent.name, self.previous.version)


def run_name(id: str, version: str) -> str:
    """The name under which the store keeps the key parts of a version."""
    return f"{id}-{version}"


def read_continuity(loaded: LoadedSpec, template: Template, output: Path) -> Continuity:
    """Read what the build follows, before anything is computed.

    Raises
    ------
    InputError: ``model.previous`` cannot come before this version, or a passage cannot be placed.
    """
    identity = loaded.spec.model
    folder = output / identity.id
    previous = previous_run(folder, identity.version, identity.previous)
    chain = () if previous is None else tuple(ancestors(folder, previous.version))
    written = read_narrative(loaded.folder, loaded.spec.narrative, slots(template.folder))
    runs = [each.folder for each in chain[:1]] + [folder / identity.version]
    return Continuity(previous, chain, written, _histories(runs))


def _histories(runs: Iterable[Path]) -> dict[str, int]:
    """The longest history that the manifests of some runs record of each finding."""
    longest: dict[str, int] = {}
    for run in runs:
        if (run / MANIFEST).is_file():
            with suppress(InputError):  # a damaged manifest records nothing
                for id, count in (manifest_of(run)[0].get("registers") or {}).items():
                    longest[id] = max(longest.get(id, 0), int(count))
    return longest


def code_behind(stages: list[Stage]) -> dict[str, str]:
    """Source files behind the stages that compute, with their digests."""
    found: dict[str, str] = {}
    for stage in stages:
        found |= code_files(stage.entry)
    return dict(sorted(found.items()))


def comparing(
    continuity: Continuity,
    loaded: LoadedSpec,
    analyses: tuple[str, ...],
    code: Mapping[str, str],
    template_folder: Path,
) -> Callable[[Mapping[str, Any]], Stage] | None:
    """From all that the document's text is made of to the stage that compares; nothing for a first version."""
    if continuity.previous is None:
        return None

    def stage(words: Mapping[str, Any]) -> Stage:
        return Stage(
            name=CHANGES,
            run=run_changes,
            inputs=("record", "checks", "portfolio", "candidates", *analyses),
            parameters={
                **words,
                "previous": [[each.version, each.manifest_sha256] for each in continuity.chain],
                "spec": loaded.spec.model_dump(mode="json"),
                "code": dict(code),
                "software": __version__,
            },
            entry=("respml.pipeline.changing",),
            libraries=("numpy", "pandas", "pyarrow", "xgboost", "glum"),
            settings={
                "template_folder": str(template_folder),
                "chain": [str(each.folder) for each in continuity.chain],
            },
        )

    return stage


def run_changes(run: StageRun) -> None:
    """Compare with the version before and leave evidence ``changes``."""
    from respml.pipeline.changing import compare_with_previous
    from respml.review.changes_evidence import write_changes

    write_changes(compare_with_previous(run), run.folder / "evidence")
