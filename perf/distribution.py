"""Do two systems train alike with dropout on? Their scores and losses over seeds, by two one-sided tests."""

from collections.abc import Sequence
from statistics import fmean, stdev

from perf.job import Outcome
from stablebert.stats.equivalence import equivalence

# half the margin of trec, in points; and a twentieth of the loss of two classes by chance
SCORE_LIMIT, LOSS_LIMIT = 1.0, 0.035


def distribution_lines(ours: Sequence[Outcome], theirs: Sequence[Outcome]) -> list[str]:
    """Return a line for the test scores and one for the mean training losses: equivalent, or not shown.

    Args:
        ours: One outcome a seed, at least two.
        theirs: As `ours`, of the other system.
    """
    scores = [[outcome.test for outcome in side] for side in (ours, theirs)]
    losses = [[fmean(outcome.losses) for outcome in side] for side in (ours, theirs)]
    return [_line("test score", *scores, SCORE_LIMIT), _line("mean training loss", *losses, LOSS_LIMIT)]


def _line(name: str, ours: Sequence[float], theirs: Sequence[float], limit: float) -> str:
    found = equivalence(ours, theirs, limit=limit)
    verdict = "equivalent" if found.equivalent else "NOT SHOWN equivalent"
    means = ", ".join(f"{fmean(side):.4g} sd {stdev(side):.2g}" for side in (ours, theirs))
    interval = f"{found.difference:+.4f} in [{found.lower_bound:+.4f}, {found.upper_bound:+.4f}]"
    return f"{verdict}: {name} of {len(ours)} seeds {means}; difference {interval}, limit {limit:g}"
