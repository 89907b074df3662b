"""What verbs share: how they are added, how they speak, and the exit code of findings."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from respml.checks.model import SEVERITIES
from respml.errors import FindingsError
from respml.spec import LoadedSpec, load_spec

Function = Callable[[argparse.Namespace], int]
_PLAIN = str.maketrans({
    "→": "->", "◀": "<-", "▲": "!", "◆": "*", "△": "^", "─": "-", "−": "-", "–": "-", "—": "-", "…": "...", "×": "x",
    "≤": "<=", "≥": ">=", "“": '"', "”": '"', "‘": "'", "’": "'", "·": "-", "\u00a0": " ",
})  # fmt: skip


class Verbs(Protocol):
    """Where a module registers its verbs."""

    def add(self, name: str, function: Function, words: str) -> argparse.ArgumentParser:
        """A verb by name, what it runs, and one line of help; arguments are added to the parser returned."""


def say(text: str) -> None:
    """One line on standard output."""
    print(speakable(text, getattr(sys.stdout, "encoding", None) or "utf-8"), flush=True)


def speakable(text: str, encoding: str) -> str:
    """A text that an encoding can hold: where it cannot, typographic signs become their plain ones, others ``?``."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        # an arrow between columns keeps them aligned
        return text.replace("→  ", "-> ").translate(_PLAIN).encode(encoding, "replace").decode(encoding)
    return text


def loaded(arguments: argparse.Namespace) -> LoadedSpec:
    """The spec named on the command line."""
    return load_spec(Path(arguments.spec))


def with_output(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """The option for the output folder."""
    parser.add_argument("--output", default="output", help="folder for runs and store (default: output)")
    return parser


def with_severity(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """The option that turns findings into an exit code."""
    parser.add_argument("--fail-on", choices=SEVERITIES, help="exit with 1 on findings of this severity or above")
    return parser


def counts(findings: Sequence[Mapping[str, Any]]) -> str:
    """How many findings of each severity, in words."""
    found = [entry for entry in findings if entry["state"] == "finding"]
    return "findings: " + ", ".join(
        f"{sum(entry['severity'] == each for entry in found)} {each}" for each in SEVERITIES
    )


def fail_on(
    severity: str | None, findings: Sequence[Mapping[str, Any]], remedy: str = "Read them with 'respml findings'."
) -> None:
    """Refuse findings of a severity or above.

    Raises
    ------
    FindingsError: naming the checks that made them.
    """
    if severity is None:
        return
    counted = SEVERITIES[: SEVERITIES.index(severity) + 1]
    codes = [str(each["code"]) for each in findings if each["state"] == "finding" and each["severity"] in counted]
    if codes:
        raise FindingsError(
            f"{len(codes)} findings of severity {severity} or above: {', '.join(codes)}.",
            remedy=remedy,
        )
