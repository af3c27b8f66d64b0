"""Looking after every run: the e-process of a PASS, and how often it passes at the margin."""

from collections.abc import Callable, Iterable

import numpy as np
from scipy.stats import nct, t

from tests.calibration.false_pass import ALPHA, BASELINES, ROOM, SKEWED
from tests.calibration.samples import POPULATIONS, SD, Population, arms, draw, stream
from tests.calibration.tables import Limit, Section, mean, percent

THETAS = (0.0, 0.5, 1.0, 1.5)
FIRST, LAST = 3, 20
# fewer runs, even if none has failed, leave a failure rate above one half possible, and with it no PASS
LEAST_TO_PASS = 5
NAMES = ("normal", "t, 4 degrees", "accuracy on 277 examples", "gamma(2), left", "exponential, left")


def e_value(y: np.ndarray, x: np.ndarray, margin: float, effect: float = 1.0) -> np.ndarray:
    """Return the likelihood ratio of noncentral to central t of the difference plus the margin.

    Args:
        y: Candidate scores, shape (replicates, n).
        x: Baseline scores, shape (replicates, m).
        margin: In points.
        effect: What the difference plus the margin is bet to be, in standard deviations.
    """
    n, m = y.shape[1], x.shape[1]
    pooled = ((n - 1) * y.var(1, ddof=1) + (m - 1) * x.var(1, ddof=1)) / (n + m - 2)
    statistic = (y.mean(1) - x.mean(1) + margin) / np.sqrt(pooled * (1 / n + 1 / m))
    noncentral = nct.pdf(statistic, n + m - 2, effect * np.sqrt(n * m / (n + m)))
    return noncentral / t.pdf(statistic, n + m - 2)


def seeds_to_pass(y: np.ndarray, x: np.ndarray, margin: float, alpha: float) -> tuple[np.ndarray, np.ndarray]:
    """Return whether the e-process ever reaches 1 / alpha, and the runs used until a PASS."""
    passed, seeds = np.zeros(len(y), dtype=bool), np.full(len(y), LAST)
    for n in range(FIRST, LAST + 1):
        open_ = np.flatnonzero(~passed)
        now = open_[e_value(y[open_, :n], x[open_], margin) >= 1 / alpha]
        passed[now], seeds[now] = True, max(n, LEAST_TO_PASS)
    return passed, seeds


def measure(
    population: Population, baseline_runs: int, theta: float, replicates: int
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the share of PASS in percent and the mean seeds, with their errors, at a true difference.

    Args:
        population: Of both sides.
        baseline_runs: m.
        theta: True difference plus the margin, in standard deviations.
        replicates: How many comparisons.
    """
    generator = stream("anytime", population.name, baseline_runs)
    margin = 1.5 * SD
    ours, theirs = arms(
        draw(population, replicates, LAST, baseline_runs, 0.0, generator), population, theta * SD - margin
    )
    passed, seeds = seeds_to_pass(ours.scores, theirs.scores, margin, ALPHA / 100)
    return percent(passed), mean(seeds)


def sections(each: Callable[..., Iterable], replicates: int) -> list[Section]:
    """Return the table of the e-process."""
    chosen = [population for population in POPULATIONS if population.name in NAMES]
    tried = [(population, m, theta) for population in chosen for m in BASELINES for theta in THETAS]
    found = dict(zip(tried, each(measure, *zip(*tried, strict=True), [replicates] * len(tried)), strict=True))
    rows = [
        [population.name, m]
        + [f"{found[population, m, theta][0][0]:.1f}, {found[population, m, theta][1][0]:.1f}" for theta in THETAS]
        for population in chosen
        for m in BASELINES
    ]
    limits = [
        Limit(
            f"anytime false pass, {population.name}, m = {m}",
            *found[population, m, 0.0][0],
            SKEWED if population.skewed else ALPHA + ROOM,
        )
        for population in chosen
        for m in BASELINES
    ]
    text = (
        f"PASS in percent within {LAST} runs, and mean runs used (those without a PASS use all), looking after every run "
        f"from the third on. theta: true difference plus the margin in sd, 0 at the margin. {replicates:,} comparisons; "
        "sides of equal sd, no shared seeds, alarms left out."
    )
    return [Section("Anytime", text, ["population", "m", *(f"theta {theta}" for theta in THETAS)], rows, limits)]
