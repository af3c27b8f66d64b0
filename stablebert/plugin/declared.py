"""What the bench modules of a session declare, and whether anything of it became an item: silence would pass."""

from collections.abc import Iterable
from types import ModuleType

import pytest

from stablebert.bench import BenchCell, PaperSection


class DeclaredCells:
    """Takes note of modules with `CELLS` as they are collected.

    Attributes:
        names: Names `TASK_METHOD_LENGTH` of all cells that functions took, whatever is selected of them.
    """

    def __init__(self) -> None:
        self.names: set[str] = set()
        self._declaring: dict[str, str] = {}
        self._taken: set[str] = set()

    def note(self, collector: pytest.Module) -> None:
        """Take note of a module that was imported: whether it declares cells of ours."""
        cells = vars(collector.obj).get("CELLS")
        named = cells if isinstance(cells, list | tuple) else [cells]
        if any(isinstance(one, BenchCell | PaperSection) for one in named):
            self._declaring[collector.obj.__name__] = collector.nodeid

    def take(self, module: ModuleType, nodeid: str, names: Iterable[str]) -> None:
        """Take note of cells that a function of a module was given."""
        found = set(names)
        self.names |= found
        # a function that asks for runs or gates declares them, though there may be none
        self._declaring[module.__name__] = nodeid
        if found:
            self._taken.add(module.__name__)

    def untaken(self) -> str | None:
        """Return why a module's cells would be neither trained nor judged, or None."""
        for module in sorted(self._declaring.keys() - self._taken):
            return (
                f"{self._declaring[module]}: nothing of its CELLS is trained or judged: no test function takes `run` "
                "or `gate` beside `stablebert_bench`, or CELLS is empty"
            )
        return None
