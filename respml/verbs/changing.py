"""The verbs ``diff``, ``versions``, ``restore`` and ``narrative``: what changed, and whether words still hold."""

from __future__ import annotations

import argparse
from pathlib import Path

from respml.verbs.shared import Verbs, say

FORMATS = ("terminal", "markdown", "html", "json")


def register(verbs: Verbs) -> None:
    """Add the verbs to the command."""
    difference = verbs.add("diff", diff, "what changed between two versions, and how much it matters")
    difference.add_argument("old", help="output/ID/VERSION")
    difference.add_argument("new", help="output/ID/VERSION")
    difference.add_argument("--format", choices=FORMATS, default="terminal", help="how to print it (default: terminal)")
    difference.add_argument("--all", action="store_true", help="also what stayed within its interval")
    difference.add_argument("--to", help="file to write instead of standard output")


def diff(arguments: argparse.Namespace) -> int:
    """Compare two versions."""
    from respml.pipeline.changing import compare_folders
    from respml.review.changes_formats import rendered

    comparison = compare_folders(Path(arguments.old), Path(arguments.new))
    text = rendered(comparison, arguments.format, everything=arguments.all)
    if arguments.to:
        Path(arguments.to).write_text(text, encoding="utf-8")
        say(f"wrote {arguments.to}")
    else:
        say(text.rstrip("\n"))
    return 0
