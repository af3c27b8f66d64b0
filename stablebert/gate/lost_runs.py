"""Far runs as a gate counts them: collapsed ones with the failed, by one line that the baseline draws for all."""

from collections.abc import Sequence
from dataclasses import replace

from stablebert.gate.evidence import Rows, scores_of
from stablebert.runs import RunRow
from stablebert.stats import LEAST_DISTANCE, collapse_line, highest_line

COLLAPSED = "collapsed"


def line_of(baseline: Rows, least: float = LEAST_DISTANCE) -> float:
    """Return the score below which a run of either side has collapsed.

    Args:
        baseline: The accepted rows.
        least: As `Policy.least_far`.
    """
    return collapse_line(list(scores_of(baseline).values()), least)


def sound_of(baseline: Rows, least: float = LEAST_DISTANCE) -> dict[str, float]:
    """Return the test scores by seed of a baseline's runs that are not lost, nor one of a few far above the others.

    Args:
        baseline: The accepted rows.
        least: As `Policy.least_far`.
    """
    finished = scores_of(baseline)
    values = list(finished.values())
    line, top = collapse_line(values, least), highest_line(values, least)
    return {seed: score for seed, score in finished.items() if line <= score <= top}


def with_collapsed(rows: Rows, line: float) -> tuple[RunRow, ...]:
    """Return the rows with those that have collapsed marked as failed, for that reason.

    Args:
        rows: Of either side.
        line: As from `line_of`.
    """
    return tuple(
        replace(row, failed=True, failed_reason=COLLAPSED) if not row.failed and row.test < line else row
        for row in rows
    )


def collapsed_among(rows: Sequence[RunRow]) -> int:
    """Return how many rows `with_collapsed` has marked."""
    return sum(row.failed_reason == COLLAPSED for row in rows)
