"""What one pytest process knows of its bench: records at hand, verdicts so far."""

from collections.abc import Sequence
from dataclasses import replace

from stablebert.analysis.printed import Measured, judge_printed
from stablebert.assets import AssetError
from stablebert.baselines import Baseline, BaselineError, find_baseline
from stablebert.baselines.bridges import bridge_over
from stablebert.baselines.margins import find_margin
from stablebert.gate import Comparison, Status, Verdict, judge, pool
from stablebert.machine import device_type
from stablebert.project.budget import now
from stablebert.project.options import Settings
from stablebert.project.printed import printed_gates
from stablebert.project.requests import GateRequest, RunRequest, baseline_spec, gate_request, is_gated
from stablebert.records import RunStore, StoreError, run_keys
from stablebert.records.obtain import obtain
from stablebert.runs import EnvironmentClass, RunRow, RunSpec, cell_id, row_of

# what a user can mend; anything else is a defect of ours and keeps its traceback
MENDABLE = (StoreError, BaselineError, AssetError, ValueError)
_SPENT = "the budget is spent"
_NO_BASELINE = "it is in the grid and has no baseline; `stablebert accept` makes one"


class BenchSession:
    """Runs and judges the items of one process; everything it knows can be read again from the store.

    Args:
        settings: The options in force.
        gates: The gates of the session, those of this process's selection.
        grid: Names of the grid's cells, all of which share the alarms, whatever was selected.
        deadline: When no look is begun any more, None for never.
        rows: What another session of this process has read; both go on with it.
    """

    def __init__(
        self,
        settings: Settings,
        gates: Sequence[GateRequest],
        grid: frozenset[str],
        deadline: float | None = None,
        rows: dict[RunSpec, RunRow] | None = None,
    ) -> None:
        self.settings = settings
        self.store = RunStore(settings.store)
        self.gates = list(gates)
        self.printed = printed_gates(self.gates, settings)
        self.gated = {gate.id: is_gated(gate.cell, grid, settings) or gate.id in self.printed for gate in self.gates}
        # the second endpoint says something within one method and encoder only
        alone = settings.model is None and settings.against is None
        endpoint = settings.policy.endpoint if alone else "none"
        self.policy = replace(settings.policy, cells=max(1, len(grid)), endpoint=endpoint)
        self._deadline = deadline
        # a record never changes, nor does a baseline, nor what they say of the first runs of a cell
        self.rows: dict[RunSpec, RunRow] = {} if rows is None else rows
        self._baselines: dict[str, Baseline | str] = {}
        self._judged: dict[tuple[str, int], Verdict] = {}

    def run(self, request: RunRequest) -> RunRow | str:
        """Make a run and return its row, or return why it is not needed.

        A run of a later look is not needed if the looks before it have decided its cell, and either every cell is
        decided or the pooled test is; nor if the budget was spent before its look was begun.
        """
        looks = self.policy.moments
        before = max((look for look in looks if look <= request.place), default=0)
        # what is to be accepted needs every seed, decided or not
        if before and request.place < looks[-1] and not self.settings.accept:
            own = next((gate for gate in self.gates if gate.id == cell_id(request.spec)), None)
            if own is not None and self.gated[own.id]:
                verdict = self.verdict(own, before)
                if not verdict.is_open and self._settled(before):
                    return f"{verdict.cell} is decided: {verdict.sentence()}"
        end = min((look for look in looks if look > request.place), default=None)
        if self._is_late() and not self._is_begun(gate_request(request.cell, self.settings).specs[before:end]):
            return _SPENT
        return self._row(request.spec)

    def verdict(self, gate: GateRequest, most: int | None = None) -> Verdict:
        """Return the verdict of a gate, making what it lacks: look by look, until one decides.

        Args:
            gate: The gate.
            most: Seeds to use at the most; None for all of the session's.
        """
        if gate.id in self.printed:
            return self._against_print(gate, most)
        baseline = self._baseline(gate)
        if isinstance(baseline, str):
            return self._invalid(gate, baseline)
        last = self._invalid(gate, "no look was made")
        limit = min(len(gate.specs), most or len(gate.specs))
        looks = [look for look in self.policy.moments if look <= limit] or [limit]
        for before, look in zip((0, *looks), looks, strict=False):
            if self._is_late() and not self._is_begun(gate.specs[before:look]):
                return _out_of_time(last, len(gate.specs) - before)
            last = self._judged.get((gate.id, look)) or self._judge(gate, look, baseline.rows)
            if not last.is_open:
                break
        return last

    def measured(self, gate: GateRequest) -> str:
        """Return what the runs of a cell without a gate show, making those that are missing."""
        rows = [self._row(spec) for spec in gate.specs if not self._is_late() or self._is_begun([spec])]
        scores = sorted(row.test for row in rows if not row.failed)
        middle = f"mean {sum(scores) / len(scores):.2f}, {scores[0]:.2f} to {scores[-1]:.2f}" if scores else "no score"
        return f"measured, not gated: {len(rows)} seeds, {len(rows) - len(scores)} failed, {middle}"

    def margin(self, gate: GateRequest) -> float | None:
        """Return the margin in force for a gate: the session's, else the frozen one of its task."""
        if self.settings.margin is not None:
            return self.settings.margin
        frozen = find_margin(self.settings.baselines, baseline_spec(gate.cell, self.settings).cell)
        return frozen.margin if frozen else None

    def pooled(self, verdicts: Sequence[Verdict], most: int | None = None) -> Verdict:
        """Return the pooled test over the gated cells that are neither invalid nor identical to their baseline.

        Args:
            verdicts: Of the session's gates.
            most: Seeds to use at the most.
        """
        wanted = {verdict.cell for verdict in verdicts if verdict.pairing != "identical" and verdict.runs}
        comparisons = []
        for gate in self.gates:
            # what could not be judged may not be readable either
            if gate.id not in wanted:
                continue
            baseline = self._baseline(gate)
            if not isinstance(baseline, str):
                comparisons.append(Comparison(self.stored(gate.specs[:most]), baseline.rows, self.margin(gate)))
        return pool(comparisons, self.policy)

    def _against_print(self, gate: GateRequest, most: int | None) -> Verdict:
        if most is not None and most < len(gate.specs):
            return Verdict(gate.id, Status.INCONCLUSIVE, "a printed row is compared once, with all seeds")
        return judge_printed(Measured(self.printed[gate.id], gate.id, [self._row(run) for run in gate.specs]))

    def stored(self, specs: Sequence[RunSpec]) -> list[RunRow]:
        """Return the rows of the first specs that have a record, up to the first that has none."""
        rows = []
        for spec in specs:
            if spec not in self.rows:
                record = self.store.load(run_keys(spec).record)
                if record is None:
                    break
                self.rows[spec] = row_of(record)
            rows.append(self.rows[spec])
        return rows

    def _judge(self, gate: GateRequest, look: int, baseline: Sequence[RunRow]) -> Verdict:
        rows = [self._row(run) for run in gate.specs[:look]]
        found = judge(rows, baseline, self.policy, margin=self.margin(gate), cell=gate.id)
        self._judged[gate.id, look] = found
        return found

    def _settled(self, before: int) -> bool:
        gates = [gate for gate in self.gates if self.gated[gate.id]]
        verdicts = [self.verdict(gate, before) for gate in gates]
        return not any(verdict.is_open for verdict in verdicts) or not self.pooled(verdicts, before).is_open

    def _is_late(self) -> bool:
        return self._deadline is not None and now() >= self._deadline

    def _is_begun(self, look: Sequence[RunSpec]) -> bool:
        """Return whether any run of a look has been made: what was begun in time is brought to its end."""
        return any(self.store.load(run_keys(spec).record) is not None for spec in look)

    def _baseline(self, gate: GateRequest) -> Baseline | str:
        """Return the baseline that judges a gate, or why none can."""
        if gate.id not in self._baselines:
            found = find_baseline(baseline_spec(gate.cell, self.settings).cell, self.settings.baselines)
            self._baselines[gate.id] = _NO_BASELINE if found is None else self._mismatch(gate, found) or found
        return self._baselines[gate.id]

    def _mismatch(self, gate: GateRequest, baseline: Baseline) -> str | None:
        spec, settings = gate.specs[0], self.settings
        judge = baseline_spec(gate.cell, settings)
        if judge.task != spec.task:
            return f"not comparable: its task is {spec.task}, that of {settings.against} is {judge.task}"
        try:
            ours = EnvironmentClass(device_type(), spec.precision)
            bridge_over(settings.baselines, spec.cell, baseline.environment_class, ours)
        except BaselineError as error:
            return str(error)
        if settings.model is None and baseline.header.get("cell_key") != run_keys(judge).cell:
            return "its baseline was made with another recipe, other data or other weights"
        return None

    def _invalid(self, gate: GateRequest, reason: str) -> Verdict:
        return Verdict(
            gate.id, Status.INVALID, reason, margin=self.margin(gate), policy=self.policy.digest_with(self.margin(gate))
        )

    def _row(self, spec: RunSpec) -> RunRow:
        if spec not in self.rows:
            self.rows[spec] = row_of(obtain(spec, self.store))
        return self.rows[spec]


def _out_of_time(last: Verdict, missing: int) -> Verdict:
    """Return what was known when the budget was spent, with the seeds that are missing."""
    reason = f"{last.reason}; {_SPENT}" if last.runs else f"{_SPENT} before the first look"
    return replace(last, status=Status.INCONCLUSIVE, reason=f"{reason}: {missing} seeds are missing")
