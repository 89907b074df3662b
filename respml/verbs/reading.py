"""The verbs ``findings`` and ``verify``: what a run found, and whether it is still what was built."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from respml.checks.model import SEVERITIES
from respml.errors import InputError
from respml.verbs.shared import Verbs, counts, fail_on, say, with_severity


def register(verbs: Verbs) -> None:
    """Add the verbs to the command."""
    listing = with_severity(verbs.add("findings", findings, "list the findings of a run"))
    listing.add_argument("run", nargs="+", help="output/ID/VERSION; or: sync REPORT.yml output/ID/VERSION")
    listing.add_argument("--all", action="store_true", help="every check, not only findings")
    listing.add_argument("--json", action="store_true", help="as JSON")

    verifying = verbs.add("verify", verify, "compare a run with its manifest and signatures, or compute a bundle again")
    verifying.add_argument("run", help="output/ID/VERSION, or a bundle")
    verifying.add_argument("--tolerance", type=float, help="of a bundle's numbers (default: 1e-9)")
    verifying.add_argument("--trust-code", action="store_true", help="compute with a bundle's own template and models")
    verifying.add_argument("--alone", action="store_true", help="the versions before the run are kept elsewhere")
    verifying.add_argument("--quick", action="store_true", help="do not fit a bundle's models again from its data")


def findings(arguments: argparse.Namespace) -> int:
    """List the findings of a run, or bring the register beside a spec up to date with one."""
    from respml.pipeline.manifest import read_manifest
    from respml.verbs.reviewing import sync_findings

    if arguments.run[0] == "sync" and len(arguments.run) == 3:
        return sync_findings(Path(arguments.run[1]), Path(arguments.run[2]))
    if len(arguments.run) != 1:
        raise InputError(
            "One run is expected.", where="respml findings", remedy="Give output/ID/VERSION, or: sync REPORT.yml RUN."
        )
    run = Path(arguments.run[0])
    read_manifest(run)
    results = json.loads((run / "findings.json").read_text(encoding="utf-8"))
    shown = results if arguments.all else [each for each in results if each["state"] == "finding"]
    if arguments.json:
        say(json.dumps(shown, indent=1, ensure_ascii=False))
    else:
        for each in sorted(shown, key=lambda each: (*SEVERITIES, None).index(each["severity"])):
            say(f"{each['code']}  {each['severity'] or each['state']:<14}  {each['title']}: {each['message']}")
        say(counts(results))
    fail_on(arguments.fail_on, results, remedy="They are listed above.")
    return 0


def verify(arguments: argparse.Namespace) -> int:
    """Compare every file of a run with its manifest, signatures with both, and its chain; or verify a bundle."""
    from respml.pipeline.manifest import differences
    from respml.review.consistency import run_steps
    from respml.review.links import check_links
    from respml.review.signoff import is_signed
    from respml.verbs.reviewing import verify_bundle_file, void_signatures

    run = Path(arguments.run)
    if not run.exists():
        raise InputError(
            "There is no such run or bundle.", where=arguments.run, remedy="Give output/ID/VERSION or a .zip."
        )
    if run.is_file():
        return verify_bundle_file(
            run, tolerance=arguments.tolerance, rebuild=not arguments.quick, trust_code=arguments.trust_code
        )
    lines = differences(run)
    for line in lines:
        say(line)
    steps = [] if lines else run_steps(run)
    if not lines:
        say("every file agrees with the manifest")
    for step in steps:
        say(step.line())
    links = () if arguments.alone else check_links(run)
    for link in links:
        say(f"chain: {link.line}")
    if arguments.alone:
        say("chain: not looked at (--alone)")
    void = void_signatures(run)
    if lines:
        differ = "1 file differs" if len(lines) == 1 else f"{len(lines)} files differ"
        again = "Restore it from a copy, or build a new version: a signed one is never built again."
        raise InputError(
            f"{differ} from the manifest.",
            where=arguments.run,
            remedy=again if is_signed(run) else "Build the run again.",
        )
    different = [each for each in steps if each.state == "differs"]
    if different:
        raise InputError(
            f"{different[0].name}: {different[0].first.rstrip('.')}.",
            where=arguments.run,
            remedy="The manifest was made over edited files: build the run again.",
        )
    if void:
        told = "1 signature is void" if len(void) == 1 else f"{len(void)} signatures are void"
        raise InputError(f"{told}.", where=arguments.run, remedy="Restore the signed files, or sign again.")
    broken = [link.line for link in links if link.state == "broken"]
    if broken:
        raise InputError(
            f"The chain of versions is broken: {broken[0]}.",
            where=arguments.run,
            remedy="Restore what is missing, or say --alone where earlier versions are kept elsewhere.",
        )
    return 0
