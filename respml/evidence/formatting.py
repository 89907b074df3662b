"""The one place that turns a value into the characters a reader sees."""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np

from respml.errors import AnalysisError

UNDEFINED = "n/a"
MINUS = "−"
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _grouped(value: float, digits: int) -> str:
    text = f"{value:,.{digits}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def _signed(value: float, digits: int) -> str:
    text = _grouped(value, digits)
    return text if text.startswith(MINUS) or float(text.replace(",", "")) == 0 else f"+{text}"


def _p_value(value: float) -> str:
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def _significant(value: float) -> str:
    """Four significant digits, without an exponent where a reader would not expect one."""
    if value == 0:
        return "0"
    if value == round(value) and abs(value) < 1e9:
        return _grouped(value, 0)
    magnitude = math.floor(math.log10(abs(value)))
    if -4 <= magnitude < 9:
        return _grouped(value, max(0, 3 - magnitude))
    digits, exponent = f"{value:.3e}".split("e")
    return f"{digits} × 10{str(int(exponent)).translate(SUPERSCRIPTS)}".replace("-", MINUS)


_FORMATS: dict[str, Callable[[float], str]] = {
    "integer": lambda value: _grouped(value, 0),
    "number": _significant,
    "money0": lambda value: _grouped(value, 0),
    "signed_money0": lambda value: _signed(value, 0),
    "signed_integer": lambda value: _signed(value, 0),
    "p_value": _p_value,
    **{f"ratio{digits}": (lambda value, d=digits: _grouped(value, d)) for digits in range(7)},  # type: ignore[misc]
    **{f"signed{digits}": (lambda value, d=digits: _signed(value, d)) for digits in range(7)},  # type: ignore[misc]
    **{f"percent{digits}": (lambda value, d=digits: f"{_grouped(100 * value, d)} %") for digits in range(4)},  # type: ignore[misc]
    **{f"points{digits}": (lambda value, d=digits: _signed(value, d)) for digits in range(4)},  # type: ignore[misc]
}

FORMATS: tuple[str, ...] = ("text", *sorted(_FORMATS))


def format_value(value: Any, format: str = "number", unit: str = "") -> str:
    """The printed form of a value.

    Parameters
    ----------
    value: number, text, bool, date or nothing; undefined numbers print as ``n/a``.
    format: ``text``, ``integer``, ``number`` (four significant digits), ``ratioD`` (D decimals), ``signedD``,
        ``percentD`` (a share, printed times 100 with the sign), ``pointsD`` (signed percentage points), ``money0``,
        ``p_value``.
    unit: appended after a space, unless the value is undefined.

    Raises
    ------
    AnalysisError: for a format that does not exist.
    """
    if format != "text" and format not in _FORMATS:
        raise AnalysisError(f"There is no number format '{format}'.", remedy=f"Use one of {', '.join(FORMATS)}.")
    if value is None or (isinstance(value, Real) and not isinstance(value, bool) and math.isnan(float(value))):
        return UNDEFINED
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if format == "text" or not isinstance(value, Real):
        return str(value)
    number = float(value)
    if math.isinf(number):
        return ("" if number > 0 else MINUS) + "∞"
    shown = _FORMATS[format](number)
    return f"{shown} {unit}" if unit else shown


def format_interval(value: Any, lower: float, upper: float, format: str = "number", unit: str = "") -> str:
    """A value with its limits in parentheses: ``0.778 (0.766 to 0.789)``."""
    shown = format_value(value, format)
    if shown != UNDEFINED and not (math.isnan(lower) or math.isnan(upper)):
        shown = f"{shown} ({format_value(lower, format)} to {format_value(upper, format)})"
    return f"{shown} {unit}" if unit and shown != UNDEFINED else shown


def format_difference(difference: float, format: str = "number", unit: str = "") -> str:
    """The printed difference of two values of a format, signed: of shares in percentage points.

    Parameters
    ----------
    difference: new value less old one, in the units of the values; undefined ones print as nothing.
    format: of both values; see :func:`format_value`.
    unit: of both values.
    """
    if math.isnan(difference) or format == "text":
        return ""
    digits = int(format[-1]) if format[-1].isdigit() else 0
    if format.startswith("percent"):
        return f"{_signed(100 * difference, digits)} points"
    if format.startswith("points"):
        return f"{_signed(difference, digits)} {unit or 'points'}"
    if format == "number":
        shown = _significant(difference)
        shown = f"+{shown}" if difference > 0 else shown
    else:
        shown = _signed(difference, 3 if format == "p_value" else digits)
    return f"{shown} {unit}" if unit else shown
