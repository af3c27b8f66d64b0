"""Looking after every run: how often a candidate passes at the margin, and what it costs others."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from tests.calibration.false_pass import BASELINES, GRID, MARGIN, MOST_RATIO, RATIOS, most_of
from tests.calibration.outcome import Outcome, outcome_of
from tests.calibration.rule import Rule, judge
from tests.calibration.samples import POPULATIONS, SD, Population, arms, draw, stream
from tests.calibration.tables import Limit, Section, surely

THETAS = (0.5, 1.0, 1.5)
NAMES = (
    "normal",
    "t, 4 degrees",
    "accuracy on 277 examples",
    "5 % failed runs",
    "gamma(4), left",
    "gamma(2), left",
    "exponential, left",
)


def measure(
    population: Population, baseline_runs: int, theta: float, ratio: float, rule: Rule, replicates: int
) -> Outcome:
    """Return what is said of a candidate.

    Args:
        population: Of both sides.
        baseline_runs: m.
        theta: True difference plus the margin, in standard deviations.
        ratio: Standard deviation of the candidate over that of the baseline.
        rule: The rule.
        replicates: How many comparisons.
    """
    generator = stream("anytime", population.name, baseline_runs)
    drawn = draw(population, replicates, rule.looks[-1], baseline_runs, 0.0, generator)
    ours, theirs = arms(drawn, population, theta * SD - MARGIN, ratio)
    return outcome_of(judge(ours, theirs, MARGIN, replace(rule, anytime=True), alone=False))


def measure_surely(
    population: Population, baseline_runs: int, theta: float, ratio: float, rule: Rule, replicates: int
) -> Outcome:
    """Return what `measure` does, with more replicates where these leave a limit in doubt."""
    case = (population, baseline_runs, theta, ratio)
    return surely(lambda count: measure(*case, rule, count), lambda found: limits_of(*case, found), replicates)


def limits_of(population: Population, baseline_runs: int, theta: float, ratio: float, found: Outcome) -> list[Limit]:
    """Return the limit of a case: of a candidate at the margin that does not scatter too much."""
    if theta or ratio > MOST_RATIO:
        return []
    name = f"anytime false pass, {population.name}, m = {baseline_runs}, sd x {ratio}"
    return [Limit(name, *found.passed, most_of(population))]


def sections(each: Callable[..., Iterable], rule: Rule, replicates: int) -> list[Section]:
    """Return the table of looks after every run."""
    rule = replace(rule, cells=GRID)
    chosen = [population for population in POPULATIONS if population.name in NAMES]
    kinds = [*((0.0, ratio) for ratio in RATIOS), *((theta, 1.0) for theta in THETAS)]
    tried = [(population, m, *kind) for population in chosen for m in BASELINES for kind in kinds]
    same = ([value] * len(tried) for value in (rule, replicates))
    found = dict(zip(tried, each(measure_surely, *zip(*tried, strict=True), *same), strict=True))
    rows = [
        [population.name, m, *(found[population, m, *kind].short() for kind in kinds)]
        for population in chosen
        for m in BASELINES
    ]
    limits = [limit for case, one in found.items() for limit in limits_of(*case, one)]
    text = (
        f"PASS in percent, FAIL in percent and mean seeds, looking after every run from the {rule.looks[0]}th to the "
        f"{rule.looks[-1]}th. theta: true difference plus the margin (1.5 sd) in sd, 0 at the margin, 1.5 equal; sd: that of the "
        f"candidate over the baseline's, 1 where it is not said. {replicates:,} comparisons of one cell of {GRID}; no shared seeds."
    )
    names = [f"theta {theta:g}" if ratio == 1 and theta else f"sd x {ratio:g}" for theta, ratio in kinds]
    return [Section("Anytime", text, ["population", "m", *names], rows, limits)]
