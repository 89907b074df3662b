"""Where the files that travel with the package are: beside it in a checkout, inside it in a wheel."""

from __future__ import annotations

from pathlib import Path

from respml.errors import InputError

_PACKAGE = Path(__file__).resolve().parent


def _folder(inside: str, beside: str) -> Path:
    packed = _PACKAGE / inside
    return packed if packed.is_dir() else _PACKAGE.parent / beside


def template_folder(name: str, spec_folder: Path) -> Path:
    """The folder of a template: the spec's own ``report_templates/`` first, then the one that travels along.

    Raises
    ------
    InputError: when neither has a template of that name, or the name is a path.
    """
    if name != Path(name).name or name.startswith("."):
        raise InputError("The template is a name, not a path.", where="key 'template'", remedy="Give a folder's name.")
    shipped = _folder("_report_templates", "report_templates")
    for root in (spec_folder / "report_templates", shipped):
        if (root / name / "template.yml").is_file():
            return root / name
    known = ", ".join(sorted(each.parent.name for each in shipped.glob("*/template.yml")))
    raise InputError(f"There is no template '{name}'.", where="key 'template'", remedy=f"Shipped templates: {known}.")


def data_folder() -> Path:
    """The folder with the demo portfolio, data dictionaries and example specs."""
    return _folder("_data", "data")
