"""Pure statistics: arrays or frames in, tidy frames or estimates out. No files, no figures, no globals."""

from importlib import import_module
from pkgutil import walk_packages


def import_all() -> None:
    """Import every module of the room, so that all conventions are registered."""
    for module in walk_packages(__path__, f"{__name__}."):
        import_module(module.name)
