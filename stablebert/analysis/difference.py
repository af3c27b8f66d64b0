"""The runs of a cell, and the difference of two cells' means, paired by seed where that is sound."""

import math
from dataclasses import dataclass
from functools import cached_property

from stablebert.gate.evidence import Rows, problem_with, scores_of, seed_order, share_streams
from stablebert.gate.policy import Policy
from stablebert.runs import Summary, summary_of
from stablebert.stats import correlation, failure_p_value, noninferiority

_LEAST_PAIRS = 5


@dataclass(frozen=True)
class Side:
    """The runs of one cell.

    Attributes:
        label: What it is called, e.g. the cell id.
        rows: Its runs.
    """

    label: str
    rows: Rows

    @property
    def scores(self) -> dict[str, float]:
        """Scores of the runs that have not failed, by seed."""
        return scores_of(self.rows)

    @cached_property
    def summary(self) -> Summary:
        """The runs in numbers."""
        return summary_of(self.rows)

    def failure_p_value(self, other: "Side") -> float:
        """Return the exact p-value of no more failed runs than another cell's; both have runs."""
        ours, theirs = self.summary, other.summary
        return failure_p_value(ours.failed, ours.runs, theirs.failed, theirs.runs)

    def all_scores(self, score: str = "test") -> list[float]:
        """Return the scores of all runs in seed order, failed ones included: what the paper averages.

        Args:
            score: `test` or `validation`.

        Raises:
            ValueError: the runs are no evidence, there are fewer than two, or a failed one has no score.
        """
        ordered = sorted(self.rows, key=seed_order)
        problem = problem_with(self.label, ordered)
        if problem:
            raise ValueError(problem)
        scores = {row.seed: float(getattr(row, score)) for row in ordered}
        lost = ", ".join(seed for seed, value in scores.items() if not math.isfinite(value))
        if lost:
            raise ValueError(f"{self.label}: runs {lost} have no score, and a mean over all runs needs one of each")
        if len(scores) < 2:
            raise ValueError(f"{self.label} has one run; a spread needs two")
        return list(scores.values())


@dataclass(frozen=True)
class Difference:
    """The difference of two cells' means, of the runs that have not failed; None where too few are left.

    Attributes:
        estimate: First minus second, in points.
        lower: Lower end of the two-sided interval.
        upper: Upper end.
        confidence: Of the interval: 1 - 2 alpha.
        p_noninferior: One-sided, of a loss of the margin or more; None without a margin.
        p_superior: One-sided, of no gain.
        p_inferior: One-sided, of no loss.
        pairing: `paired` or `welch`.
        pairs: Seeds that stand on both sides, or 0.
        correlation: Of the pairs' scores; None where there are none or one side does not vary.
    """

    estimate: float
    lower: float
    upper: float
    confidence: float
    p_noninferior: float | None
    p_superior: float
    p_inferior: float
    pairing: str
    pairs: int
    correlation: float | None


def difference_of(first: Side, second: Side, *, margin: float | None = None, alpha: float = 0.05) -> Difference | None:
    """Return the difference of two cells, or None where fewer than 3 runs on a side have not failed.

    Pairs by seed are used where every shared seed drew the same random numbers on both sides, and at least 5 pairs and
    half of the larger side's runs are among them; else the two samples are taken as independent (Welch). The rule reads
    no score, so that it cannot choose the test that shows more.

    Args:
        first: One cell.
        second: The other.
        margin: In points, > 0, or None.
        alpha: One-sided level of each end of the interval.
    """
    ours, theirs = first.scores, second.scores
    if min(len(ours), len(theirs)) < Policy().least_runs:
        return None
    shared = [seed for seed in ours if seed in theirs]
    enough = len(shared) >= _LEAST_PAIRS and 2 * len(shared) >= max(len(ours), len(theirs))
    paired = enough and share_streams(first.rows, second.rows)
    pairing = "paired" if paired else "welch"
    up = noninferiority(ours, theirs, margin=margin or 1.0, alpha=alpha, pairing=pairing)
    down = noninferiority(theirs, ours, margin=margin or 1.0, alpha=alpha, pairing=pairing)
    return Difference(
        estimate=up.difference,
        lower=up.lower_bound,
        upper=-down.lower_bound,
        confidence=1 - 2 * alpha,
        p_noninferior=None if margin is None else up.p_value,
        p_superior=down.p_inferior,
        p_inferior=up.p_inferior,
        pairing=pairing,
        pairs=len(shared) if paired else 0,
        correlation=correlation(ours, theirs) if paired else None,
    )
