"""What a notebook opens: inputs of its analysis and a writer for its evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from respml.evidence import Column, quoted, slug

if TYPE_CHECKING:
    from respml.analysis.workbench import Analysis, open_analysis

__all__ = ["Analysis", "Column", "open_analysis", "quoted", "slug"]


def __getattr__(name: str) -> Any:
    """Import the workbench, and the libraries behind it, only when a notebook asks for it."""
    if name in ("Analysis", "open_analysis"):
        from respml.analysis import workbench

        return getattr(workbench, name)
    raise AttributeError(f"module 'respml.analysis' has no attribute {name!r}")
