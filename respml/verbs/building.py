"""The verbs ``build``, ``render`` and ``check``."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from respml.errors import InputError
from respml.verbs.shared import Verbs, counts, fail_on, loaded, say, with_output, with_severity


def register(verbs: Verbs) -> None:
    """Add the verbs to the command."""
    checking = with_output(verbs.add("check", check, "validate spec, data and environment; say what a build would do"))
    checking.add_argument("spec", help="report.yml or its folder")
    checking.add_argument(
        "--trust-pickle", action="store_true", help="open pickled models, which runs whatever code stands in them"
    )
    for name, words in (
        ("build", "build the report of a spec"),
        ("render", "the same as build; what did not change is not computed again"),
    ):
        added = with_severity(with_output(verbs.add(name, build, words)))
        added.add_argument("spec", help="report.yml or its folder")
        added.add_argument(
            "--to", help="html, pdf or docx alone makes a preview beside the run (default: as the spec says)"
        )
        added.add_argument("--explain", action="store_true", help="say of each stage why it ran or not")
        added.add_argument(
            "--trust-pickle",
            action="store_true",
            help="open pickled models, which runs whatever code stands in them; the report prints it",
        )
        added.add_argument("--strict", action="store_true", help="refuse passages written about earlier numbers")
        added.add_argument("-q", "--quiet", action="store_true", help="no progress")


def build(arguments: argparse.Namespace) -> int:
    """Build the report of a spec."""
    from respml.pipeline.build import build as build_run
    from respml.pipeline.progress import progress_for

    formats = tuple(arguments.to.split(",")) if arguments.to else None
    for name in formats or ():
        if name not in ("html", "pdf", "docx"):
            raise InputError(
                f"There is no format '{name}'.", where="--to", remedy="Use html, pdf and docx, with commas."
            )
    spec = replace(loaded(arguments), trust_pickle=arguments.trust_pickle)
    result = build_run(
        spec,
        Path(arguments.output),
        progress=progress_for(quiet=arguments.quiet),
        formats=formats,
        strict=arguments.strict,
    )
    if arguments.explain:
        for stage in result.stages.values():
            say(f"{stage.name:<16} {'reused' if stage.reused else f'{stage.elapsed:6.1f} s'}  {stage.reason}")
    if not arguments.quiet:
        for line in result.notes:
            say(line)
        state = "written" if result.published else "unchanged"
        say(f"{result.folder} ({state}); {counts(result.findings)}")
    fail_on(arguments.fail_on, result.findings)
    return 0


def check(arguments: argparse.Namespace) -> int:
    """Validate spec, data and environment and say what a build would do."""
    from respml.pipeline.preview import preview

    spec = replace(loaded(arguments), trust_pickle=arguments.trust_pickle)
    for line in preview(spec, Path(arguments.output)):
        say(line)
    return 0
