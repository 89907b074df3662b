"""From the columns of a portfolio to the numbers a model multiplies or splits on, and back to the columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from respml.errors import InputError
from respml.portfolio.roles import RESERVED

Matrix = npt.NDArray[np.float64]

MOST_LEVELS = 50


@dataclass(frozen=True)
class EncodedColumn:
    """How one feature becomes columns of the design matrix.

    Attributes
    ----------
    feature: name of the portfolio's column.
    kind: ``number`` (passes through), ``ordered`` (position among the levels) or ``category`` (one column a level).
    levels: the levels known from the training rows, as text; empty for numbers.
    fill: value that replaces a missing one, the training median; None leaves it missing.
    indicator: whether a further column says that the value is missing.
    """

    feature: str
    kind: Literal["number", "ordered", "category"] = "number"
    levels: tuple[str, ...] = ()
    fill: float | None = None
    indicator: bool = False

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the matrix columns."""
        values = tuple(f"{self.feature} = {level}" for level in self.levels) if self.kind == "category" else ()
        missing = (f"{self.feature} is missing",) if self.indicator else ()
        return (*(values or ((self.feature,) if self.kind != "category" else ())), *missing)

    def columns(self, values: pd.Series) -> list[npt.NDArray[np.float64]]:
        """The matrix columns of the given values; a level not seen in training is zero in all of them."""
        absent = values.isna().to_numpy()
        if self.kind == "category":
            texts = values.astype("str").to_numpy(dtype=object)
            columns = [np.where(absent, False, texts == level).astype(np.float64) for level in self.levels]
        else:
            number = self._number(values)
            if self.fill is not None:
                number = np.where(np.isnan(number), self.fill, number)
            columns = [number]
        return [*columns, absent.astype(np.float64)] if self.indicator else columns

    def unseen(self, values: pd.Series) -> int:
        """How many of the values are levels that training did not see."""
        if self.kind == "number":
            return 0
        return int((values.notna() & ~values.astype("str").isin(self.levels)).sum())

    def _number(self, values: pd.Series) -> npt.NDArray[np.float64]:
        if self.kind == "ordered":
            place = {level: float(position) for position, level in enumerate(self.levels)}
            return np.asarray([place.get(text, np.nan) for text in values.astype("str")], dtype=np.float64)
        try:
            number: npt.NDArray[np.float64] = values.to_numpy(dtype=np.float64, na_value=np.nan)
        except (TypeError, ValueError):
            raise InputError(
                f"The model expects numbers in '{self.feature}'; the rows to score hold {values.dtype}.",
                remedy="Score rows of the type the model was trained on.",
            ) from None
        if np.isinf(number).any():
            raise InputError(f"The input '{self.feature}' holds infinite values.", remedy="Correct or blank them.")
        return number


@dataclass(frozen=True)
class Encoding:
    """The design matrix of a model, learned on its training rows."""

    columns: tuple[EncodedColumn, ...]

    @property
    def features(self) -> tuple[str, ...]:
        """The portfolio's columns, in order."""
        return tuple(each.feature for each in self.columns)

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the matrix columns."""
        return tuple(term for each in self.columns for term in each.terms)

    @property
    def owners(self) -> tuple[str, ...]:
        """The feature each matrix column belongs to."""
        return tuple(each.feature for each in self.columns for _ in each.terms)

    @property
    def one_to_one(self) -> bool:
        """Whether each feature is exactly one matrix column."""
        return self.terms == self.features

    def matrix(self, frame: pd.DataFrame) -> Matrix:
        """Design matrix, float64, shape (rows, terms), NaN where a tree model may see a missing value.

        Errors
        ------
        InputError where the frame lacks a feature, a number is infinite, or a type does not fit.
        """
        absent = [each.feature for each in self.columns if each.feature not in frame.columns]
        if absent:
            raise InputError(
                f"The rows lack model inputs: {', '.join(absent)}.",
                remedy="Give all its features.",
            )
        matrix = np.empty((len(frame), len(self.terms)), order="F")
        place = 0
        for each in self.columns:
            for column in each.columns(frame[each.feature]):
                matrix[:, place] = column
                place += 1
        return np.ascontiguousarray(matrix)

    def subset(self, features: Sequence[str]) -> Encoding:
        """The same encoding for some of the features, in the order given."""
        known = {each.feature: each for each in self.columns}
        return Encoding(tuple(known[name] for name in features))

    def positions(self, features: Sequence[str]) -> list[int]:
        """Positions of the matrix columns of the given features, in the order given."""
        owners = self.owners
        return [place for name in features for place, owner in enumerate(owners) if owner == name]

    def unseen(self, frame: pd.DataFrame) -> dict[str, int]:
        """Feature -> number of rows with a level that training did not see; only features with any."""
        counts = {each.feature: each.unseen(frame[each.feature]) for each in self.columns}
        return {feature: count for feature, count in counts.items() if count}

    def to_features(self, terms: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Sum the columns of an array of shape (rows, terms) that belong to one feature: shape (rows, features)."""
        if self.one_to_one:
            return terms
        features = list(self.features)
        summed = np.zeros((len(terms), len(features)), dtype=terms.dtype)
        for place, owner in enumerate(self.owners):
            summed[:, features.index(owner)] += terms[:, place]
        return summed

    def as_json(self) -> list[dict[str, Any]]:
        """The encoding as JSON values."""
        return [
            {
                "feature": each.feature,
                "kind": each.kind,
                "levels": list(each.levels),
                "fill": each.fill,
                "indicator": each.indicator,
            }
            for each in self.columns
        ]

    @classmethod
    def from_json(cls, entries: Sequence[Mapping[str, Any]]) -> Encoding:
        """Read what :meth:`as_json` gives."""
        return cls(tuple(EncodedColumn(**{**entry, "levels": tuple(entry["levels"])}) for entry in entries))


def learn_encoding(train: pd.DataFrame, features: Sequence[str], *, fill_missing: bool) -> Encoding:
    """Learn how the features of the training rows become numbers.

    Numbers and true/false pass through; ordered categories become their position; text and unordered categories one
    0/1 column for each of the (at most 50 most frequent) levels, a rarer or unseen level being zero in all of them.

    Parameters
    ----------
    train: the training rows.
    features: the columns to encode.
    fill_missing: replace a missing number by the training median and add a 0/1 column where training rows have
        missing values (linear models); otherwise leave it missing (trees).

    Errors
    ------
    InputError for a column of dates, without any value, or with a name the score files reserve.
    """
    return Encoding(tuple(_learn_column(train[name], name, fill_missing) for name in features))


def _learn_column(values: pd.Series, feature: str, fill_missing: bool) -> EncodedColumn:
    if feature in RESERVED:
        raise InputError(f"An input may not be named '{feature}': score files use that name.", remedy="Rename it.")
    missing = bool(values.isna().any())
    if not values.notna().any():
        raise InputError(f"The input '{feature}' has no value in the training rows.", remedy="Leave it out.")
    dtype = values.dtype
    if isinstance(dtype, pd.CategoricalDtype) and dtype.ordered:
        column = EncodedColumn(feature, "ordered", tuple(str(level) for level in dtype.categories))
    elif pd.api.types.is_bool_dtype(dtype) or pd.api.types.is_numeric_dtype(dtype):
        column = EncodedColumn(feature)
    elif pd.api.types.is_datetime64_any_dtype(dtype):
        raise InputError(f"The input '{feature}' holds dates.", remedy="Make a number of it, such as an age.")
    else:
        counts = values.dropna().astype("str").value_counts()
        ranked = sorted(counts.index, key=lambda level: (-counts[level], level))[:MOST_LEVELS]
        return EncodedColumn(feature, "category", tuple(sorted(ranked)), indicator=missing)
    if not fill_missing:
        return column
    median = float(np.nanmedian(column.columns(values)[0]))
    return EncodedColumn(feature, column.kind, column.levels, median, missing)
