"""How pictures look: one palette with a light and a dark side, one mark a state of a run, one look a method."""

import io
import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from stablebert.gate import Status
from stablebert.gate.lost_runs import COLLAPSED
from stablebert.report.page.content import FAILED, SOUND
from stablebert.runs import parse_method

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, SOFT, RULE, CARD = "#1d2430", "#566273", "#d6dce4", "#ffffff"
BLUE, ORANGE, PURPLE, TEAL, ALARM = "#1f5fae", "#b4560c", "#6b45a8", "#0f766e", "#b3261e"
# by the name of the variable of the page's style sheet, which knows the dark side
PALETTE: Mapping[str, str] = MappingProxyType(
    {
        "ink": INK,
        "soft": SOFT,
        "rule": RULE,
        "card": CARD,
        "blue": BLUE,
        "orange": ORANGE,
        "purple": PURPLE,
        "teal": TEAL,
        "alarm": ALARM,
    }
)
WIDTH = 7.6
_SIZE = 9.0
_RULES: Mapping[str, Any] = MappingProxyType(
    {
        "svg.fonttype": "none",
        "text.parse_math": False,
        "axes.unicode_minus": False,
        "figure.facecolor": CARD,
        "axes.facecolor": CARD,
        "savefig.facecolor": CARD,
        "font.family": "DejaVu Sans",
        "font.size": _SIZE,
        "text.color": INK,
        "axes.labelcolor": SOFT,
        "axes.edgecolor": RULE,
        "axes.titlecolor": INK,
        "axes.titlesize": _SIZE,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.labelsize": _SIZE,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.grid": True,
        "axes.grid.axis": "y",
        "grid.color": RULE,
        "grid.linewidth": 0.6,
        "xtick.color": SOFT,
        "ytick.color": SOFT,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": SOFT,
        "xtick.labelsize": 8.0,
        "ytick.labelsize": 8.0,
        "xtick.major.size": 0.0,
        "ytick.major.size": 0.0,
        "legend.frameon": False,
        "legend.fontsize": 8.0,
        "lines.linewidth": 1.4,
    }
)
# coordinates to a hundredth of a point; ids that nothing refers to; what else says nothing to a reader
_COORDINATES = re.compile(r' (?:d|x|y|transform)="[^"]*"')
_DECIMALS = re.compile(r"-?\d+\.\d{2,}")
_NO_USE = (
    re.compile(r"<\?xml.*?\?>\s*<!DOCTYPE.*?>\s*", re.DOTALL),
    re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL),
    re.compile(r'\s*<defs>\s*<style type="text/css">.*?</style>\s*</defs>', re.DOTALL),
    re.compile(r'(?<=<g) id="[^"]*"'),
    re.compile(r' transform="rotate\(-?0 [^"]*\)"'),
    re.compile(r"(?<=\n) +"),
)
# one element in a group of its own; and what a line that is one element has of looks
_ALONE = re.compile(r"<g>\n(<(?:path|use) [^>]*/>)\n</g>")
_STYLED = re.compile(r'<(?:path|use) .*?(?: clip-path="[^"]*")? style="[^"]*"/>')
_LOOK = re.compile(r'(?: clip-path="[^"]*")? style="[^"]*"(?=/>)')


class Look(NamedTuple):
    """How a method is drawn: by colour and by mark, so that either is enough.

    Attributes:
        colour: Of the palette.
        mark: Of matplotlib.
    """

    colour: str
    mark: str


_LOOKS: Mapping[str, Look] = MappingProxyType(
    {
        "bertadam": Look(ORANGE, "D"),
        "debiased": Look(BLUE, "o"),
        "reinit": Look(PURPLE, "^"),
        "llrd": Look(TEAL, "s"),
        "mixout": Look(SOFT, "P"),
        "wdecay": Look(INK, "p"),
        "prior": Look(TEAL, "h"),
        "transfer": Look(ORANGE, "*"),
    }
)
# the marks of lost runs, whatever the method: a cross, and a triangle that points down
STATE_MARKS: Mapping[str, str] = MappingProxyType({SOUND: "o", COLLAPSED: "v", FAILED: "x"})
STATUS_LOOKS: Mapping[str, Look] = MappingProxyType(
    {
        Status.PASS: Look(BLUE, "o"),
        Status.FAIL: Look(ALARM, "X"),
        Status.INCONCLUSIVE: Look(SOFT, "D"),
        Status.INVALID: Look(INK, "s"),
    }
)


def look_of(method: str) -> Look:
    """Return how a method is drawn, by the first of its parts; one of others has a look of its own."""
    return _LOOKS.get(parse_method(method.removesuffix(".released"))[0].name, Look(INK, "d"))


def short_name(cell: str) -> str:
    """Return a cell id without what most cells share: three epochs, the embedded encoder, fp32.

    Example:
        >>> short_name("rte-1k_reinit.blocks5_3ep_minilm_fp32"), short_name("rte_debiased_long_bert-large_bf16")
        ('rte-1k reinit.blocks5', 'rte debiased long bert-large bf16')
    """
    return " ".join(part for part in cell.split("_") if part not in ("3ep", "minilm", "fp32"))


def clipped(name: str, most: int = 26) -> str:
    """Return a name that leaves room for the picture.

    Example:
        >>> clipped("a-method-of-somebody-with-many-words")
        'a-method-of-somebody-with…'
    """
    return name if len(name) <= most else f"{name[: most - 1]}…"


def columns_for(places: int) -> int:
    """Return how many panels stand side by side if each has so many places for names across."""
    return 3 if places <= 3 else 2 if places <= 5 else 1


def panels(figure: "Figure", names: Sequence[str], columns: int) -> "dict[str, Axes]":
    """Return one panel a name, its title, row by row; places that are left over stay empty."""
    columns = min(columns, len(names))
    grid = figure.subplots(-(-len(names) // columns), columns, squeeze=False).ravel()
    for place, axes in enumerate(grid):
        if place < len(names):
            axes.set_title(clipped(names[place]))
        else:
            axes.set_axis_off()
    return dict(zip(names, grid, strict=False))


def legend(figure: "Figure", axes: "Iterable[Axes]") -> None:
    """Put one legend above all panels, a name once."""
    named: dict[str, Any] = {}
    for panel in axes:
        handles, labels = panel.get_legend_handles_labels()
        named |= dict(zip(labels, handles, strict=True))
    figure.legend([*named.values()], [*map(clipped, named)], loc="outside upper left", ncols=6)


def svg_of(draw: "Callable[[Figure], None]", name: str, height: float) -> str:
    """Return a picture as SVG, the same bytes for the same picture: no date, and ids from its content and name alone.

    Args:
        draw: Draws on an empty figure.
        name: Of the picture.
        height: In inches; the width is that of a page's column.

    Raises:
        ModuleNotFoundError: matplotlib is not installed.
    """
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    stream = io.StringIO()
    with matplotlib.rc_context():
        # a matplotlibrc of the user's changes no picture
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({**_RULES, "svg.hashsalt": name})
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        draw(figure)
        FigureCanvasSVG(figure).print_svg(
            stream, metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
        )
    return _slim(stream.getvalue())


def themed(svg: str) -> str:
    """Return a picture whose colours and fonts are the page's, so that they follow its dark side.

    Args:
        svg: As from `svg_of`.
    """
    # the page's card is behind it, and the shade that says that there is more to see
    svg = svg.replace(f"fill: {CARD}", "fill:none")
    for name, colour in PALETTE.items():
        svg = svg.replace(f": {colour}", f":var(--{name})")
    return svg.replace("font-family: sans-serif", "font-family:inherit")


def _slim(svg: str) -> str:
    for pattern in _NO_USE:
        svg = pattern.sub("", svg)
    svg = _COORDINATES.sub(lambda found: _DECIMALS.sub(lambda one: f"{float(one[0]):.1f}", found[0]), svg)
    svg = _ALONE.sub(r"\1", re.sub(r"\s*\n(?=[LCQMzH\"])", " ", svg))
    svg = "\n".join(part for look, lines in groupby(svg.splitlines(), _look) for part in _together(look, list(lines)))
    return re.sub(r"font-family: 'DejaVu Sans'[^;\"]*", "font-family: sans-serif", svg).strip() + "\n"


def _look(line: str) -> str:
    """Return how an element looks, if the line is one; else nothing."""
    found = _LOOK.search(line) if _STYLED.fullmatch(line) else None
    return found[0] if found else ""


def _together(look: str, lines: list[str]) -> list[str]:
    """Return elements of one look in a group that says it once: thousands of runs look alike."""
    # the opacity of a group is that of its elements together, which may lie on each other
    if not look or len(lines) < 2 or re.search(r"[ \"]opacity:", look):
        return lines
    return [f"<g{look}>", *(line.replace(look, "") for line in lines), "</g>"]
