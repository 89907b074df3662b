"""The verbs ``sign``, ``registers``, ``bundle`` and ``review``, and what ``findings sync`` and ``verify`` do."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from respml.errors import InputError
from respml.verbs.shared import Verbs, say

if TYPE_CHECKING:
    from respml.review.bundle import StageFolders
    from respml.review.signoff import RoleState


def register(verbs: Verbs) -> None:
    """Add the verbs to the command."""
    signing = verbs.add("sign", sign, "sign a run: bound to the exact bytes of its PDF and manifest")
    signing.add_argument("run", help="output/ID/VERSION")
    signing.add_argument("--as", dest="role", required=True, help="developer, validator or owner")
    signing.add_argument("--name", required=True, help="the name of who signs")
    signing.add_argument("--decision", default="approve", help="approve, approve-with-conditions or reject")
    signing.add_argument("--comment", default="", help="conditions or reasons; needed for all but approve")
    signing.add_argument("--on", type=_day, help="day of the signature, YYYY-MM-DD (default: the run's as_of)")

    listing = verbs.add(
        "registers", registers, "findings, limitations and assumptions beside a spec, overdue ones marked"
    )
    listing.add_argument("spec", help="report.yml or its folder")

    packing = verbs.add("bundle", bundle, "pack a run so that another person can check it on another machine")
    packing.add_argument("run", help="output/ID/VERSION")
    packing.add_argument("--data", choices=("none", "sample", "full"), default="none", help="default: none")
    packing.add_argument("--spec", help="the report.yml of the run; needed for --data full")
    packing.add_argument("--to", help="the zip to write (default: ID-VERSION.zip)")

    reading = verbs.add("review", review, "read, comment, answer and decide on a local web page")
    reading.add_argument("run", help="output/ID/VERSION")
    reading.add_argument("--spec", help="the report.yml whose folder keeps findings and comments")
    reading.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: a free one)")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("write the day as YYYY-MM-DD") from error


def sign(arguments: argparse.Namespace) -> int:
    """Sign a run."""
    from respml.review.signoff import sign as sign_run
    from respml.review.signoff import states

    run = Path(arguments.run)
    sign_run(
        run,
        role=arguments.role,
        name=arguments.name,
        decision=arguments.decision,
        comment=arguments.comment,
        day=arguments.on,
    )
    for each in states(run):
        say(each.line())
    return 0


def sync_findings(spec: Path, run: Path) -> int:
    """Bring the findings and registers beside a spec up to date with a run."""
    from respml.pipeline.layout import FINDINGS
    from respml.pipeline.manifest import read_manifest
    from respml.review.rebuild import prepare
    from respml.spec import load_spec

    loaded = load_spec(spec)
    manifest = read_manifest(run)
    for key, stated in (("id", loaded.spec.model.id), ("version", loaded.spec.model.version)):
        if manifest.get(key) != stated:
            raise InputError(
                f"The run is of {key} {manifest.get(key)}, the spec says {stated}.",
                where=str(run),
                remedy="Name the run that was built from this spec.",
            )
    registers = prepare(loaded, run / FINDINGS, create=True)
    registers.require_current()
    for each in registers.write():
        say(f"{each.id}: {', '.join(each.events) or 'unchanged'}")
    return tell_registers(loaded.folder, loaded.spec.model.as_of)


def registers(arguments: argparse.Namespace) -> int:
    """List the registers beside a spec."""
    from respml.spec import load_spec

    loaded = load_spec(Path(arguments.spec))
    return tell_registers(loaded.folder, loaded.spec.model.as_of)


def tell_registers(folder: Path, as_of: date) -> int:
    """Counts, and every overdue entry, relative to the spec's ``as_of``."""
    from respml.review import findings_register, registers

    findings = findings_register.read_findings(folder / findings_register.FOLDER)
    late = findings_register.overdue(findings, as_of)
    say(f"findings: {sum(each.is_open for each in findings)} open, {len(findings)} in all, {len(late)} overdue")
    for each in late:
        say(f"  overdue since {each.text('due')}: {each.id}, owner {each.text('owner') or 'not stated'}")
    for kind in registers.KINDS:
        entries = registers.read_register(folder / registers.FOLDER, kind)
        expired = registers.expired(entries, as_of)
        say(f"{kind}: {sum(each.in_force for each in entries)} in force, {len(expired)} overdue for review")
        for entry in expired:
            say(f"  review overdue since {entry.text('review_by')}: {entry.id}, {entry.text('text')}")
    return 0


def void_signatures(run: Path) -> list[RoleState]:
    """Say the state of each role's signature, and return the void ones."""
    from respml.review.signoff import states

    found = states(run)
    for each in found:
        say(each.line())
    return [each for each in found if each.state == "void"]


def bundle(arguments: argparse.Namespace) -> int:
    """Pack a run."""
    from respml.pipeline.manifest import read_manifest
    from respml.review.bundle import write_bundle
    from respml.spec import load_spec

    run = Path(arguments.run)
    manifest = read_manifest(run)
    target = Path(arguments.to or f"{manifest['id']}-{manifest['version']}.zip")
    stages = None if arguments.data == "none" else _stage_folders(run, manifest["stages"])
    loaded = load_spec(Path(arguments.spec)) if arguments.spec else None
    digest = write_bundle(run, target, data=arguments.data, stages=stages, loaded=loaded)
    say(f"wrote {target}: SHA-256 {digest}")
    return 0


def _stage_folders(run: Path, stages: Mapping[str, Mapping[str, str]]) -> StageFolders | None:
    """Portfolio and scores of a run in the store beside it; nothing where the store no longer has them."""
    from respml.review.bundle import StageFolders

    folders = stored(run, stages, ("portfolio", "scores"))
    return None if folders is None else StageFolders(*folders)


def stored(run: Path, stages: Mapping[str, Mapping[str, str]], names: tuple[str, str]) -> tuple[Path, Path] | None:
    """The folders of two stages of a run in the store beside it; nothing where the store no longer has them."""
    from respml.pipeline.build import STORE
    from respml.pipeline.store import Store

    root = run.resolve().parents[1] / STORE
    if not root.is_dir():
        return None
    found = [Store(root).get(stages[name]["key"], verify=True) for name in names if name in stages]
    folders = [each.folder for each in found if each is not None]
    return (folders[0], folders[1]) if len(folders) == 2 else None


def verify_bundle_file(source: Path, *, tolerance: float | None, rebuild: bool, trust_code: bool) -> int:
    """Verify a bundle, and compute again what it allows."""
    from respml.pipeline.reperforming import reperform
    from respml.review.verification import verify_bundle

    verification = verify_bundle(
        source, tolerance=tolerance, rebuild=reperform if rebuild else None, trust_code=trust_code
    )
    for step in verification.steps:
        say(step.line())
    different = verification.first_difference
    if different is not None:
        raise InputError(
            f"{different.name}: {different.first.rstrip('.')}.",
            where=source.name,
            remedy="Verify with the software of the run, or ask for the bundle again.",
        )
    return 0


def review(arguments: argparse.Namespace) -> int:
    """Serve the review page until it is stopped."""
    from respml.pipeline.changing import compare_folders
    from respml.review.changes_formats import rendered
    from respml.review.web.server import serve
    from respml.review.web.workspace import open_workspace

    def difference(old: Path, new: Path) -> str:
        return rendered(compare_folders(old, new), "html", everything=False)

    spec = Path(arguments.spec) if arguments.spec else None
    with serve(open_workspace(Path(arguments.run), spec, difference), arguments.port) as server:
        say(server.url)
        say("Only this machine can open it, and only with this address. Ctrl-C ends it.")
        server.wait()
    return 0
