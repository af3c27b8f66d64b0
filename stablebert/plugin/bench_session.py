"""What one pytest process knows of its bench: runs are made look by look, and each look is judged by the project."""

import time
from collections.abc import Callable, Sequence

from stablebert.gate import Verdict
from stablebert.plugin.requests import RunRequest
from stablebert.project import Project
from stablebert.project.judging import MENDABLE, looks_of, stored_rows
from stablebert.records import RunStore, load_run
from stablebert.records.obtain import obtain
from stablebert.runs import Cell, RunRow, RunSpec, row_of
from stablebert.workers.driver import Driver

_SPENT = "the budget is spent"


class BenchSession:
    """Runs and judges the items of one process; everything it knows can be read again from the store.

    Args:
        project: What is trained, and what judges it.
        cells: Those of the session's gates; the gated ones of them are what it judges.
        deadline: When no look is begun any more, None for never.
        clock: The seconds that all processes of a session share.
        name: What they share and no other session has; None for a session of this process alone.
        driver: Sends runs to a cluster; None: this process makes them.
        requests: The runs that the session's items ask for, which a cluster makes side by side.
    """

    def __init__(
        self,
        project: Project,
        cells: Sequence[Cell],
        deadline: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        name: str | None = None,
        driver: Driver | None = None,
        requests: Sequence[RunRequest] = (),
    ) -> None:
        self.project = project
        self.store = RunStore(project.store, name, project.settings.run_timeout)
        self.cells = list(dict.fromkeys(cells))
        self.gated = {cell: project.is_gated(cell) for cell in self.cells}
        self.among = tuple(cell for cell in self.cells if self.gated[cell])
        self._looks = project.policy.moments
        self._specs = {cell: project.specs(cell) for cell in self.cells}
        self._looks_of: dict[Cell, list[int]] = {}
        self._deadline, self._clock = deadline, clock
        self._driver, self._requests = driver, requests
        self._sent: set[int | None] = set()
        # a record never changes, nor does what the first runs of a cell say
        self._rows: dict[RunSpec, RunRow] = {}
        self._judged: dict[tuple[Cell, int], Verdict] = {}

    def run(self, request: RunRequest) -> RunRow | str:
        """Make a run and return its row, or return why it is not needed.

        A run of a later look is not needed if the looks before it have decided its cell, whatever the others say; nor
        if the budget was spent before its look was begun. One that no gate reads is needed while there is time.
        """
        if request.further:
            if self._is_late() and not self._is_begun([request.spec]):
                return _SPENT
            self._send_further()
            return self._row(request.spec)
        before = max((look for look in self._looks if look <= request.place), default=0)
        # what is to be accepted needs every seed, decided or not
        if before and self.gated.get(request.cell) and not self.project.settings.accept:
            try:
                verdict = self.verdict(request.cell, before)
            except MENDABLE as error:
                # the run that failed is an item of its own, and the gate says what becomes of the cell
                return f"{request.cell} cannot be judged: {error}"
            if not verdict.is_open:
                return f"{verdict.cell} is decided: {verdict.sentence()}"
        end = min((look for look in self._looks if look > request.place), default=None)
        if self._is_late() and not self._is_begun(self.project.specs(request.cell)[before:end]):
            return _SPENT
        self._send_look(before, end)
        return self._row(request.spec)

    def verdict(self, cell: Cell, most: int | None = None) -> Verdict:
        """Return the verdict on a cell, making what it lacks: look by look, until one decides.

        Args:
            cell: Of one of the session's gates.
            most: Seeds to use at the most, a look's; None for all of the session's.
        """
        if self.project.settings.expect is not None:
            return self.project.judge_stored(cell, self.among)
        if cell not in self._looks_of:
            self._looks_of[cell] = looks_of(self.project, cell)
        specs, looks = self._specs[cell], self._looks_of[cell]
        rows: list[RunRow] = []
        found: Verdict | None = None
        for before, look in zip((0, *looks), looks, strict=False):
            if (most and look > most) or (self._is_late() and not self._is_begun(specs[before:look])):
                break
            self._send(specs[before:look])
            rows += [self._row(spec) for spec in specs[before:look]]
            if (cell, look) not in self._judged:
                self._judged[cell, look] = self.project.judge(cell, rows, self.among)
            found = self._judged[cell, look]
            if not found.is_open:
                break
        # nothing is trained for a cell that cannot be judged
        return found or self.project.judge(cell, rows, self.among)

    def measured(self, cell: Cell, most: int | None = None) -> str:
        """Return what the runs of a cell without a gate show, `most` at the most, making those that are missing."""
        specs = self._specs[cell][:most]
        rows = [self._row(spec) for spec in specs if not self._is_late() or self._is_begun([spec])]
        scores = sorted(row.test for row in rows if not row.failed)
        middle = f"mean {sum(scores) / len(scores):.2f}, {scores[0]:.2f} to {scores[-1]:.2f}" if scores else "no score"
        return f"measured, not gated: {len(rows)} seeds, {len(rows) - len(scores)} failed, {middle}"

    def stored(self, cell: Cell, most: int | None = None) -> list[RunRow]:
        """Return the stored rows of a cell, `most` at the most, up to the first seed without a record."""
        return stored_rows(self.project, cell, most, self._rows)

    def _is_late(self) -> bool:
        return self._deadline is not None and self._clock() >= self._deadline

    def _is_begun(self, look: Sequence[RunSpec]) -> bool:
        """Return whether any run of a look has been made: what was begun in time is brought to its end."""
        return any(load_run(spec, self.store) is not None for spec in look)

    def _row(self, spec: RunSpec) -> RunRow:
        if spec not in self._rows:
            made = self._driver.submit(spec).result() if self._driver else obtain(spec, self.store)
            self._rows[spec] = row_of(made)
        return self._rows[spec]

    def _send_look(self, before: int, end: int | None) -> None:
        """Send all runs of a look to the cluster when the first of them is asked for, but those of decided cells."""
        if self._driver is None or before in self._sent:
            return
        self._sent.add(before)
        asked = [one for one in self._requests if not one.further and before <= one.place < (end or one.place + 1)]
        is_open = {cell: self._is_open(cell, before) for cell in dict.fromkeys(one.cell for one in asked)}
        self._send([one.spec for one in asked if is_open[one.cell]])

    def _send_further(self) -> None:
        if self._driver is not None and None not in self._sent:
            self._sent.add(None)
            self._send([one.spec for one in self._requests if one.further])

    def _send(self, specs: Sequence[RunSpec]) -> None:
        if self._driver is not None:
            for spec in specs:
                self._driver.submit(spec)

    def _is_open(self, cell: Cell, before: int) -> bool:
        if not before or not self.gated.get(cell) or self.project.settings.accept:
            return True
        try:
            return self.verdict(cell, before).is_open
        except MENDABLE:
            # its items say why
            return False
