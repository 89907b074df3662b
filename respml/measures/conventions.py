"""Every measure declares its convention here; the appendix "Statistical conventions" is printed from these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pkgutil import walk_packages
from typing import ParamSpec, TypeVar

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Convention:
    """What a measure means here.

    Attributes
    ----------
    name: the measure's name in the field.
    formula: the formula in plain text.
    direction: which way is better, or which way the score points.
    ties: how equal scores are treated.
    zero_bins: how empty bins or zero denominators are treated.
    denominator: what the measure is divided by.
    interval: how its confidence interval is made.
    weights: whether case weights are supported, and how.
    source: the publication the definition follows.
    function: dotted name of the function that computes it.
    """

    name: str
    formula: str
    source: str
    direction: str = ""
    ties: str = ""
    zero_bins: str = ""
    denominator: str = ""
    interval: str = ""
    weights: str = ""
    function: str = ""


_registry: dict[str, Convention] = {}


def convention(
    *,
    name: str,
    formula: str,
    source: str,
    direction: str = "",
    ties: str = "",
    zero_bins: str = "",
    denominator: str = "",
    interval: str = "",
    weights: str = "",
) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Declare the convention of the decorated measure; the function itself is returned unchanged."""

    def register(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        dotted = f"{function.__module__}.{function.__name__}"
        _registry[dotted] = Convention(
            name=name,
            formula=formula,
            source=source,
            direction=direction,
            ties=ties,
            zero_bins=zero_bins,
            denominator=denominator,
            interval=interval,
            weights=weights,
            function=dotted,
        )
        return function

    return register


def all_conventions() -> tuple[Convention, ...]:
    """The conventions of all measures imported so far, sorted by name and function."""
    return tuple(sorted(_registry.values(), key=lambda each: (each.name.lower(), each.function)))


def import_all() -> None:
    """Import every module of the room, so that all conventions are registered."""
    import respml.measures as room

    for module in walk_packages(room.__path__, f"{room.__name__}."):
        import_module(module.name)
