"""The verb ``reasons``: the adverse-action reasons of one applicant, as filed in a run."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from respml.errors import InputError
from respml.verbs.shared import Verbs, say

FILE = Path("evidence") / "reasons" / "reasons.parquet"


def register(verbs: Verbs) -> None:
    """Add the verb to the command."""
    listing = verbs.add("reasons", reasons, "print the adverse-action reasons of one declined applicant of a run")
    listing.add_argument("run", help="output/ID/VERSION")
    listing.add_argument("--applicant", required=True, metavar="ID", help="identifier of the applicant, as in the data")
    listing.add_argument("--json", action="store_true", help="as JSON, with codes and shares")


def reasons(arguments: argparse.Namespace) -> int:
    """Print the reasons of one applicant, in order."""
    import pandas as pd

    run = Path(arguments.run)
    if not (run / FILE).is_file():
        raise InputError(
            "The run holds no reasons.", where=str(run), remedy="Build it with the analysis 'reasons' switched on."
        )
    table = pd.read_parquet(run / FILE)
    own = table[table["applicant"] == arguments.applicant].sort_values("rank", kind="stable")
    if own.empty:
        raise InputError(
            f"{arguments.applicant!r} is not among the declined applicants of the test partition.",
            where=str(run),
            remedy="Name a declined applicant by the identifier of the data.",
        )
    first = own.iloc[0]
    if arguments.json:
        kept = ["rank", "code", "text", "factor", "share", "near_tie", "inquiries_rule"]
        document = {
            "applicant": arguments.applicant,
            "baseline": str(first["baseline"]),
            "mapping_version": str(first["mapping_version"]),
            "probability": float(first["probability"]),
            "cutoff": float(first["cutoff"]),
            "reasons": json.loads(own[kept].to_json(orient="records")),
        }
        say(json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True))
        return 0
    say(f"declined: probability {first['probability']:.4f}, cut-off {first['cutoff']:.4f}")
    say(f"compared with the average of {first['baseline']}; mapping {first['mapping_version']}")
    for line in own.to_dict("records"):
        note = " (near-tie with the next)" if line["near_tie"] else ""
        note += " (added: number of inquiries)" if line["inquiries_rule"] else ""
        say(f"{line['rank']}. {line['text']}  [{line['code']}]{note}")
    return 0
