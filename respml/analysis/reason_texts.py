"""Which factor each scored input belongs to and what an applicant reads, from the mapping file or the dictionary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from respml.errors import InputError
from respml.explain.counterfactual import Action
from respml.explain.reason_sentences import Wording
from respml.explain.reasons import Reason
from respml.portfolio.portfolio import Portfolio
from respml.spec.reasons import ReasonMapping, ReasonsSpec

PROVISIONAL = "none (texts from the data dictionary)"
DIRECTIONS = {"raise": 1, "lower": -1, "either": 0}


@dataclass(frozen=True)
class ReasonTexts:
    """Texts and groups for the inputs one model scores.

    Attributes
    ----------
    texts: factor -> code and sentence. groups: factor -> its scored inputs.
    wordings: factor -> when its sentence is true, and the other wording.
    version: of the mapping file. provisional: whether there was none.
    """

    texts: Mapping[str, Reason]
    groups: Mapping[str, tuple[str, ...]]
    wordings: Mapping[str, Wording]
    version: str
    provisional: bool


def reason_texts(mapping: ReasonMapping | None, portfolio: Portfolio, features: Sequence[str]) -> ReasonTexts:
    """The factors of a model's inputs.

    Without a mapping every input is its own factor with the dictionary's meaning as provisional text.

    Errors
    ------
    InputError naming scored inputs that the mapping leaves out, and protected or prohibited columns that it names.
    """
    if mapping is None:
        texts = {
            name: Reason(f"P{place:02d}", portfolio.dictionary[name].meaning or name)
            for place, name in enumerate(features, start=1)
        }
        return ReasonTexts(texts, {name: (name,) for name in features}, {}, PROVISIONAL, True)
    refused = [
        name
        for each in mapping.factors.values()
        for name in each.features
        if name in portfolio.protected or (name in portfolio.dictionary and portfolio.dictionary[name].prohibited)
    ]
    if refused:
        raise InputError(
            f"The protected or prohibited columns {', '.join(refused)} stand under a reason.",
            where="key 'reasons.mapping'",
            remedy="Take them out of the mapping file; they may be no reason for a decision.",
        )
    owner = {name: factor for factor, each in mapping.factors.items() for name in each.features}
    unmapped = [name for name in features if name not in owner]
    if unmapped:
        raise InputError(
            f"No reason is mapped for the scored inputs {', '.join(unmapped)}.",
            where="key 'reasons.mapping'",
            remedy="Give each a code and a text in the mapping file.",
        )
    groups: dict[str, tuple[str, ...]] = {}
    for name in features:
        groups[owner[name]] = (*groups.get(owner[name], ()), name)
    return ReasonTexts(
        {factor: Reason(mapping.factors[factor].code, mapping.factors[factor].text) for factor in groups},
        groups,
        {factor: Wording(mapping.factors[factor].holds, mapping.factors[factor].otherwise) for factor in groups},
        mapping.version,
        False,
    )


def inquiries_factor(section: ReasonsSpec, mapping: ReasonMapping | None, texts: ReasonTexts) -> str | None:
    """The factor that the inquiries rule adds, none where the spec names none or the model scores no input of it.

    Errors
    ------
    InputError where neither the mapping nor, without one, the model has a factor of that name.
    """
    known = tuple(mapping.factors) if mapping is not None else tuple(texts.groups)
    if section.inquiries is not None and section.inquiries not in known:
        raise InputError(
            f"There is no factor '{section.inquiries}'.",
            where="key 'reasons.inquiries'",
            remedy=f"Factors are {', '.join(known)}.",
        )
    return section.inquiries if section.inquiries in texts.groups else None


def actions(
    section: ReasonsSpec, portfolio: Portfolio, features: Sequence[str], observed: Mapping[str, tuple[float, float]]
) -> dict[str, Action]:
    """What an applicant can change: the spec's actions, else every input that is neither immutable nor prohibited.

    Parameters
    ----------
    observed: input -> smallest and largest value seen, used where neither spec nor dictionary gives a limit.

    Errors
    ------
    InputError where the spec names a column that is no input.
    """
    named = dict(section.actions)
    unknown = sorted({*named, *section.immutable} - set(portfolio.inputs))
    if unknown:
        raise InputError(
            f"{', '.join(unknown)} is no input.",
            where="key 'reasons.actions' or 'reasons.immutable'",
            remedy=f"Inputs are {', '.join(portfolio.inputs)}.",
        )
    found: dict[str, Action] = {}
    for name in features:
        column = portfolio.dictionary[name]
        barred = name in section.immutable or column.prohibited or name in portfolio.protected
        stated = named.get(name)
        if barred or (named and stated is None):
            continue
        limits: list[float] = []
        for own, declared, seen in (
            (stated.minimum if stated else None, column.minimum, observed[name][0]),
            (stated.maximum if stated else None, column.maximum, observed[name][1]),
        ):
            limit = own if own is not None else declared if isinstance(declared, int | float) else seen
            limits.append(float(limit))
        direction = DIRECTIONS[stated.direction] if stated else 0
        found[name] = Action(limits[0], limits[1], direction, bool(stated and stated.whole))
    return found
