"""``respml init``: a first spec and data dictionary from a data file, every guess marked as one."""

from __future__ import annotations

import datetime
import itertools
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from respml.errors import InputError
from respml.portfolio.build import build_portfolio
from respml.portfolio.column_types import column_kind, standardise
from respml.portfolio.guessing import MOST_CODES, MOST_GROUPS, Guess, Roles, guess_roles
from respml.portfolio.nearest import shown
from respml.portfolio.sources import open_source
from respml.spec.loading import parse_spec

SPEC = "report.yml"
DICTIONARY = "dictionary.yml"


def scaffold(data: Path, folder: Path, target: str | None = None) -> list[Path]:
    """Write ``report.yml`` and ``dictionary.yml`` for a data file; both appear whole, or neither.

    Parameters
    ----------
    data: CSV, Parquet or Excel file (or a glob, or a directory of Parquet files).
    folder: where to write; made where it does not exist.
    target: column of the outcome; guessed from names and values where None.

    Returns
    -------
    The two paths written. The spec loads and its portfolio builds: both were tried before writing.

    Errors
    ------
    InputError where a file of either name exists, the data cannot be read, the outcome cannot be guessed, or the
    portfolio cannot be built (too few defaults for three partitions, no numeric input, ...).
    """
    paths = [folder / SPEC, folder / DICTIONARY]
    for path in paths:
        if path.exists():
            raise InputError("The file exists.", where=str(path), remedy="Give another folder, or move it away.")
    source = open_source(data)
    frame, _ = standardise(source.frame)
    roles = guess_roles(frame, target)
    _require_nameable(roles)
    texts = [
        spec_text(frame, roles, _source_name(data, folder), data.stem or data.name, _as_of(frame, roles, data)),
        dictionary_text(frame, roles),
    ]
    _try(texts, folder)
    _publish(dict(zip(paths, texts, strict=True)))
    return paths


def spec_text(frame: pd.DataFrame, roles: Roles, source: str, stem: str, as_of: datetime.date) -> str:
    """The text of the spec; ``source`` is the data's path as the spec states it, ``stem`` gives the model its name."""
    identifier = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:64].strip("-") or "model"
    title = re.sub(r"[\W_]+", " ", stem).strip()[:200] or "Model"
    person = "{name: not stated}  # FILL IN: a person or a team"
    lines = [
        "# Written by 'respml init'. A GUESS is what the columns look like: confirm or correct each one.",
        "# FILL IN is what no data can say. Then run: respml check report.yml",
        "model:",
        f"  id: {_quoted(identifier)}  # GUESS: from the name of the data file",
        f"  name: {_quoted(title)}  # GUESS: from the name of the data file",
        "  version: 0.1.0",
        f"  as_of: {as_of.isoformat()}  # GUESS: {_as_of_reason(roles)}",
        f"  owner: {person}",
        f"  developer: {person}",
        f"  validator: {person}",
        "  intended_use: not stated  # FILL IN: decisions that may rest on the model",
        "  population: not stated  # FILL IN: who is scored, where and when",
        "  out_of_scope: []  # FILL IN: uses and people the model is not for",
        "  limitations: []  # FILL IN",
        "  assumptions: []  # FILL IN",
        "",
        "data:",
        f"  source: {_quoted(source)}",
        f"  dictionary: {DICTIONARY}",
        *_role_lines(roles),
        f"  # Every other column is a model input: {len(_inputs(frame, roles))} of {len(frame.columns)} columns.",
        "",
        "partitions:",
        "  rule: stratified  # GUESS: no column says otherwise" + _time_hint(frame, roles),
        "  shares: {train: 0.6, valid: 0.2, test: 0.2}",
        "",
        "candidates:",
        "  champion: mgbm  # GUESS: the candidate to be documented",
        "  benchmark: glm",
        "  order: [glm, mgbm, gbm, hybrid]",
        "",
        "decision:",
        "  cutoff: {rule: max_f1}  # GUESS",
        "  # FILL IN decision.value: the worth of each outcome of a decision; illustrative amounts until then.",
        "  # FILL IN decision.minimum_gain: what the champion must gain over the benchmark, and who set it when.",
        "",
        "seed: 12345",
        "",
    ]
    return "\n".join(lines)


def _role_lines(roles: Roles) -> Iterator[str]:
    yield f"  target: {_quoted(roles.target.value)}  # GUESS: {_comment(roles.target.why)}"
    yield f"  event: {_quoted(roles.event.value)}  # GUESS: {_comment(roles.event.why)}"
    for key, guess in (("identifier", roles.identifier), ("time", roles.time), ("weight", roles.weight)):
        if isinstance(guess, Guess):
            yield f"  {key}: {_quoted(guess.value)}  # GUESS: {_comment(guess.why)}"
    if roles.repeated:
        yield "  duplicates: report  # GUESS: several rows belong to one customer"
    for key, columns in (("protected", roles.protected), ("segments", roles.segments)):
        if columns:
            yield f"  {key}:"
            yield from (f"    - {_quoted(name)}  # GUESS: {_comment(why)}" for name, why in columns.items())
    if roles.excluded:
        yield "  excluded:"
        for name, why in roles.excluded.items():
            yield f"    {_quoted(name)}: {_quoted(why)}  # GUESS: {_comment(why)}"
    if roles.bands:
        yield "  derived:"
        for name, (column, edges) in roles.bands.items():
            shown_edges, labels = ", ".join(f"{edge:g}" for edge in edges), ", ".join(map(_quoted, _labels(edges)))
            cut = f"{{column: {_quoted(column)}, edges: [{shown_edges}], labels: [{labels}]}}"
            yield f"    {_quoted(name)}: {cut}  # GUESS: bands of ten years"


def _labels(edges: tuple[float, ...]) -> list[str]:
    inner = [f"{low:g} to {high - 1:g}" for low, high in itertools.pairwise(edges)]
    return [f"under {edges[0]:g}", *inner, f"{edges[-1]:g} and over"]


def _time_hint(frame: pd.DataFrame, roles: Roles) -> str:
    if roles.time is None:
        return ""
    moments = frame[str(roles.time.value)].drop_duplicates().sort_values()
    late = moments.iloc[int(len(moments) * 0.8)]
    shown_late = late.date().isoformat() if isinstance(late, pd.Timestamp) else _comment(late)
    return f"; to hold out the latest rows: rule time, out_of_time_from {shown_late}"


def dictionary_text(frame: pd.DataFrame, roles: Roles) -> str:
    """The text of the dictionary: types, observed ranges and codes; the meaning is left to fill in."""
    lines = [
        "# Written by 'respml init'. Ranges and codes are those observed, not those allowed: correct them.",
        "# Keys to add where they apply: unit, expected_sign (1: more is more risk, -1: less, 0: none), missing_codes.",
        "columns:",
    ]
    held_out = {*roles.protected, *(column for column, _ in roles.bands.values())}
    for name in (str(each) for each in frame.columns):
        lines += [f"  {_quoted(name)}:", '    meaning: ""  # FILL IN']
        lines += [f"    {line}" for line in _entry(frame[name], name, roles)]
        if name in held_out:
            lines.append("    prohibited: true  # GUESS: protected")
    return "\n".join([*lines, ""])


def _entry(values: pd.Series, name: str, roles: Roles) -> Iterator[str]:
    kind = column_kind(values)
    present = values.dropna()
    if roles.identifier is not None and name == roles.identifier.value:
        yield "type: identifier  # GUESS"
    elif kind == "date" and len(present):
        yield "type: date"
        yield f"minimum: {present.min().date().isoformat()}  # observed"
        yield f"maximum: {present.max().date().isoformat()}  # observed"
    elif kind == "number" and set(present.unique()) <= {0, 1}:
        yield "type: flag  # GUESS: only 0 and 1"
    elif kind == "number" and len(present):
        if bool((present % 1 == 0).all()) and present.nunique() <= MOST_CODES:
            yield "type: category  # GUESS: few whole numbers; write 'number' for a count and remove the labels"
            yield from _codes([int(each) for each in sorted(present.unique())])
        else:
            yield "type: number"
        if abs(present).max() != float("inf"):
            yield f"minimum: {_number(present.min())}  # observed"
            yield f"maximum: {_number(present.max())}  # observed"
    else:
        yield "type: category"
        if 0 < present.nunique() <= MOST_GROUPS:
            yield from _codes(sorted(map(str, present.unique())))


def _codes(codes: list[int] | list[str]) -> Iterator[str]:
    yield "labels:  # FILL IN what each code means"
    for code in codes:
        yield f"  {_quoted(code)}: {_quoted(str(code))}"


def _number(value: object) -> str:
    number = float(value)  # type: ignore[arg-type]
    # YAML 1.1 reads 1e+20 as text: it wants a point before the exponent
    text = str(int(number)) if number.is_integer() and abs(number) < 1e15 else repr(number)
    return text if "e" not in text or "." in text else text.replace("e", ".0e")


def _quoted(value: object) -> str:
    """A value as a YAML scalar on one line; text always in double quotes, so that no name is read as anything else."""
    return str(value) if isinstance(value, int) else json.dumps(str(value), ensure_ascii=False)


def _comment(text: object) -> str:
    return "".join(character if character.isprintable() else " " for character in str(text))


def _inputs(frame: pd.DataFrame, roles: Roles) -> list[str]:
    single = (roles.target, roles.identifier, roles.time, roles.weight)
    taken = {each.value for each in single if each is not None}
    taken |= {*roles.protected, *roles.segments, *roles.excluded}
    return [str(name) for name in frame.columns if name not in taken]


def _require_nameable(roles: Roles) -> None:
    """Refuse column names that a spec cannot hold: it strips blanks at the ends and allows 300 characters."""
    single = (roles.target, roles.identifier, roles.time, roles.weight)
    names = [str(each.value) for each in single if each is not None]
    for name in [*names, *roles.protected, *roles.segments, *roles.excluded]:
        if name != name.strip() or len(name) > 300:
            raise InputError(
                f"The column name {shown(name)} begins or ends with a blank or is longer than 300 characters.",
                remedy="Rename the column; a spec cannot name it.",
            )


def _source_name(data: Path, folder: Path) -> str:
    """The data's path as the spec states it: relative where it lies in the spec's folder, else absolute."""
    absolute, base = data.resolve(), folder.resolve()
    return absolute.relative_to(base).as_posix() if absolute.is_relative_to(base) else str(absolute)


def _as_of(frame: pd.DataFrame, roles: Roles, data: Path) -> datetime.date:
    if roles.time is not None and column_kind(frame[str(roles.time.value)]) == "date":
        latest: datetime.date = frame[str(roles.time.value)].max().date()
        return latest
    newest = max(each.stat().st_mtime for each in ([data] if data.exists() else data.parent.glob(data.name)))
    return datetime.datetime.fromtimestamp(newest, tz=datetime.UTC).date()


def _as_of_reason(roles: Roles) -> str:
    return "the latest date in the data, or the date of the file" if roles.time is not None else "the date of the file"


def _try(texts: list[str], folder: Path) -> None:
    """Load the spec and build its portfolio, with the dictionary in a temporary place."""
    spec = parse_spec(texts[0], SPEC)
    with tempfile.TemporaryDirectory() as temporary:
        dictionary = Path(temporary) / DICTIONARY
        dictionary.write_text(texts[1], encoding="utf-8")
        build_portfolio(
            spec.data.model_copy(update={"dictionary": str(dictionary)}), spec.partitions, spec.seed, folder
        )


def _publish(texts: Mapping[Path, str]) -> None:
    """Write every file under a temporary name, then give all of them their names, never one that is taken."""
    folder = next(iter(texts)).parent
    with _writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        done: list[Path] = []
        try:
            for path, text in texts.items():
                _put(path, text)
                done.append(path)
        except BaseException:
            for path in done:
                path.unlink(missing_ok=True)
            raise


def _put(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
    try:
        Path(name).chmod(0o644)
        path.hardlink_to(name)
    finally:
        Path(name).unlink()


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except FileExistsError as error:
        raise InputError("The file exists.", where=str(error.filename2 or folder), remedy="Move it away.") from error
    except OSError as error:
        raise InputError(
            f"The folder cannot be written: {error.strerror}.", where=str(folder), remedy="Choose another folder."
        ) from error
