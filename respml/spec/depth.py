"""How deep validation goes: what each tier of materiality leaves out or makes smaller, and what a spec takes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import Field, model_validator

from respml.spec.fairness import FAMILIES, Family
from respml.spec.identity import Line, Strict, Tier

if TYPE_CHECKING:
    from respml.spec.report import ReportSpec

BY_TIER = "tier "
"""How the reason begins where the tier, and not the spec itself, leaves an analysis out."""

SEARCH, NOT_TRIED = "Search for alternatives", "not tried: "
"""How the list of what a tier chose speaks of the search."""


class AnalysisSwitch(Strict):
    """Whether an analysis runs, and with which parameters; switching one off needs a reason."""

    run: bool = True
    reason: Line | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _off_has_a_reason(self) -> AnalysisSwitch:
        if not self.run and not self.reason:
            raise ValueError("an analysis that is switched off needs a 'reason'; the report prints it")
        return self


class Depth(Strict):
    """What one tier does without: the template's table ``tiers``, or the spec's own entry under ``depth``.

    ``leave_out`` names analyses that are not run; ``parameters`` sets parameters of those that are; ``alternatives``
    are the families of the search for less discriminatory alternatives that are tried, all of them where left out.
    ``reason`` is printed with each. What the spec itself says of an analysis or of the search wins.
    """

    reason: Line = "the tier does not ask for it"
    leave_out: tuple[Line, ...] = ()
    parameters: dict[Line, dict[Line, Any]] = Field(default_factory=dict)
    alternatives: tuple[Family, ...] | None = None


def at_depth(spec: ReportSpec, table: Mapping[Tier, Depth]) -> ReportSpec:
    """The spec with what its tier chooses written into it.

    Parameters
    ----------
    spec: as a user wrote it; its own ``depth`` replaces the table's entry of a tier.
    table: the template's.

    Returns
    -------
    The spec with ``depth`` complete, and with the tier's choices in ``analyses`` and ``fairness.alternatives``, except
    where it says something itself. Applied to its own result it changes nothing.
    """
    whole = {**table, **spec.depth}
    tier = spec.model.materiality.tier
    own = whole.get(tier, Depth())
    reason = f"{BY_TIER}{tier}: {own.reason}"
    analyses = dict(spec.analyses)
    for name in own.leave_out:
        analyses.setdefault(name, AnalysisSwitch(run=False, reason=reason))
    for name, parameters in own.parameters.items():
        given = analyses.get(name, AnalysisSwitch())
        if given.run:
            analyses[name] = given.model_copy(update={"parameters": {**parameters, **given.parameters}})
    fairness, search = spec.fairness, spec.fairness.alternatives
    if own.alternatives is not None and "families" not in search.model_fields_set:
        search = search.model_copy(update={"families": own.alternatives})
        fairness = fairness.model_copy(update={"alternatives": search})
    return spec.model_copy(update={"depth": whole, "analyses": analyses, "fairness": fairness})


def chosen_by_tier(spec: ReportSpec) -> list[tuple[str, str, str]]:
    """What the tier of a spec at its depth chose: what it is about, what was chosen, and why or by whom otherwise."""
    own = spec.depth.get(spec.model.materiality.tier, Depth())
    found = []
    for name in own.leave_out:
        switch = spec.analyses.get(name)
        by_tier = switch is not None and not switch.run and (switch.reason or "").startswith(BY_TIER)
        if by_tier:
            found.append((f"Analysis {name}", "not run", own.reason))
        elif switch is not None and switch.run:
            found.append((f"Analysis {name}", "run", "the tier leaves it out; the spec asks for it"))
    if own.alternatives is not None:
        tried = spec.fairness.alternatives.families
        absent = [each.replace("_", " ") for each in FAMILIES if each not in own.alternatives]
        if set(tried) == set(own.alternatives) and absent:
            found.append((SEARCH, f"{NOT_TRIED}{', '.join(absent)}", own.reason))
        elif absent:
            found.append((SEARCH, "as the spec says", "the tier tries less; the spec asks for more"))
    for name, parameters in own.parameters.items():
        switch = spec.analyses.get(name)
        for parameter, value in parameters.items():
            if switch is not None and switch.run and switch.parameters.get(parameter) == value:
                found.append((f"Analysis {name}", f"{parameter.replace('_', ' ')}: {value}", own.reason))
    return found
