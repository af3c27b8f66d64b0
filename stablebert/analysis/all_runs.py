"""The scores of all runs of a cell, failed ones included: what the paper averages."""

import math

from stablebert.gate.evidence import Rows, problem_with, seed_order


def all_scores(cell: str, rows: Rows, score: str = "test") -> list[float]:
    """Return the scores of every run in seed order.

    Args:
        cell: What the runs are of, for the words.
        rows: In any order.
        score: `test` or `validation`.

    Raises:
        ValueError: the runs are no evidence, there are fewer than two, or a failed one has no score.
    """
    ordered = sorted(rows, key=seed_order)
    problem = problem_with(cell, ordered)
    if problem:
        raise ValueError(problem)
    scores = [float(getattr(row, score)) for row in ordered]
    lost = [row.seed for row, value in zip(ordered, scores, strict=True) if not math.isfinite(value)]
    if lost:
        raise ValueError(f"{cell}: runs {', '.join(lost)} have no score, and a mean over all runs needs one of each")
    if len(scores) < 2:
        raise ValueError(f"{cell} has one run; a spread needs two")
    return scores
