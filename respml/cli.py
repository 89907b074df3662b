"""The ``respml`` command. Heavy libraries are imported only by the verb that needs them."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from respml.errors import InputError, RespmlError
from respml.spec.places import with_place
from respml.verbs import FAMILIES
from respml.verbs.shared import Function
from respml.version import __version__

_REFUSED = "Look at the place, its permissions and the room left on its disk."


class _Verbs:
    """Adds verbs to a parser."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        self._subparsers = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    def add(self, name: str, function: Function, words: str) -> argparse.ArgumentParser:
        """See :class:`respml.verbs.shared.Verbs`."""
        added: argparse.ArgumentParser = self._subparsers.add_parser(name, help=words, description=words)
        added.set_defaults(function=function)
        return added


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="respml",
        description="Model-risk documentation for credit models, made from data, models and a spec.",
        epilog="Exit codes: 0 done, 1 findings at or above --fail-on, 2 input, 3 analysis, 4 rendering.",
    )
    parser.add_argument("--version", action="version", version=f"respml {__version__}")
    verbs = _Verbs(parser)
    for family in FAMILIES:
        import_module(f"respml.verbs.{family}").register(verbs)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a verb; errors are one line on standard error and an exit code."""
    if not sys.warnoptions:
        # Libraries warn their developers, not the reader of a command's one line; python -W brings them back.
        warnings.simplefilter("ignore")
    parsed = _parser().parse_args(arguments)
    try:
        code: int = parsed.function(parsed)
        return code
    except RespmlError as error:
        spec = getattr(parsed, "spec", None)
        told = with_place(error, Path(spec)) if spec else error
        print(f"respml: {told.line()}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        # What no room foresaw: the system's own words, since it is the system that refuses.
        refused = RespmlError(
            f"{error.strerror or str(error)[:200]}.", where=str(error.filename or ""), remedy=_REFUSED
        )
        print(f"respml: {refused.line()}", file=sys.stderr)
        return InputError.exit_code
    except KeyboardInterrupt:
        print("respml: stopped; finished stages are kept", file=sys.stderr)
        return 130
