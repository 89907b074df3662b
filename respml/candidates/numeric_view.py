"""A candidate as the debugging functions see it: every input a number, whatever the portfolio holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from respml.candidates.candidate import Candidate
from respml.explain.tree_tables import TreeTables


@dataclass(frozen=True)
class NumericView:
    """A candidate with its inputs as numbers, so that noise, ranges and distances make sense.

    Numbers and true/false pass through. Text and categories stand as the position of their level among the sorted
    levels of the training rows; a level that training did not see takes the position behind the last. Positions of
    unordered levels carry no distance: say so where a distance is printed.

    Attributes
    ----------
    candidate: the model.
    levels: coded input -> its levels, as text.
    trees: nodes of a tree ensemble that reads these numbers as they are, for speed; None for other models.
    """

    candidate: Candidate
    levels: Mapping[str, tuple[str, ...]]
    trees: TreeTables | None

    @classmethod
    def of(cls, candidate: Candidate, train: pd.DataFrame) -> NumericView:
        """The view of a candidate; ``train`` gives the levels of inputs that are not numbers."""
        levels = {}
        for name in candidate.features:
            values = train[name]
            if not pd.api.types.is_numeric_dtype(values):
                levels[name] = tuple(sorted(values.dropna().astype("str").unique()))
        return cls(candidate, levels, None if levels else candidate.as_model().trees)

    @property
    def features(self) -> tuple[str, ...]:
        """The model's inputs, in order."""
        return self.candidate.features

    @property
    def coded(self) -> tuple[str, ...]:
        """Inputs that stand as positions of levels."""
        return tuple(self.levels)

    def frame(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The inputs of rows as float64, missing as nan; same index."""
        columns = {}
        for name in self.features:
            values = rows[name]
            if name in self.levels:
                position = pd.Index(self.levels[name]).get_indexer(pd.Index(values.astype("str")))
                code = np.where(position < 0, len(self.levels[name]), position).astype(np.float64)
                columns[name] = np.where(values.isna().to_numpy(), np.nan, code)
            else:
                columns[name] = values.to_numpy(dtype=np.float64, na_value=np.nan)
        return pd.DataFrame(columns, index=rows.index)

    def predict(self, numbers: pd.DataFrame) -> npt.NDArray[np.float64]:
        """Probability of default of rows in this view; a position between two levels counts as the nearer one."""
        if not self.levels:
            return self.candidate.predict(numbers)
        rows = numbers.copy()
        for name, levels in self.levels.items():
            position = numbers[name].to_numpy(dtype=np.float64)
            place = np.clip(np.rint(np.nan_to_num(position)), 0, len(levels)).astype(np.int64)
            texts = np.asarray([*levels, "not seen in training"], dtype=object)[place]
            rows[name] = pd.Series(np.where(np.isnan(position), None, texts), index=numbers.index, dtype="str")
        return self.candidate.predict(rows)
