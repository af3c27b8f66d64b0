"""What rows are worth before any test: whether they are evidence, the baseline's own runs, or pairs."""

import math
from collections.abc import Sequence
from dataclasses import astuple
from statistics import median

from stablebert.runs import RunRow
from stablebert.stats import collapse_line

Rows = Sequence[RunRow]
_STREAMS = ("head", "order", "dropout")
# a value beyond it is none: its square, of which a deviation is made, would not be finite
LARGEST = 1e100


def seed_order(row: RunRow) -> tuple[int, ...]:
    """Return what rows are sorted by: the numbers of their seeds."""
    return tuple(int(part) for part in row.seed[1:].split("d"))


def before_gap(rows: Rows) -> Rows:
    """Return rows in seed order up to the first seed that is missing: a gap must not be stepped over.

    Example:
        >>> before_gap([])
        []
    """
    for place, row in enumerate(rows[1:], start=1):
        if any(own - former > 1 for own, former in zip(seed_order(row), seed_order(rows[place - 1]), strict=True)):
            return rows[:place]
    return rows


def problem_with(side: str, rows: Rows) -> str | None:
    """Return why the rows of a side are no evidence, or None.

    Args:
        side: `candidate` or `baseline`, for the words.
        rows: In seed order.
    """
    if not rows:
        return f"the {side} has no runs"
    seeds: set[str] = set()
    losses: dict[str, str] = {}
    for row in rows:
        if row.seed in seeds:
            return f"the {side} has seed {row.seed} twice"
        seeds.add(row.seed)
        # failed runs may share a sequence of one NaN, and have no score
        if row.failed:
            continue
        if not math.isfinite(row.test):
            return f"the {side}'s score of seed {row.seed} is not finite, and the run is not marked as failed"
        if abs(row.test) > LARGEST:
            return f"the {side}'s score of seed {row.seed} is {row.test:g}, which is no score"
        if row.losses in losses:
            return f"the {side}'s seeds {losses[row.losses]} and {row.seed} have the same losses: the seed is ignored"
        losses[row.losses] = row.seed
    return None


def scores_of(rows: Rows) -> dict[str, float]:
    """Return the test scores of the runs that have not failed, by seed, in the order of the rows.

    Example:
        >>> scores_of([])
        {}
    """
    return {row.seed: row.test for row in rows if not row.failed}


def problem_between(ours: Rows, theirs: Rows) -> str | None:
    """Return why two sides cannot be compared, or None.

    Scores may be fractions on one side and points on the other; or a candidate's run may be the baseline's own, stored
    under another seed.
    """
    known = {row.losses: row.seed for row in theirs if not row.failed}
    for row in ours:
        if not row.failed and known.get(row.losses, row.seed) != row.seed:
            return f"the candidate's seed {row.seed} has the losses of the baseline's {known[row.losses]}: its own run"
    our_scores, their_scores = (list(scores_of(rows).values()) for rows in (ours, theirs))
    if _are_fractions(their_scores) and our_scores and min(our_scores) > 1:
        return "the baseline's scores are fractions, the candidate's are points"
    # in points such scores are a collapse, and are called fractions only where they would be none
    if _are_fractions(our_scores) and their_scores and min(their_scores) > 1:
        as_points, middle = 100 * median(our_scores), median(their_scores)
        if abs(as_points - middle) <= middle - collapse_line(their_scores):
            return "the candidate's scores are fractions, the baseline's are points"
    return None


def are_identical(ours: Rows, theirs: Rows) -> bool:
    """Return whether every row of ours is the baseline's row of that seed, NaN equal to NaN."""
    known = {row.seed: row for row in theirs}
    return all(row.seed in known and _equal(row, known[row.seed]) for row in ours)


def share_streams(ours: Rows, theirs: Rows) -> bool:
    """Return whether the rows of the seeds that both sides have drew the same random numbers."""
    known = {row.seed: row for row in theirs}
    return all(
        getattr(row, name) == getattr(known[row.seed], name) for row in ours if row.seed in known for name in _STREAMS
    )


def _are_fractions(scores: Sequence[float]) -> bool:
    # runs that all score 0 are a collapse in any unit
    return any(scores) and all(0 <= score <= 1 for score in scores)


def _equal(one: RunRow, other: RunRow) -> bool:
    return all(a == b or (a != a and b != b) for a, b in zip(astuple(one), astuple(other), strict=True))
