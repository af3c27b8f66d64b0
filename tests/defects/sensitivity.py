"""What the gate says of planted changes that were trained for real, held against what they cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from stablebert.baselines import find_margin
from stablebert.gate import Status, Verdict, judge
from stablebert.runs import RunRow, cell_id
from tests.defects.arms import CONTROL, judged_arms
from tests.defects.kept_rows import baseline_of, read_rows, train_command
from tests.defects.planted_runs import MOST_SEEDS, TASKS, cell_of
from tests.gate.power import ROOT, grid_policy

# in standard deviations of the accepted runs: what may not pass, what must fail, and how far the second endpoint may
# move where nothing is said to be lost
NEVER_PASSES, ALWAYS_FAILS = 1.5, 3.0
COSTS_NOTHING, STAYS = 0.5, 3.0
_SHOWN = 0.05


@dataclass(frozen=True)
class Outcome:
    """One planted change on one task, at the look that decided or at the last.

    Attributes:
        arm: A key of `ARMS`.
        task: Task id.
        verdict: What the gate says.
        loss: Mean of the baseline's sound runs minus that of all runs that have not failed, collapsed ones included,
            in points; None where every run has failed.
        shift: How far the held-out log-loss lies above the baseline's, in its standard deviations; None as above.
    """

    arm: str
    task: str
    verdict: Verdict
    loss: float | None
    shift: float | None

    @property
    def deviations(self) -> float | None:
        """The loss in standard deviations of the baseline's sound runs."""
        sd = self.verdict.baseline_sd
        return self.loss / sd if self.loss is not None and sd else None

    @property
    def is_open(self) -> bool:
        """Whether the gate has not decided and seeds are left to be trained."""
        status = self.verdict.status
        return status is Status.INVALID or (status is Status.INCONCLUSIVE and self.verdict.runs < MOST_SEEDS)

    @property
    def costs_nothing(self) -> bool:
        """Whether nothing is lost that shows: in the mean, in the log-loss, or in runs."""
        if self.deviations is None or self.shift is None or self.verdict.p_inferior is None:
            return False
        quiet = self.deviations < COSTS_NOTHING and self.verdict.p_inferior > _SHOWN and abs(self.shift) < STAYS
        return quiet and self.verdict.failed == 0

    @property
    def problem(self) -> str:
        """What the gate owes and has not said, in one line; empty where it has said it."""
        status, words = self.verdict.status, f"{self.arm}, {self.task}: {self.verdict.sentence()}"
        lost = self.deviations
        if self.is_open:
            return f"not decided, and seeds are left: {words}; {train_command(self.arm, self.task)}"
        if self.arm == CONTROL and status is not Status.PASS:
            return f"the control does not PASS: {words}"
        if (lost is None or lost >= ALWAYS_FAILS) and status is not Status.FAIL:
            return f"a loss of {ALWAYS_FAILS:g} sd or more does not FAIL: {words}"
        if lost is not None and lost >= NEVER_PASSES and status is Status.PASS:
            return f"a loss of {NEVER_PASSES:g} sd or more PASSes: {words}"
        if self.costs_nothing and status is not Status.PASS:
            return f"what costs nothing does not PASS: {words}"
        return ""


def verdict_of(task: str, rows: Sequence[RunRow]) -> Verdict:
    """Judge rows against the accepted ones, by the rule of the bench: one cell of its grid among the others."""
    spec = cell_of(task)
    margin = find_margin([ROOT / "baselines"], spec.cell)
    limit = None if margin is None else margin.margin
    return judge(rows, baseline_of(task).rows, grid_policy(), margin=limit, cell=cell_id(spec), alone=False)


def outcome_of(arm: str, task: str, rows: Sequence[RunRow]) -> Outcome:
    """Return what rows of an arm come to."""
    verdict = verdict_of(task, rows)
    used = [row for row in rows[: verdict.runs] if not row.failed]
    theirs = [row.log_loss for row in baseline_of(task).rows if not row.failed]
    if not used or verdict.baseline_mean is None:
        return Outcome(arm, task, verdict, None, None)
    shift = (fmean(row.log_loss for row in used) - fmean(theirs)) / stdev(theirs)
    return Outcome(arm, task, verdict, verdict.baseline_mean - fmean(row.test for row in used), shift)


def outcomes() -> list[Outcome]:
    """Return what the rows in git come to, by task and arm.

    Raises:
        RowsError: rows of an arm that is not awaited are missing or stale.
    """
    return [outcome_of(arm, task, read_rows(arm, task)) for task in TASKS for arm in judged_arms()]
