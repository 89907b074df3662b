"""Seeded random search over boosting hyper-parameters, with early stopping and successive halving on the valid rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from respml.candidates.boosting import BoostingData, Configuration, Fit, Rows
from respml.candidates.ranking import discrimination_and_loss
from respml.spec.candidates import Ranges, Search

LOGARITHMIC = ("learning_rate", "min_child_weight", "reg_lambda")
RUNGS = ((2.0, 0.5), (6.0, 0.5))


@dataclass(frozen=True)
class SearchResult:
    """What a search found.

    Attributes
    ----------
    leaderboard: one row a configuration, best first: ``place``, ``configuration`` (number in the order drawn; 0 is the
        midpoint of the ranges), the hyper-parameters, ``rounds`` (fitted), ``best_round`` (kept), ``valid_log_loss``,
        ``valid_auc``, ``stage`` (1 = left at the first halving … 3 = fitted to its end), ``chosen``.
    best: the chosen configuration.
    """

    leaderboard: pd.DataFrame
    best: Configuration


def midpoint(ranges: Ranges) -> Configuration:
    """The middle of every range: geometric for rates and penalties, arithmetic for shares, middle entry of lists."""
    return _configuration(ranges, lambda low, high: low + (high - low) / 2, lambda values: values[len(values) // 2])


def sample_configurations(ranges: Ranges, count: int, seed: int) -> tuple[Configuration, ...]:
    """The midpoint and ``count − 1`` random configurations, drawn under ``seed``.

    Rates and penalties are drawn uniformly on a logarithmic scale, shares uniformly, lists entry by entry.
    """
    random = np.random.default_rng(seed)
    drawn = [
        _configuration(
            ranges,
            lambda low, high: float(random.uniform(low, high)),
            lambda values: values[int(random.integers(len(values)))],
        )
        for _ in range(count - 1)
    ]
    return (midpoint(ranges), *drawn)


def random_search(
    train: Rows, valid: Rows, directions: Sequence[int], settings: Search, seed: int, workers: int
) -> SearchResult:
    """Compare random configurations on the valid rows.

    All configurations are fitted until their learning rates add up to 2, the better half until 6, the better half of
    these to the end; each stops early after ``early_stopping`` rounds without a lower valid log-loss. Halving by the
    sum of learning rates rather than by rounds keeps slow learners comparable. The lowest valid log-loss wins; the
    earlier drawn one among equals.

    The result does not depend on ``workers``: each fit runs in one thread, on matrices no other thread uses, with a
    random stream of its own.

    Source: successive halving, Jamieson and Talwalkar 2016.
    """
    configurations = sample_configurations(settings.ranges, settings.configurations, seed)
    slots = [_Slot(train, valid) for _ in range(max(1, min(workers, len(configurations))))]
    fits: dict[int, Fit] = {}
    stage = dict.fromkeys(range(len(configurations)), 1)

    def advance(slot: int, numbers: Sequence[int], target: float | None) -> None:
        for number in numbers:
            configuration = configurations[number]
            if number not in fits:
                data = slots[slot].data(configuration.max_bin)
                fits[number] = Fit(data, configuration, directions, seed, settings.early_stopping)
            limit = settings.max_rounds
            if target is not None:
                limit = min(limit, math.ceil(target / configuration.learning_rate))
            fits[number].advance(limit)

    alive = list(range(len(configurations)))
    with ThreadPoolExecutor(len(slots)) as pool:
        for rung in (*RUNGS, None):
            target = None if rung is None else rung[0]
            shares = [[number for number in alive if number % len(slots) == slot] for slot in range(len(slots))]
            for each in [pool.submit(advance, slot, share, target) for slot, share in enumerate(shares)]:
                each.result()
            if rung is not None:
                ranked = sorted(alive, key=lambda number: (fits[number].best_loss, number))
                alive = sorted(ranked[: max(1, math.ceil(len(ranked) * rung[1]))])
                for number in alive:
                    stage[number] += 1
    order = sorted(fits, key=lambda number: (-stage[number], fits[number].best_loss, number))
    records = [
        {
            "place": place + 1,
            "configuration": number,
            **configurations[number].as_dict(),
            "rounds": fits[number].rounds,
            "best_round": fits[number].best_round + 1,
            "valid_log_loss": fits[number].best_loss,
            "valid_auc": _valid_auc(fits[number], valid),
            "stage": stage[number],
            "chosen": place == 0,
        }
        for place, number in enumerate(order)
    ]
    return SearchResult(pd.DataFrame(records), configurations[order[0]])


class _Slot:
    """The matrices of one thread, by number of bins."""

    def __init__(self, train: Rows, valid: Rows) -> None:
        self.train, self.valid = train, valid
        self._by_bins: dict[int, BoostingData] = {}

    def data(self, max_bin: int) -> BoostingData:
        if max_bin not in self._by_bins:
            self._by_bins[max_bin] = BoostingData.build(self.train, self.valid, max_bin)
        return self._by_bins[max_bin]


def _valid_auc(fit: Fit, valid: Rows) -> float:
    probability = expit(fit.scorer().log_odds(valid.matrix.astype(np.float64)))
    return discrimination_and_loss(valid.outcome, probability)[0]


def _configuration(
    ranges: Ranges,
    between: Callable[[float, float], float],
    among: Callable[[Sequence[int]], int],
) -> Configuration:
    def bounded(name: str) -> float:
        low, high = getattr(ranges, name)
        if name in LOGARITHMIC:
            return float(f"{math.exp(between(math.log(low), math.log(high))):.6g}")
        return float(f"{between(low, high):.6g}")

    return Configuration(
        max_depth=among(ranges.max_depth),
        learning_rate=bounded("learning_rate"),
        subsample=bounded("subsample"),
        colsample_bytree=bounded("colsample_bytree"),
        min_child_weight=bounded("min_child_weight"),
        reg_lambda=bounded("reg_lambda"),
        max_bin=among(ranges.max_bin),
    )
