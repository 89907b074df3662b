"""A candidate: a fitted model with all that is needed to score rows and to say what it is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit

from respml.candidates.encoding import Encoding
from respml.candidates.scorers import SCORERS, LinearScorer, Scorer, TreeScorer
from respml.candidates.tables import read_table, write_table
from respml.errors import InputError
from respml.explain.model import Model
from respml.explain.tree_tables import tree_tables

HEADER, COLLECTION = "candidate.json", "candidates.json"
LAYOUT = 1
LOADER_OF_OTHERS = "respml.adapters.stored"
"""The module whose ``load`` reads candidates made elsewhere: by name, because that room stands below this one."""

LABELS = {"glm": "GLM", "mgbm": "MGBM", "gbm": "GBM", "hybrid": "Hybrid"}


@dataclass(frozen=True)
class Candidate:
    """A fitted probability-of-default model.

    Attributes
    ----------
    name: short name (``mgbm``), also its folder.
    label: printed name.
    features: the portfolio's columns it reads, in order.
    encoding: how these become the design matrix.
    scorer: the fitted model on that matrix.
    monotone: feature -> +1 or -1 for constrained features; empty for the others.
    parameters: settings of the fit, as JSON values.
    software: library -> version it was fitted with.
    """

    name: str
    label: str
    encoding: Encoding
    scorer: Scorer
    monotone: Mapping[str, int] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    software: Mapping[str, str] = field(default_factory=dict)

    @property
    def family(self) -> str:
        """``glm`` or ``boosted_trees``."""
        return self.scorer.family

    @property
    def features(self) -> tuple[str, ...]:
        """The portfolio's columns it reads, in order."""
        return self.encoding.features

    @property
    def has_model(self) -> bool:
        """Whether it can score rows it has not seen; False where only the scores of the portfolio's rows are known."""
        return True

    @property
    def refittable(self) -> bool:
        """Whether it is a boosted model fitted here, whose settings can be fitted again on other rows or seeds."""
        return self.booster is not None and "configuration" in self.parameters

    def unseen(self, frame: pd.DataFrame) -> int:
        """Number of values that are levels training did not see."""
        return sum(self.encoding.unseen(frame).values())

    def score_rows(self, frame: pd.DataFrame) -> npt.NDArray[np.float64]:
        """Probability of default of rows of the portfolio, unchanged and under their row numbers."""
        return self.predict(frame)

    def log_odds(self, frame: pd.DataFrame) -> npt.NDArray[np.float64]:
        """Log-odds of default, float64, one a row; errors as :meth:`predict`."""
        if len(frame) == 0:
            return np.empty(0)
        return self.scorer.log_odds(self.encoding.matrix(frame))

    def predict(self, frame: pd.DataFrame) -> npt.NDArray[np.float64]:
        """Probability of default, float64, one a row.

        Parameters
        ----------
        frame: rows with at least :attr:`features`; further columns are ignored.

        Errors
        ------
        InputError where a feature is absent, infinite or of another type than in training.
        """
        return np.asarray(expit(self.log_odds(frame)), dtype=np.float64)

    def contributions(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, Mapping[str, Any]]:
        """Shapley contributions to the log-odds, and how they were computed.

        Returns
        -------
        A float32 frame with one column a feature and ``bias`` (rows sum to the log-odds), index of ``frame``; and
        ``method``, ``checked_rows``, ``largest_difference`` (to XGBoost on the checked rows; NaN without check).
        """
        found = self.scorer.contributions(self.encoding.matrix(frame))
        values = self.encoding.to_features(found.values).astype(np.float32)
        table = pd.DataFrame(values, columns=list(self.features), index=frame.index)
        table["bias"] = np.float32(found.bias)
        report = {
            "method": found.method,
            "checked_rows": found.checked_rows,
            "largest_difference": found.largest_difference,
        }
        return table, report

    @property
    def coefficients(self) -> pd.DataFrame | None:
        """The coefficient table of a GLM (see :meth:`LinearScorer.table`); None for other families."""
        return self.scorer.table(self.encoding) if isinstance(self.scorer, LinearScorer) else None

    @property
    def booster(self) -> Any:
        """The ``xgboost.Booster`` of a tree model (columns in the order of ``encoding.terms``); None for others."""
        return self.scorer.booster if isinstance(self.scorer, TreeScorer) else None

    def as_model(self) -> Model:
        """The candidate as the explanations see it; its trees are given where each feature is one matrix column."""
        readable = isinstance(self.scorer, TreeScorer) and self.encoding.one_to_one
        trees = tree_tables(self.booster, self.features) if readable else None
        return Model(self.label, self.predict, self.features, trees, dict(self.monotone))

    def save(self, folder: Path) -> None:
        """Write ``candidate.json`` and the model file; equal candidates give equal bytes."""
        folder.mkdir(parents=True, exist_ok=True)
        self.scorer.save(folder, self.encoding)
        header = {
            "layout": LAYOUT,
            "name": self.name,
            "label": self.label,
            "family": self.family,
            "features": list(self.features),
            "encoding": self.encoding.as_json(),
            "monotone": dict(self.monotone),
            "parameters": dict(self.parameters),
            "software": dict(self.software),
        }
        write_json(header, folder / HEADER)

    @classmethod
    def load(cls, folder: Path) -> Candidate:
        """Read what :meth:`save` wrote.

        Errors
        ------
        InputError where the folder holds no candidate, or one of another layout or family.
        """
        header = read_json(folder / HEADER)
        if header.get("family") not in SCORERS:
            raise InputError(
                f"The candidate is of the unknown family {header.get('family')!r}.",
                where=folder.name,
                remedy=f"Families are {', '.join(SCORERS)}.",
            )
        return cls(
            name=header["name"],
            label=header["label"],
            encoding=Encoding.from_json(header["encoding"]),
            scorer=SCORERS[header["family"]].load(folder),
            monotone=header["monotone"],
            parameters=header["parameters"],
            software=header["software"],
        )


class Candidates(Mapping[str, Candidate]):
    """All candidates of a report, in order from simple to complex, with the tables their fit left."""

    def __init__(
        self,
        candidates: Mapping[str, Candidate] | None = None,
        *,
        champion: str,
        benchmark: str,
        order: tuple[str, ...],
        tables: Mapping[str, pd.DataFrame] | None = None,
        folder: Path | None = None,
    ) -> None:
        self.champion = champion
        self.benchmark = benchmark
        self.order = order
        self.folder = folder
        self._candidates = dict(candidates or {})
        self._tables = dict(tables or {})

    def __getitem__(self, name: str) -> Candidate:
        if name not in self._candidates:
            if self.folder is None or name not in self.order:
                raise KeyError(f"no candidate '{name}'; there are {', '.join(self.order)}")
            self._candidates[name] = load_candidate(self.folder / name)
        return self._candidates[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.order)

    def __len__(self) -> int:
        return len(self.order)

    @cached_property
    def table_names(self) -> tuple[str, ...]:
        """Names of the tables, sorted."""
        on_disk = {path.stem for path in self.folder.glob("*.parquet")} if self.folder else set()
        return tuple(sorted(on_disk | set(self._tables)))

    def table(self, name: str) -> pd.DataFrame:
        """One of the tables the fit left, such as ``ranking_folds``.

        Errors
        ------
        KeyError for a table that is not there, for instance ``hybrid_counts`` of a report without hybrid.
        """
        if name not in self.table_names:
            raise KeyError(f"no table '{name}'; there are {', '.join(self.table_names)}")
        if name not in self._tables:
            assert self.folder is not None
            self._tables[name] = read_table(self.folder / f"{name}.parquet")
        return self._tables[name].copy()

    def write(self, folder: Path) -> None:
        """Write ``candidates.json``, a folder for each candidate, and the tables."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in self.order:
            self[name].save(folder / name)
        for name in self.table_names:
            write_table(self.table(name), folder / f"{name}.parquet")
        header = {
            "layout": LAYOUT,
            "order": list(self.order),
            "champion": self.champion,
            "benchmark": self.benchmark,
            "tables": list(self.table_names),
        }
        write_json(header, folder / COLLECTION)

    @classmethod
    def read(cls, folder: Path) -> Candidates:
        """Read what :meth:`write` wrote; models and tables are loaded when first asked for."""
        header = read_json(folder / COLLECTION)
        return cls(
            champion=header["champion"], benchmark=header["benchmark"], order=tuple(header["order"]), folder=folder
        )


def load_candidate(folder: Path) -> Candidate:
    """Read a candidate's folder, whoever made the model; errors as :meth:`Candidate.load`."""
    if "adapter" in read_json(folder / HEADER):
        loaded: Candidate = import_module(LOADER_OF_OTHERS).load(folder)
        return loaded
    return Candidate.load(folder)


def write_json(values: Mapping[str, Any], file: Path) -> None:
    """Write JSON with sorted keys and no values that JSON does not have."""
    text = json.dumps(values, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
    file.write_text(text + "\n", encoding="utf-8")


def read_json(file: Path) -> dict[str, Any]:
    """Read a JSON header of this layout.

    Errors
    ------
    InputError where it is missing, unreadable or of another layout.
    """
    try:
        header: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"No readable candidates: {error}.", where=file.name, remedy="Build them again.") from None
    if header.get("layout") != LAYOUT:
        raise InputError(
            f"The file has layout {header.get('layout')}, this version reads {LAYOUT}.",
            where=file.name,
            remedy="Build it again.",
        )
    return header
