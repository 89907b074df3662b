"""The portfolio room: the only one that reads raw data."""

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
