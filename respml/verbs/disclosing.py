"""The verb ``scan``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from respml.errors import InputError
from respml.verbs.shared import Verbs, say

if TYPE_CHECKING:
    from respml.review.people import People


def register(verbs: Verbs) -> None:
    """Add the verb to the command."""
    scanning = verbs.add("scan", scan, "look for rows of the data in a run, a folder or a file")
    scanning.add_argument("what", help="output/ID/VERSION, or any folder or file")
    scanning.add_argument("--spec", help="the report.yml whose data are looked for (default: the run's own)")
    scanning.add_argument("--minimum-cell", type=int, help="values that as many people share tell of nobody")


def scan(arguments: argparse.Namespace) -> int:
    """Scan and name every place; 1 where a row of the data is recognised, whatever the spec allows."""
    from respml.review.disclosure import files_below, scan_files

    what = Path(arguments.what)
    if not what.exists():
        raise InputError("There is no such file or folder.", where=str(what), remedy="Name a run, a folder or a file.")
    people = _people(what, arguments)
    found = scan_files(people, [(what.name, what)] if what.is_file() else files_below(what))
    for each in found.disclosures:
        say(f"{each.file}: {each.place}: {each.how}")
    kinds = ", ".join(f"{number} {ending}" for ending, number in found.files.items()) or "no file that is read"
    say(f"scanned {kinds}: {found.pieces} pieces, {len(found.disclosures)} in which a row of the data is recognised")
    return 1 if found.disclosures else 0


def _people(what: Path, arguments: argparse.Namespace) -> People:
    from respml.pipeline.disclosing import people_of
    from respml.pipeline.manifest import read_manifest
    from respml.portfolio.build import build_portfolio
    from respml.review.people import People
    from respml.spec import load_spec
    from respml.verbs.reviewing import stored

    if arguments.spec is not None:
        loaded = load_spec(Path(arguments.spec))
        least = arguments.minimum_cell or loaded.spec.disclosure.minimum_cell
        portfolio = build_portfolio(loaded.spec.data, loaded.spec.partitions, loaded.spec.seed, loaded.folder)
        return People.of(portfolio, minimum_cell=least)
    manifest = read_manifest(what)
    folders = stored(what, manifest["stages"], ("portfolio", "candidates"))
    if folders is None:
        raise InputError(
            "The store no longer holds the run's data.", where=str(what), remedy="Name its report.yml with --spec."
        )
    least = arguments.minimum_cell or int(manifest["spec"]["disclosure"]["minimum_cell"])
    return people_of(*folders, least)
