"""The test table of the rules: one module a family, each with a list ``CASES``; a new family is a new file."""

from importlib import import_module
from pkgutil import iter_modules

from tests.checks.evidence import RuleCase


def all_cases() -> list[RuleCase]:
    """Every case of every family."""
    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    return [case for module in modules for case in module.CASES]
