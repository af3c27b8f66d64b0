"""Failed runs: counted, never averaged away."""


def failure_p_value(failed: int, runs: int, baseline_failed: int, baseline_runs: int) -> float:
    """Return the one-sided exact p-value (Boschloo) that a candidate fails no more often than its baseline.

    Args:
        failed: Failed candidate runs, in [0, runs].
        runs: Candidate runs, >= 1.
        baseline_failed: Failed baseline runs, in [0, baseline_runs].
        baseline_runs: Baseline runs, >= 1.

    Raises:
        ValueError: a count is outside its range.

    Example:
        >>> round(failure_p_value(5, 5, 0, 20), 6) < 0.001 < failure_p_value(1, 5, 0, 20)
        True
    """
    _check(failed, runs)
    _check(baseline_failed, baseline_runs)
    if failed * baseline_runs <= baseline_failed * runs:
        return 1.0
    from scipy.stats import boschloo_exact

    table = [[failed, baseline_failed], [runs - failed, baseline_runs - baseline_failed]]
    return float(boschloo_exact(table, alternative="greater").pvalue)


def upper_failure_rate(failed: int, runs: int, confidence: float = 0.95) -> float:
    """Return the one-sided Clopper-Pearson upper bound of a failure rate, in [0, 1].

    Example:
        >>> round(upper_failure_rate(0, 5), 2)
        0.45
    """
    _check(failed, runs)
    if failed == runs:
        return 1.0
    from scipy.stats import beta

    return float(beta.ppf(confidence, failed + 1, runs - failed))


def _check(failed: int, runs: int) -> None:
    if runs < 1 or not 0 <= failed <= runs:
        raise ValueError(f"{failed} failed of {runs} runs: wanted at least one run and no more failures than runs")
