"""Each candidate's probabilities, Shapley contributions and interactions, computed once for all analyses."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from respml.candidates.candidate import Candidate, Candidates
from respml.candidates.tables import read_table, write_table
from respml.errors import AnalysisError
from respml.explain.interactions import Interactions, shapley_interactions
from respml.portfolio.portfolio import Portfolio

PROBABILITY, METHODS = "probability", "contribution_methods"
PAIRS, MAIN, PAIR_CHECKS = "interaction_pairs", "interaction_main", "interaction_checks"
EXPLAINED = ("test", "out_of_time")
ADDITIVITY = 1e-4
WITHOUT_MODEL = {
    "method": "not applicable: no model object",
    "checked_rows": 0,
    "largest_difference": float("nan"),
    "additivity_gap": float("nan"),
    "unseen": 0,
}


class Scores:
    """Probabilities on all partitions and contributions on the reported ones.

    Parameters
    ----------
    probabilities: ``row``, ``partition``, one float64 column a candidate; rows ascending within a partition.
    contributions: candidate -> ``row``, one float32 column a feature, ``bias``, in log-odds.
    methods: ``candidate``, ``method``, ``checked_rows``, ``largest_difference`` (between two implementations),
        ``additivity_gap`` (largest |contributions + bias − log-odds|), ``unseen`` (rows with a level not in training).
    interactions: candidate -> Shapley interactions on the test rows, of candidates whose trees can be read.
    """

    def __init__(
        self,
        probabilities: pd.DataFrame | None = None,
        contributions: Mapping[str, pd.DataFrame] | None = None,
        methods: pd.DataFrame | None = None,
        interactions: Mapping[str, Interactions] | None = None,
        *,
        folder: Path | None = None,
    ) -> None:
        self.folder = folder
        self._tables: dict[str, pd.DataFrame] = {}
        if probabilities is not None:
            self._tables[PROBABILITY] = probabilities
        if methods is not None:
            self._tables[METHODS] = methods
        for name, table in (contributions or {}).items():
            self._tables[f"contribution_{name}"] = table
        if interactions:
            self._tables |= _tables_of_interactions(interactions)

    def probability(self, candidate: str, partition: str) -> npt.NDArray[np.float64]:
        """Probability of default, float64, aligned with ``portfolio.rows(partition)``.

        Errors
        ------
        KeyError for a candidate or partition that was not scored.
        """
        table = self._table(PROBABILITY)
        chosen = (table["partition"] == partition).to_numpy()
        if candidate not in table.columns or not chosen.any():
            raise KeyError(f"no scores of '{candidate}' on '{partition}'")
        return table[candidate].to_numpy(dtype=np.float64)[chosen]

    def contribution(self, candidate: str, partition: str) -> pd.DataFrame:
        """Shapley contributions and ``bias``, float32, in log-odds; index = row number.

        Errors
        ------
        KeyError for a partition without contributions (there are those of test and out_of_time), or a candidate
        without them (see :meth:`explains`).
        """
        table = self._table(f"contribution_{candidate}").set_index("row")
        membership = self._table(PROBABILITY)
        rows = membership.loc[membership["partition"] == partition, "row"].to_numpy()
        if partition not in EXPLAINED or len(rows) == 0:
            raise KeyError(f"no contributions of '{candidate}' on '{partition}'")
        return table.loc[rows]

    def explains(self, candidate: str) -> bool:
        """Whether there are contributions of a candidate: not where only its scores are known."""
        name = f"contribution_{candidate}"
        return name in self._tables or (self.folder is not None and (self.folder / f"{name}.parquet").is_file())

    def interactions(self) -> dict[str, Interactions]:
        """Candidate -> interactions on the test rows, of those whose trees read numbers; empty where there is none."""
        if PAIRS not in self._tables and (self.folder is None or not (self.folder / f"{PAIRS}.parquet").is_file()):
            return {}
        pairs, main, checks = (self._table(name) for name in (PAIRS, MAIN, PAIR_CHECKS))
        return {
            str(name): Interactions(
                pairs[pairs["model"] == name].reset_index(drop=True),
                main[main["model"] == name].reset_index(drop=True),
                check[["rows", "max_difference"]].reset_index(drop=True),
                int(check["used"].iloc[0]),
                int(check["available"].iloc[0]),
            )
            for name, check in checks.groupby("model", sort=False)
        }

    @property
    def methods(self) -> pd.DataFrame:
        """How the contributions of each candidate were computed and checked."""
        return self._table(METHODS).copy()

    def write(self, folder: Path) -> None:
        """Write the tables as Parquet; equal scores give equal bytes."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in self._tables.items():
            write_table(table, folder / f"{name}.parquet")

    @classmethod
    def read(cls, folder: Path) -> Scores:
        """Read what :meth:`write` wrote; each table when it is first asked for."""
        return cls(folder=folder)

    def _table(self, name: str) -> pd.DataFrame:
        if name not in self._tables:
            if self.folder is None or not (self.folder / f"{name}.parquet").is_file():
                raise KeyError(f"the scores have no table '{name}'")
            self._tables[name] = read_table(self.folder / f"{name}.parquet")
        return self._tables[name]


def _tables_of_interactions(found: Mapping[str, Interactions]) -> dict[str, pd.DataFrame]:
    checks = [
        each.check.assign(model=name, used=each.rows, available=each.available)[
            ["model", "rows", "max_difference", "used", "available"]
        ]
        for name, each in found.items()
    ]
    return {
        PAIRS: pd.concat([each.pairs for each in found.values()], ignore_index=True),
        MAIN: pd.concat([each.main for each in found.values()], ignore_index=True),
        PAIR_CHECKS: pd.concat(checks, ignore_index=True),
    }


def _interactions(name: str, candidate: Candidate, rows: pd.DataFrame, seed: int) -> Interactions | None:
    """Of a candidate whose trees can be read on inputs that are numbers; None for others."""
    trees = candidate.as_model().trees if candidate.has_model else None
    inputs = rows[list(candidate.features)]
    numeric = all(pd.api.types.is_numeric_dtype(each) for each in inputs.dtypes)
    if trees is None or candidate.booster is None or not numeric:
        return None
    return shapley_interactions(name, candidate.booster, inputs, features=candidate.features, seed=seed)


def compute_scores(portfolio: Portfolio, candidates: Candidates, seed: int = 0) -> Scores:
    """Score all rows with all candidates and explain the reported partitions.

    ``seed`` chooses the rows of interactions where trees are too deep for all rows.

    Errors
    ------
    AnalysisError where contributions and bias do not add up to the log-odds within 1e-4, and where the champion gives
    every row of a partition the same probability, which leaves nothing to document.
    """
    parts = {partition: portfolio.features(partition) for partition in portfolio.partitions}
    rows = pd.DataFrame(
        {
            "row": np.concatenate([part.index.to_numpy(np.int64) for part in parts.values()]),
            "partition": np.concatenate([np.full(len(part), name, object) for name, part in parts.items()]),
        }
    ).astype({"partition": "str"})
    everything = pd.concat(list(parts.values()))
    explained = pd.concat([parts[name] for name in EXPLAINED if name in parts])
    probabilities = {name: candidate.score_rows(everything) for name, candidate in candidates.items()}
    require_spread(rows["partition"], probabilities[candidates.champion], candidates.champion)
    contributions: dict[str, pd.DataFrame] = {}
    interactions: dict[str, Interactions] = {}
    methods = []
    for name, candidate in candidates.items():
        if not candidate.has_model:
            methods.append({"candidate": name, **WITHOUT_MODEL})
            continue
        table, report = candidate.contributions(explained)
        summed = table.to_numpy(np.float64).sum(axis=1)
        gap = float(np.abs(summed - candidate.log_odds(explained)).max())
        if not gap <= ADDITIVITY:
            raise AnalysisError(
                f"The contributions of '{name}' miss its log-odds by {gap:.2g}.", remedy="Report this as a defect."
            )
        contributions[name] = table.reset_index(names="row").astype({"row": "int64"})
        unseen = candidate.unseen(explained)
        methods.append({"candidate": name, **report, "additivity_gap": gap, "unseen": unseen})
        pairs = _interactions(name, candidate, parts["test"], seed)
        if pairs is not None:
            interactions[name] = pairs
    return Scores(rows.assign(**probabilities), contributions, pd.DataFrame(methods), interactions)


def require_spread(partition: pd.Series, probability: npt.NDArray[np.float64], champion: str) -> None:
    """Refuse a champion that tells no row of a partition from another.

    Errors
    ------
    AnalysisError naming the champion, the partition and the probability.
    """
    for name in dict.fromkeys(partition):
        found = probability[(partition == name).to_numpy()]
        if len(found) > 1 and found.min() == found.max():
            raise AnalysisError(
                f"The champion '{champion}' gives all {len(found):,} rows of {name} the same probability, "
                f"{found[0]:.3g}.",
                remedy="Give it more defaults or other inputs, lower "
                "candidates.boosting.search.ranges.min_child_weight, or name another champion.",
            )
