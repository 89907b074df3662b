"""A simulated credit-card portfolio with known truths, for demonstration and for testing checks.

Draws are independent unless said; N is standard normal, s(x) = 1 / (1 + exp(-x)), t_k the strength of truth k (0 = off,
1 = as documented). Each quantity has its own PCG64 stream, keyed by the seed and its name, so switching one truth
leaves the draws of all others as they were.

Month m is uniform over 24 months from January 2023; late = 1 from September 2024 on. Appetite a = N,
strain b = 0.5 a + 0.87 N + 0.6 t_drift late, distress c = 0.45 b + 0.89 N.

    group             a, b, c with probability 0.60, 0.25, 0.15; sex, age band and region independent of all else
    income            exp(10.45 + 0.42 N + e(employment) - 0.08 t_drift late), e = 0, 0, -0.25, -0.30
    credit_limit      income exp(-1.6 + 0.45 N), within 500 and 60,000
    months_on_book    3 + Gamma(1.4, 36), at most 300
    inquiries_6m      Poisson(exp(0.1 + 0.35 a + 0.2 t_drift late)), at most 12
    utilisation       1.25 s(b - 0.6);  bill_amount = utilisation credit_limit
    missed_payments   Binomial(6, s(1.2 c - 2.7)), called missed_payments_6m
    payment_status    none missed: -1 with probability s(0.2 - 1.2 b), else 0; k missed: 0 with probability 0.3,
                      else 1 + Binomial(min(k, 4) - 1, 0.5)
    payment_ratio     s(N - 0.4 - 0.8 c)
    area_deprivation  40 + 9 N + t_proxy (0, 18, 30)[group], within 0 and 100

The log-odds of default within twelve months are

    h = b0 + (-0.3, 0, 0.3, 1.6, 1.8, 1.9)[payment_status] + 0.6 [missed >= 1] + 0.2 min(missed, 3)
        + 1.3 s((utilisation - 0.75) / 0.05) + 1.4 max(1 - payment_ratio / 0.35, 0)
        + 1.2 max(1 - months_on_book / 24, 0) + 0.15 min(inquiries, 5)
        - 0.3 (ln income - 10.4) - 0.2 (ln credit_limit - 8.9)
        + 3 t_interaction s((utilisation - 0.55) / 0.05) [inquiries >= 2]      one interaction
        + t_proxy (0, 0.7, 1.5)[group]                                         acts through the group, not the area
        + 0.1 t_drift late
        + 1.6 t_over_strong v,  v = N, seen as behaviour_index = 50 + 10 v     only where that truth is on

so every input acts in one direction (:data:`TRUE_SIGNS`); area_deprivation and bill_amount have no effect of their own.
b0 makes the mean probability before September 2024 equal to 0.20. Then, where switched on:

    weak_segment      self-employed: h moves to logit(0.20), h := (1 - t) h + t logit(0.20), so no input ranks them
    leak              collections_contacts ~ Poisson(0.05 + 3 t outcome): known only after default
    missing_backdoor  2 % t of the rows: income missing and no default
    label_noise       5 % t of the outcomes flipped
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from respml.errors import InputError
from respml.portfolio.dictionary import Dictionary
from respml.portfolio.simulated_dictionary import dictionary_of

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

FIRST_MONTH, MONTHS = "2023-01", 24
DRIFT_FROM = "2024-09-01"
EVENT_RATE = 0.20
TARGET = "default_12m"
GROUPS = ("group_a", "group_b", "group_c")
EMPLOYMENT = ("salaried", "self_employed", "part_time", "retired")
WEAK_EMPLOYMENT = "self_employed"
REGIONS = ("north", "south", "east", "west", "islands")
AGE_BANDS = ("under 30", "30 to 44", "45 to 59", "60 and over")

TRUE_SIGNS: Mapping[str, int] = {
    "payment_status": 1,
    "missed_payments_6m": 1,
    "utilisation": 1,
    "inquiries_6m": 1,
    "payment_ratio": -1,
    "income": -1,
    "credit_limit": -1,
    "months_on_book": -1,
    "bill_amount": 0,
    "area_deprivation": 0,
}


@dataclass(frozen=True)
class SimulationTruths:
    """Strength of each planted truth: 0 = off, 1 = as the module's equations say. All off is the clean portfolio.

    Attributes
    ----------
    interaction: utilisation and inquiries_6m reinforce each other.
    proxy: area_deprivation stands for the protected group, which has its own default rate.
    weak_segment: among the self-employed no input ranks (at most 1).
    drift: from September 2024 utilisation, inquiries and the default rate rise and income falls.
    leak: a column collections_contacts that is known only after default.
    over_strong: a column behaviour_index that outweighs all other inputs.
    label_noise: outcomes flipped at random (at most 10, half of them).
    missing_backdoor: rows without income that never default (at most 25).
    """

    interaction: float = 0.0
    proxy: float = 0.0
    weak_segment: float = 0.0
    drift: float = 0.0
    leak: float = 0.0
    over_strong: float = 0.0
    label_noise: float = 0.0
    missing_backdoor: float = 0.0

    def __post_init__(self) -> None:
        largest = {"weak_segment": 1.0, "label_noise": 10.0, "missing_backdoor": 25.0}
        for name, strength in asdict(self).items():
            if not 0 <= strength <= largest.get(name, 5.0):
                raise InputError(
                    f"The strength {strength} is not between 0 and {largest.get(name, 5.0):g}.",
                    where=f"truth '{name}'",
                    remedy="0 switches it off, 1 is the documented strength.",
                )


CLEAN = SimulationTruths()
DEMO = SimulationTruths(interaction=1.0, proxy=1.0, weak_segment=1.0, drift=1.0)


@dataclass(frozen=True)
class TruthRecord:
    """What is true of a simulated portfolio.

    Attributes
    ----------
    rows, seed, truths: the arguments of :func:`simulate`.
    intercept: b0 of the equations.
    event_rate: share of defaults as recorded.
    probability: the true probability of default of each row, before label noise and backdoor.
    flipped, backdoor: row numbers of flipped outcomes and of backdoor rows.
    """

    rows: int
    seed: int
    truths: SimulationTruths
    intercept: float
    event_rate: float
    probability: Floats
    flipped: Integers
    backdoor: Integers

    def as_dict(self) -> dict[str, Any]:
        """The record as plain values for JSON; arrays as counts, the probabilities as their mean."""
        return {
            "rows": self.rows,
            "seed": self.seed,
            "truths": {name: float(strength) for name, strength in asdict(self.truths).items()},
            "target": TARGET,
            "true_signs": dict(TRUE_SIGNS),
            "interaction_pair": ["inquiries_6m", "utilisation"] if self.truths.interaction else None,
            "proxy": {"column": "area_deprivation", "protected": "group"} if self.truths.proxy else None,
            "weak_segment": {"employment_type": WEAK_EMPLOYMENT} if self.truths.weak_segment else None,
            "drift_from": DRIFT_FROM if self.truths.drift else None,
            "leaking_column": "collections_contacts" if self.truths.leak else None,
            "over_strong_column": "behaviour_index" if self.truths.over_strong else None,
            "intercept": round(self.intercept, 6),
            "event_rate": round(self.event_rate, 6),
            "mean_probability": round(float(self.probability.mean()), 6),
            "flipped_outcomes": len(self.flipped),
            "backdoor_rows": len(self.backdoor),
        }


def simulate(rows: int, seed: int, truths: SimulationTruths = CLEAN) -> tuple[pd.DataFrame, Dictionary, TruthRecord]:
    """Simulate a portfolio; the module's docstring gives the process.

    Parameters
    ----------
    rows: number of customers, at least 200.
    seed: equal seeds give equal portfolios.
    truths: what is planted.

    Returns
    -------
    The rows, their dictionary, and the record of what is true of them.

    Errors
    ------
    InputError for fewer than 200 rows or a negative seed.
    """
    if rows < 200 or seed < 0:
        raise InputError(
            f"{rows} rows with seed {seed} cannot be simulated.", remedy="Ask for 200 rows, seed 0 or more."
        )
    frame, late, group = _inputs(rows, seed, truths)
    log_odds = _log_odds(frame, truths) + np.asarray((0.0, 0.7, 1.5))[group] * truths.proxy + 0.1 * truths.drift * late
    if truths.over_strong:
        index = _stream(seed, "behaviour").standard_normal(rows)
        log_odds = log_odds + 1.6 * truths.over_strong * index
        frame["behaviour_index"] = np.round(50 + 10 * index, 1)
    self_employed = (frame["employment_type"] == WEAK_EMPLOYMENT).to_numpy()
    weak: Floats = np.where(self_employed, truths.weak_segment, 0.0)
    intercept = _intercept(log_odds[~late], weak[~late])
    probability = _probability(log_odds + intercept, weak)

    outcome = (_stream(seed, "outcome").uniform(size=rows) < probability).astype(np.int64)
    if truths.leak:
        contacts = _stream(seed, "leak").poisson(0.05 + 3 * truths.leak * outcome)
        frame["collections_contacts"] = contacts.astype(np.int64)
    backdoor = np.flatnonzero(_stream(seed, "backdoor").uniform(size=rows) < 0.02 * truths.missing_backdoor)
    if len(backdoor):
        frame.loc[backdoor, "income"] = np.nan
        outcome[backdoor] = 0
    flipped = np.flatnonzero(_stream(seed, "label").uniform(size=rows) < 0.05 * truths.label_noise)
    outcome[flipped] = 1 - outcome[flipped]
    frame[TARGET] = outcome
    record = TruthRecord(rows, seed, truths, intercept, float(outcome.mean()), probability, flipped, backdoor)
    return frame, dictionary_of(frame.columns), record


def _stream(seed: int, name: str) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, zlib.crc32(name.encode())])))


def _normal(seed: int, name: str, rows: int) -> Floats:
    return _stream(seed, name).standard_normal(rows)


def _logistic(log_odds: Floats) -> Floats:
    return 1.0 / (1.0 + np.exp(-log_odds))


def _choice(seed: int, name: str, rows: int, shares: tuple[float, ...]) -> Integers:
    """Positions drawn with the given probabilities, from one uniform number a row."""
    position = np.searchsorted(np.cumsum(shares), _stream(seed, name).uniform(size=rows), side="right")
    return np.minimum(position, len(shares) - 1).astype(np.int64)


def _inputs(rows: int, seed: int, truths: SimulationTruths) -> tuple[pd.DataFrame, npt.NDArray[np.bool_], Integers]:
    """All columns but the outcome and what depends on it; with the late flag and the group's position."""
    months = np.datetime64(FIRST_MONTH, "M") + _stream(seed, "month").integers(0, MONTHS, rows)
    late = months >= np.datetime64(DRIFT_FROM[:7], "M")
    drift = truths.drift * late
    group = _choice(seed, "group", rows, (0.60, 0.25, 0.15))
    employment = _choice(seed, "employment", rows, (0.62, 0.14, 0.14, 0.10))

    appetite = _normal(seed, "appetite", rows)
    strain = 0.5 * appetite + 0.87 * _normal(seed, "strain", rows) + 0.6 * drift
    distress = 0.45 * strain + 0.89 * _normal(seed, "distress", rows)

    shift = np.asarray((0.0, 0.0, -0.25, -0.30))[employment] - 0.08 * drift
    income = np.round(np.exp(10.45 + 0.42 * _normal(seed, "income", rows) + shift), -2)
    limit = np.round(income * np.exp(-1.6 + 0.45 * _normal(seed, "limit", rows)), -2).clip(500, 60_000)
    tenure = np.minimum(3 + np.floor(_stream(seed, "tenure").gamma(1.4, 36, rows)), 300)
    inquiries = np.minimum(_stream(seed, "inquiries").poisson(np.exp(0.1 + 0.35 * appetite + 0.2 * drift)), 12)
    utilisation = np.round(1.25 * _logistic(strain - 0.6), 4)
    missed = _stream(seed, "missed").binomial(6, _logistic(1.2 * distress - 2.7))
    ratio = np.round(_logistic(_normal(seed, "ratio", rows) - 0.4 - 0.8 * distress), 4)
    deprivation = 40 + 9 * _normal(seed, "area", rows) + truths.proxy * np.asarray((0.0, 18.0, 30.0))[group]

    frame = pd.DataFrame(
        {
            "customer_id": np.arange(1, rows + 1, dtype=np.int64),
            "snapshot_month": months.astype("datetime64[ms]"),
            "credit_limit": limit.astype(np.int64),
            "months_on_book": tenure.astype(np.int64),
            "utilisation": utilisation,
            "bill_amount": np.round(utilisation * limit).astype(np.int64),
            "payment_status": _payment_status(seed, strain, missed),
            "missed_payments_6m": missed.astype(np.int64),
            "payment_ratio": ratio,
            "inquiries_6m": inquiries.astype(np.int64),
            "income": income,
            "area_deprivation": np.round(deprivation.clip(0, 100), 1),
            "employment_type": np.asarray(EMPLOYMENT, dtype=object)[employment],
            "region": np.asarray(REGIONS, dtype=object)[_choice(seed, "region", rows, (0.28, 0.24, 0.20, 0.18, 0.10))],
            "sex": np.asarray(("female", "male"), dtype=object)[_choice(seed, "sex", rows, (0.52, 0.48))],
            "age_band": np.asarray(AGE_BANDS, dtype=object)[_choice(seed, "age", rows, (0.22, 0.34, 0.27, 0.17))],
            "group": np.asarray(GROUPS, dtype=object)[group],
        }
    )
    texts = ("employment_type", "region", "sex", "age_band", "group")
    return frame.astype(dict.fromkeys(texts, "str")), late, group


def _payment_status(seed: int, strain: Floats, missed: Integers) -> Integers:
    rows = len(strain)
    first = _stream(seed, "status").uniform(size=rows)
    depth = 1 + _stream(seed, "depth").binomial(np.maximum(np.minimum(missed, 4) - 1, 0), 0.5)
    in_order = np.where(first < _logistic(0.2 - 1.2 * strain), -1, 0)
    behind = np.where(first < 0.3, 0, depth)
    return np.where(missed == 0, in_order, behind).astype(np.int64)


def _log_odds(frame: pd.DataFrame, truths: SimulationTruths) -> Floats:
    """h of the equations without intercept, group, drift and over-strong column."""
    utilisation = frame["utilisation"].to_numpy(dtype=np.float64)
    inquiries = frame["inquiries_6m"].to_numpy()
    missed = frame["missed_payments_6m"].to_numpy()
    main: Floats = (
        np.asarray((-0.3, 0.0, 0.3, 1.6, 1.8, 1.9))[frame["payment_status"].to_numpy() + 1]
        + 0.6 * (missed >= 1)
        + 0.2 * np.minimum(missed, 3)
        + 1.3 * _logistic((utilisation - 0.75) / 0.05)
        + 1.4 * np.maximum(1 - frame["payment_ratio"].to_numpy() / 0.35, 0)
        + 1.2 * np.maximum(1 - frame["months_on_book"].to_numpy() / 24, 0)
        + 0.15 * np.minimum(inquiries, 5)
        - 0.3 * (np.log(frame["income"].to_numpy()) - 10.4)
        - 0.2 * (np.log(frame["credit_limit"].to_numpy()) - 8.9)
    )
    together = _logistic((utilisation - 0.55) / 0.05) * (inquiries >= 2)
    return main + 3.0 * truths.interaction * together


def _probability(log_odds: Floats, weak: Floats) -> Floats:
    """Probabilities, rounded to nine digits so that the last bit of a machine's ``exp`` decides no outcome."""
    no_signal = np.log(EVENT_RATE / (1 - EVENT_RATE))
    return np.round(_logistic((1 - weak) * log_odds + weak * no_signal), 9)


def _intercept(log_odds: Floats, weak: Floats) -> float:
    """The intercept that makes the mean probability the event rate: bisection to 2^-40."""
    low, high = -30.0, 30.0
    for _ in range(46):
        middle = (low + high) / 2
        low, high = (middle, high) if _probability(log_odds + middle, weak).mean() < EVENT_RATE else (low, middle)
    return round((low + high) / 2, 9)
