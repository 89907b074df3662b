"""The verbs ``init`` and ``data``: a first spec, example data."""

from __future__ import annotations

import argparse
from pathlib import Path

from respml.verbs.shared import Verbs, say


def register(verbs: Verbs) -> None:
    """Add the verbs to the command."""
    scaffold = verbs.add("init", init, "scaffold a spec and a dictionary from a data file")
    scaffold.add_argument("folder", help="folder to write report.yml and dictionary.yml into")
    scaffold.add_argument("--data", required=True, help="CSV, Parquet or Excel file")
    scaffold.add_argument("--target", help="column of the outcome (guessed when left out)")

    data = verbs.add("data", uci, "put example data in place")
    kinds = data.add_subparsers(dest="kind", required=True, metavar="KIND")
    real = kinds.add_parser("uci", help="the UCI credit-card default data, 30,000 rows")
    real.add_argument("--from", dest="source", help="your own copy of the file; downloaded from OpenML when left out")
    real.add_argument("destination", nargs="?", default="data/uci", help="folder (default: data/uci)")
    real.set_defaults(function=uci)
    simulated = kinds.add_parser("simulate", help="a simulated portfolio with planted truths")
    simulated.add_argument("destination", nargs="?", default="data/demo", help="folder (default: data/demo)")
    simulated.add_argument("--rows", type=int, default=12_000)
    simulated.add_argument("--seed", type=int, default=20_240_101)
    simulated.set_defaults(function=simulate)


def init(arguments: argparse.Namespace) -> int:
    """Scaffold a spec from a data file."""
    from respml.portfolio.scaffold import scaffold

    written = scaffold(Path(arguments.data), Path(arguments.folder), target=arguments.target)
    for path in written:
        say(f"wrote {path}")
    say("Read the lines marked GUESS, then: respml check " + str(Path(arguments.folder) / "report.yml"))
    return 0


def uci(arguments: argparse.Namespace) -> int:
    """Put the UCI credit-card data in place."""
    from respml.portfolio.uci import place_uci

    source = Path(arguments.source) if arguments.source else None
    say(f"wrote {place_uci(Path(arguments.destination), source)}")
    return 0


def simulate(arguments: argparse.Namespace) -> int:
    """Make the simulated demo portfolio."""
    from respml.portfolio.demo import write_simulation
    from respml.portfolio.simulate import DEMO

    folder = Path(arguments.destination)
    record = write_simulation(folder, arguments.rows, arguments.seed, DEMO)
    say(f"wrote {folder}: {record.rows:,} rows, event rate {record.event_rate:.4f}")
    return 0
