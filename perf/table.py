"""Timings to ratios with their spread, and to lines of text."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from perf.job import Outcome


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
