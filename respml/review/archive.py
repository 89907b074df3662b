"""Zip files that are the same bytes for the same content, and reading ones that came from elsewhere."""

from __future__ import annotations

import hashlib
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from respml.errors import InputError

_EPOCH = (1980, 1, 1, 0, 0, 0)
_BLOCK = 1 << 20
LARGEST_ENTRIES = 100_000
LARGEST_BYTES = 16 << 30
_REMEDY = "Ask for the bundle again."


def write_archive(target: Path, files: Mapping[str, Path | bytes]) -> str:
    """Write a zip of the files, in the order of their names, and return its SHA-256.

    Entries are stored, not compressed: compressed bytes depend on the version of the compressor.

    Parameters
    ----------
    target: the zip; written beside and then renamed.
    files: name in the zip -> file or content.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.new")
    try:
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_STORED) as archive:
            for name in sorted(files):
                entry = zipfile.ZipInfo(name, _EPOCH)
                entry.create_system, entry.external_attr = 3, (stat.S_IFREG | 0o644) << 16
                content = files[name]
                with archive.open(entry, "w", force_zip64=True) as stream:
                    if isinstance(content, bytes):
                        stream.write(content)
                    else:
                        with content.open("rb") as source:
                            while block := source.read(_BLOCK):
                                stream.write(block)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    with target.open("rb") as written:
        return hashlib.file_digest(written, "sha256").hexdigest()


def extract_archive(source: Path, folder: Path) -> tuple[str, ...]:
    """Unpack a zip from elsewhere into an empty folder and return the names, sorted.

    Raises
    ------
    InputError: when it is no zip, is damaged, or holds a name that would leave the folder, a link, the same name twice
        (also in another case), or more than it says.
    """
    try:
        with zipfile.ZipFile(source) as archive:
            entries = archive.infolist()
            _require_safe(entries, source.name)
            for entry in entries:
                _extract(archive, entry, folder, source.name)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, RuntimeError) as error:
        raise InputError(
            f"The bundle cannot be read: {str(error)[:160]}.", where=source.name, remedy=_REMEDY
        ) from error
    return tuple(sorted(entry.filename for entry in entries))


def _require_safe(entries: list[zipfile.ZipInfo], name: str) -> None:
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
        # what respml writes is not compressed, and what is could be a thousand times larger than its file
        raise InputError("The bundle is compressed.", where=name, remedy=_REMEDY)
    if len(entries) > LARGEST_ENTRIES or sum(entry.file_size for entry in entries) > LARGEST_BYTES:
        raise InputError("The bundle is larger than any that respml writes.", where=name, remedy=_REMEDY)
    seen: set[str] = set()
    for entry in entries:
        path = entry.filename
        parts = PurePosixPath(path).parts
        # as given in the file: zipfile has already cut orig_filename at a null byte and turned separators
        plain = path == entry.orig_filename and path.isprintable() and not set(path) & set('\\:*?"<>|')
        inside = bool(parts) and not path.startswith("/") and "/".join(parts) == path and ".." not in parts
        mode = entry.external_attr >> 16
        regular = entry.create_system != 3 or stat.S_IFMT(mode) in (0, stat.S_IFREG)
        if not (plain and inside and regular) or entry.is_dir():
            raise InputError(f"The bundle holds {path[:80]!r}, no file of a bundle.", where=name, remedy=_REMEDY)
        if path.casefold() in seen:
            raise InputError(f"The bundle holds {path[:80]!r} twice.", where=name, remedy=_REMEDY)
        seen.add(path.casefold())


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path, name: str) -> None:
    place = folder / entry.filename
    place.parent.mkdir(parents=True, exist_ok=True)
    left = entry.file_size
    with archive.open(entry) as stream, place.open("xb") as target:
        while block := stream.read(_BLOCK):
            left -= len(block)
            if left < 0:
                raise InputError(f"{entry.filename} is larger than stated.", where=name, remedy=_REMEDY)
            target.write(block)
