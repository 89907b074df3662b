"""Which files a spec means. Opens none and imports little: a build that reuses everything asks only this."""

from __future__ import annotations

from pathlib import Path

from respml.errors import InputError
from respml.portfolio.nearest import shown, suggestion

GLOB_CHARACTERS = "*?["


def resolve(given: str, base_folder: Path, key: str) -> Path:
    """The path that a spec means: an absolute one as given, a relative one within the spec's folder.

    Errors
    ------
    InputError where a relative path (or a link it goes through, or a link among the files that it means) leads out of
    the spec's folder.
    """
    path = Path(given)
    if path.is_absolute():
        return path
    inside = base_folder / path
    base = base_folder.resolve()
    outside = [each for each in (inside, *_meant(inside)) if not each.resolve().is_relative_to(base)]
    if outside:
        raise InputError(
            f"The relative path {shown(outside[0].relative_to(base_folder).as_posix())} leads out of the folder of the "
            "specification.",
            where=f"key '{key}'",
            remedy="Put the file inside it, or give an absolute path.",
        )
    return inside


def _meant(path: Path) -> list[Path]:
    """What a pattern or a folder may mean."""
    if path.is_dir():
        return sorted(path.rglob("*"))
    if path.is_file() or not _is_pattern(path) or not path.parent.is_dir():
        return []
    return sorted(path.parent.glob(path.name))


def _is_pattern(path: Path) -> bool:
    return any(character in path.name for character in GLOB_CHARACTERS)


def source_files(path: Path, format: str = "auto", key: str = "the path") -> tuple[Path, ...]:
    """The files that a source means, sorted; errors as ``read_source`` where there is none."""
    return tuple(files_and_base(path, format, key)[0])


def files_and_base(path: Path, format: str, key: str = "the path") -> tuple[list[Path], Path]:
    """The files a path means, sorted, and the folder their names are relative to; ``key`` is what to correct."""
    advice = f"Correct {key}."
    if path.is_file():
        return [path], path.parent
    if path.is_dir():
        if format not in ("auto", "parquet"):
            raise InputError(
                f"A directory is read as Parquet, not as {format}.", where=str(path), remedy="Give one file or a glob."
            )
        inside = [each for each in path.rglob("*") if each.is_file() and each.suffix.lower() in (".parquet", ".pq")]
        inside = sorted(each for each in inside if not each.name.startswith((".", "_")))
        if not inside:
            raise InputError(
                "The directory holds no Parquet file.", where=str(path), remedy="Give a file, or files named *.parquet."
            )
        return inside, path
    if _is_pattern(path):
        found = sorted(each for each in path.parent.glob(path.name) if each.is_file()) if path.parent.is_dir() else []
        if found:
            return found, path.parent
        raise InputError("No file matches the pattern.", where=str(path), remedy=advice)
    if path.parent.is_dir():
        hint = suggestion(path.name, [each.name for each in path.parent.iterdir()], advice)
        raise InputError("The data file does not exist.", where=str(path), remedy=hint)
    raise InputError("The data file does not exist, nor does its folder.", where=str(path), remedy=advice)
