"""The verbs of the ``respml`` command. Heavy libraries are imported only by the verb that needs them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from respml.errors import FindingsError, InputError, RespmlError
from respml.version import __version__

if TYPE_CHECKING:
    from respml.spec import LoadedSpec

Verb = Callable[[argparse.Namespace], int]


def _loaded(arguments: argparse.Namespace) -> LoadedSpec:
    from respml.spec import load_spec

    return load_spec(Path(arguments.spec))


def _say(text: str) -> None:
    print(text, flush=True)


def _build(arguments: argparse.Namespace) -> int:
    """Build the report of a spec."""
    from respml.pipeline.build import build
    from respml.pipeline.progress import progress_for

    formats = tuple(arguments.to.split(",")) if arguments.to else None
    for name in formats or ():
        if name not in ("html", "pdf"):
            raise InputError(
                f"There is no format '{name}'.", where="--to", remedy="Use html, pdf or both with a comma."
            )
    result = build(
        _loaded(arguments), Path(arguments.output), progress=progress_for(quiet=arguments.quiet), formats=formats
    )
    if arguments.explain:
        for stage in result.stages.values():
            _say(f"{stage.name:<16} {'reused' if stage.reused else f'{stage.elapsed:6.1f} s'}  {stage.reason}")
    if not arguments.quiet:
        state = "written" if result.published else "unchanged"
        _say(f"{result.folder} ({state}); {_counts(result.findings)}")
    _fail_on(arguments.fail_on, result.findings)
    return 0


def _counts(findings: list[dict[str, object]]) -> str:
    found = [entry for entry in findings if entry["state"] == "finding"]
    parts = [f"{sum(entry['severity'] == each for entry in found)} {each}" for each in ("high", "medium", "low")]
    return f"findings: {', '.join(parts)}"


def _fail_on(severity: str | None, findings: list[dict[str, object]]) -> None:
    if severity is None:
        return
    levels = ("high", "medium", "low")
    counted = levels[: levels.index(severity) + 1]
    codes = [str(each["code"]) for each in findings if each["state"] == "finding" and each["severity"] in counted]
    if codes:
        raise FindingsError(
            f"{len(codes)} findings of severity {severity} or above: {', '.join(codes)}.",
            remedy="Read them with 'respml findings'.",
        )


def _check(arguments: argparse.Namespace) -> int:
    """Validate spec, data and environment and say what a build would do."""
    from respml.pipeline.preview import preview

    for line in preview(_loaded(arguments), Path(arguments.output)):
        _say(line)
    return 0


def _init(arguments: argparse.Namespace) -> int:
    """Scaffold a spec from a data file."""
    from respml.portfolio.scaffold import scaffold

    written = scaffold(Path(arguments.data), Path(arguments.folder), target=arguments.target)
    for path in written:
        _say(f"wrote {path}")
    _say("Read the lines marked GUESS, then: respml check " + str(Path(arguments.folder) / "report.yml"))
    return 0


def _findings(arguments: argparse.Namespace) -> int:
    """List the findings of a run."""
    from respml.pipeline.manifest import read_manifest

    run = Path(arguments.run)
    read_manifest(run)
    findings = json.loads((run / "findings.json").read_text(encoding="utf-8"))
    shown = findings if arguments.all else [each for each in findings if each["state"] == "finding"]
    if arguments.json:
        _say(json.dumps(shown, indent=1, ensure_ascii=False))
    else:
        for each in shown:
            _say(f"{each['code']}  {each['severity'] or each['state']:<14}  {each['title']}: {each['message']}")
        _say(_counts(findings))
    _fail_on(arguments.fail_on, findings)
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    """Compare every file of a run with its manifest."""
    from respml.pipeline.manifest import differences

    lines = differences(Path(arguments.run))
    for line in lines:
        _say(line)
    if lines:
        raise InputError(
            f"{len(lines)} files differ from the manifest.", where=arguments.run, remedy="Build the run again."
        )
    _say("every file agrees with the manifest")
    return 0


def _data_uci(arguments: argparse.Namespace) -> int:
    """Put the UCI credit-card data in place."""
    from respml.portfolio.uci import place_uci

    source = Path(arguments.source) if arguments.source else None
    _say(f"wrote {place_uci(Path(arguments.destination), source)}")
    return 0


def _data_simulate(arguments: argparse.Namespace) -> int:
    """Make the simulated demo portfolio."""
    from respml.portfolio.demo import write_simulation
    from respml.portfolio.simulate import DEMO

    folder = Path(arguments.destination)
    record = write_simulation(folder, arguments.rows, arguments.seed, DEMO)
    _say(f"wrote {folder}: {record.rows:,} rows, event rate {record.event_rate:.4f}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="respml",
        description="Model-risk documentation for credit models, made from data, models and a spec.",
        epilog="Exit codes: 0 done, 1 findings at or above --fail-on, 2 input, 3 analysis, 4 rendering.",
    )
    parser.add_argument("--version", action="version", version=f"respml {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    def verb(name: str, function: Verb, words: str) -> argparse.ArgumentParser:
        added = verbs.add_parser(name, help=words, description=words)
        added.set_defaults(function=function)
        return added

    def with_output(added: argparse.ArgumentParser) -> argparse.ArgumentParser:
        added.add_argument("--output", default="output", help="folder for runs and store (default: output)")
        return added

    def with_fail_on(added: argparse.ArgumentParser) -> None:
        words = "exit with 1 on findings of this severity or above"
        added.add_argument("--fail-on", choices=("high", "medium", "low"), help=words)

    init = verb("init", _init, "scaffold a spec and a dictionary from a data file")
    init.add_argument("folder", help="folder to write report.yml and dictionary.yml into")
    init.add_argument("--data", required=True, help="CSV, Parquet or Excel file")
    init.add_argument("--target", help="column of the outcome (guessed when left out)")

    check = with_output(verb("check", _check, "validate spec, data and environment; say what a build would do"))
    check.add_argument("spec", help="report.yml or its folder")

    for name, words in (
        ("build", "build the report of a spec"),
        ("render", "the same; an older name for a change of text"),
    ):
        added = with_output(verb(name, _build, words))
        added.add_argument("spec", help="report.yml or its folder")
        added.add_argument("--to", help="html, pdf or html,pdf (default: as the spec says)")
        added.add_argument("--explain", action="store_true", help="say of each stage why it ran or not")
        with_fail_on(added)
        added.add_argument("-q", "--quiet", action="store_true", help="no progress")

    findings = verb("findings", _findings, "list the findings of a run")
    findings.add_argument("run", help="output/ID/VERSION")
    findings.add_argument("--all", action="store_true", help="every check, not only findings")
    findings.add_argument("--json", action="store_true", help="as JSON")
    with_fail_on(findings)

    verify = verb("verify", _verify, "compare every file of a run with its manifest")
    verify.add_argument("run", help="output/ID/VERSION")

    data = verb("data", lambda _: 2, "put example data in place")
    kinds = data.add_subparsers(dest="kind", required=True, metavar="KIND")
    uci = kinds.add_parser("uci", help="the UCI credit-card default data, 30,000 rows")
    uci.add_argument("--from", dest="source", help="your own copy of the file; downloaded from OpenML when left out")
    uci.add_argument("destination", nargs="?", default="data/uci", help="folder (default: data/uci)")
    uci.set_defaults(function=_data_uci)
    simulate = kinds.add_parser("simulate", help="a simulated portfolio with planted truths")
    simulate.add_argument("destination", nargs="?", default="data/demo", help="folder (default: data/demo)")
    simulate.add_argument("--rows", type=int, default=12_000)
    simulate.add_argument("--seed", type=int, default=20_240_101)
    simulate.set_defaults(function=_data_simulate)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a verb; errors are one line on standard error and an exit code."""
    parsed = _parser().parse_args(arguments)
    try:
        code: int = parsed.function(parsed)
        return code
    except RespmlError as error:
        print(f"respml: {error.line()}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        return 0
    except KeyboardInterrupt:
        print("respml: stopped; finished stages are kept", file=sys.stderr)
        return 130
