"""What a notebook opens: the inputs of its analysis, and a place for the evidence it leaves."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import NoReturn

import numpy as np
import numpy.typing as npt
import pandas as pd

from respml.analysis.disclosure import Guard
from respml.analysis.settings import AnalysisSettings
from respml.candidates.candidate import Candidate, Candidates
from respml.candidates.scores import Scores
from respml.errors import AnalysisError, NothingToSay
from respml.evidence import EvidenceWriter
from respml.evidence.withholding import Withholding
from respml.figures.style import set_style
from respml.measures.cutoffs import cutoff_table, select_cutoff
from respml.portfolio.portfolio import Portfolio


class Experiment:
    """The tables that extra fits left behind."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def table(self, name: str) -> pd.DataFrame:
        """One table by name."""
        path = self.folder / f"{name}.parquet"
        if not path.is_file():
            known = ", ".join(sorted(each.stem for each in self.folder.glob("*.parquet")))
            raise AnalysisError(f"The experiment has no table '{name}'.", remedy=f"It has: {known}.")
        return pd.read_parquet(path)

    def candidate(self, name: str) -> Candidate:
        """A refitted candidate that the experiment stored beside its tables."""
        return Candidate.load(self.folder / name)


class Analysis(EvidenceWriter):
    """Inputs and evidence of one analysis; see ``docs/architecture.md`` for the calls a notebook makes."""

    def __init__(self, name: str, inputs: Path, output: Path) -> None:
        super().__init__(name, output, source=f"notebooks/{name}.ipynb")
        self.inputs = inputs

    @cached_property
    def settings(self) -> AnalysisSettings:
        """The part of the spec this analysis may depend on."""
        return AnalysisSettings.read(self.inputs)

    @cached_property
    def withholding(self) -> Withholding | None:
        """Withholds counts of fewer people than the spec's section ``disclosure`` asks for, unless it allows rows."""
        policy = self.settings.disclosure
        return None if policy.individuals == "allowed" else Withholding(policy.minimum_cell)

    @cached_property
    def portfolio(self) -> Portfolio:
        """The data."""
        return Portfolio.read(self._input("portfolio"))

    @cached_property
    def candidates(self) -> Candidates:
        """The fitted candidates."""
        return Candidates.read(self._input("candidates"))

    @cached_property
    def scores(self) -> Scores:
        """Probabilities and contributions of every candidate."""
        return Scores.read(self._input("scores"))

    def experiment(self, name: str) -> Experiment:
        """The tables of an experiment the template declares for this analysis."""
        return Experiment(self._input(name))

    @property
    def champion(self) -> str:
        """Name of the candidate being documented."""
        return self.settings.champion

    @property
    def benchmark(self) -> str:
        """Name of the candidate it must beat."""
        return self.settings.benchmark

    @property
    def order(self) -> tuple[str, ...]:
        """Names of all candidates, simple to complex."""
        return self.settings.order

    @property
    def seed(self) -> int:
        """The seed of this analysis."""
        return self.settings.seed

    def label(self, name: str) -> str:
        """The printed name of a candidate."""
        return self.candidates[name].label

    def outcome(self, partition: str = "test") -> npt.NDArray[np.int8]:
        """0/1 outcome of a partition."""
        return self.portfolio.outcome(partition)

    def probabilities(self, partition: str = "test") -> dict[str, npt.NDArray[np.float64]]:
        """Probability of default of every candidate on a partition, in order."""
        return {name: self.scores.probability(name, partition) for name in self.order}

    @property
    def currency(self) -> str:
        """Currency of the amounts."""
        return self.settings.decision.value.currency

    @property
    def amounts(self) -> dict[str, float]:
        """What each outcome of a decision is worth: ``tp``, ``fp``, ``fn``, ``tn`` in the spec's currency."""
        value = self.settings.decision.value
        return {
            "tp": value.true_positive,
            "fp": value.false_positive,
            "fn": value.false_negative,
            "tn": value.true_negative,
        }

    @cached_property
    def cutoffs(self) -> dict[str, float]:
        """The cut-off of every candidate, chosen on the valid partition by the rule of the spec.

        A row is declined when its probability is greater than the cut-off.
        """
        rule = self.settings.decision.cutoff
        if rule.value is not None:
            return dict.fromkeys(self.order, rule.value)
        outcome = self.outcome("valid")
        return {
            name: float(select_cutoff(cutoff_table(outcome, probability, values=self.amounts), rule.rule))
            for name, probability in self.probabilities("valid").items()
        }

    def declined(self, name: str, partition: str = "test") -> npt.NDArray[np.bool_]:
        """Which rows of a partition a candidate declines at its cut-off."""
        return np.asarray(self.scores.probability(name, partition) > self.cutoffs[name])

    def guard(self, frame: pd.DataFrame, shown: Callable[[str, float], str] | None = None) -> Guard:
        """How single people of a frame may be shown; see :class:`respml.analysis.disclosure.Guard`."""
        return Guard(self.settings.disclosure, frame, shown)

    def nothing_to_say(self, reason: str) -> NoReturn:
        """End the analysis here, because its question does not arise; the chapter prints the reason instead.

        Parameters
        ----------
        reason: a statement, as :meth:`statement` takes it.

        Raises
        ------
        NothingToSay: always; the pipeline takes it for the regular end of the notebook.
        """
        self.statement("nothing_to_say", reason)
        self.close()
        raise NothingToSay(reason)

    def _input(self, name: str) -> Path:
        folder = self.inputs / name
        if not folder.exists():
            raise AnalysisError(
                f"The analysis '{self.analysis}' has no input '{name}'.",
                remedy="Declare it under needs in template.yml.",
            )
        return folder


def open_analysis(name: str, inputs: str | Path, output: str | Path) -> Analysis:
    """Open the analysis a notebook belongs to.

    Parameters
    ----------
    name: name of the analysis, first part of the id of everything it records.
    inputs, output: the notebook's papermill parameters, relative to its working folder.
    """
    set_style()
    return Analysis(name, Path(inputs), Path(output))
