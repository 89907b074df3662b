"""One look for every figure: the report's type, a palette for colour-blind eyes and grey paper, stable bytes."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
from cycler import cycler
from matplotlib import font_manager
from matplotlib.figure import Figure

from respml.errors import RenderError

INK = "#1b1b1b"
MUTED = "#5a6670"
RULE = "#c3cad0"
PAPER = "#ffffff"
CHAMPION = "#005a94"
# Okabe and Ito's hues, the light ones darkened until they stand 3:1 against white
PALETTE = (CHAMPION, "#d55e00", "#008a65", "#7a4b8f", "#a36a00", "#3d7fb0", "#8c2d5e", INK)
SEQUENTIAL = "cividis"
DIVERGING = "RdBu_r"
_MODELS = {"mgbm": CHAMPION, "glm": INK, "gbm": "#d55e00", "hybrid": "#008a65"}
_OTHERS = ("#7a4b8f", "#a36a00", "#3d7fb0", "#8c2d5e")
_LINES: dict[str, Any] = {"glm": (0, (5, 2)), "gbm": (0, (6, 1.5, 1.2, 1.5)), "hybrid": (0, (1.4, 1.4))}
_OTHER_LINES: tuple[Any, ...] = ((0, (3, 1, 1, 1, 1, 1)), (0, (8, 2)), (0, (1, 1)), (0, (5, 1, 1, 1)), (0, (2, 2)))
_MARKERS = {"mgbm": "o", "glm": "s", "gbm": "^", "hybrid": "D"}
_OTHER_MARKERS = ("v", "P", "X", "<", ">")
FULL_WIDTH = 6.5
HALF_WIDTH = 3.2
GOLDEN = 0.55
DENSE = 2000
FONT = "Source Sans Pro"
_FACES = ("Regular", "It", "Semibold", "Bold")


def model_colour(name: str, champion: str = "mgbm") -> str:
    """The colour of a candidate: the champion's is always the same blue, whichever model it is.

    Parameters
    ----------
    name: the candidate; one the palette does not know gets a colour that depends on its name alone.
    champion: the candidate being documented. The model whose usual colour it takes is given its own in exchange.
    """
    if name == champion:
        return CHAMPION
    if name == "mgbm":
        return _MODELS.get(champion, _OTHERS[0])
    if name in _MODELS:
        return _MODELS[name]
    return _OTHERS[_place(name) % len(_OTHERS)]


def model_line(name: str, champion: str = "mgbm") -> dict[str, Any]:
    """Colour, dash and width of a candidate's line, apart in grey too: the champion solid and heavier."""
    if name == champion:
        return {"color": CHAMPION, "linestyle": "-", "linewidth": 1.9, "zorder": 3}
    dash = _LINES.get(champion if name == "mgbm" else name, _OTHER_LINES[_place(name) % len(_OTHER_LINES)])
    return {"color": model_colour(name, champion), "linestyle": dash, "linewidth": 1.3, "zorder": 2}


def model_marker(name: str) -> str:
    """The marker of a candidate."""
    return _MARKERS.get(name, _OTHER_MARKERS[_place(name) % len(_OTHER_MARKERS)])


def _place(name: str) -> int:
    """A number of a name alone. Four hues and five dashes have no common divisor: twenty names in a row differ."""
    return sum(name.encode())


@cache
def register_fonts() -> None:
    """Make the report's sans known to matplotlib, from its package.

    Raises
    ------
    RenderError: when the package is not installed.
    """
    found = importlib.util.find_spec("font_source_sans_pro")
    if found is None or found.origin is None:
        raise RenderError(f"The font '{FONT}' is missing.", remedy="Install the package font_source_sans_pro.")
    for face in _FACES:
        font_manager.fontManager.addfont(Path(found.origin).parent / "files" / f"SourceSansPro-{face}.ttf")


def parameters() -> dict[Any, Any]:
    """matplotlib's settings for a figure of the report: text stays text, ids and dates never change."""
    return {
        "svg.fonttype": "none",
        "svg.hashsalt": "respml",
        "font.family": [FONT],
        "font.size": 8.5,
        "axes.titlesize": 9,
        "axes.titleweight": 600,
        "axes.titlelocation": "left",
        "axes.labelsize": 8.5,
        "axes.labelcolor": INK,
        "axes.edgecolor": MUTED,
        "axes.linewidth": 0.6,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.prop_cycle": cycler(color=PALETTE),
        "axes.unicode_minus": True,
        "grid.color": "#e3e7ea",
        "grid.linewidth": 0.5,
        "text.color": INK,
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "xtick.labelsize": 8,
        "ytick.labelsize": 8,
        "xtick.major.width": 0.6,
        "ytick.major.width": 0.6,
        "xtick.major.size": 2.5,
        "ytick.major.size": 2.5,
        "legend.frameon": False,
        "legend.fontsize": 8,
        "lines.linewidth": 1.5,
        "lines.markersize": 4,
        "patch.linewidth": 0.5,
        "figure.figsize": (FULL_WIDTH, FULL_WIDTH * GOLDEN),
        "figure.dpi": 100,
        "figure.facecolor": PAPER,
        "figure.constrained_layout.use": True,
        "savefig.dpi": 200,
        "savefig.facecolor": PAPER,
        "savefig.bbox": None,
        "mathtext.fontset": "custom",
        "mathtext.rm": FONT,
        "mathtext.it": f"{FONT}:italic",
    }


def set_style() -> None:
    """Use the report's look from here on, as a notebook does; saving needs it as much as drawing."""
    register_fonts()
    mpl.rcParams.update(parameters())


@contextmanager
def apply_style() -> Iterator[None]:
    """The report's look inside a ``with`` block, which must hold both drawing and saving."""
    register_fonts()
    with mpl.rc_context(parameters()):
        yield


def new_figure(height: float = FULL_WIDTH * GOLDEN, width: float = FULL_WIDTH) -> Figure:
    """An empty figure of the column's width, in inches, that no window and no global list holds."""
    return Figure(figsize=(width, height), layout="constrained")


def rasterised(points: int) -> bool:
    """Whether a layer of so many points is drawn as a picture inside the vector figure."""
    return points > DENSE
