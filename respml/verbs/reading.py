"""The verbs ``findings`` and ``verify``: what a run found, and whether it is still what was built."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from respml.errors import InputError
from respml.verbs.shared import Verbs, counts, fail_on, say, with_severity


def register(verbs: Verbs) -> None:
    """Add the verbs to the command."""
    listing = with_severity(verbs.add("findings", findings, "list the findings of a run"))
    listing.add_argument("run", help="output/ID/VERSION")
    listing.add_argument("--all", action="store_true", help="every check, not only findings")
    listing.add_argument("--json", action="store_true", help="as JSON")

    verifying = verbs.add("verify", verify, "compare every file of a run with its manifest")
    verifying.add_argument("run", help="output/ID/VERSION")


def findings(arguments: argparse.Namespace) -> int:
    """List the findings of a run."""
    from respml.pipeline.manifest import read_manifest

    run = Path(arguments.run)
    read_manifest(run)
    results = json.loads((run / "findings.json").read_text(encoding="utf-8"))
    shown = results if arguments.all else [each for each in results if each["state"] == "finding"]
    if arguments.json:
        say(json.dumps(shown, indent=1, ensure_ascii=False))
    else:
        for each in shown:
            say(f"{each['code']}  {each['severity'] or each['state']:<14}  {each['title']}: {each['message']}")
        say(counts(results))
    fail_on(arguments.fail_on, results)
    return 0


def verify(arguments: argparse.Namespace) -> int:
    """Compare every file of a run with its manifest."""
    from respml.pipeline.manifest import differences

    lines = differences(Path(arguments.run))
    for line in lines:
        say(line)
    if lines:
        raise InputError(
            f"{len(lines)} files differ from the manifest.", where=arguments.run, remedy="Build the run again."
        )
    say("every file agrees with the manifest")
    return 0
