"""What a reader should know of a candidate made elsewhere, beside what had to be consented to."""

from __future__ import annotations

from collections.abc import Sequence

from respml.adapters.coefficient_coverage import unknown_levels
from respml.adapters.coefficient_table import CoefficientTable
from respml.adapters.preprocessing import model_rows
from respml.adapters.stored import ExternalCandidate
from respml.candidates.ranking import discrimination_and_loss
from respml.portfolio.portfolio import Portfolio

LISTED = 12
CHANCE = 0.5


def remarks_on(candidate: ExternalCandidate, portfolio: Portfolio) -> list[str]:
    """Sentences without a full stop: the size of a coefficient table, inputs that are not read, an event turned round.

    Parameters
    ----------
    candidate: as it was brought in.
    portfolio: the data it was brought in beside.
    """
    found = []
    if isinstance(candidate.model, CoefficientTable):
        found += _on_table(candidate.model, candidate, portfolio)
    if candidate.has_model:
        unread = [name for name in portfolio.inputs if name not in candidate.features]
        found += [f"does not read {_listed(unread)} of the data"] if unread else []
        refused = candidate.refuses_missing
        found += [f"takes no missing value of {_listed(refused)}"] if refused else []
    train = portfolio.features("train")
    area, _ = discrimination_and_loss(portfolio.outcome("train"), candidate.score_rows(train))
    if area < CHANCE:
        found.append(f"ranks the wrong way round on train (AUC {area:.3f}): is the event the other class?")
    return found


def _on_table(model: CoefficientTable, candidate: ExternalCandidate, portfolio: Portfolio) -> list[str]:
    found = [f"{len(model.terms)} terms and an intercept of {model.intercept:.6g}"]
    rows = model_rows(portfolio.frame[list(portfolio.inputs)], model.inputs, candidate.preprocessing)
    unknown = unknown_levels(model.terms, rows)
    return [*found, f"no row of the data has {_listed(unknown)}"] if unknown else found


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:LISTED])
    return shown if len(names) <= LISTED else f"{shown} and {len(names) - LISTED} more"
