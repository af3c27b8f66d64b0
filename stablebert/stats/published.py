"""Runs against a published mean and standard deviation: the published numbers are a sample too, never constants."""

import math
from collections.abc import Sequence

from stablebert.stats.contrasts import Sample


def prediction_interval(theirs: Sample, runs: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return where the mean of so many runs of the same cell is to be expected, given what was published.

    mean +- t(n_p - 1) sd sqrt(1 / n_p + 1 / n_o): both means vary, and only the published spread is known beforehand.

    Args:
        theirs: The published cell.
        runs: Our runs n_o, >= 1.
        confidence: Of the two-sided interval.

    Raises:
        ValueError: there is no run.

    Example:
        >>> [round(end, 2) for end in prediction_interval(Sample(69.5, 2.5, 20), 20)]
        [67.85, 71.15]
    """
    from scipy.special import stdtrit

    if runs < 1:
        raise ValueError(f"{runs} runs: a mean needs at least 1")
    half = float(stdtrit(theirs.runs - 1, (1 + confidence) / 2)) * theirs.sd * math.sqrt(1 / theirs.runs + 1 / runs)
    return theirs.mean - half, theirs.mean + half


def standardised_difference(ours: Sample, theirs: Sample) -> float | None:
    """Return our mean less theirs in standard deviations, the root of the mean of both variances (Cohen's d).

    Args:
        ours: Our runs.
        theirs: The published cell.

    Returns:
        None where neither side varies.

    Example:
        >>> standardised_difference(Sample(70.0, 2.0, 20), Sample(69.0, 2.0, 20))
        0.5
    """
    spread = math.sqrt((ours.sd**2 + theirs.sd**2) / 2)
    return (ours.mean - theirs.mean) / spread if spread else None


def spread_ratio(ours: Sample, theirs: Sample, confidence: float = 0.95) -> tuple[float, float, float]:
    """Return our standard deviation over theirs, with its lower and upper bound, each one-sided (F distribution).

    The bounds are exact for normal scores.

    Args:
        ours: Our runs.
        theirs: The published cell, standard deviation > 0.
        confidence: Of each bound.

    Raises:
        ValueError: the published standard deviation is 0.

    Example:
        >>> [round(value, 2) for value in spread_ratio(Sample(70.0, 2.5, 20), Sample(69.5, 2.5, 20))]
        [1.0, 0.68, 1.47]
    """
    from scipy.special import fdtri

    if theirs.sd == 0:
        raise ValueError("a published standard deviation of 0 has no ratio")
    ratio = ours.sd / theirs.sd
    high, low = (float(fdtri(ours.runs - 1, theirs.runs - 1, level)) for level in (confidence, 1 - confidence))
    return ratio, ratio / math.sqrt(high), ratio / math.sqrt(low)


def detectable_loss(theirs: Sample, runs: int, confidence: float = 0.95) -> float:
    """Return the smallest loss that so many runs and the published ones can rule out with both errors small.

    2 t(n_p + n_o - 2) sd sqrt(1 / n_p + 1 / n_o): equal runs rule it out, and runs that lose it are let pass, with an
    error of 1 - confidence each. It follows from what was published alone and is known before any run.

    Args:
        theirs: The published cell.
        runs: Our runs n_o, >= 2.
        confidence: One less either error.

    Example:
        >>> round(detectable_loss(Sample(69.5, 2.5, 20), 20), 2)
        2.67
    """
    from scipy.special import stdtrit

    error = theirs.sd * math.sqrt(1 / theirs.runs + 1 / runs)
    return 2 * float(stdtrit(theirs.runs + runs - 2, confidence)) * error


def detectable_ratio(theirs: Sample, runs: int, confidence: float = 0.95) -> float:
    """Return the smallest ratio of standard deviations that so many runs can rule out with both errors small.

    sqrt(F(confidence) / F(1 - confidence)) with n_o - 1 and n_p - 1 degrees of freedom.

    Args:
        theirs: The published cell.
        runs: Our runs n_o, >= 2.
        confidence: One less either error.

    Example:
        >>> [round(detectable_ratio(Sample(87.0, 0.4, runs), runs), 1) for runs in (3, 20, 50)]
        [19.0, 2.2, 1.6]
    """
    from scipy.special import fdtri

    high, low = (float(fdtri(runs - 1, theirs.runs - 1, level)) for level in (confidence, 1 - confidence))
    return math.sqrt(high / low)


def highlighted(cells: Sequence[Sample], alpha: float = 0.05) -> tuple[bool, ...]:
    """Return which cells of a group the paper would underline (Table 1, caption): the best, and those like it.

    Like the best is what a one-tailed Student t-test at alpha does not reject. That is no evidence of equality, and is
    for display only.

    Args:
        cells: The group, at least one.
        alpha: Level of the test.

    Example:
        >>> printed = ((90.8, 1.3), (90.5, 1.5), (91.4, 0.8), (91.0, 0.4))
        >>> highlighted([Sample(mean, sd, 20) for mean, sd in printed])
        (False, False, True, False)
    """
    best = max(cells, key=lambda cell: cell.mean)
    return tuple(cell is best or _student(best, cell) > alpha for cell in cells)


def _student(better: Sample, other: Sample) -> float:
    """Return the one-tailed p-value of two samples of equal variance."""
    from scipy.special import stdtr

    if better.sd == other.sd == 0:
        return float(better.mean == other.mean)
    degrees = better.runs + other.runs - 2
    variance = ((better.runs - 1) * better.sd**2 + (other.runs - 1) * other.sd**2) / degrees
    error = math.sqrt(variance * (1 / better.runs + 1 / other.runs))
    return float(stdtr(degrees, (other.mean - better.mean) / error))
