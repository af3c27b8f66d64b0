"""The cells that a bench module declares. Imports nothing heavy: this is collected in every session."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

GLUE_SMALL = ("rte", "mrpc", "stsb", "cola")
GLUE_1K = ("rte-1k", "mrpc-1k", "stsb-1k", "cola-1k", "qnli-1k", "qqp-1k", "sst2-1k", "mnli-1k")
EMBEDDED = ("trec", "rotten", "sms", "intensity")


@dataclass(frozen=True)
class BenchCell:
    """One cell of the paper, or of its protocol on an embedded task.

    Attributes:
        task: Task id.
        method: Method text.
        length: Length id.
        places: Where the paper has it, one set of keywords a `paper` mark: section, table, figure.
    """

    task: str
    method: str
    length: str
    places: tuple[tuple[tuple[str, str], ...], ...]


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
    marks = tuple(tuple(sorted(place.items())) for place in places)
    return [BenchCell(task, method, length, marks) for task, method in product(tasks, methods)]
