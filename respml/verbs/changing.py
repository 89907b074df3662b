"""The verbs ``diff``, ``versions``, ``restore`` and ``narrative``: what changed, and whether words still hold."""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from respml.errors import InputError
from respml.verbs.shared import Verbs, loaded, say, with_output

FORMATS = ("terminal", "markdown", "html", "json")


def register(verbs: Verbs) -> None:
    """Add the verbs to the command."""
    difference = verbs.add("diff", diff, "what changed between two versions, and how much it matters")
    difference.add_argument("old", help="output/ID/VERSION")
    difference.add_argument("new", help="output/ID/VERSION")
    difference.add_argument("--format", choices=FORMATS, default="terminal", help="how to print it (default: terminal)")
    difference.add_argument("--all", action="store_true", help="whole lists, and what stayed within its interval")
    difference.add_argument("--to", help="file to write instead of standard output")

    listing = verbs.add("versions", versions, "versions of a model, the chain of their manifests, and replaced drafts")
    listing.add_argument("model", help="output/ID")

    bringing = verbs.add("restore", restore, "lay out a draft again that a later build replaced")
    bringing.add_argument("kept", help="output/ID/.replaced/VERSION-SHA256.json")
    bringing.add_argument("folder", help="folder to make")

    words = verbs.add("narrative", listed, "people's passages: whether they hold, and accepting them")
    kinds = words.add_subparsers(dest="kind", required=True, metavar="KIND")
    showing = with_output(kinds.add_parser("list", help="each passage and whether it still holds"))
    showing.add_argument("spec", help="report.yml or its folder")
    showing.set_defaults(function=listed)
    accepting = with_output(kinds.add_parser("accept", help="bind passages to the numbers of the run in place"))
    accepting.add_argument("spec", help="report.yml or its folder")
    accepting.add_argument("name", nargs="*", help="passages (default: all)")
    accepting.add_argument("--by", default="", help="who accepts")
    accepting.set_defaults(function=accept)


def diff(arguments: argparse.Namespace) -> int:
    """Compare two versions."""
    from respml.pipeline.changing import compare_folders
    from respml.review.changes_formats import rendered
    from respml.review.changes_terminal import WIDTH

    comparison = compare_folders(Path(arguments.old), Path(arguments.new))
    width = shutil.get_terminal_size((WIDTH, 0)).columns
    text = rendered(comparison, arguments.format, everything=arguments.all, width=width)
    if arguments.to:
        Path(arguments.to).write_text(text, encoding="utf-8")
        say(f"wrote {arguments.to}")
    else:
        say(text.rstrip("\n"))
    return 0


def versions(arguments: argparse.Namespace) -> int:
    """List the versions of a model with the state of their chain."""
    from respml.review.versions import chain, replaced

    folder = Path(arguments.model)
    links = chain(folder)
    if not links:
        raise InputError("There is no complete run here.", where=str(folder), remedy="Give output/ID.")
    for link in links:
        before = f"after {link.previous['version']}" if link.previous else "no version before it"
        say(f"{link.version:<16} {link.manifest_sha256[:16]}  {before}; link {link.state}")
    for kept in replaced(folder):
        say(f"replaced         {kept}")
    broken = [link.version for link in links if link.state == "broken"]
    if broken:
        raise InputError(
            f"The version before {broken[0]} is not what it was.",
            where=str(folder),
            remedy="Build them again, in order.",
        )
    return 0


def restore(arguments: argparse.Namespace) -> int:
    """Bring a replaced draft back from the store."""
    from respml.pipeline.restoring import restore as lay_out
    from respml.pipeline.store import Store
    from respml.review.versions import REPLACED

    kept = Path(arguments.kept)
    if kept.absolute().parent.name != REPLACED:
        raise InputError(
            "This is no kept manifest of a replaced draft.",
            where=arguments.kept,
            remedy=f"Give output/ID/{REPLACED}/VERSION-….json; 'respml versions output/ID' lists them.",
        )
    lay_out(kept, Store(kept.absolute().parents[2] / ".store"), Path(arguments.folder))
    say(f"wrote {arguments.folder}; every file agrees with its manifest")
    return 0


def listed(arguments: argparse.Namespace) -> int:
    """Say of each passage whether it still holds."""
    from respml.review.accepting import passages_of

    found = passages_of(loaded(arguments), Path(arguments.output))
    for each in found.states:
        since = f" with {each.version}" if each.version else ""
        say(f"{each.name:<16} {each.state}{since}; about {found.about[each.name]:,} metrics")
        for moved in each.moved:
            say(f"{'':<16} {moved}")
    if not found.states:
        say(f"no passages; places: {', '.join(found.places)}")
    return 0


def accept(arguments: argparse.Namespace) -> int:
    """Bind passages to the numbers of the run in place."""
    from respml.review.accepting import accept_passages

    for name, count in accept_passages(loaded(arguments), Path(arguments.output), arguments.name, arguments.by).items():
        say(f"{name:<16} accepted against {count:,} metrics")
    return 0
