"""A comparison printed: terminal, Markdown, self-contained HTML, JSON. What is not ours is escaped."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from respml.document.markdown import plain
from respml.review.changes_markdown import as_markdown
from respml.review.changes_sections import STATE_WORDS, Section, headline, sections
from respml.review.changes_terminal import WIDTH, as_terminal
from respml.review.comparison_of_runs import Comparison, Rescored
from respml.review.headline_numbers import headline_frame, headline_numbers
from respml.review.metrics_changes import RULE, counted_states, metrics_frame
from respml.review.text_changes import TextChange

FORMATS = ("terminal", "markdown", "html", "json")

_STYLE = """
body { font: 16px/1.5 Georgia, serif; color: #1b1b1b; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
h1, h2, table, .section-name { font-family: "Helvetica Neue", Arial, sans-serif; }
h1, h2 { color: #12324a; line-height: 1.2; }
.verdict { font-size: 1.2rem; border-left: 4px solid #12324a; padding: 0.4rem 0 0.4rem 1rem; }
table { border-collapse: collapse; font-size: 0.85rem; font-variant-numeric: tabular-nums; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.3rem 0.6rem; border-bottom: 1px solid #d4d9dd; }
td { overflow-wrap: break-word; min-width: 4.5rem; }
#metrics td:nth-child(2) { white-space: nowrap; }
section { overflow-x: auto; }
section > p { max-width: 46rem; }
th { border-bottom: 1px solid #12324a; }
del { color: #8f2411; background: #fbf0ed; }
ins { color: #155a33; background: #edf7f0; }
.section-name { color: #4a4f54; font-size: 0.85rem; }
@media print { body { margin: 0; max-width: none; } tr { break-inside: avoid; } }
@media screen and (max-width: 45rem) {
  table, tbody, tr, td { display: block; }
  thead, td:empty { display: none; }
  tr { border-bottom: 1px solid #d4d9dd; padding: 0.4rem 0; }
  td { display: grid; grid-template-columns: 7rem 1fr; border: 0; padding: 0.1rem 0; }
  td::before { content: attr(data-head); color: #4a4f54; }
}
"""


def rendered(comparison: Comparison, format: str, *, everything: bool = False, width: int = WIDTH) -> str:
    """The comparison in one of :data:`FORMATS`.

    Parameters
    ----------
    comparison: two versions.
    format: ``terminal``, ``markdown``, ``html`` or ``json``.
    everything: also what stayed within its interval and paragraphs in which only numbers differ; JSON has them always.
    width: columns of the terminal.
    """
    if format == "json":
        return as_json(comparison)
    parts = sections(comparison, everything=everything or format == "html")
    if format == "html":
        return as_html(comparison, parts)
    if format == "markdown":
        return as_markdown(comparison, parts)
    return as_terminal(comparison, parts, width=width, everything=everything)


def as_html(comparison: Comparison, parts: Sequence[Section]) -> str:
    """One file that asks no other for anything; no script."""
    title = f"What changed from {comparison.old.version} to {comparison.new.version}"
    body = [f"<h1>{_text(title)}</h1>", f'<p class="verdict">{_text(headline(comparison))}</p>']
    for part in parts:
        body.append(f'<section id="{part.key}"><h2>{_text(part.title)}</h2><p>{_text(part.sentence)}</p>')
        if part.rows:
            head = "".join(f'<th scope="col">{_text(each)}</th>' for each in part.headers)
            rows = "".join(_table_row(part.headers, row) for row in part.rows)
            body.append(f"<table><thead><tr>{head}</tr></thead><tbody>\n{rows}</tbody></table>")
        body += [
            f'<p><span class="section-name">{_text(each.title or each.section)}</span><br>{_inserted(each)}</p>'
            for each in part.redlines
        ]
        body.append("</section>")
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" '
        f'content="width=device-width, initial-scale=1"><meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<title>{_text(title)}</title><style>{_STYLE}</style></head>\n<body>\n"
        + "\n".join(body)
        + "\n</body></html>\n"
    )


def as_json(comparison: Comparison) -> str:
    """Everything, with sorted keys; undefined numbers are null."""
    content: dict[str, Any] = {
        "old": _identity(comparison.old.version, comparison.old.manifest_sha256),
        "new": _identity(comparison.new.version, comparison.new.manifest_sha256),
        "materiality": {
            "verdict": comparison.materiality.verdict,
            "reason": comparison.materiality.reason,
            "at_least": bool(comparison.materiality.unjudged),
            "not_judged": [each.name for each in comparison.materiality.unjudged],
            "rules": [
                {"rule": each.rule.model_dump(mode="json"), "state": each.state, "seen": each.seen}
                for each in comparison.materiality.results
            ],
        },
        "headline": headline_frame(headline_numbers(comparison.old, comparison.new), STATE_WORDS).to_dict("records"),
        "inputs": [asdict(each) for each in comparison.inputs],
        "software": [asdict(each) for each in comparison.software],
        "candidates": [asdict(each) for each in comparison.candidates],
        "metrics": {
            "rule": RULE,
            "compared": comparison.metrics_compared,
            "counts": counted_states(comparison.metrics),
            "changes": [
                {key: None if value != value else value for key, value in row.items()}
                for row in metrics_frame(comparison.metrics).to_dict("records")
            ],
        },
        "tables": [{**asdict(each), "words": each.words} for each in comparison.tables],
        "findings": [asdict(each) for each in comparison.findings],
        "text": [{**asdict(each), "pieces": [asdict(piece) for piece in each.pieces]} for each in comparison.text],
        "stale": [asdict(each) for each in comparison.stale],
        "decisions": {**asdict(comparison.rescored), "share": comparison.rescored.share}
        if isinstance(comparison.rescored, Rescored)
        else {"not_measured": comparison.rescored},
    }
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def _identity(version: str, digest: str) -> dict[str, str]:
    return {"version": version, "manifest_sha256": digest}


def _table_row(headers: Sequence[str], row: Sequence[str]) -> str:
    """A row whose cells know their column, since on a narrow screen they stand below one another."""
    cells = (f'<td data-head="{_text(head)}">{_text(cell)}</td>' for head, cell in zip(headers, row, strict=True))
    return "<tr>" + "".join(cells) + "</tr>\n"


def _text(value: str) -> str:
    return html.escape(plain(value), quote=True).replace(" %", "\u00a0%")


def _inserted(change: TextChange) -> str:
    marks = {"same": "{}", "deleted": "<del>{}</del>", "inserted": "<ins>{}</ins>"}
    return " ".join(marks[each.operation].format(_text(each.text)) for each in change.pieces)
