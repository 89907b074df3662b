"""Counts of few people, and what would tell them, are left out of tables, figures' data and metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

WITHHELD = "withheld"

# Columns and metrics that count people, by name: those a line's numbers are made of, and those that are part of them.
WHOLE = (
    "n",
    "n_reference",
    "n_others",
    "rows",
    "total",
    "support",
    "hit",
    "train_n",
    "test_n",
    "search_n",
    "reference_n",
    "current_n",
    "members",
    "others",
)
PART = (
    "events",
    "count",
    "count_others",
    "declined",
    "tp",
    "fp",
    "fn",
    "tn",
    "true_positive",
    "false_positive",
    "false_negative",
    "true_negative",
    "smallest_cell",
    "successes",
    "defaulted",
    "repaid",
    "missing",
    "most_frequent_count",
    "beyond_tolerance",
    "mismatched_decisions",
    "only_left",
    "only_right",
)
# Last words of metrics that count people. Faults that a check judges, such as decisions without a reason, are not among
# them: their number must reach the check, and tells of the model.
METRICS = ("n", "rows", "declined", "champion_right", "champion_only", "discordant", "only", "changed_n", "people")
# Parts that make up a whole between them: with one of them go all.
FAMILIES = (
    ("tp", "fp", "fn", "tn"),
    ("true_positive", "false_positive", "false_negative", "true_negative"),
    ("defaulted", "repaid"),
)
# Where a part is taken from a whole in the same line, the rest of it must not be few either.
RESTS = (("events", "n"), ("successes", "n"), ("count", "n"), ("count_others", "n_others"))
# What a count tells where it is not every number of its line.
TOLD: Mapping[str, tuple[str, ...]] = {
    "missing": ("count",),
    "most_frequent_count": ("most_frequent",),
    "support": ("observed", "predicted", "share"),
    "beyond_tolerance": (),
    "mismatched_decisions": (),
    "only_left": (),
    "only_right": (),
    "declined": (),
}
# Numbers that say where a line stands, not what was found there.
POSITIONS = (
    "low",
    "high",
    "first_value",
    "second_value",
    "threshold",
    "cutoff",
    "scale",
    "x",
    "y",
    "percentile",
    "offset",
)
# Means of scores, and shares of everybody: of a part of the line they tell nothing.
OF_THE_WHOLE = ("share", "mean_probability", "minimum_probability", "maximum_probability", "predicted")
RUNNING = "cumulative_"
# Counts that add up down the lines of a block, and what a block is.
SUMMED = ("n", "events", "count", "count_others", *FAMILIES[0], *FAMILIES[1], *FAMILIES[2])
BLOCKS = (
    "candidate",
    "model",
    "attribute",
    "partition",
    "scenario",
    "variable",
    "feature",
    "kind",
    "measure",
    "outcome",
    "first",
    "second",
    "method",
    "factor",
    "source",
    "change",
    "alternative",
)

Flags = npt.NDArray[np.bool_]
Counts = Mapping[str, Sequence[str] | None]


@dataclass
class Withholding:
    """Withholds what stands for fewer people than the spec's ``disclosure.minimum_cell``.

    A count of people (a whole-numbered column or metric by one of the names above, or one declared) between 1 and
    ``fewest`` − 1 is left out, and with it the numbers of its line that rest on it or would give it back: the other
    parts of the same whole, rates with limits and p-values, running sums from there on. Where counts left out of a
    block follow from its sum (one alone, or one and one, which are two), the smallest of the others go too (threshold
    rule with secondary suppression, Hundepool et al. 2012). Nothing is a count of nobody and stays.

    Attributes
    ----------
    fewest: smallest number of people that is printed.
    hidden: the counts left out so far, so that metrics that repeat them go too.
    shares: first words of a metric left out -> its counts, so that the shares beside it go too.
    """

    fewest: int
    hidden: set[int] = field(default_factory=set)
    shares: dict[str, set[int]] = field(default_factory=dict)

    @property
    def word(self) -> str:
        """What is printed for a count that is left out."""
        return f"fewer than {self.fewest}"

    def frame(
        self, frame: pd.DataFrame, counts: Counts | None = None
    ) -> tuple[pd.DataFrame, dict[str, dict[str, str]]]:
        """A frame without its small cells.

        Parameters
        ----------
        frame: any result.
        counts: column -> what it tells, where the names above do not say it; nothing (None) where it counts no people.

        Returns
        -------
        The frame, and column -> position of the line -> what is printed in the place of a number left out.
        """
        declared = dict(counts or {})
        named = [str(name) for name in frame.columns if name in (*WHOLE, *PART) or declared.get(str(name)) is not None]
        named = [name for name in named if not (name in declared and declared[name] is None) and _counts(frame[name])]
        if not named or frame.empty:
            return frame, {}
        gone = {str(name): np.zeros(len(frame), dtype=bool) for name in frame.columns}
        small = {name: self._small(frame, name) for name in named}
        for family in FAMILIES:
            own = [name for name in family if name in small]
            either = np.logical_or.reduce([small[name] for name in own]) if own else None
            for name in own:
                gone[name] |= either
        primary = {name: small[name] | gone[name] for name in named}
        for name in named:
            gone[name] |= primary[name]
        for name in named:
            for other in self._told(frame, name, named, declared):
                gone[other] |= primary[name]
        for name in named:
            second = self._second(frame, name, gone[name]) if name in SUMMED else None
            if second is not None and second.any():
                gone[name] |= second
                for other in self._told_by_sum(frame, name, named):
                    gone[other] |= second
                self.hidden |= {int(each) for each in frame.loc[second, name]}
        for name in frame.columns:
            if str(name).startswith(RUNNING) and any(gone[each].any() for each in named):
                first = min(int(gone[each].argmax()) for each in named if gone[each].any())
                gone[str(name)][first:] = True
        return self._without(frame, gone, set(named))

    def drawn(self, frame: pd.DataFrame, counts: Counts | None = None) -> bool:
        """Whether a drawing of the frame would show what is withheld in its file, beyond the counts themselves."""
        withheld = Withholding(self.fewest).frame(frame.reset_index(drop=True), counts)[1]
        return any(name not in (*WHOLE, *PART) for name in withheld)

    def metric(self, name: str, value: Any, n: int | None, format: str, partition: str) -> bool:
        """Whether a metric counts few people or rests on few.

        ``n`` counts people where the metric names a partition; of a whole number it may count inputs, or trials.
        """
        if n is not None and partition and not format.endswith("integer") and 0 < n < self.fewest:
            return True
        counted = name.rpartition(".")[2] in METRICS and format.endswith("integer")
        if counted and isinstance(value, int | np.integer) and 0 < value < self.fewest:
            self.hidden.add(int(value))
            self.shares.setdefault(_first(name), set()).add(int(value))
            return True
        return False

    def gives_back(self, name: str, value: Any, n: int | None, format: str) -> bool:
        """Whether a metric repeats a count that was left out, or is a share beside it that gives it back."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        if format.endswith("integer"):
            return name.rpartition(".")[2] in METRICS and value in self.hidden
        if not format.startswith("percent") or n is None or n < self.fewest:
            return False
        part, beside = value * n, self.shares.get(_first(name), set())
        return any(abs(each - round(each)) < 1e-6 and round(each) in beside for each in (part, n - part))

    def _small(self, frame: pd.DataFrame, name: str) -> Flags:
        counted = frame[name].to_numpy(dtype=np.float64, na_value=np.nan)
        small = (counted > 0) & (counted < self.fewest)
        for part, whole in RESTS:
            if part == name and whole in frame.columns and _counts(frame[whole]):
                rest = frame[whole].to_numpy(dtype=np.float64, na_value=np.nan) - counted
                small |= (rest > 0) & (rest < self.fewest)
        return np.asarray(small)

    def _told(self, frame: pd.DataFrame, name: str, named: Sequence[str], declared: Counts) -> list[str]:
        """The columns of a line that rest on a count, or give it back."""
        stated = declared.get(name, TOLD.get(name))
        if stated is not None:
            return [each for each in stated if each in frame.columns]
        places = {*POSITIONS, *(("value",) if "feature" in frame.columns else ())}
        numbers = [str(each) for each in frame.columns if pd.api.types.is_float_dtype(frame[each])]
        kept = {*places, *OF_THE_WHOLE} if name in PART and not name.startswith("count") else places
        told = [each for each in numbers if each not in kept and each not in named]
        return [*told, *(each for each in named if each in PART and each not in TOLD)] if name in WHOLE else told

    @staticmethod
    def _told_by_sum(frame: pd.DataFrame, name: str, named: Sequence[str]) -> list[str]:
        """What gives a count back that went only because it would give back another."""
        rates = ("share", "event_rate", "default_rate", "observed", "lower", "upper", "lift")
        # a rate in full gives the number it was divided by back, by its shortest fraction
        parts = any(each in named for each in ("events", "count")) or any(each in frame.columns for each in rates[1:4])
        return [each for each in frame.columns if each in (rates if name != "n" or parts else ("share",))]

    def _second(self, frame: pd.DataFrame, name: str, gone: Flags) -> Flags:
        """The smallest counts left in each block whose sum, with what is printed, would give those left out back."""
        second = np.zeros(len(frame), dtype=bool)
        if not gone.any():
            return second
        keys = [frame[each] for each in frame.columns if each in BLOCKS and each != name]
        blocks = pd.Series(0, index=frame.index).groupby(keys, dropna=False, observed=True).ngroup() if keys else None
        values = frame[name].to_numpy(dtype=np.float64, na_value=np.nan)
        of_block = np.zeros(len(frame), dtype=np.int64) if blocks is None else blocks.to_numpy()
        for block in np.unique(of_block[gone]):
            own = of_block == block
            left = own & ~gone & (values > 0)
            hidden = values[own & gone & ~np.isnan(values)].tolist()
            for line in sorted(np.flatnonzero(left).tolist(), key=lambda each: float(values[each])):
                if not self._given_back(hidden):
                    break
                second[line] = True
                hidden.append(values[line])
        return second

    def _given_back(self, hidden: Sequence[float]) -> bool:
        """Whether counts follow from their sum: one alone, all as small or all as large as the words for them allow."""
        small = [0 < each < self.fewest for each in hidden]
        least = sum(1 if few else min(self.fewest, each) for few, each in zip(small, hidden, strict=True))
        most = len(hidden) * (self.fewest - 1) if all(small) else np.inf
        return len(hidden) == 1 or (bool(hidden) and sum(hidden) in (least, most))

    def _without(
        self, frame: pd.DataFrame, gone: Mapping[str, Flags], named: set[str]
    ) -> tuple[pd.DataFrame, dict[str, dict[str, str]]]:
        shown, words = frame.copy(), {}
        for name, flags in gone.items():
            flags = flags & frame[name].notna().to_numpy()
            if not flags.any():
                continue
            column = frame[name]
            whole = name in named and (column.dropna() % 1 == 0).all()
            shown[name] = column.astype("Int64" if whole else column.dtype).mask(flags)
            words[name] = {
                # a count that went because the rest of its whole is small is itself not small
                str(line): self.word if name in named and 0 < column.iloc[line] < self.fewest else WITHHELD
                for line in np.flatnonzero(flags).tolist()
            }
        return shown, words


def _first(name: str) -> str:
    """The words of a metric before its last."""
    return name.rpartition(".")[0]


def _counts(column: pd.Series) -> bool:
    """Whether a column holds whole numbers, and so may count people."""
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return False
    known = column.dropna().to_numpy(dtype=np.float64)
    return bool(len(known)) and bool(np.isfinite(known).all() and (known == np.round(known)).all())
