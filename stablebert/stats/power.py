"""How many seeds a claim needs, and how small a loss the seeds at hand could rule out."""

from stablebert.stats.degrees import satterthwaite

_MOST = 1000


def seeds_needed(
    candidate_sd: float, baseline_sd: float, baseline_runs: int, margin: float, *, alpha: float, power: float = 0.8
) -> int | None:
    """Return how many candidate seeds show non-inferiority with the given power if the true difference is 0.

    Args:
        candidate_sd: Standard deviation of the candidate's scores, >= 0.
        baseline_sd: Standard deviation of the baseline's scores, >= 0.
        baseline_runs: Runs in the baseline, >= 2.
        margin: In the unit of the scores, > 0.
        alpha: One-sided level.
        power: Wanted probability, in (0, 1).

    Returns:
        A number of seeds, >= 2, or None: with this baseline no number is enough.

    Example:
        >>> seeds_needed(1.0, 1.0, 20, 1.0, alpha=0.05)
        11
        >>> seeds_needed(1.0, 1.0, 20, 0.4, alpha=0.05) is None
        True
    """
    if _power(_MOST, candidate_sd, baseline_sd, baseline_runs, margin, alpha) < power:
        return None
    low, high = 1, _MOST
    while high - low > 1:
        middle = (low + high) // 2
        enough = _power(middle, candidate_sd, baseline_sd, baseline_runs, margin, alpha) >= power
        low, high = (low, middle) if enough else (middle, high)
    return high


def detectable_margin(error: float, degrees: float, *, alpha: float, power: float = 0.8) -> float:
    """Return the smallest margin that would be shown with the given power if the true difference is 0.

    Args:
        error: Standard error of the difference, >= 0.
        degrees: Its degrees of freedom, > 0.
        alpha: One-sided level.
        power: Wanted probability.

    Example:
        >>> round(detectable_margin(1.0, 1e6, alpha=0.05), 2)
        2.49
    """
    from scipy.special import stdtrit

    return error * float(stdtrit(degrees, power) - stdtrit(degrees, alpha))


def _power(n: int, candidate_sd: float, baseline_sd: float, m: int, margin: float, alpha: float) -> float:
    from scipy.stats import nct, t

    error, degrees = satterthwaite([(candidate_sd**2 / n, n - 1), (baseline_sd**2 / m, m - 1)])
    return float(nct.sf(t.ppf(1 - alpha, degrees), degrees, margin / error)) if error else 1.0
