"""Which models are compared, how they are searched, and what decides between them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from respml.spec.external import CandidateName, External
from respml.spec.identity import Line, Strict

SCORES_ONLY = "scores"
BUILT_IN = ("glm", "mgbm", "gbm", "hybrid")
Sign = Literal[-1, 0, 1]


def _known(name: str, info: ValidationInfo) -> str:
    known = (*BUILT_IN, *info.data.get("external", ()))
    # Where a declaration is wrong, pydantic hands none over: that complaint is enough.
    if name not in known and "external" in info.data:
        raise ValueError(f"there is no candidate {name!r}; known are {', '.join(known)}, declare others in 'external'")
    return name


KnownName = Annotated[str, AfterValidator(_known)]


Share = Annotated[float, Field(gt=0, le=1)]


class Glm(Strict):
    """Elastic-net logistic regression: mixing values tried, and points on each regularisation path."""

    mixing: tuple[Share, ...] = Field(default=(0.01, 0.25, 0.5, 0.99), min_length=1)
    path_length: int = Field(default=20, ge=2, le=200)
    selection_threshold: float = Field(default=0.001, ge=0)


# Drawn on a logarithmic scale, which has no zero.
Penalty = Annotated[float, Field(gt=0, le=1e9)]


class Ranges(Strict):
    """Ranges of the random search: lists are drawn from, pairs of numbers are bounds."""

    max_depth: tuple[Annotated[int, Field(ge=1, le=30)], ...] = Field(default=(2, 3, 4, 5, 6, 7, 8), min_length=1)
    learning_rate: tuple[Share, Share] = (0.03, 0.2)
    subsample: tuple[Share, Share] = (0.5, 1.0)
    colsample_bytree: tuple[Share, Share] = (0.4, 1.0)
    min_child_weight: tuple[Penalty, Penalty] = (1.0, 60.0)
    reg_lambda: tuple[Penalty, Penalty] = (0.5, 30.0)
    max_bin: tuple[Annotated[int, Field(ge=2, le=65_536)], ...] = Field(default=(128, 256), min_length=1)

    @model_validator(mode="after")
    def _bounds_ascend(self) -> Ranges:
        for name in ("learning_rate", "subsample", "colsample_bytree", "min_child_weight", "reg_lambda"):
            lower, upper = getattr(self, name)
            if lower > upper:
                raise ValueError(f"{name} runs from {lower:g} to {upper:g}; give the lower bound first")
        return self


class Search(Strict):
    """Budget of the seeded random search; every configuration stops early on the valid partition."""

    configurations: int = Field(default=25, ge=1, le=5000)
    max_rounds: int = Field(default=500, ge=10, le=20_000)
    early_stopping: int = Field(default=30, ge=1)
    ranges: Ranges = Ranges()


class Boosting(Strict):
    """What the boosted candidates share."""

    selection: Literal["forward", "all"] | tuple[Line, ...] = "forward"
    search: Search = Search()
    refit: Literal["train", "train_and_valid"] = "train"


class MonotoneGbm(Strict):
    """Where the constraint signs come from: train correlations, the dictionary's expected signs, or given here."""

    constraints: Literal["correlation", "dictionary"] | dict[Line, Sign] = "correlation"


class Hybrid(Strict):
    """A feature is constrained when at least this many of the eleven ICE curves are monotone."""

    monotone_curves: int = Field(default=6, ge=1, le=11)


class CandidatesSpec(Strict):
    """The models under comparison, in order from simple to complex.

    ``glm``, ``mgbm``, ``gbm`` and ``hybrid`` are fitted here where ``order`` names them; ``external`` declares others,
    made elsewhere, by a name of their own.
    """

    # Declared first: the names below are checked against it.
    external: dict[CandidateName, External] = Field(default_factory=dict)
    champion: KnownName = "mgbm"
    benchmark: KnownName = "glm"
    order: tuple[KnownName, ...] = BUILT_IN
    glm: Glm = Glm()
    boosting: Boosting = Boosting()
    mgbm: MonotoneGbm = MonotoneGbm()
    hybrid: Hybrid = Hybrid()

    @property
    def champion_has_model(self) -> bool:
        """Whether the champion can score rows it has not seen: not where only a file of scores is given."""
        entry = self.external.get(self.champion)
        return entry is None or entry.adapter != SCORES_ONLY

    @field_validator("external")
    @classmethod
    def _names_of_its_own(cls, external: dict[str, External]) -> dict[str, External]:
        for name in BUILT_IN:
            if name in external:
                raise ValueError(f"{name!r} is fitted here; give an external candidate another name")
        return external

    @model_validator(mode="after")
    def _champion_and_benchmark_are_candidates(self) -> CandidatesSpec:
        if len(set(self.order)) != len(self.order):
            raise ValueError("order names a candidate twice")
        for role in ("champion", "benchmark"):
            if getattr(self, role) not in self.order:
                raise ValueError(f"{role} {getattr(self, role)!r} is not in order {list(self.order)}")
        for name in self.external:
            if name not in self.order:
                raise ValueError(f"external candidate {name!r} is not in order {list(self.order)}")
        if self.champion == self.benchmark:
            raise ValueError("champion and benchmark must differ")
        if "hybrid" in self.order and "gbm" not in self.order:
            raise ValueError("hybrid needs gbm in order: its constraints are counted on the gbm's ICE curves")
        return self
