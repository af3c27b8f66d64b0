"""Many cells together: their lost runs, their spread, the mean of their differences, and what a session says."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from stablebert.gate.evidence import Rows, are_identical, before_gap
from stablebert.gate.guards import below_ceiling
from stablebert.gate.location import mean_test, measure_location
from stablebert.gate.look import Look
from stablebert.gate.part import FAILED_RUNS, LOCATION, SPREAD, Part, Says, deciding, in_order
from stablebert.gate.policy import Policy
from stablebert.gate.verdict import RuledOut, Status, Verdict
from stablebert.runs import RunRow
from stablebert.stats import (
    NonInferiority,
    pooled_failure_p_value,
    pooled_noninferiority,
    pooled_rank_sum_p_value,
    pooled_spread_p_value,
)

_LEAST_CELLS = 2


@dataclass(frozen=True)
class Comparison:
    """The runs of one gated cell, candidate rows in seed order.

    Attributes:
        candidate: Its runs.
        baseline: The accepted runs.
        margin: Margin of the cell, > 0, or None.
        ended: The number of runs that decided the cell, which are all that it brings; None while it is open.
    """

    candidate: Sequence[RunRow]
    baseline: Sequence[RunRow]
    margin: float | None
    ended: int | None = None

    @property
    def runs(self) -> Sequence[RunRow]:
        """What the cell brings."""
        return before_gap(self.candidate)[: self.ended]


def pool(comparisons: Sequence[Comparison], policy: Policy) -> Verdict:
    """Judge all cells at once, at the policy's looks: at one of n runs, on the first n that each cell brings.

    FAIL, at any look: more lost runs by the exact test stratified by cell, more spread by the stratified tests, or a
    mean loss of more than half a margin (`alarm_margin`) that t and the sum of the cells' rank sums show, where one of
    a margin (`pooled_margin`) is not ruled out and the estimate lies beyond it. PASS, at the last look alone: no part
    objects, and the upper bound of the rate of lost runs over all cells is in reach of the baselines'. Cells are
    independent, so variances add up, unless they are compared with the same accepted runs: such cells are one stratum,
    and what their estimates have in common is added.

    Args:
        comparisons: Gated cells that are not identical to their baseline.
        policy: The rule.
    """
    bare = Verdict(
        "pooled",
        Status.INCONCLUSIVE,
        "no cell to pool",
        baseline_runs=min((len(cell.baseline) for cell in comparisons), default=0),
        margin=policy.pooled_margin,
        unit="margins",
        pairing=policy.pairing,
        policy=policy.digest,
    )
    if not comparisons:
        return bare
    brought = [cell.runs for cell in comparisons]
    if min(map(len, brought)) < policy.moments[0]:
        return replace(bare, reason=f"a cell has fewer than the {policy.moments[0]} runs of the first look")
    last, most = bare, max(map(len, brought))
    for n in (moment for moment in policy.moments if moment <= most):
        looks = [
            Look(runs[:n], cell.baseline, cell.margin, policy) for cell, runs in zip(comparisons, brought, strict=True)
        ]
        last = _judge_looks(looks, bare)
        if last.status is Status.FAIL:
            break
    return last


def session_status(verdicts: Sequence[Verdict], pooled: Verdict | None) -> Status:
    """Return what a session says: nothing is carried.

    INVALID if any cell is; else FAIL if a cell or the pooled test fails; else PASS if all cells and the pooled test do;
    else INCONCLUSIVE.

    Args:
        verdicts: One a gated cell, at least one.
        pooled: As from `pool`; None where there was nothing to pool.

    Raises:
        ValueError: there is no verdict.
    """
    if not verdicts:
        raise ValueError("a session without a gate has no verdict")
    found = {verdict.status for verdict in (*verdicts, *([pooled] if pooled else []))}
    for status in (Status.INVALID, Status.FAIL, Status.INCONCLUSIVE):
        if status in found:
            return status
    return Status.PASS


def _judge_looks(cells: Sequence[Look], bare: Verdict) -> Verdict:
    mean = _mean(cells)
    rate = _failure_rate_part(cells)
    parts = in_order([_failure_part(cells), _location_part(cells, mean), _spread_part(cells), rate])
    part = deciding(parts)
    status = Status.PASS
    if part is not None:
        status = Status.FAIL if part.says is Says.ALARMS else Status.INCONCLUSIVE
    part = part or rate
    seen = replace(
        bare,
        status=status,
        reason=part.words,
        runs=max(len(look.ours) for look in cells),
        failed=sum(look.summary.failed for look in cells),
        baseline_failed=sum(look.baseline.failed for look in cells),
        collapsed=sum(look.collapsed[0] for look in cells),
        baseline_collapsed=sum(look.collapsed[1] for look in cells),
        difference=mean.difference if mean else None,
        lower_bound=mean.lower_bound if mean else None,
        p_value=mean.p_value if mean else None,
        p_inferior=mean.p_inferior if mean else None,
        parts=parts,
        decided_by=part.name,
    )
    if status is not Status.PASS or rate.bound is None:
        return seen
    loss = None if mean is None else 0.0 - mean.lower_bound
    return replace(seen, ruled_out=RuledOut(loss, rate.bound - _baseline_rate(cells)))


def _failure_part(cells: Sequence[Look]) -> Part:
    strata = [_counts(group) for group in _by_baseline(cells)]
    lost, runs, baseline_lost, baseline_runs = map(sum, zip(*strata, strict=True))
    words = f"{lost} of {runs} runs lost in all cells, in the baselines {baseline_lost} of {baseline_runs}"
    p = pooled_failure_p_value(strata)
    level = _level(cells, cells[0].policy.failure_alarm / 2)
    return FAILED_RUNS.alarm(words, lost / runs, baseline_lost / baseline_runs, p, level)


def _spread_part(cells: Sequence[Look]) -> Part | None:
    """Return whether the sound runs scatter more over all cells; None of a single one, which has asked it itself."""
    enough = [look for look in cells if look.has_enough]
    if len(enough) < _LEAST_CELLS:
        return None
    strata = [
        ([list(look.scores.values()) for look in group], list(group[0].baseline_scores.values()))
        for group in _by_baseline(enough)
    ]
    p, level = pooled_spread_p_value(strata), _level(enough, cells[0].policy.spread_alarm / 2)
    ratio = sum((look.summary.sd or 0) / (look.baseline.sd or 1) for look in enough) / len(enough)
    return SPREAD.alarm(f"the runs scatter {ratio:.2f} times as much on the mean of the cells", ratio, 1.0, p, level)


def _location_part(cells: Sequence[Look], mean: NonInferiority | None) -> Part | None:
    """Return what the mean of the cells says; None of a single one, or where a cell has no margin or too few runs."""
    if mean is None:
        return None
    policy = cells[0].policy
    seen = (mean.difference, mean.lower_bound, -policy.pooled_margin)
    loss, level = f"a mean loss of {policy.pooled_margin:g} margins", _level(cells, policy.alpha)
    if mean.noninferior:
        return LOCATION.part(Says.ALLOWS, f"{loss} is ruled out", *seen, mean.p_value, level)
    sound, alarm = _sound_mean(cells, mean), _level(cells, policy.location_share)
    surely = policy.alarm_margin * policy.pooled_margin
    p = _p_of_loss(cells, sound, surely, alarm)
    if p <= alarm and sound.difference <= -policy.pooled_margin:
        worse = f"worse by {-mean.difference:.2f} margins on the mean of the cells"
        words = f"{worse}, a loss of more than {surely:.2f} is shown (p = {p:.2g})"
        return LOCATION.part(Says.ALARMS, words, *seen, p, alarm)
    return LOCATION.part(Says.WITHHOLDS, f"{loss} is not ruled out", *seen, mean.p_value, level)


def _p_of_loss(cells: Sequence[Look], sound: NonInferiority, most: float, level: float) -> float:
    """Return the p-value of a mean loss of at most so many margins, as `location.p_of_loss` does of one cell."""
    p = sound.p_loss(most)
    if p > level:
        return p
    strata = [
        (
            [score + most * (look.margin or 1.0) for look in group for score in look.scores.values()],
            list(group[0].baseline_scores.values()),
        )
        for group in _by_baseline(cells)
    ]
    return max(p, pooled_rank_sum_p_value(strata))


def _failure_rate_part(cells: Sequence[Look]) -> Part:
    lost, runs = sum(look.summary.failed for look in cells), sum(look.summary.runs for look in cells)
    return below_ceiling(lost, runs, _baseline_rate(cells) + cells[0].policy.session_failure_room)


def _baseline_rate(cells: Sequence[Look]) -> float:
    """Return the rate of lost runs that equal candidates would have: the cells in the shares that they bring."""
    runs = sum(look.summary.runs for look in cells)
    return sum(look.summary.runs * look.baseline.failed / look.baseline.runs for look in cells) / runs


def _mean(cells: Sequence[Look]) -> NonInferiority | None:
    """Return the test of the plain mean of difference / margin, or None where there is none."""
    margins = [look.margin for look in cells if look.margin is not None]
    tests = [test for look in cells if (test := measure_location(look)) is not None]
    if len(cells) < _LEAST_CELLS or len(tests) < len(cells) or len(margins) < len(cells):
        return None
    found = _over_cells(cells, tests, margins)
    return replace(found, p_inferior=_sound_mean(cells, found).p_inferior)


def _sound_mean(cells: Sequence[Look], counted: NonInferiority) -> NonInferiority:
    """Return the test of the mean of the sound runs, which is that of the counted ones where none has collapsed."""
    if not any(look.collapsed[0] for look in cells):
        return counted
    tests = [test for look in cells if (test := mean_test(look, look.scores)) is not None]
    return _over_cells(cells, tests, [look.margin or 1.0 for look in cells])


def _over_cells(cells: Sequence[Look], tests: Sequence[NonInferiority], margins: Sequence[float]) -> NonInferiority:
    policy, common = cells[0].policy, []
    for group in _by_baseline(cells):
        # 2 sum of w_i w_j = (sum of w)^2 - sum of w^2, of the weights of the baseline's mean in the mean of the cells
        weights = [1 / (look.margin or 1.0) / len(cells) for look in group]
        both = sum(weights) ** 2 - sum(weight**2 for weight in weights)
        deviation, runs = group[0].baseline.sd or 0.0, len(group[0].baseline_scores)
        common.append((both * deviation**2 / runs, runs - 1.0))
    level = _level(cells, policy.alpha)
    return pooled_noninferiority(tests, margins, margin=policy.pooled_margin, alpha=level, common=common)


def _by_baseline(cells: Sequence[Look]) -> list[list[Look]]:
    """Return the cells in groups that have the same accepted runs, as `--stablebert-against` makes them."""
    groups: list[list[Look]] = []
    for look in cells:
        same = next((group for group in groups if _same_runs(group[0].theirs, look.theirs)), None)
        if same is None:
            groups.append([look])
        else:
            same.append(look)
    return groups


def _same_runs(one: Rows, other: Rows) -> bool:
    # a failed run without a score is equal to itself
    return len(one) == len(other) and are_identical(one, other)


def _counts(group: Sequence[Look]) -> tuple[int, int, int, int]:
    """Return lost runs and runs of candidates of one baseline, lost runs and runs of the baseline."""
    lost, runs = (sum(look.counts[place] for look in group) for place in (0, 1))
    return lost, runs, *group[0].counts[2:]


def _level(cells: Sequence[Look], alpha: float) -> float:
    smallest = min(len(look.baseline_scores) for look in cells)
    return cells[0].policy.level(alpha, smallest)
