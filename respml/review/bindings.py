"""What people's passages were accepted against: the numbers of a version, kept beside the passages."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from respml.errors import InputError
from respml.evidence.formatting import format_interval, format_value

BINDINGS = ".bindings.yml"


@dataclass(frozen=True)
class Bound:
    """A number as it was when the passage was accepted.

    ``format`` and ``unit`` say how it is printed, ``subject`` what it was a number of, where the data decide that.
    """

    value: float | int | str | bool | None
    interval: tuple[float, float] | None
    format: str
    unit: str
    subject: str = ""

    @property
    def text(self) -> str:
        """The printed value, with its interval where it has one."""
        if self.interval is None:
            return format_value(self.value, self.format, self.unit)
        return format_interval(self.value, *self.interval, self.format, self.unit)


@dataclass(frozen=True)
class Binding:
    """What a passage was accepted against.

    Attributes
    ----------
    version: the model's version whose numbers they were.
    text_sha256: digest of the passage's words.
    evidence_sha256: digest of the numbers below.
    metrics: the numbers by id.
    by: who accepted, empty when not said.
    """

    version: str
    text_sha256: str
    evidence_sha256: str
    metrics: Mapping[str, Bound]
    by: str = ""


def text_digest(text: str) -> str:
    """SHA-256 of a passage's words; spaces and line breaks do not count."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()


def evidence_digest(metrics: Mapping[str, Bound]) -> str:
    """SHA-256 over ids, values, intervals and subjects."""
    content = {id: [each.value, each.interval, *filter(None, [each.subject])] for id, each in metrics.items()}
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def read_bindings(folder: Path) -> dict[str, Binding]:
    """The bindings beside the passages; none where nothing was accepted yet.

    Raises
    ------
    InputError: when the file is not what :func:`write_bindings` writes.
    """
    path = folder / BINDINGS
    if not path.is_file():
        return {}
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        return {str(name): binding_of(entry) for name, entry in content.items()}
    except (yaml.YAMLError, UnicodeDecodeError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            "The bindings of the passages cannot be read.",
            where=f"{folder.name}/{BINDINGS}",
            remedy="Restore the file, or remove it and accept the passages again.",
        ) from error


def write_bindings(folder: Path, bindings: Mapping[str, Binding]) -> None:
    """Write all bindings at once, by rename; nothing else in the folder is touched."""
    head = "# What each passage was accepted against; written by 'respml narrative accept'.\n"
    content = {name: binding_as_json(each) for name, each in sorted(bindings.items())}
    draft = folder / f"{BINDINGS}.new"
    draft.write_text(head + yaml.safe_dump(content, sort_keys=True, allow_unicode=True, width=120), encoding="utf-8")
    draft.replace(folder / BINDINGS)


def binding_as_json(binding: Binding) -> dict[str, Any]:
    """A binding as JSON values."""
    return {
        "version": binding.version,
        "by": binding.by,
        "text_sha256": binding.text_sha256,
        "evidence_sha256": binding.evidence_sha256,
        "metrics": {
            id: {
                "value": each.value,
                "interval": None if each.interval is None else list(each.interval),
                "format": each.format,
                "unit": each.unit,
                **({"subject": each.subject} if each.subject else {}),
            }
            for id, each in sorted(binding.metrics.items())
        },
    }


def binding_of(entry: Mapping[str, Any]) -> Binding:
    """What :func:`binding_as_json` made; a ``ValueError`` where its numbers were altered."""
    metrics = {
        str(id): Bound(
            each["value"],
            None if each["interval"] is None else (float(each["interval"][0]), float(each["interval"][1])),
            str(each["format"]),
            str(each["unit"]),
            str(each.get("subject", "")),
        )
        for id, each in entry["metrics"].items()
    }
    if evidence_digest(metrics) != entry["evidence_sha256"]:
        raise ValueError("the numbers are not those that were accepted")
    return Binding(
        str(entry["version"]), str(entry["text_sha256"]), str(entry["evidence_sha256"]), metrics, str(entry["by"])
    )
