"""The floors of the package, from the bottom: the one list, which `test_house.py` holds against the code and CONTRIBUTING."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Floor:
    """Rooms that may import each other and what lies below, and nothing above.

    Attributes:
        meaning: What they are for.
        rooms: Those that load neither torch nor transformers when they are imported.
        with_torch: Those that may.
    """

    meaning: str
    rooms: tuple[str, ...]
    with_torch: tuple[str, ...] = ()

    @property
    def all_rooms(self) -> tuple[str, ...]:
        """Both kinds."""
        return self.rooms + self.with_torch


FLOORS = (
    Floor(
        "files, the machine, code of others, tables of text, kinds of fields",
        ("files", "machine", "foreign", "watched", "tables", "checked"),
    ),
    Floor("what the paper states, what a run is, statistics that know nothing of runs", ("paper", "runs", "stats")),
    Floor("what a run is made of", ("assets", "tasks"), ("optim", "contract", "encoders", "methods")),
    Floor("one run", (), ("training",)),
    Floor("the rule: rows in, a verdict out", ("gate",)),
    Floor(
        "questions beside the rule; records, baselines and anyone's scores on disk",
        ("analysis", "records", "baselines", "scores", "doctor"),
    ),
    Floor("what judges a cell, the one context; what a bench module declares", ("project", "bench")),
    Floor("many runs; what is said of them", ("workers", "report")),
    Floor("the doors: pytest, the command line and transformers' Trainer", ("plugin", "cli", "__main__"), ("hf",)),
)
# on this floor no room imports one to its right
ORDERED = FLOORS[2].all_rooms


def floors_table(floors: Sequence[Floor] = FLOORS) -> str:
    """Return the floors as Markdown, as CONTRIBUTING.md has them."""
    return "\n".join(("| floor | what for | without torch at import | with |", "|---|---|---|---|", *_rows(floors)))


def _rows(floors: Sequence[Floor]) -> Iterator[str]:
    for number, floor in enumerate(floors):
        names = (", ".join(f"`{room}`" for room in rooms) for rooms in (floor.rooms, floor.with_torch))
        yield f"| {number} | {floor.meaning} | {' | '.join(names)} |".replace("|  |", "| |")
