"""What one pytest process knows of its bench: runs are made look by look, and each look is judged by the project."""

import time
from collections.abc import Callable, Sequence

from stablebert.gate import Verdict
from stablebert.plugin.requests import RunRequest
from stablebert.project import Project
from stablebert.project.judging import pooled, stored_rows
from stablebert.records import RunStore, run_keys
from stablebert.records.obtain import obtain
from stablebert.runs import Cell, RunRow, RunSpec, row_of


class BenchSession:
    """Runs and judges the items of one process; everything it knows can be read again from the store.

    Args:
        project: What is trained, and what judges it.
        cells: Those of the session's gates.
        deadline: When no look is begun any more, None for never.
        clock: The seconds that all processes of a session share.
    """

    def __init__(
        self,
        project: Project,
        cells: Sequence[Cell],
        deadline: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.project = project
        self.store = RunStore(project.store)
        self.cells = list(dict.fromkeys(cells))
        self.gated = {cell: project.is_gated(cell) for cell in self.cells}
        self._looks = project.policy.moments
        self._specs = {cell: project.specs(cell) for cell in self.cells}
        self._deadline, self._clock = deadline, clock
        # a record never changes, nor does what the first runs of a cell say
        self._rows: dict[RunSpec, RunRow] = {}
        self._judged: dict[tuple[Cell, int], Verdict] = {}
        self._settled: dict[int, bool] = {}

    def run(self, request: RunRequest) -> RunRow | str:
        """Make a run and return its row, or return why it is not needed.

        A run of a later look is not needed if the looks before it have decided its cell, and either every cell is
        decided or the pooled test is; nor if the budget was spent before its look was begun.
        """
        before = max((look for look in self._looks if look <= request.place), default=0)
        # what is to be accepted needs every seed, decided or not
        early = before and request.place < self._looks[-1] and not self.project.settings.accept
        if early and self.gated.get(request.cell):
            verdict = self.verdict(request.cell, before)
            if not verdict.is_open and self._is_settled(before):
                return f"{verdict.cell} is decided: {verdict.sentence()}"
        end = min((look for look in self._looks if look > request.place), default=None)
        if self._is_late() and not self._is_begun(self.project.specs(request.cell)[before:end]):
            return "the budget is spent"
        return self._row(request.spec)

    def verdict(self, cell: Cell, most: int | None = None) -> Verdict:
        """Return the verdict on a cell, making what it lacks: look by look, until one decides.

        Args:
            cell: Of one of the session's gates.
            most: Seeds to use at the most; None for all of the session's.
        """
        specs = self._specs[cell]
        limit = min(len(specs), most or len(specs))
        looks = [limit] if self.project.printed(cell) else [look for look in self._looks if look <= limit] or [limit]
        rows: list[RunRow] = []
        if self.project.unjudgeable(cell):
            # nothing is trained for it
            return self.project.judge(cell, rows)
        found: Verdict | None = None
        for before, look in zip((0, *looks), looks, strict=False):
            if self._is_late() and not self._is_begun(specs[before:look]):
                break
            rows += [self._row(spec) for spec in specs[before:look]]
            if (cell, look) not in self._judged:
                self._judged[cell, look] = self.project.judge(cell, rows)
            found = self._judged[cell, look]
            if not found.is_open:
                break
        return found or self.project.judge(cell, rows)

    def measured(self, cell: Cell) -> str:
        """Return what the runs of a cell without a gate show, making those that are missing."""
        rows = [self._row(spec) for spec in self._specs[cell] if not self._is_late() or self._is_begun([spec])]
        scores = sorted(row.test for row in rows if not row.failed)
        middle = f"mean {sum(scores) / len(scores):.2f}, {scores[0]:.2f} to {scores[-1]:.2f}" if scores else "no score"
        return f"measured, not gated: {len(rows)} seeds, {len(rows) - len(scores)} failed, {middle}"

    def stored(self, cell: Cell) -> list[RunRow]:
        """Return the stored rows of a cell, up to the first seed without a record."""
        return stored_rows(self.project, cell, self._rows)

    def _is_settled(self, before: int) -> bool:
        if before not in self._settled:
            settled = self._settles(before)
            if not settled and not self._has_all(before):
                # another process may be making what is missing, and then it may be settled
                return False
            self._settled[before] = settled
        return self._settled[before]

    def _has_all(self, before: int) -> bool:
        gated = [cell for cell in self.cells if self.gated[cell]]
        return all(spec in self._rows for cell in gated for spec in self._specs[cell][:before])

    def _settles(self, before: int) -> bool:
        verdicts = {cell: self.verdict(cell, before) for cell in self.cells if self.gated[cell]}
        if not any(verdict.is_open for verdict in verdicts.values()):
            return True
        return not pooled(self.project, verdicts, self.stored, before).is_open

    def _is_late(self) -> bool:
        return self._deadline is not None and self._clock() >= self._deadline

    def _is_begun(self, look: Sequence[RunSpec]) -> bool:
        """Return whether any run of a look has been made: what was begun in time is brought to its end."""
        return any(self.store.load(run_keys(spec).record) is not None for spec in look)

    def _row(self, spec: RunSpec) -> RunRow:
        if spec not in self._rows:
            self._rows[spec] = row_of(obtain(spec, self.store))
        return self._rows[spec]
