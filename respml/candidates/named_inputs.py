"""The inputs that the spec's section on candidates names, held against those of the data."""

from __future__ import annotations

from collections.abc import Sequence

from respml.errors import InputError
from respml.spec.candidates import CandidatesSpec


def require_known_inputs(settings: CandidatesSpec, inputs: Sequence[str]) -> None:
    """Refuse a constraint on, or a selection of, a column that is no input; before anything is fitted.

    Errors
    ------
    InputError naming the key, the column and the inputs.
    """
    constraints, selection = settings.mgbm.constraints, settings.boosting.selection
    for key, phrase, names in (
        ("mgbm.constraints", "A constraint is given for {!r}, which is no input.", constraints),
        ("boosting.selection", "{!r} is no input.", selection),
    ):
        for name in () if isinstance(names, str) else names:
            if name not in inputs:
                raise InputError(
                    phrase.format(name), where=f"key 'candidates.{key}'", remedy=f"Inputs are {', '.join(inputs)}."
                )
