"""The portfolio room: the only one that reads raw data."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from respml.portfolio.build import build_portfolio
    from respml.portfolio.comparison import compare
    from respml.portfolio.dictionary import Column, Dictionary, read_dictionary
    from respml.portfolio.notes import Note, notes_frame
    from respml.portfolio.portfolio import Portfolio, Rows
    from respml.portfolio.sources import Source, open_source, read_source

__all__ = [
    "Column",
    "Dictionary",
    "Note",
    "Portfolio",
    "Rows",
    "Source",
    "build_portfolio",
    "compare",
    "notes_frame",
    "open_source",
    "read_dictionary",
    "read_source",
]

_PLACES = {
    "build_portfolio": "respml.portfolio.build",
    "compare": "respml.portfolio.comparison",
    "Column": "respml.portfolio.dictionary",
    "Dictionary": "respml.portfolio.dictionary",
    "read_dictionary": "respml.portfolio.dictionary",
    "Note": "respml.portfolio.notes",
    "notes_frame": "respml.portfolio.notes",
    "Portfolio": "respml.portfolio.portfolio",
    "Rows": "respml.portfolio.portfolio",
    "Source": "respml.portfolio.sources",
    "open_source": "respml.portfolio.sources",
    "read_source": "respml.portfolio.sources",
}


def __getattr__(name: str) -> Any:
    """A name of the room, imported when first used: a build that reuses everything needs none of them."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)
