"""What an adapter makes of a model file, and what it is given to make it from."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import logit

from respml.errors import AnalysisError, InputError
from respml.explain.shapley import Contributions
from respml.portfolio.portfolio import Portfolio
from respml.spec.external import Preprocessing

Floats = npt.NDArray[np.float64]
NO_MODEL = "not applicable: no model object"
SMALLEST_PROBABILITY = 1e-9
UNKNOWN_CONTENT = "whether its format keeps rows is not known"
LARGEST_FILE = 2_000_000_000


@dataclass(frozen=True)
class Artefact:
    """A model as it is kept: its files, byte for byte, and the options they are opened with.

    Attributes
    ----------
    files: relative name -> content; the first is the model itself.
    options: the adapter's options as JSON values, complete enough to open the files without the spec or the data.
    """

    files: Mapping[str, bytes]
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def main(self) -> bytes:
        """Content of the model file."""
        return next(iter(self.files.values()))

    @property
    def digest(self) -> str:
        """SHA-256 of the model file."""
        return hashlib.sha256(self.main).hexdigest()


@dataclass(frozen=True)
class Source:
    """What the spec says about a candidate, and the data it is brought in beside.

    Attributes
    ----------
    path: the model file; None for adapters that need none.
    options: the adapter's options, as given.
    function: ``module:function`` of the adapter ``python``.
    folder: the folder of the spec.
    trust_pickle: whether the command line trusts pickled files.
    portfolio: the data.
    monotone: promised directions.
    preprocessing: what happens to a row before the model sees it.
    seed: the seed of the stage, for adapters that fit.
    """

    path: Path | None
    options: Mapping[str, Any]
    portfolio: Portfolio
    folder: Path
    function: str | None = None
    trust_pickle: bool = False
    monotone: Mapping[str, int] = field(default_factory=dict)
    preprocessing: Preprocessing = field(default_factory=Preprocessing)
    seed: int = 0

    def read(self) -> bytes:
        """Content of the model file.

        Errors
        ------
        InputError where no file is named, or it is missing, unreadable, empty or larger than 2 GB.
        """
        if self.path is None:
            raise InputError("This adapter reads a file.", remedy="Give its 'path'.")
        try:
            if self.path.stat().st_size > LARGEST_FILE:
                raise InputError("The model file is larger than 2 GB.", where=self.path.name, remedy="Export it anew.")
            content = self.path.read_bytes()
        except OSError as error:
            raise InputError(
                f"The model file cannot be read: {error.strerror}.", where=self.path.name, remedy="Check 'path'."
            ) from None
        if not content:
            raise InputError("The model file is empty.", where=self.path.name, remedy="Export it anew.")
        return content


@dataclass(frozen=True)
class Seen:
    """The data as a model sees them, to look for in what it keeps.

    Attributes
    ----------
    rows: the model's inputs under its own names, rows of all partitions.
    sizes: numbers of rows that a list of one value for each row may have.
    """

    rows: pd.DataFrame
    sizes: tuple[int, ...]


class ExternalModel(ABC):
    """A model that turns rows into probabilities of default.

    Attributes
    ----------
    family: what kind of model it is, in words.
    inputs: its inputs by its own names, in its own order.
    software: library -> version that scores it.
    facts: what the report should know of it (rounds, objective, trusted types), as JSON values.
    """

    family: str
    inputs: tuple[str, ...]
    software: Mapping[str, str] = {}
    facts: Mapping[str, Any] = {}
    has_model: bool = True

    @abstractmethod
    def probability(self, frame: pd.DataFrame) -> Floats:
        """Probability of default of rows that hold :attr:`inputs`, in this order."""

    def answers(self, frame: pd.DataFrame) -> Floats:
        """Probability of default of rows that an analysis invented; NaN where the model has none, or an error."""
        return self.probability(frame)

    def log_odds(self, frame: pd.DataFrame) -> Floats:
        """Log-odds of default; a probability is kept at least 1e-9 away from zero and one."""
        return log_odds_of(self.probability(frame))

    def contributions(self, frame: pd.DataFrame) -> Contributions | None:
        """The model's own Shapley values of its inputs, in log-odds; None where it has no way of its own."""
        return None

    @property
    def booster(self) -> Any:
        """The ``xgboost.Booster`` without feature names, columns in the order of :attr:`inputs`; None for others."""
        return None

    @property
    def rows(self) -> pd.Series | None:
        """Probability by row number of the portfolio, where only scores are known; None where there is a model."""
        return None


def of_unknown_content(artefact: Artefact, model: ExternalModel, seen: Seen) -> str:
    """Of a format that nobody has looked into: counts as keeping rows."""
    return UNKNOWN_CONTENT


def keeps_none(artefact: Artefact, model: ExternalModel, seen: Seen) -> str:
    """Of a format that has no place for rows, such as thresholds and leaves of trees or coefficients."""
    return ""


@dataclass(frozen=True)
class Adapter:
    """Reads one format.

    Attributes
    ----------
    name: what the spec calls it.
    describes: the format in words.
    open: an artefact -> the model; runs nothing that stands in the file.
    recognises: whether a file is of this format, by its content; never executes it.
    bring: what the spec says -> the artefact to keep; by default the file as it is.
    options: names of the options it takes.
    libraries: distributions that score it; their versions are part of a result's key.
    extra: the optional dependency group that installs them.
    needs_file: whether the spec must name a ``path``.
    keeps_rows: why the files hold rows of the data, or empty; a format that nobody has looked into counts as holding
        them. Such files leave the store only where the spec allows rows.
    """

    name: str
    describes: str
    open: Callable[[Artefact], ExternalModel]
    recognises: Callable[[Path], bool] = lambda path: False
    bring: Callable[[Source], Artefact] | None = None
    options: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    extra: str = ""
    needs_file: bool = True
    keeps_rows: Callable[[Artefact, ExternalModel, Seen], str] = of_unknown_content

    def artefact(self, source: Source) -> Artefact:
        """The artefact to keep of what the spec says."""
        if self.bring is not None:
            return self.bring(source)
        assert source.path is not None
        return Artefact({f"model{source.path.suffix.lower()}": source.read()}, dict(source.options))


def log_odds_of(probability: Floats) -> Floats:
    """Logit of a probability kept at least 1e-9 away from zero and one, so that no sum becomes infinite."""
    kept = np.clip(probability, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
    return np.asarray(logit(kept), dtype=np.float64)


def library(module: str, extra: str) -> Any:
    """An optional library.

    Errors
    ------
    InputError where it is not installed, naming the extra that brings it.
    """
    try:
        return import_module(module)
    except ImportError:
        raise InputError(
            f"This model needs the library {module}, which is not installed.",
            remedy=f"Install it: pip install 'respml[{extra}]'.",
        ) from None


def versions(*names: str) -> dict[str, str]:
    """Installed versions of distributions; those that are not installed are left out."""
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def number_matrix(frame: pd.DataFrame, names: Sequence[str], dtype: Any = np.float64) -> npt.NDArray[Any]:
    """The named columns as numbers, NaN where missing.

    Errors
    ------
    InputError naming the first column that holds no numbers.
    """
    for name in names:
        if not (pd.api.types.is_numeric_dtype(frame[name]) or pd.api.types.is_bool_dtype(frame[name])):
            raise InputError(
                f"The model expects numbers in '{name}'; the rows hold {frame[name].dtype}.",
                remedy="Give their codes under preprocessing.codes.",
            )
    return frame[list(names)].to_numpy(dtype=dtype, na_value=np.nan)


def checked_probability(values: Any, rows: int, what: str, *, undefined: bool = False) -> Floats:
    """Predictions as float64 of shape (rows,).

    Parameters
    ----------
    undefined: whether NaN may stand for a row without a score, as it may for a row that an analysis invented.

    Errors
    ------
    AnalysisError where there are too few or many, or any lies outside [0, 1] or is missing.
    """
    try:
        probability = np.asarray(values, dtype=np.float64).reshape(-1)
    except (TypeError, ValueError):
        raise AnalysisError(f"{what} returned no numbers.", remedy="Return one probability a row.") from None
    if len(probability) != rows:
        raise AnalysisError(f"{what} returned {len(probability)} values for {rows} rows.", remedy="Return one a row.")
    missing = np.isnan(probability)
    outside = ~missing & ~((probability >= 0) & (probability <= 1))
    if outside.any():
        raise AnalysisError(
            f"{what} returned values outside 0 to 1 for {int(outside.sum())} of {rows} rows.",
            remedy="Return probabilities of default.",
        )
    if missing.any() and not undefined:
        raise AnalysisError(
            f"{what} returned no value for {int(missing.sum())} of {rows} rows.",
            remedy="Where an input of theirs is missing, say under preprocessing.fill what that counts as.",
        )
    return probability
