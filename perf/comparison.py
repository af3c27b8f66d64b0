"""How two systems compare: ratios of their times, the same losses without dropout, equivalent distributions with it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median, stdev

from perf.job import Outcome
from stablebert.stats.equivalence import equivalence

# float32 sums in another order, grown over a few updates; bfloat16 has 8 bits
TOLERANCES = {"fp32": 1e-4, "bf16": 2e-2}
SAME = "the same"
# half the margin of trec, in points; and a twentieth of the loss of two classes by chance
SCORE_LIMIT, LOSS_LIMIT = 1.0, 0.035


@dataclass(frozen=True)
class Ratio:
    """How many times faster ours is, paired by repetition.

    Attributes:
        middle: Median over the repetitions.
        low: Least.
        high: Largest.
    """

    middle: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.middle:.2f}x ({self.low:.2f} to {self.high:.2f})"


def ratio(theirs: Sequence[float], ours: Sequence[float]) -> Ratio:
    """Return the ratio of two series of seconds, repetition by repetition.

    Example:
        >>> str(ratio([10.0, 12.0, 11.0], [2.0, 2.0, 2.0]))
        '5.50x (5.00 to 6.00)'
    """
    found = [one / other for one, other in zip(theirs, ours, strict=True)]
    return Ratio(median(found), min(found), max(found))


def geometric_mean(values: Sequence[float]) -> float:
    """Return the geometric mean of positive numbers.

    Example:
        >>> geometric_mean([4.0, 9.0])
        6.0
    """
    return math.exp(math.fsum(map(math.log, values)) / len(values))


def task_lines(task: str, outcomes: Mapping[str, Sequence[Outcome]], peaks: Mapping[str, float]) -> list[str]:
    """Return the lines of one task.

    Args:
        task: Task id.
        outcomes: By system, one a repetition, in the same order; `ours` is among them.
        peaks: Measured speed of a matrix product by precision, in 10^9 operations a second.
    """
    lines = []
    for system, found in outcomes.items():
        seconds = [outcome.seconds for outcome in found]
        speed = median(outcome.gflop / outcome.seconds for outcome in found)
        shares = ", ".join(f"{100 * speed / peak:.0f} % of {name}" for name, peak in peaks.items())
        memory = max(outcome.peak_mib for outcome in found)
        line = (
            f"{task:9} {system:8} {median(seconds):8.1f} s  {speed:6.1f} useful GFLOP/s ({shares})  {memory:5.0f} MiB"
        )
        if system != "ours":
            line += f"  ours is {ratio(seconds, [outcome.seconds for outcome in outcomes['ours']])} faster"
        lines.append(line)
    return lines


def largest_difference(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the largest relative difference of two series of losses.

    Raises:
        ValueError: they are of different lengths, or empty.

    Example:
        >>> largest_difference([1.0, 2.0], [1.0, 2.5])
        0.2
    """
    if not ours or len(ours) != len(theirs):
        raise ValueError(f"{len(ours)} losses of ours and {len(theirs)} of theirs cannot be compared")
    return max(abs(one - other) / abs(other) for one, other in zip(ours, theirs, strict=True))


def sameness_line(ours: Sequence[float], theirs: Sequence[float], precision: str) -> str:
    """Return one line that says whether the losses are the same within the tolerance of a precision."""
    found, allowed = largest_difference(ours, theirs), TOLERANCES[precision]
    verdict = SAME if found <= allowed else "NOT THE SAME"
    return f"{verdict}: {len(ours)} losses without dropout differ by {found:.1e} at most (allowed {allowed:.0e})"


def distribution_lines(ours: Sequence[Outcome], theirs: Sequence[Outcome]) -> list[str]:
    """Return a line for the test scores and one for the mean training losses: equivalent, or not shown.

    Args:
        ours: One outcome a seed, at least two.
        theirs: As `ours`, of the other system.
    """
    scores = [[outcome.test for outcome in side] for side in (ours, theirs)]
    losses = [[fmean(outcome.losses) for outcome in side] for side in (ours, theirs)]
    return [
        _equivalence_line("test score", *scores, SCORE_LIMIT),
        _equivalence_line("mean training loss", *losses, LOSS_LIMIT),
    ]


def _equivalence_line(name: str, ours: Sequence[float], theirs: Sequence[float], limit: float) -> str:
    found = equivalence(ours, theirs, limit=limit)
    verdict = "equivalent" if found.equivalent else "NOT SHOWN equivalent"
    means = ", ".join(f"{fmean(side):.4g} sd {stdev(side):.2g}" for side in (ours, theirs))
    interval = f"{found.difference:+.4f} in [{found.lower_bound:+.4f}, {found.upper_bound:+.4f}]"
    return f"{verdict}: {name} of {len(ours)} seeds {means}; difference {interval}, limit {limit:g}"
