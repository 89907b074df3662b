"""Is the sentence true of the applicant who reads it? A factor may be adverse while its usual wording is not."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from respml.errors import InputError
from respml.explain.reasons import Reasons

USUAL = "usual"
OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


@dataclass(frozen=True)
class Wording:
    """When a factor's sentence is true, and what to say when it is not.

    Attributes
    ----------
    holds: input -> condition such as ">= 1" or "< usual"; the sentence is true when any of them is.
    otherwise: the sentence where none is; none where there is no other wording.
    """

    holds: Mapping[str, str] = field(default_factory=dict)
    otherwise: str | None = None


def worded(reasons: Reasons, frame: pd.DataFrame, wordings: Mapping[str, Wording], usual: pd.Series) -> Reasons:
    """The same reasons with a wording that is true of each applicant, and whether there was one.

    Purpose: a reason has to describe the factor accurately. "Your payments were late" is wrong for an applicant who
    paid on time but carried a balance, even where the model marks that factor down. Mechanism: the conditions of a
    factor are evaluated on the applicant's own values ("usual" is the baseline's usual value); where none holds the
    other wording is used. Signs of high risk: sentences that hold for few, or fail without another wording. Strengths:
    tests the letter itself. Limitations: tests what the conditions say, no more; a missing value meets no condition.

    The frame of the result has two more columns: ``holds`` (true, false, or missing where no condition is stated) and
    ``accurate`` (false only where the conditions fail and there is no other wording).
    """
    lines = reasons.frame.reset_index(drop=True).copy()
    holds = pd.Series(pd.NA, index=lines.index, dtype="boolean")
    for factor, part in lines.groupby("factor", sort=False):
        wording = wordings.get(str(factor), Wording())
        if not wording.holds:
            continue
        values = frame.loc[part["row"]]
        true = np.zeros(len(part), dtype=bool)
        for feature, condition in wording.holds.items():
            if feature in values.columns and feature in reasons.members[str(factor)]:
                true |= _met(values[feature].to_numpy(dtype=np.float64, na_value=np.nan), condition, usual, feature)
        holds.loc[part.index] = true
        if wording.otherwise is not None:
            lines.loc[part.index[~true], "text"] = wording.otherwise
    other = lines["factor"].map(lambda name: wordings.get(str(name), Wording()).otherwise is not None)
    lines["holds"] = holds
    lines["accurate"] = holds.fillna(True).to_numpy(dtype=bool) | other.to_numpy(dtype=bool)
    return replace(reasons, frame=lines)


def _met(values: Any, condition: str, usual: pd.Series, feature: str) -> Any:
    text = condition.strip()
    sign = text[:2] if text[:2] in OPERATORS else text[:1]
    limit = text[len(sign) :].strip()
    if sign not in OPERATORS or not limit:
        raise InputError(f"The condition {condition!r} cannot be read.", remedy="Write '>= 1' or '< usual'.")
    return OPERATORS[sign](values, float(usual[feature]) if limit == USUAL else float(limit))
