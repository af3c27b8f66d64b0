"""A picture: the rows that it shows, which are its CSV, and one function that draws them and nothing else.

Each module of `pictures/` has one as `PICTURE`; a file more there is a picture more on the page.
"""

import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from stablebert.baselines import table_text
from stablebert.report.page import pictures as room
from stablebert.report.page.content import Content
from stablebert.report.page.style import svg_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Picture:
    """What a picture shows and how.

    Attributes:
        place: Order on the page.
        name: Of its files, without ending.
        title: What it is about.
        caption: How it is read.
        fill: The command that makes what it shows, where there is nothing.
        kind: Frozen dataclass of its rows, whose fields are the columns of the CSV.
        rows: From the content to what is shown; none is a picture that is missing.
        draw: Draws rows, at least one, on an empty figure.
        height: Of the figure in inches, for these rows.
    """

    place: int
    name: str
    title: str
    caption: str
    fill: str
    kind: type[Any]
    rows: Callable[[Content], Sequence[Any]]
    draw: "Callable[[Figure, Sequence[Any]], None]"
    height: Callable[[Sequence[Any]], float]


@dataclass(frozen=True)
class Drawn:
    """A picture of some content.

    Attributes:
        picture: Which.
        csv: What it shows, as text.
        svg: The picture; empty where there is nothing to show.
    """

    picture: Picture
    csv: str
    svg: str


def pictures() -> list[Picture]:
    """Return every picture, in the order of the page."""
    names = [module.name for module in pkgutil.iter_modules(room.__path__)]
    found: list[Picture] = [import_module(f"{room.__name__}.{name}").PICTURE for name in names]
    return sorted(found, key=lambda picture: picture.place)


def drawn(picture: Picture, content: Content) -> Drawn:
    """Return a picture of what is at hand.

    Raises:
        ModuleNotFoundError: matplotlib is not installed.
    """
    rows = picture.rows(content)
    csv = table_text(picture.kind, rows)
    if not rows:
        return Drawn(picture, csv, "")
    return Drawn(picture, csv, svg_of(lambda figure: picture.draw(figure, rows), picture.name, picture.height(rows)))
