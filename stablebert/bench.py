"""The cells that a bench module declares. Imports nothing heavy: this is collected in every session."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import product
from types import MappingProxyType

from stablebert.paper.exhibits import EMBEDDED as EMBEDDED
from stablebert.paper.exhibits import EXHIBITS, SECTIONS, Exhibit
from stablebert.paper.exhibits import GLUE_1K as GLUE_1K
from stablebert.paper.exhibits import GLUE_SMALL as GLUE_SMALL
from stablebert.runs import format_precision, parse_precision

# what selects by tables and figures: the paper's own, and what stands in the place of them here
PAPER, COUNTERPART = "paper", "counterpart"
MARKS = MappingProxyType(
    {
        PAPER: "paper(section, table, figure): where the paper has a run",
        COUNTERPART: "counterpart(section, table, figure): in the place of what the paper has a run of ours stands",
    }
)
# Table 4 has mixed precision, which is either of 16 bits, beside full
_OTHER = MappingProxyType({"fp32": "fp16", "fp16": "fp32", "bf16": "fp32"})

# task, name of a method, encoder id ("" is the session's) -> method text at the value chosen
Chosen = Callable[[str, str, str], str]


def other_precision(precision: str) -> str:
    """Return the class that Table 4 sets beside a session's: fp16 beside fp32, fp32 beside 16 bits.

    Example:
        >>> other_precision("bf16"), other_precision("fp32x4")
        ('fp32', 'fp16x4')
    """
    arithmetic, side_by_side = parse_precision(precision)
    return format_precision(_OTHER[arithmetic], side_by_side)


@dataclass(frozen=True)
class Place:
    """One mark of a cell.

    Attributes:
        keywords: Of the mark: section, table, figure, those that there are, sorted.
        mark: `paper` or `counterpart`.
        seeds: How many runs of the cell carry it, the first; None for all.
    """

    keywords: tuple[tuple[str, str], ...]
    mark: str = PAPER
    seeds: int | None = None

    def __str__(self) -> str:
        """Return it in words.

        Example:
            >>> str(Place((("section", "5"), ("table", "1")))), str(Place((("section", "H"),)))
            ('Table 1', 'Appendix H')
        """
        words = dict(self.keywords)
        for kind in ("table", "figure"):
            if kind in words:
                return f"{kind.capitalize()} {words[kind]}"
        section = words.get("section", "")
        return f"Appendix {section}" if section.isalpha() else f"Section {section}"


@dataclass(frozen=True)
class BenchCell:
    """One cell of the paper, or of its protocol on an embedded task.

    Attributes:
        task: Task id.
        method: Method text.
        length: Length id.
        places: Its marks.
        encoder: Encoder id; the empty text is the session's.
        other_class: Whether its precision class is the other than the session's, see `other_precision`.
        apart: Whether initialisation and data have seeds of their own, crossed; such runs have no gate.
        section: Section of the paper whose module collects it; empty for cells of others.
    """

    task: str
    method: str
    length: str
    places: tuple[Place, ...]
    encoder: str = ""
    other_class: bool = False
    apart: bool = False
    section: str = ""

    @property
    def seeds(self) -> int | None:
        """How many runs its marks ask for; None: as many as a session makes."""
        asked = [place.seeds for place in self.places]
        return max((seeds for seeds in asked if seeds is not None), default=None) if None not in asked else None


@dataclass(frozen=True)
class PaperSection:
    """The cells of one section or appendix of the paper, resolved when a session has a project.

    Attributes:
        section: As in `SECTIONS`.

    Raises:
        ValueError: the section trains nothing.
    """

    section: str

    def __post_init__(self) -> None:
        if self.section not in SECTIONS:
            raise ValueError(f"section {self.section!r} of the paper trains nothing; these do: {', '.join(SECTIONS)}")


def cells(
    tasks: Iterable[str], methods: Iterable[str], *places: dict[str, str], length: str = "3ep"
) -> list[BenchCell]:
    """Return one cell a task and method.

    Args:
        tasks: Task ids.
        methods: Method texts.
        places: Keywords of the `paper` marks.
        length: Length id.

    Example:
        >>> [cell.task for cell in cells(["trec", "sms"], ["debiased"], {"section": "4"})]
        ['trec', 'sms']
    """
    marks = tuple(Place(tuple(sorted(place.items()))) for place in places)
    return [BenchCell(task, method, length, marks) for task, method in product(tasks, methods)]


def paper_cells(chosen: Chosen, exhibits: Iterable[Exhibit] = EXHIBITS) -> tuple[BenchCell, ...]:
    """Return the cells of all exhibits, each once, with the section of the first exhibit that has it.

    Args:
        chosen: The value chosen of a method, where one is; it decides which exhibits share a cell.
        exhibits: In the order in which they are trained.

    Example:
        >>> found = paper_cells(lambda task, method, encoder: method)
        >>> [str(place) for place in next(cell for cell in found if cell.method == "mixout").places]
        ['Table 2', 'Appendix H']
    """
    found: dict[BenchCell, BenchCell] = {}
    for exhibit in exhibits:
        place = _place_of(exhibit)
        for task, method, is_chosen, length, encoder in exhibit.parts():
            text = chosen(task, method, encoder) if is_chosen else method
            bare = BenchCell(task, text, length, (), encoder, exhibit.other_class, exhibit.apart)
            known = found.get(bare, replace(bare, section=exhibit.section))
            found[bare] = known if place in known.places else replace(known, places=(*known.places, place))
    return tuple(found.values())


def module_of(section: str) -> str:
    """Return the bench module of a section or appendix.

    Example:
        >>> module_of("5"), module_of("B")
        ('test_section5.py', 'test_appendix_b.py')
    """
    return f"test_appendix_{section.lower()}.py" if section.isalpha() else f"test_section{section}.py"


def _place_of(exhibit: Exhibit) -> Place:
    keywords = {"section": exhibit.section}
    if exhibit.shows:
        kind, number = exhibit.shows.lower().split()
        keywords[kind] = number
    mark = COUNTERPART if exhibit.counterpart else PAPER
    return Place(tuple(sorted(keywords.items())), mark, exhibit.seeds)
