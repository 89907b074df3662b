"""Who belongs to which group: observed labels, membership probabilities (BISG), intersections, bands.

A group is an axis of a table, never an input of a model. Values that are missing stay in the table as their own group.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from respml.errors import InputError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

UNKNOWN = "unknown"
"""Name of the group of rows whose value is missing."""

CROSS = " × "
"""Joins the names of crossed groups."""


@dataclass(frozen=True)
class Membership:
    """Which rows belong to which groups of one attribute, and which group the others are held against.

    Attributes
    ----------
    attribute: name of the attribute, for example ``SEX``.
    names: names of the G groups.
    reference: the reference group, one of ``names``.
    codes: group number of each row, shape (n,); ``None`` where membership is a probability.
    shares: probability of membership, shape (n, G); ``None`` where membership is observed.
    """

    attribute: str
    names: tuple[str, ...]
    reference: str
    codes: IntArray | None = None
    shares: FloatArray | None = None

    def __post_init__(self) -> None:
        if (self.codes is None) == (self.shares is None):
            raise InputError("Membership needs either codes or shares.", where=self.attribute)
        if self.reference not in self.names:
            raise InputError(
                f"The reference group '{self.reference}' does not occur.",
                where=self.attribute,
                remedy=f"Choose one of: {', '.join(self.names)}.",
            )

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.codes) if self.codes is not None else len(self._matrix())

    @property
    def observed(self) -> bool:
        """Whether each row has one known label, as opposed to probabilities of several."""
        return self.codes is not None

    @property
    def protected(self) -> tuple[str, ...]:
        """The groups other than the reference, in order."""
        return tuple(name for name in self.names if name != self.reference)

    def share_of(self, name: str) -> FloatArray:
        """Membership of each row in one group, in [0, 1], shape (n,)."""
        number = self.names.index(name)
        if self.codes is not None:
            return np.asarray(self.codes == number, dtype=np.float64)
        column: FloatArray = self._matrix()[:, number]
        return column

    def matrix(self) -> FloatArray:
        """Membership of each row in each group, shape (n, G)."""
        if self.codes is not None:
            one_hot: FloatArray = np.eye(len(self.names))[self.codes]
            return one_hot
        return self._matrix()

    def people(self, name: str, weight: FloatArray | None = None) -> int:
        """People of one group among the rows of positive weight: rows, or their probabilities summed and rounded up."""
        share = self.share_of(name)
        return whole_people(float((share if weight is None else share[weight > 0]).sum()))

    def take(self, rows: NDArray[np.bool_] | IntArray) -> Membership:
        """The same groups on some of the rows; groups left without rows stay in ``names``."""
        codes = None if self.codes is None else self.codes[rows]
        shares = None if self.shares is None else self.shares[rows]
        return Membership(self.attribute, self.names, self.reference, codes, shares)

    def _matrix(self) -> FloatArray:
        assert self.shares is not None
        return self.shares


def observed_membership(
    attribute: str,
    values: ArrayLike | pd.Series,
    reference: object,
    labels: Mapping[object, str] | None = None,
) -> Membership:
    """Groups from a column of observed values.

    Parameters
    ----------
    attribute: name of the attribute.
    values: shape (n,), any type; missing values become the group ``unknown``.
    reference: reference group, as a value of the column or as its label.
    labels: value → name; a value without a name is shown as ``unlabelled <value>``.

    Returns
    -------
    Membership whose groups follow the order of ``labels``, then of the values, ``unknown`` last.

    Errors
    ------
    InputError if the reference group does not occur.
    """
    series = pd.Series(values).reset_index(drop=True)
    named = {plain(key): str(name) for key, name in (labels or {}).items()}
    distinct = [value for value in series.unique() if not is_missing(value)]
    try:
        distinct = sorted(distinct)
    except TypeError:
        distinct = sorted(distinct, key=str)
    name_of = {}
    for value in distinct:
        text = plain(value)
        name_of[value] = named.get(text, f"unlabelled {text}") if named else text
    present = set(name_of.values())
    order = [name for name in dict.fromkeys(named.values()) if name in present]
    order += [name for name in dict.fromkeys(name_of.values()) if name not in order]
    if series.isna().any() and UNKNOWN not in order:
        order.append(UNKNOWN)
    number = {name: position for position, name in enumerate(order)}
    place = series.map({value: number[name] for value, name in name_of.items()})
    filled = place.astype("float64").fillna(number.get(UNKNOWN, -1)).to_numpy().astype(np.int64)
    chosen = plain(reference)
    return Membership(attribute, tuple(order), chosen if chosen in number else named.get(chosen, chosen), filled)


def probable_membership(attribute: str, shares: pd.DataFrame, reference: str) -> Membership:
    """Groups from columns of membership probabilities, for example BISG.

    Parameters
    ----------
    attribute: name of the attribute.
    shares: one column a group, values in [0, 1], each row summing to at most 1; the rest of a row, and rows that are
        wholly missing, belong to ``unknown``.
    reference: reference group, one of the columns.

    Errors
    ------
    InputError where a probability lies outside [0, 1], a row sums to more than 1, or only part of a row is missing.

    Source: Consumer Financial Protection Bureau, "Using publicly available information to proxy for unidentified race
    and ethnicity" (2014).
    """
    values = shares.to_numpy(dtype=np.float64)
    missing = np.isnan(values)
    absent = missing.all(axis=1)
    if bool((missing.any(axis=1) & ~absent).any()):
        raise InputError("A row has some membership probabilities missing and others not.", where=attribute)
    values = np.where(missing, 0.0, values)
    total = values.sum(axis=1)
    if bool((values < 0).any()) or bool((total > 1 + 1e-6).any()):
        raise InputError(
            "Membership probabilities must be at least 0 and sum to at most 1 in each row.", where=attribute
        )
    names = tuple(str(column) for column in shares.columns)
    rest = np.clip(1.0 - total, 0.0, 1.0)
    rest[rest < 1e-6] = 0.0
    if bool((rest > 0).any()):
        names = (*names, UNKNOWN)
        values = np.column_stack([values, rest])
    return Membership(attribute, names, str(reference), shares=values)


def thresholded(membership: Membership, threshold: float) -> Membership:
    """Observed labels made from probabilities: the likeliest group where it reaches ``threshold``, else ``unknown``.

    Parameters
    ----------
    membership: groups given as probabilities.
    threshold: smallest probability that assigns a row, in (0, 1].

    Errors
    ------
    InputError for a threshold outside (0, 1].
    """
    if not 0 < threshold <= 1:
        raise InputError(
            f"{threshold:g} is no probability that can assign a row.",
            where=membership.attribute,
            remedy="Use one above 0 and at most 1.",
        )
    shares = membership.matrix()
    candidates = [position for position, name in enumerate(membership.names) if name != UNKNOWN]
    best = np.asarray(candidates, dtype=np.int64)[shares[:, candidates].argmax(axis=1)]
    reached = shares[np.arange(len(shares)), best] >= threshold
    names = membership.names if UNKNOWN in membership.names else (*membership.names, UNKNOWN)
    codes = np.where(reached, best, names.index(UNKNOWN)).astype(np.int64)
    return Membership(membership.attribute, names, membership.reference, codes)


def whole_people(count: float) -> int:
    """An expected number of people as a whole number, rounded up: a group that may have a member is not empty."""
    return math.ceil(count - 1e-9)


def intersection(first: Membership, second: Membership) -> Membership:
    """Every combination of two attributes that occurs; the reference is the two references crossed.

    Probabilities multiply, that is, they are taken as independent given the row.
    """
    pairs = [(a, b) for a in range(len(first.names)) for b in range(len(second.names))]
    reference = (first.names.index(first.reference), second.names.index(second.reference))
    attribute = f"{first.attribute}{CROSS}{second.attribute}"

    def name(pair: tuple[int, int]) -> str:
        return f"{first.names[pair[0]]}{CROSS}{second.names[pair[1]]}"

    if first.codes is not None and second.codes is not None:
        flat = first.codes * len(second.names) + second.codes
        present = set(np.unique(flat).tolist())
        kept = [pair for pair in pairs if pair[0] * len(second.names) + pair[1] in present or pair == reference]
        lookup = np.full(len(pairs), -1, dtype=np.int64)
        for position, pair in enumerate(kept):
            lookup[pair[0] * len(second.names) + pair[1]] = position
        return Membership(attribute, tuple(name(pair) for pair in kept), name(reference), lookup[flat])
    left, right = first.matrix(), second.matrix()
    shares = np.column_stack([left[:, a] * right[:, b] for a, b in pairs])
    return Membership(attribute, tuple(name(pair) for pair in pairs), name(reference), shares=shares)


def bands(values: ArrayLike, edges: Sequence[float]) -> pd.Series:
    """Labels of the bands that numbers fall in: ``under 25``, ``25 to under 40``, ``40 and over``; missing stays so.

    Parameters
    ----------
    values: numbers, shape (n,).
    edges: inner edges, ascending; a value equal to an edge belongs to the band above it.
    """
    numbers = np.asarray(values, dtype=np.float64)
    text = [plain(edge) for edge in edges]
    names = [f"under {text[0]}"]
    names += [f"{low} to under {high}" for low, high in itertools.pairwise(text)]
    names.append(f"{text[-1]} and over")
    place = np.searchsorted(np.asarray(edges, dtype=np.float64), numbers, side="right")
    labels = pd.Series(np.asarray(names, dtype=object)[place], dtype=object)
    labels[np.isnan(numbers)] = None
    return labels


def plain(value: object) -> str:
    """A value as text, whole floats without their decimals."""
    if isinstance(value, (float, np.floating)) and math.isfinite(value) and float(value).is_integer():
        return str(int(value))
    return str(value)


def is_missing(value: object) -> bool:
    """Whether a value is None, NaN, NaT or NA."""
    return value is None or bool(pd.isna(value))  # type: ignore[call-overload]
