"""What a notebook opens: inputs of its analysis and a writer for its evidence."""

from respml.analysis.workbench import Analysis, open_analysis
from respml.evidence import Column, quoted, slug

__all__ = ["Analysis", "Column", "open_analysis", "quoted", "slug"]
