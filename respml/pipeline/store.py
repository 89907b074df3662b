"""Content-addressed results of stages: what was computed once from the same inputs is not computed again."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from respml.errors import AnalysisError, InputError
from respml.pipeline.disk import place_errors
from respml.pipeline.workspace import Workspace, remove_tree

_LAYOUT = 1
"""Part of every key: a change of what a published folder looks like makes old results unreachable."""

_DESCRIPTION = "stage.json"
_CONTENT = "content"
_MODIFIED = 946_684_800
"""Modification time of every published file (2000-01-01): any other says that someone has written to it since."""


@dataclass(frozen=True)
class KeyParts:
    """All that decides a stage's result.

    Attributes
    ----------
    stage: the stage's name.
    parameters: its parameters, anything JSON can hold.
    code: names of the source files behind it with their digests (``code_digest.code_files``).
    libraries: the libraries it uses with their versions.
    inputs: the stages it reads with the digests of their *outputs*, so that an input that was computed again with
        the same result changes nothing downstream.
    seed: its seed.
    """

    stage: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    code: Mapping[str, str] = field(default_factory=dict)
    libraries: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0

    def key(self) -> str:
        """SHA-256 over the canonical JSON of all parts, as 64 hexadecimal digits."""
        return hashlib.sha256(canonical_json({"layout": _LAYOUT, **asdict(self)}).encode()).hexdigest()


@dataclass(frozen=True)
class Published:
    """A complete result in the store.

    Attributes
    ----------
    key: the key it was published under.
    folder: the folder with its files; read, never written.
    digest: Merkle digest of the files' names and contents.
    description: what was recorded with it.
    """

    key: str
    folder: Path
    digest: str
    description: Mapping[str, Any]


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no spaces; NaN and objects JSON does not know are refused with a ``ValueError``."""
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except TypeError as error:
        raise ValueError(str(error)) from None


class Store:
    """A folder of published results, shared by all runs and safe for several builders at once.

    ``objects/<key>/`` holds ``content/`` and ``stage.json``; ``temporary/`` what is being built; ``failed/<stage>/``
    what failed stages left; ``history/<run>/<stage>.json`` the key parts of each run's last build.

    Parameters
    ----------
    root: the store's folder; made when it does not exist.

    Raises
    ------
    InputError: the folder cannot be made or written.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        try:
            with place_errors(root):
                for name in ("objects", "temporary", "failed", "history"):
                    (root / name).mkdir(parents=True, exist_ok=True)
                self._workspace = Workspace(root / "temporary")
        except (FileExistsError, NotADirectoryError):
            raise InputError(
                "A file stands where a folder is needed.", where=root.name, remedy="Choose another output folder."
            ) from None

    def __reduce__(self) -> tuple[type[Store], tuple[Path]]:
        """A store sent to another process is opened anew there."""
        return (Store, (self.root,))

    def get(self, key: str, *, verify: bool = False) -> Published | None:
        """The result under a key, or nothing; a damaged one is removed and counts as absent.

        Parameters
        ----------
        key: 64 hexadecimal digits.
        verify: read and hash every file; otherwise only files whose size or modification time tell of a change.
        """
        place = self.root / "objects" / key
        with place_errors(self.root):
            if not place.is_dir():
                if place.is_symlink() or place.exists():
                    self._workspace.discard(place)  # nothing of ours: it would only stand in the way of a result
                return None
            recorded = _read_description(place)
            if recorded is None or not _is_intact(place / _CONTENT, recorded["files"], verify=verify):
                self._workspace.discard(place)
                return None
        return Published(key, place / _CONTENT, recorded["digest"], recorded["description"])

    @contextmanager
    def publish(
        self, key: str, description: Mapping[str, Any] | None = None, *, keep_failed: bool = False
    ) -> Iterator[Path]:
        """A temporary folder that becomes the result under ``key`` when the block ends well.

        The folder appears under its final name by one rename, complete or not at all. Of two builders of the same
        key the first wins and the second's folder is dropped. When the block raises, the folder is removed, or kept
        as ``failed/<stage>`` where ``keep_failed`` says so (the stage is ``description["stage"]``).

        Parameters
        ----------
        key: 64 hexadecimal digits.
        description: what to record with the result, anything JSON can hold.
        keep_failed: whether what a failing block wrote is kept to be looked at.

        Raises
        ------
        InputError: the disk is full, or the store may not be written.
        AnalysisError: the block left a symbolic link, which is not content.
        """
        described = dict(description or {})
        with place_errors(self.root):
            temporary = self._workspace.folder()
            content = temporary / _CONTENT
            try:
                content.mkdir()
                yield content
                files = _seal(content)
                recorded = {"description": described, "digest": _merkle(files), "files": files, "key": key}
                (temporary / _DESCRIPTION).write_text(canonical_json(recorded) + "\n", encoding="utf-8")
                self._move_into_place(temporary, key)
            except BaseException:
                if keep_failed and content.is_dir():
                    self._keep(content, str(described.get("stage", key)))
                raise
            finally:
                remove_tree(temporary)

    def collect(self, keep: Iterable[str]) -> tuple[str, ...]:
        """Remove every result whose key is not in ``keep``, and all that failed stages left.

        Returns
        -------
        The removed keys, sorted.
        """
        kept = set(keep)
        with place_errors(self.root):
            removed = sorted(path.name for path in (self.root / "objects").iterdir() if path.name not in kept)
            for key in removed:
                self._workspace.discard(self.root / "objects" / key)
            for leftover in (self.root / "failed").iterdir():
                remove_tree(leftover)
        return tuple(removed)

    def record(self, run: str, parts: KeyParts) -> None:
        """Note the key parts of a stage of a run, for the next build's reasons."""
        with place_errors(self.root):
            path = self._history(run, parts.stage)
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._workspace.folder()
            draft = fresh / path.name
            draft.write_text(canonical_json(asdict(parts)) + "\n", encoding="utf-8")
            draft.replace(path)
            remove_tree(fresh)

    def recorded(self, run: str, stage: str) -> KeyParts | None:
        """The key parts of a run's last build of a stage; nothing when there was none."""
        try:
            return KeyParts(**json.loads(self._history(run, stage).read_bytes()))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def recorded_keys(self) -> frozenset[str]:
        """The keys of the last build of every run: what ``collect`` should usually keep."""
        runs = (self.root / "history").iterdir()
        parts = (self.recorded(run.name, path.stem) for run in runs for path in run.glob("*.json"))
        return frozenset(each.key() for each in parts if each is not None)

    def _history(self, run: str, stage: str) -> Path:
        return self.root / "history" / _file_name(run) / f"{stage}.json"

    def _move_into_place(self, temporary: Path, key: str) -> None:
        final = self.root / "objects" / key
        try:
            temporary.rename(final)
        except OSError:
            if self.get(key) is None:
                temporary.rename(final)

    def _keep(self, content: Path, stage: str) -> None:
        kept = self.root / "failed" / _file_name(stage)
        remove_tree(kept)
        content.rename(kept)


def _file_name(text: str) -> str:
    """Text as one name of a file; a name made by this function stays as it is."""
    quoted = quote(text, safe="%")
    return quoted if quoted.strip(".") else quoted.replace(".", "%2E") or "%"


def _seal(content: Path) -> dict[str, dict[str, Any]]:
    """Sizes and SHA-256 of the files below a folder, whose modification times are set to the agreed moment."""
    files: dict[str, dict[str, Any]] = {}
    for path in sorted(content.rglob("*")):
        name = path.relative_to(content).as_posix()
        if path.is_symlink():
            raise AnalysisError(f"{name} is a symbolic link.", remedy="Write the file itself.")
        if path.is_file():
            files[name] = {"bytes": path.stat().st_size, "sha256": _sha256(path)}
            os.utime(path, (_MODIFIED, _MODIFIED))
    return files


def _read_description(place: Path) -> dict[str, Any] | None:
    """What was recorded at publication; nothing when it is missing or does not agree with itself."""
    try:
        recorded: dict[str, Any] = json.loads((place / _DESCRIPTION).read_bytes())
        return recorded if recorded["digest"] == _merkle(recorded["files"]) else None
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _is_intact(content: Path, files: Mapping[str, Mapping[str, Any]], *, verify: bool) -> bool:
    if not content.is_dir():
        return False
    for name, recorded in files.items():
        try:
            status = (content / name).stat()
        except OSError:
            return False
        if status.st_size != recorded["bytes"]:
            return False
        touched = status.st_mtime_ns != _MODIFIED * 1_000_000_000
        if (verify or touched) and _sha256(content / name) != recorded["sha256"]:
            return False
    return not verify or sum(path.is_file() for path in content.rglob("*")) == len(files)


def _merkle(files: Mapping[str, Mapping[str, Any]]) -> str:
    pairs = sorted((name, recorded["sha256"]) for name, recorded in files.items())
    return hashlib.sha256(canonical_json(pairs).encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
