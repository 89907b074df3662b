"""What a notebook opens: inputs of its analysis and a writer for its evidence."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from respml.analysis.naming import named_levels, some_of
    from respml.analysis.workbench import Analysis, open_analysis
    from respml.evidence.model import Column, quoted, slug

__all__ = [
    "Analysis",
    "Column",
    "named_levels",
    "open_analysis",
    "quoted",
    "slug",
    "some_of",
]

_PLACES = {
    "Analysis": "respml.analysis.workbench",
    "named_levels": "respml.analysis.naming",
    "open_analysis": "respml.analysis.workbench",
    "Column": "respml.evidence.model",
    "quoted": "respml.evidence.model",
    "slug": "respml.evidence.model",
    "some_of": "respml.analysis.naming",
}


def __getattr__(name: str) -> Any:
    """A name of the room, imported when first used: a build that reuses everything needs none of them."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)
