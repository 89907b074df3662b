"""The terms of a coefficient table: from the words of statistics packages to columns of numbers, without evaluation."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from respml.adapters.external_model import Floats, number_matrix
from respml.adapters.preprocessing import level_texts
from respml.errors import InputError

TRANSFORMS: Mapping[str, Callable[[Floats], Floats]] = {
    "identity": lambda value: value,
    "log": np.log,
    "log1p": np.log1p,
    "sqrt": np.sqrt,
    "square": np.square,
    "cube": lambda value: value**3,
    "reciprocal": np.reciprocal,
    "absolute": np.abs,
}
INTERCEPTS = ("(intercept)", "intercept", "const", "constant", "bias")

_PRODUCT = re.compile(r":(?![^\[]*\])")  # a colon outside square brackets
_CODED_LEVEL = re.compile(r"^C\((?P<name>[^\[\],]+?)(?:\s*,[^\[\]]*)?\)\[(?:T\.)?(?P<level>[^\]]*)\]$")
_LEVEL = re.compile(r"^(?P<name>[^\[\]]+?)\[(?:T\.)?(?P<level>[^\]]*)\]$")
_CALL = re.compile(r"^(?:np\.|numpy\.)?(?P<transform>log|log1p|sqrt|square|abs)\((?P<name>[^()]+)\)$")
_POWER = re.compile(r"^I\((?P<name>[^()*]+?)\s*\*\*\s*(?P<power>[23])(?:\.0)?\)$")


@dataclass(frozen=True)
class Factor:
    """One column of numbers made from one input.

    Attributes
    ----------
    feature: the input.
    transform: one of :data:`TRANSFORMS`, ``indicator`` (1 where the value is ``level``), ``missing`` (1 where there is
        none) or ``band`` (1 where ``lower <= value < upper``).
    level: the level of an indicator, as text.
    lower, upper: bounds of a band; infinite where open.
    """

    feature: str
    transform: str = "identity"
    level: str = ""
    lower: float = -np.inf
    upper: float = np.inf

    def values(self, frame: pd.DataFrame) -> Floats:
        """The column, float64."""
        if self.transform == "missing":
            return np.asarray(frame[self.feature].isna(), dtype=np.float64)
        if self.transform == "indicator":
            return np.asarray(level_texts(frame[self.feature]) == self.level, dtype=np.float64)
        value: npt.NDArray[np.float64] = number_matrix(frame, [self.feature])[:, 0]
        if self.transform == "band":
            return np.asarray((value >= self.lower) & (value < self.upper), dtype=np.float64)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(TRANSFORMS[self.transform](value), dtype=np.float64)


@dataclass(frozen=True)
class Term:
    """A product of factors (usually one) and its coefficient."""

    name: str
    coefficient: float
    factors: tuple[Factor, ...]

    def values(self, frame: pd.DataFrame) -> Floats:
        """The product, float64; 1 for the intercept."""
        product = np.ones(len(frame))
        for factor in self.factors:
            product = product * factor.values(frame)
        return product


def parse_term(row: Mapping[str, object]) -> Term:
    """One row of a coefficient table.

    Parameters
    ----------
    row: ``term`` and ``coefficient``; optionally ``feature``, ``transform``, ``level``, ``lower``, ``upper``, which say
        what the term's name would otherwise be read for.

    Errors
    ------
    InputError for a coefficient that is no finite number, or a transform that is not known.
    """
    name = str(row["term"]).strip()
    try:
        coefficient = float(str(row["coefficient"]))
    except ValueError:
        coefficient = float("nan")
    if not np.isfinite(coefficient):
        raise InputError(f"The coefficient of '{name}' is no finite number.", remedy="Correct the table.")
    if name.lower() in INTERCEPTS:
        return Term(name, coefficient, ())
    feature, transform = (_text(row.get(key)) for key in ("feature", "transform"))
    if not transform and not _text(row.get("level")):
        parsed = parse_name(name)
        if not feature or feature in {each.feature for each in parsed}:
            return Term(name, coefficient, parsed)
        return Term(name, coefficient, (Factor(feature),))
    transform = transform or "indicator"
    if transform not in (*TRANSFORMS, "indicator", "missing", "band"):
        raise InputError(
            f"The transform '{transform}' of '{name}' is not known.",
            remedy=f"Use {', '.join((*TRANSFORMS, 'indicator', 'missing', 'band'))}.",
        )
    bounds = [_bound(row.get(key), default) for key, default in (("lower", -np.inf), ("upper", np.inf))]
    return Term(name, coefficient, (Factor(feature or name, transform, _text(row.get("level")), *bounds),))


def parse_name(name: str) -> tuple[Factor, ...]:
    """The factors that a term's name stands for.

    Read are ``x``, ``log(x)``, ``np.log1p(x)``, ``np.sqrt(x)``, ``I(x ** 2)``, ``C(x)[T.level]``, ``x[level]``,
    ``x = level``, ``x is missing`` and products ``a:b`` of these; any other name is the name of an input.
    """
    parts = [] if " = " in name else _PRODUCT.split(name)
    if len(parts) > 1 and all(part.strip() for part in parts):
        return tuple(_factor(part.strip()) for part in parts)
    return (_factor(name),)


def _factor(name: str) -> Factor:
    if name.endswith(" is missing"):
        return Factor(name.removesuffix(" is missing"), "missing")
    if " = " in name:
        feature, _, level = name.partition(" = ")
        return Factor(feature, "indicator", level)
    if found := _CODED_LEVEL.match(name) or _LEVEL.match(name):
        return Factor(found["name"].strip(), "indicator", found["level"])
    if found := _CALL.match(name):
        transform = {"abs": "absolute"}.get(found["transform"], found["transform"])
        return Factor(found["name"].strip(), transform)
    if found := _POWER.match(name):
        return Factor(found["name"].strip(), {"2": "square", "3": "cube"}[found["power"]])
    return Factor(name)


def _text(value: object) -> str:
    if value is None or (isinstance(value, float) and np.isnan(value)) or value is pd.NA:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _bound(value: object, default: float) -> float:
    text = _text(value)
    try:
        return float(text) if text else default
    except ValueError:
        raise InputError(f"'{text[:40]}' is no bound of a band.", remedy="Give a number or leave it blank.") from None
