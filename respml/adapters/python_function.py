"""A Python function of a module in the spec's folder, run only with the spec's consent."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import pandas as pd

from respml.adapters.external_model import (
    Adapter,
    Artefact,
    ExternalModel,
    Floats,
    Seen,
    Source,
    checked_probability,
)
from respml.adapters.messages import told
from respml.adapters.reading_watch import files_read
from respml.adapters.row_traces import numbers_of, trace_in_text
from respml.errors import AnalysisError, InputError


class PythonFunction(ExternalModel):
    """A function from rows to probabilities of default."""

    def __init__(self, function: Callable[[pd.DataFrame], Any], name: str, features: tuple[str, ...]) -> None:
        self.function = function
        self.name = name
        self.inputs = features
        self.family = "Python function"
        self.facts = {"function": name}
        self.software = {"numpy": version("numpy"), "pandas": version("pandas")}

    def probability(self, frame: pd.DataFrame) -> Floats:
        """What the function returns for the rows.

        Errors
        ------
        AnalysisError where it raises, or returns anything but one probability a row.
        """
        return checked_probability(self._returned(frame), len(frame), self.name)

    def answers(self, frame: pd.DataFrame) -> Floats:
        """The same, NaN where the function returns none."""
        return checked_probability(self._returned(frame), len(frame), self.name, undefined=True)

    def _returned(self, frame: pd.DataFrame) -> Any:
        rows = frame[list(self.inputs)].copy()
        try:
            with files_read() as read:
                found = self.function(rows)
        except (Exception, SystemExit) as error:
            empty = [str(name) for name in rows if rows[name].isna().any()]
            hint = f" The rows hold missing values in {', '.join(empty)}." if empty else ""
            raise AnalysisError(
                f"{self.name} raised {type(error).__name__}: {told(error)}.{hint}",
                remedy="Let it return probabilities"
                + (", or say under preprocessing.fill what a missing value counts as." if empty else "."),
            ) from error
        _require_none(read, "While it scores rows, the function reads")
        return found


def bring_function(source: Source) -> Artefact:
    """The module's source and the files it reads, all of the spec's folder.

    Errors
    ------
    InputError where the spec names no function, or a file is missing or stands outside the spec's folder.
    """
    if source.function is None:
        raise InputError("This adapter runs a function.", remedy="Give 'function: module:function' and 'allow_code'.")
    module, _, name = source.function.partition(":")
    listed = source.options.get("files", [])
    if not isinstance(listed, list | tuple) or not all(isinstance(each, str) for each in listed):
        raise InputError("options.files is no list of names.", remedy="List the files the module reads.")
    files = {each: _inside(source.folder, each) for each in (f"{module}.py", *listed)}
    features = source.options.get("features") or list(source.portfolio.inputs)
    return Artefact(files, {"function": name, "module": module, "features": list(features)})


def open_function(artefact: Artefact) -> PythonFunction:
    """Run the kept module and take its function.

    Its files lie beside it in a temporary folder while it is run, and are gone afterwards: a module reads them when it
    is imported, by ``Path(__file__).parent``.

    Errors
    ------
    InputError where the module cannot be run, reads a file that is not kept with it, or has no such function.
    """
    module_name, name = artefact.options["module"], artefact.options["function"]
    with TemporaryDirectory() as temporary:
        for each, content in artefact.files.items():
            target = Path(temporary) / each
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        module = ModuleType(module_name)
        module.__file__ = str(Path(temporary) / f"{module_name}.py")
        try:
            with files_read((Path(temporary),)) as read:
                exec(compile(artefact.main, f"{module_name}.py", "exec"), module.__dict__)
        except (Exception, SystemExit) as error:
            raise InputError(
                f"The module cannot be run: {type(error).__name__}: {told(error)}.",
                where=f"{module_name}.py",
                remedy="Mend it.",
            ) from error
    _require_none(read, "The module reads", f"{module_name}.py")
    function = getattr(module, name, None)
    if not callable(function):
        raise InputError(f"There is no function '{name}'.", where=f"{module_name}.py", remedy="Correct 'function'.")
    return PythonFunction(function, f"{module_name}:{name}", tuple(artefact.options["features"]))


def _require_none(read: list[str], what: str, where: str = "") -> None:
    """Refuse files that are not kept with the candidate: a change of theirs would go unnoticed."""
    if read:
        raise InputError(
            f"{what} '{Path(read[0]).name}', which options.files does not list.",
            where=where,
            remedy="Put it in the spec's folder, list it, and read it beside __file__ when the module is imported.",
        )


def keeps_rows(artefact: Artefact, model: ExternalModel, seen: Seen) -> str:
    """Why a module keeps rows: it reads files, whose content nobody knows, or rows stand in its source."""
    if len(artefact.files) > 1:
        return f"its module reads {', '.join(list(artefact.files)[1:])}, which may hold rows"
    return trace_in_text(artefact.main.decode("utf-8", errors="replace"), [numbers_of(seen.rows)])


def _inside(folder: Path, name: str) -> bytes:
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise InputError(f"'{name}' leads out of the spec's folder.", where="key 'function'", remedy="Put it inside.")
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"There is no readable file '{name}' in the spec's folder: {error.strerror}.",
            where="key 'function'",
            remedy="Put the module there.",
        ) from None


ADAPTER = Adapter(
    name="python",
    describes="Python function",
    open=open_function,
    bring=bring_function,
    options=("features", "files"),
    needs_file=False,
    keeps_rows=keeps_rows,
)
