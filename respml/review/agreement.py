"""What was recorded against what was computed again: numbers to a tolerance, all else exactly."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def compare_metrics(
    recorded: Mapping[str, Mapping[str, Any]],
    again: Mapping[str, Mapping[str, Any]],
    tolerance: float,
    *,
    whole: bool = False,
) -> tuple[list[str], int]:
    """Metric by metric: one line for each that differs, and how many were compared.

    Parameters
    ----------
    recorded, again: id -> ``value`` and, where both have one, ``ci``.
    tolerance: as of :func:`agrees`.
    whole: also metrics of analyses of which nothing was computed again count as missing.
    """
    analyses = {id.split(".", 1)[0] for id in again}
    ids = [id for id in sorted({*recorded, *again}) if whole or id.split(".", 1)[0] in analyses]
    lines = []
    for id in ids:
        before, after = recorded.get(id), again.get(id)
        if before is None or after is None:
            lines.append(f"{id}: {'not recorded' if before is None else 'not computed again'}")
            continue
        pairs = [("", before.get("value"), after.get("value"))]
        if "ci" in before and "ci" in after:
            limits = (before["ci"] or (None, None), after["ci"] or (None, None))
            pairs += [
                (f" {end} limit", *pair)
                for end, pair in zip(("lower", "upper"), zip(*limits, strict=True), strict=True)
            ]
        wrong = [
            f"{id}{part}: recorded {old!r}, again {new!r}"
            for part, old, new in pairs
            if not agrees(old, new, tolerance)
        ]
        lines += wrong[:1]
    return lines, len(ids)


def agrees(recorded: Any, again: Any, tolerance: float) -> bool:
    """Whether two values are the same: numbers within ``tolerance`` · max(1, |recorded|), all else exactly."""
    numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in (recorded, again))
    if not numbers:
        return bool(recorded == again) and type(recorded) is type(again)
    if math.isnan(recorded) or math.isnan(again):
        return math.isnan(recorded) and math.isnan(again)
    if math.isinf(recorded) or math.isinf(again):
        return bool(recorded == again)
    return bool(abs(recorded - again) <= tolerance * max(1.0, abs(recorded)))


def compare_findings(
    recorded: list[dict[str, Any]], again: list[dict[str, Any]], *, exactly: bool = False
) -> list[str]:
    """The checks whose state or severity differ, one line each.

    Parameters
    ----------
    recorded, again: every check with ``code``, ``state`` and ``severity``.
    exactly: also the ``message``; else its numbers are metrics, compared as such.
    """
    before, after = ({each["code"]: _verdict(each) for each in some} for some in (recorded, again))
    lines = [
        f"{code}: recorded {before.get(code, 'absent')}, again {after.get(code, 'absent')}"
        for code in sorted({*before, *after})
        if before.get(code) != after.get(code)
    ]
    if exactly and not lines:
        told = {each["code"]: each["message"] for each in again}
        lines = [
            f"{each['code']}: recorded {each['message']!r}, again {told[each['code']]!r}"
            for each in recorded
            if each["message"] != told[each["code"]]
        ]
    return lines


def _verdict(found: Mapping[str, Any]) -> str:
    return " ".join(str(each) for each in (found["state"], found["severity"]) if each)
