"""What the report may tell about single people."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from respml.spec.identity import Line, Strict


class Disclosure(Strict):
    """What documents, notebooks and evidence may tell about single people of the data.

    ``individuals``: ``none`` shows no value of any one person, ``banded`` shows values in bands that hold at least
    ``minimum_cell`` people each, ``allowed`` shows rows as they are, by number. ``allowed``, and a bundle with data,
    need a ``reason`` and by whom it is approved (``approved_by``); the report prints both. The finished files are
    scanned for rows of the data, and unless rows are allowed the build fails where one is recognised.

    ``minimum_cell`` is the smallest number of people that a value, level or count may stand for. Ten is the rule of
    thumb of European statistical offices for tables that leave a safe room (ESSnet guidelines, 2010);
    US health agencies print no count below eleven. ``data.minimum_cell`` is another thing: how many rows an estimate
    needs before it is worth printing.
    """

    individuals: Literal["none", "banded", "allowed"] = "banded"
    minimum_cell: int = Field(default=10, ge=2, le=1000)
    reason: Line | None = None
    approved_by: Line | None = None

    @property
    def approved(self) -> bool:
        """Whether somebody answers for raw rows leaving the data."""
        return self.reason is not None and self.approved_by is not None

    @model_validator(mode="after")
    def _allowing_is_answered_for(self) -> Disclosure:
        if self.individuals == "allowed" and not self.approved:
            raise ValueError("individuals 'allowed' needs 'reason' and 'approved_by'; the report prints them")
        return self
