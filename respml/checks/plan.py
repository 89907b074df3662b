"""The remediation plan: every finding with the actions that answer it, and what became of those that were tried."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from respml.checks.model import SEVERITIES, CheckResult
from respml.evidence import Evidence, format_value

DATA_FILES = ("actions.yml",)
TRIALS = "attacks.trials"
SEARCH = "fairness.search."
HELPS, TRIED_NOT, NOT_TRIED = "tried, helps", "tried, does not", "not tried"


@dataclass(frozen=True)
class PlannedAction:
    """One way to answer findings; see ``actions.yml`` for its fields."""

    name: str
    text: str
    answers: tuple[str, ...]
    trial: str = ""
    why: str = ""


@cache
def actions() -> tuple[PlannedAction, ...]:
    """The actions on file."""
    text = Path(__file__).with_name(DATA_FILES[0]).read_text(encoding="utf-8")
    return tuple(
        PlannedAction(name, entry["text"], tuple(entry["answers"]), entry.get("trial", ""), entry.get("why", ""))
        for name, entry in yaml.safe_load(text).items()
    )


def remediation_plan(results: Iterable[CheckResult], evidence: Evidence) -> pd.DataFrame:
    """Every finding, the most severe first, with each action that answers it.

    Returns columns ``code``, ``severity``, ``title``, ``action`` (words), ``status`` (tried, helps / tried, does not /
    not tried) and ``detail``: the finding's own measure before and after with the changes of AUC and of the adverse
    impact ratio where the action was tried, else why not. A finding without an action on file is answered by
    what its check proposes.
    """
    tried = _trials(evidence)
    found = [each for each in results if each.state == "finding"]
    found.sort(key=lambda each: (SEVERITIES.index(each.severity or "low"), each.code))
    lines = []
    for finding in found:
        fitting = [each for each in actions() if finding.code.startswith(each.answers)]
        own = PlannedAction("", finding.remediation, (), why="needs a decision that no program can take")
        for action in fitting or [own]:
            status, detail = _outcome(action, finding.code, tried, evidence)
            lines.append((finding.code, finding.severity, finding.title, action.text, status, detail))
    return pd.DataFrame(lines, columns=["code", "severity", "title", "action", "status", "detail"])


def _trials(evidence: Evidence) -> Mapping[tuple[str, str], Mapping[str, Any]]:
    if TRIALS not in evidence.tables:
        return {}
    frame = evidence.table(TRIALS).frame()
    keys = zip(frame["finding"].astype(str), frame["action"].astype(str), strict=True)
    rows: list[Any] = frame.to_dict("records")
    return dict(zip(keys, rows, strict=True))


def _searched(evidence: Evidence) -> tuple[str, str]:
    """What the declared search for alternatives came to: its choice is made on valid and told on test."""
    metrics = evidence.metrics
    if SEARCH + "tried" not in metrics or not metrics[SEARCH + "tried"].value:
        return NOT_TRIED, "no alternative was searched for: the spec, or the tier of the model, declares none"
    count = format_value(metrics[SEARCH + "tried"].value, "integer")
    if metrics[SEARCH + "changed"].value == "no":
        return TRIED_NOT, f"of {count} alternatives none raises the lowest ratio on valid by what the rule asks for"
    moved = metrics[SEARCH + "air_change"].value, metrics[SEARCH + "auc_change"].value
    effect = f"AIR {format_value(moved[0], 'signed3')}, AUC {format_value(moved[1], 'signed4')} on test"
    status = HELPS if metrics[SEARCH + "confirmed"].value == "yes" else TRIED_NOT
    return status, f"choice of {count} alternatives, “{metrics[SEARCH + 'choice'].value}”: {effect}"


def _outcome(
    action: PlannedAction, code: str, tried: Mapping[tuple[str, str], Mapping[str, Any]], evidence: Evidence
) -> tuple[str, str]:
    if action.trial == "finding":
        return HELPS, "the finding is itself the trial"
    if action.trial == "fairness":
        return _searched(evidence)
    if action.trial != "attacks":
        return NOT_TRIED, action.why
    row = tried.get((code, action.name))
    if row is None:
        return NOT_TRIED, "its effect on this finding is not measured automatically"
    if not str(row["status"]).startswith("tried"):
        return NOT_TRIED, str(row["why"])
    before, after = (format_value(row[name], "ratio3") for name in ("size_before", "size_after"))
    measure = f"{row['measure']}: " if row.get("measure") else ""
    effect = f"{measure}{before} to {after}, AUC {format_value(row['auc_change'], 'signed4')}"
    air = format_value(row["air_change"], "signed3")
    return str(row["status"]), effect if air == "n/a" else f"{effect}, AIR {air}"
