"""Any cell against any other, on all their runs: non-inferiority and superiority.

This is a comparison at a fixed number of runs, not a gate: there is one look, and its level is alpha.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from stablebert.analysis.difference import Difference, Side, difference_of
from stablebert.gate.evidence import problem_with
from stablebert.gate.policy import Policy
from stablebert.gate.verdict import Status
from stablebert.runs import Summary
from stablebert.stats import upper_failure_rate
from stablebert.stats.multiplicity import holm


@dataclass(frozen=True)
class Compared:
    """A candidate against one other cell; adjusted p-values are Holm's over all the others.

    Attributes:
        candidate: Its label.
        other: The other cell's.
        status: PASS: non-inferior, and failed runs in reach of the other's. FAIL: worse, or more failed runs, is shown.
        reason: Why, in one line.
        ours: The candidate's runs in numbers; without means where a side's runs are no evidence.
        theirs: The other's.
        margin: Largest loss that does not matter, in points, or None.
        difference: Of the means.
        noninferior: Whether a loss of the margin is ruled out.
        superior: Whether a gain is shown, adjusted.
        p_superior: Adjusted.
        p_inferior: Adjusted.
        p_failures: Of no more failed runs than the other's, exact, adjusted.
    """

    candidate: str
    other: str
    status: Status
    reason: str
    ours: Summary
    theirs: Summary
    margin: float | None = None
    difference: Difference | None = None
    noninferior: bool = False
    superior: bool = False
    p_superior: float | None = None
    p_inferior: float | None = None
    p_failures: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, the numbers of the other's runs with `other_` before their names."""
        data = {**asdict(self), "status": str(self.status)}
        ours, theirs = data.pop("ours"), data.pop("theirs")
        sides = {
            f"{side}{name}": summary[name]
            for names in (("runs",), ("failed",), ("mean", "sd"))
            for side, summary in (("", ours), ("other_", theirs))
            for name in names
        }
        first = ("candidate", "other", "status", "reason")
        return {**{name: data.pop(name) for name in first}, **sides, **data}


def compare(
    candidate: Side, others: Sequence[Side], *, margins: Sequence[float | None], alpha: float = 0.05
) -> list[Compared]:
    """Judge a candidate against each of the others.

    Non-inferiority to all is claimed only if each is shown, so its level needs no adjustment; gains, losses and failed
    runs are shown at levels adjusted over the others.

    Args:
        candidate: The cell that is judged.
        others: At least one.
        margins: In points, > 0, or None, one for each other.
        alpha: One-sided level.

    Example:
        >>> compare(Side("a", []), [Side("b", [])], margins=[None])[0].reason
        'the candidate has no runs'
    """
    problems = [problem_with("candidate", candidate.rows) or problem_with("other cell", side.rows) for side in others]
    differences = [
        None if problem else difference_of(candidate, side, margin=margin, alpha=alpha)
        for side, margin, problem in zip(others, margins, problems, strict=True)
    ]
    gains = holm([1.0 if found is None else found.p_superior for found in differences])
    losses = holm([1.0 if found is None else found.p_inferior for found in differences])
    failures = holm(
        [1.0 if problem else candidate.failure_p_value(side) for side, problem in zip(others, problems, strict=True)]
    )
    return [
        _judged(candidate, side, margin, problem, found, adjusted, alpha)
        for side, margin, problem, found, *adjusted in zip(
            others, margins, problems, differences, gains, losses, failures, strict=True
        )
    ]


def _judged(
    candidate: Side,
    other: Side,
    margin: float | None,
    problem: str | None,
    found: Difference | None,
    adjusted: Sequence[float],
    alpha: float,
) -> Compared:
    gain, loss, more = adjusted
    bare = Compared(
        candidate=candidate.label,
        other=other.label,
        status=Status.INVALID,
        reason=problem or "",
        ours=_counted(candidate.summary),
        theirs=_counted(other.summary),
        margin=margin,
    )
    if problem:
        return bare
    superior = found is not None and gain <= alpha
    ruled_out = found is not None and found.p_noninferior is not None and found.p_noninferior <= alpha
    seen = replace(
        bare,
        ours=candidate.summary,
        theirs=other.summary,
        difference=found,
        # a gain is no loss, whatever the margin
        noninferior=ruled_out or superior,
        superior=superior,
        p_superior=gain if found else None,
        p_inferior=loss if found else None,
        p_failures=more,
    )
    status, reason = _decide(seen, alpha)
    return replace(seen, status=status, reason=reason)


def _decide(seen: Compared, alpha: float) -> tuple[Status, str]:
    ours, theirs = seen.ours, seen.theirs
    if seen.p_failures is not None and seen.p_failures <= alpha:
        counts = f"{ours.failed} of {ours.runs} runs failed, of the other's {theirs.failed} of {theirs.runs}"
        return Status.FAIL, f"{counts} (p = {seen.p_failures:.2g})"
    if seen.difference is None or seen.p_inferior is None:
        return Status.INCONCLUSIVE, "fewer than 3 runs on a side have not failed"
    if not seen.noninferior and seen.margin is None:
        return Status.INCONCLUSIVE, "this task has no margin, and no gain is shown; --margin POINTS sets one"
    if not seen.noninferior and seen.p_inferior <= alpha:
        return Status.FAIL, f"{-seen.difference.estimate:.2f} points worse (p = {seen.p_inferior:.2g})"
    if not seen.noninferior:
        return Status.INCONCLUSIVE, f"a loss of {seen.margin:.2f} points is not ruled out"
    ceiling = theirs.failed / theirs.runs + Policy().failure_room
    upper = upper_failure_rate(ours.failed, ours.runs)
    if upper > ceiling:
        return Status.INCONCLUSIVE, f"the failure rate may be {100 * upper:.0f} %, above {100 * ceiling:.0f} %"
    if seen.superior:
        return Status.PASS, f"{seen.difference.estimate:.2f} points better (p = {seen.p_superior:.2g})"
    smaller = ", a smaller one is shown" if seen.p_inferior <= alpha else ", a gain is not shown"
    return Status.PASS, f"a loss of {seen.margin:.2f} points is ruled out{smaller} (p = {_nearer(seen):.2g})"


def _nearer(seen: Compared) -> float:
    """Return the p-value of the direction that the estimate points to."""
    return min(p for p in (seen.p_superior, seen.p_inferior) if p is not None)


def _counted(summary: Summary) -> Summary:
    """Return a summary of runs that are no evidence: they can be counted, and their scores say nothing."""
    return replace(summary, mean=None, sd=None, worst=None)
