"""A stage: a function of its declared inputs alone."""

from __future__ import annotations

import importlib.metadata
import platform
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from respml.errors import InputError
from respml.pipeline.code_digest import code_files
from respml.pipeline.store import KeyParts, canonical_json

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*")


class Note(Protocol):
    """Reports how far a stage is: a few words, and a count where there is one."""

    def __call__(self, text: str, done: int | None = None, total: int | None = None) -> None:
        """Say what is being done; ``done`` of ``total`` steps are behind."""


def silent(text: str, done: int | None = None, total: int | None = None) -> None:
    """A note nobody reads."""


@dataclass(frozen=True)
class StageRun:
    """What a stage's function is given.

    Attributes
    ----------
    name: the stage's name.
    inputs: the folder of each input stage; read, never written.
    folder: where to write; empty at first.
    parameters: the stage's parameters.
    seed: the stage's seed.
    progress: a function to report how far it is.
    """

    name: str
    inputs: Mapping[str, Path]
    folder: Path
    parameters: Mapping[str, Any]
    seed: int
    progress: Note = silent


@dataclass(frozen=True)
class Stage:
    """One step of a build, and all that its result may depend on.

    Attributes
    ----------
    name: lower-case words joined by ``.``, ``_`` or ``-``; unique in a build.
    run: writes the result into ``StageRun.folder``. A function of a module, so that it can be sent to a cluster.
    inputs: the names of the stages whose results it reads.
    parameters: what else decides the result, as JSON values; data read from outside enters here by digest.
    entry: where its code starts: dotted module names, or paths of ``.py`` and ``.ipynb`` files. Name the modules that
        do the work rather than the one that declares all stages, which imports everything.
    libraries: distributions whose version decides the result.
    seed: the seed, usually ``seed_for(spec.seed, name)``.
    settings: what the function needs to know and what cannot change the result (threads, folders of the machine);
        added to ``StageRun.parameters``, not part of the key.
    """

    name: str
    run: Callable[[StageRun], None]
    inputs: tuple[str, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    entry: tuple[str | Path, ...] = ()
    libraries: tuple[str, ...] = ()
    seed: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is not a stage name: use lower-case letters, digits, '.', '_' and '-'")
        shared = sorted(set(self.parameters) & set(self.settings))
        if shared:
            raise ValueError(f"{shared[0]!r} is both a parameter and a setting of stage {self.name}")
        canonical_json(self.parameters)

    def key_parts(self, input_digests: Mapping[str, str]) -> KeyParts:
        """All that decides the stage's result, given the output digests of its inputs.

        Raises
        ------
        InputError: a module, file or library named by the stage is missing.
        """
        versions = {name: library_version(name) for name in self.libraries}
        return KeyParts(
            stage=self.name,
            parameters=dict(self.parameters),
            code=code_files(self.entry),
            libraries={"python": platform.python_version(), **versions},
            inputs={name: input_digests[name] for name in self.inputs},
            seed=self.seed,
        )


@cache
def library_version(name: str) -> str:
    """The installed version of a distribution.

    Raises
    ------
    InputError: it is not installed.
    """
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        raise InputError(f"The library {name} is not installed.", remedy=f"Install it: pip install {name}") from None
