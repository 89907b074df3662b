"""respml: automated model-risk documentation for credit models."""

from respml.version import __version__

__all__ = ["__version__"]
