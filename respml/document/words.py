"""The spec's words as the template's variables, lists and tables; nothing is computed here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from respml.document.fragments import prose
from respml.document.markdown import (
    Attributes,
    div,
    escape,
    facts_table,
    finding_block,
    paragraphs,
    pipe_table,
    signoff_table,
    table_block,
)
from respml.evidence import format_value
from respml.spec.depth import BY_TIER, NOT_TRIED, SEARCH, chosen_by_tier
from respml.spec.report import ReportSpec

PARTITION_RULES = {
    "random": "Rows are divided at random with a seed.",
    "stratified": "Rows are divided at random within each outcome class, with a seed.",
    "column": "Rows are divided by the values of a column.",
    "time": "Rows from the boundary date on are out of time; the rest is divided at random within each class.",
    "reference": "One uniform number a row in file order, drawn with the legacy generator; below seven tenths a row "
    "trains, and that part is divided into train and valid.",
}
CUTOFF_RULES = {
    "max_f1": "the largest F1",
    "youden": "the largest Youden index",
    "max_accuracy": "the largest accuracy",
    "max_mcc": "the largest Matthews correlation",
    "max_value": "the largest business value",
    "fixed": "a value fixed in the spec",
}

NO_FINDING = "No check made a finding.\n"
_ONE_COLUMN = 8


def spec_variables(spec: ReportSpec, title: str, labels: Mapping[str, str]) -> dict[str, Any]:
    """Nested plain texts for ``{{< var … >}}``; ``labels`` are the printed names of the candidates."""
    model = spec.model
    champion, benchmark = (labels.get(name, name) for name in (spec.candidates.champion, spec.candidates.benchmark))
    value = spec.decision.value
    return {
        "document": {
            "title": model.name,
            "subtitle": title,
            "date": model.as_of.isoformat(),
            "model": model.id,
            "version": model.version,
            "classification": model.classification,
            "lang": "en",
        },
        "model": {
            "id": model.id,
            "name": model.name,
            "version": model.version,
            "as_of": model.as_of.isoformat(),
            "owner": _person(model.owner),
            "developer": _person(model.developer),
            "validator": _person(model.validator),
            "intended_use": model.intended_use,
            "users": model.users,
            "population": model.population,
            "tier": model.materiality.tier,
            "exposure": model.materiality.exposure,
            "purpose": model.materiality.purpose,
            "jurisdictions": ", ".join(model.jurisdictions),
            "classification": model.classification,
            "licence": model.licence,
            "implementation": model.implementation,
        },
        "champion": champion,
        "benchmark": benchmark,
        "partition_rule": PARTITION_RULES[spec.partitions.rule],
        "cutoff_rule": CUTOFF_RULES[spec.decision.cutoff.rule],
        "amounts": {
            "currency": value.currency,
            "true_positive": format_value(value.true_positive, "signed_money0"),
            "false_positive": format_value(value.false_positive, "signed_money0"),
            "false_negative": format_value(value.false_negative, "signed_money0"),
            "true_negative": format_value(value.true_negative, "signed_money0"),
            "source": value.source,
        },
        "minimum_gain": {
            "auc": format_value(spec.decision.minimum_gain.auc, "ratio3"),
            "log_loss": format_value(spec.decision.minimum_gain.log_loss, "ratio3"),
            "set_by": spec.decision.minimum_gain.set_by,
            "set_on": format_value(spec.decision.minimum_gain.set_on, "text"),
        },
        "seed": str(spec.seed),
        "replicates": format_value(spec.compute.replicates, "integer"),
    }


def spec_narrative(spec: ReportSpec, inactive: Mapping[str, str], labels: Mapping[str, str]) -> dict[str, str]:
    """Markdown pieces made of lists in the spec, by name; ``inactive`` maps analyses switched off to the reason."""
    model = spec.model
    champion, benchmark = (labels.get(name, name) for name in (spec.candidates.champion, spec.candidates.benchmark))
    facts = {
        "Model": f"{model.id}, {model.name}",
        "Version": f"{model.version} as of {model.as_of.isoformat()}",
        "Owner": model.owner.name,
        "Validator": model.validator.name,
        "Champion": champion,
        "Benchmark": benchmark,
        "Tier": f"{model.materiality.tier}; {model.materiality.exposure}",
        "Classification": model.classification,
    }
    versions = [[each.version, each.date.isoformat(), each.author, each.change] for each in model.history]
    return {
        "identity": facts_table(facts),
        "intended_use": paragraphs(model.intended_use),
        "signoff": signoff_table(
            [("Developer", model.developer.name), ("Validator", model.validator.name), ("Owner", model.owner.name)]
        ),
        "out_of_scope": _bullets(model.out_of_scope, "No out-of-scope use is stated."),
        "limitations": _bullets(model.limitations, "No limitation is stated by the developer."),
        "assumptions": _bullets(model.assumptions, "No assumption is stated by the developer."),
        "ethics": _bullets(model.ethical_considerations, "No ethical consideration is stated by the developer."),
        "versions": table_block(
            "versions",
            pipe_table(
                versions or [[model.version, model.as_of.isoformat(), model.developer.name, "Not stated"]],
                ["left"] * 4,
                ["Version", "Date", "Author", "Change"],
                [10, 14, 26, 50],
            ),
            "Versions of the model",
        ),
        "switched_off": _bullets(
            [*(f"{name}: {reason}" for name, reason in inactive.items()), *_untried(spec)],
            "No analysis is switched off.",
        ),
        "tier": _tier_words(spec),
        "excluded": _bullets(
            [f"{name}: {reason}" for name, reason in spec.data.excluded.items()], "No column is excluded by the spec."
        ),
    }


def _untried(spec: ReportSpec) -> list[str]:
    """The families of the search that the tier leaves out, in a line."""
    tier = spec.model.materiality.tier
    found = [each for each in chosen_by_tier(spec) if each[0] == SEARCH and each[1].startswith(NOT_TRIED)]
    return [f"{about.lower()}: {chosen} ({BY_TIER}{tier}: {why})" for about, chosen, why in found]


def _tier_words(spec: ReportSpec) -> str:
    """What the tier chose, as a table; a sentence where it chose nothing."""
    chosen = chosen_by_tier(spec)
    if not chosen:
        return "The tier leaves nothing out and makes nothing smaller: what is not run, the spec itself switches off.\n"
    table = pipe_table([list(each) for each in chosen], ["left"] * 3, ["About", "Chosen", "Why"], [24, 36, 40])
    return table_block("tier", table, "What the tier of the model chose, and why")


def findings_narrative(findings: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The findings as blocks, the most severe first: ``findings-short`` for page one, ``findings`` with evidence."""
    order = {"high": 0, "medium": 1, "low": 2}
    found = sorted((each for each in findings if each["state"] == "finding"), key=lambda each: order[each["severity"]])
    short = [finding_block(each["code"], each["severity"], each["title"]) for each in found]
    full = [
        finding_block(
            each["code"],
            each["severity"],
            each["title"],
            [prose(each["template"]), f"*What can be done:* {escape(each['remediation'])}"],
        )
        for each in found
    ]
    return {
        "findings-short": _side_by_side(short) if len(short) > _ONE_COLUMN else "\n".join(short) or NO_FINDING,
        "findings": "\n".join(full) or NO_FINDING,
    }


def _side_by_side(blocks: list[str]) -> str:
    """Many findings in two columns, so that page one stays one page."""
    return div(blocks, Attributes(classes=("two-columns",)), depth=4)


def _person(person: Any) -> str:
    parts = [person.name, *(each for each in (person.role, person.contact) if each != "not stated")]
    return ", ".join(parts)


def _bullets(items: Iterable[str], none: str) -> str:
    lines = [f"- {escape(each)}" for each in items]
    return "\n".join(lines or [escape(none)]) + "\n"
