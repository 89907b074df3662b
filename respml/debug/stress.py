"""Declared scenarios: a share of customers changes in stated ways, and the model is judged before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from respml.debug.arrays import (
    Booleans,
    Floats,
    Predict,
    answers,
    as_matrix,
    flags,
    mean_log_loss,
    probabilities,
    some_rows,
)
from respml.debug.slices import number_words
from respml.errors import InputError
from respml.measures.confusion import confusion_counts, ten_error_metrics
from respml.measures.intervals import wilson
from respml.measures.ranking import area_under_roc


@dataclass(frozen=True)
class Scenario:
    """What happens to whom.

    Attributes
    ----------
    name: printed name.
    share: share of the eligible rows that are hit, 0 to 1.
    outcome: only rows with this outcome are eligible; both where none is given.
    shift: added to a column of hit rows.
    multiply: factor on a column of hit rows, before the shift.
    assign: value that a column of hit rows takes (nan = missing), after both.
    flip: share of the hit rows whose outcome is reversed.
    cut_to_range: whether changed columns are cut to the range seen in the rows given.
    source: where the scenario comes from.
    """

    name: str
    share: float
    outcome: int | None = None
    shift: Mapping[str, float] = field(default_factory=dict)
    multiply: Mapping[str, float] = field(default_factory=dict)
    assign: Mapping[str, float] = field(default_factory=dict)
    flip: float = 0.0
    cut_to_range: bool = False
    source: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1 or not 0 <= self.flip <= 1 or self.outcome not in {None, 0, 1}:
            raise InputError(
                f"Scenario {self.name!r} has share {self.share:g}, flip {self.flip:g}, outcome {self.outcome}.",
                remedy="Shares lie in 0 to 1; outcome is 0, 1 or none.",
            )

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the scenario changes, in order of appearance."""
        return tuple(dict.fromkeys([*self.multiply, *self.shift, *self.assign]))

    @property
    def text(self) -> str:
        """The scenario in words."""
        who = {None: "rows", 0: "non-defaulters", 1: "defaulters"}[self.outcome]
        parts = [f"{names} × {number_words(value)}" for value, names in _by_value(self.multiply)]
        parts += [
            f"{names} {'+' if value >= 0 else '−'} {number_words(abs(value))}" for value, names in _by_value(self.shift)
        ]
        parts += [
            f"{names} = {'missing' if np.isnan(value) else number_words(value)}"
            for value, names in _by_value(self.assign)
        ]
        parts += ["cut to the range seen"] if self.cut_to_range and self.columns else []
        parts += [f"{100 * self.flip:.0f} % of them change outcome"] if self.flip else []
        return f"{100 * self.share:.0f} % of {who}: {'; '.join(parts) or 'nothing changes'}"


def _by_value(changes: Mapping[str, float]) -> list[tuple[float, str]]:
    """Each value with the columns it applies to, so that a scenario reads as a sentence."""
    named: dict[str, tuple[float, list[str]]] = {}
    for name, value in changes.items():
        named.setdefault(f"{value:g}", (value, []))[1].append(name)
    return [(value, ", ".join(names)) for value, names in named.values()]


def recession(
    *,
    status: Sequence[str],
    payments: Sequence[str],
    amounts: Sequence[str],
    share: float = 0.25,
    status_shift: float = 1.0,
    payment_shift: float = -1000.0,
    amount_factor: float = 0.75,
    flip: float = 0.5,
) -> Scenario:
    """The recession scenario of Hall, Curtis and Pandey (2023): a quarter of the non-defaulters gets worse on every
    input.

    Parameters
    ----------
    status: columns of payment delay (one step worse); payments: amounts paid (lower); amounts: limits and balances (×
    factor)."""
    return Scenario(
        name="recession",
        share=share,
        outcome=0,
        shift={**dict.fromkeys(status, status_shift), **dict.fromkeys(payments, payment_shift)},
        multiply=dict.fromkeys(amounts, amount_factor),
        flip=flip,
        source="Hall, Curtis & Pandey 2023, ch. 8",
    )


def adverse(
    frame: pd.DataFrame,
    directions: Mapping[str, int],
    *,
    share: float = 0.25,
    relative: float = 0.25,
    flip: float = 0.5,
) -> Scenario:
    """A recession-like scenario for any portfolio: hit non-defaulters get worse on every input with a known direction.

    Inputs with at most 20 whole values (states, counts) move one step; others that are never negative change by
    ``relative``; the rest by ``relative`` times their standard deviation. Changed values are cut to the range seen, so
    that the model is not asked about customers nobody has met.

    Parameters
    ----------
    directions: column -> +1 where higher means riskier, -1 where lower does; 0 and absent columns stay.
    """
    shift: dict[str, float] = {}
    multiply: dict[str, float] = {}
    for name, sign in directions.items():
        column = as_matrix(frame, [name])[:, 0] if sign and name in frame.columns else np.empty(0)
        values = column[~np.isnan(column)]
        if sign == 0 or values.size == 0:
            continue
        distinct = np.unique(values)
        if distinct.size <= 20 and np.all(distinct == np.round(distinct)):
            shift[name] = float(sign)
        elif distinct[0] >= 0:
            multiply[name] = 1 + sign * relative
        else:
            shift[name] = sign * relative * float(values.std())
    return Scenario(
        name="recession",
        share=share,
        outcome=0,
        shift=shift,
        multiply=multiply,
        flip=flip,
        cut_to_range=True,
        source="made from expected directions, after Hall, Curtis & Pandey 2023, ch. 8",
    )


def apply_scenario(
    scenario: Scenario, frame: pd.DataFrame, outcome: ArrayLike, *, seed: int
) -> tuple[pd.DataFrame, Booleans, Booleans]:
    """Changed rows, changed outcome, and which rows were hit; :class:`InputError` names columns that are absent."""
    absent = [name for name in scenario.columns if name not in frame.columns]
    if absent:
        raise InputError(
            f"Scenario {scenario.name!r} changes columns that are absent: {', '.join(absent)}.",
            remedy="Name columns of the portfolio.",
        )
    as_matrix(frame, sorted(scenario.columns))
    event = flags(outcome, len(frame))
    generator = np.random.default_rng(seed)
    eligible = np.flatnonzero(np.ones(len(frame), bool) if scenario.outcome is None else event == scenario.outcome)
    hit = np.zeros(len(frame), dtype=bool)
    hit[generator.choice(eligible, round(scenario.share * eligible.size), replace=False)] = True
    changed = frame.copy()
    for name in scenario.columns:
        values = frame[name].to_numpy(dtype=np.float64, na_value=np.nan)
        new = values * scenario.multiply.get(name, 1.0) + scenario.shift.get(name, 0.0)
        new = np.full_like(new, scenario.assign[name]) if name in scenario.assign else new
        if scenario.cut_to_range and np.isfinite(values).any():
            new = np.clip(new, np.nanmin(values), np.nanmax(values))
        changed[name] = np.where(hit, new, values)
    struck = np.flatnonzero(hit)
    flipped = generator.choice(struck, round(scenario.flip * struck.size), replace=False)
    after = event.copy()
    after[flipped] = ~after[flipped]
    return changed, after, hit


def stress_test(
    predict: Predict,
    frame: pd.DataFrame,
    outcome: ArrayLike,
    scenarios: Sequence[Scenario],
    *,
    cutoff: float,
    seed: int,
    repeats: int,
) -> pd.DataFrame:
    """The model before and after each scenario.

    Purpose: a model fitted in good times is used in bad ones. Mechanism: :func:`apply_scenario`, rescore, compare;
    repeated with other draws of the rows hit. Signs of high risk: AUC falling well beyond its interval, predicted
    rate far below the observed one. Strengths: scenarios are declared, so a committee can argue about them.
    Limitations: a scenario is an assumption; hit rows are drawn at random, outcomes flip at random. A scenario in
    which the model gives some row no score has no lines: what is left would be another population.

    Returns one line a scenario, state (before, after) and measure (auc, log_loss, default_rate, mean_prediction,
    decline_rate, true positive rate, precision): ``scenario``, ``description``, ``state``, ``measure``, ``estimate``,
    ``lower``, ``upper`` (95 %; DeLong, Wilson, or normal), ``repeat_low``, ``repeat_high`` (over other draws; after
    only), ``hit`` (rows), ``n``."""
    some_rows(frame, 2)
    event = flags(outcome, len(frame))
    base = _state(event, probabilities(predict, frame), cutoff)
    parts = []
    for position, scenario in enumerate(scenarios):
        runs = []
        for repeat in range(repeats):
            key = int(np.random.SeedSequence([seed, position, repeat]).generate_state(1)[0])
            changed, after, hit = apply_scenario(scenario, frame, event, seed=key)
            scores = answers(predict, changed)
            if np.isnan(scores).any():
                break
            runs.append(_state(after, scores, cutoff).assign(hit=int(hit.sum())))
        if len(runs) < repeats:
            continue
        spread = np.stack([run["estimate"].to_numpy() for run in runs])
        first = runs[0].assign(state="after", repeat_low=spread.min(axis=0), repeat_high=spread.max(axis=0))
        both = pd.concat([base.assign(state="before", hit=0, repeat_low=np.nan, repeat_high=np.nan), first])
        parts.append(both.assign(scenario=scenario.name, description=scenario.text))
    names = ["scenario", "description", "state", "measure", "estimate", "lower", "upper", "repeat_low", "repeat_high"]
    if not parts:
        return pd.DataFrame(columns=[*names, "hit", "n"])
    return pd.concat(parts, ignore_index=True)[[*names, "hit", "n"]]


def _state(event: Booleans, scores: Floats, cutoff: float) -> pd.DataFrame:
    n = event.size
    area = area_under_roc(event, scores)
    counts = confusion_counts(event, scores, cutoff)
    errors = ten_error_metrics(counts.tp, counts.fp, counts.fn, counts.tn).set_index("metric")
    reach = 1.959964 * float(scores.std(ddof=1)) / np.sqrt(n)
    lines: list[tuple[str, float, float, float]] = [
        ("auc", area.value, area.lower, area.upper),
        ("log_loss", mean_log_loss(event, scores), np.nan, np.nan),
        ("mean_prediction", float(scores.mean()), float(scores.mean()) - reach, float(scores.mean()) + reach),
    ]
    for name, part in (("default_rate", event), ("decline_rate", scores > cutoff)):
        low, high = wilson(part.sum(), n)
        lines.append((name, float(part.mean()), float(low), float(high)))
    rates = errors[["estimate", "lower", "upper"]].to_dict("index")
    for name in ("true positive rate", "precision"):
        line = rates[name]
        lines.append((name, float(line["estimate"]), float(line["lower"]), float(line["upper"])))
    return pd.DataFrame(lines, columns=["measure", "estimate", "lower", "upper"]).assign(n=n)
