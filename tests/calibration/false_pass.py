"""How often a candidate passes whose true mean lies at the margin."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from tests.calibration.rule import PASS, Rule, judge
from tests.calibration.samples import POPULATIONS, SD, Population, arms, draw, stream
from tests.calibration.tables import Limit, Section, percent

MARGIN = 1.5 * SD
BASELINES = (20, 50)
CORRELATIONS = (0.0, 0.3, 0.5, 0.7, 0.9)
RATIOS = (1.0, 1.5, 2.0)
FIXED = (5, 10, 20)
DESIGNS = ("all looks", "first look", *(f"fixed n = {runs}" for runs in FIXED))
ALPHA, ROOM, SKEWED = 5.0, 1.5, 8.5


@dataclass(frozen=True)
class Case:
    """One population of both sides; every ratio of the standard deviations and every design is tried on it."""

    population: Population
    baseline_runs: int
    correlation: float

    def name(self, ratio: float) -> str:
        """Return the case in words."""
        return f"{self.population.name}, m = {self.baseline_runs}, rho = {self.correlation}, sd x {ratio}"


def cases() -> list[Case]:
    """Return every combination."""
    return [Case(p, m, rho) for p in POPULATIONS for m in BASELINES for rho in CORRELATIONS]


def measure(case: Case, rule: Rule, replicates: int) -> dict[tuple[float, str], tuple[float, float]]:
    """Return the shares of PASS in percent, with their errors, by ratio and design."""
    generator = stream("false pass", case.population.name, case.baseline_runs, case.correlation)
    drawn = draw(case.population, replicates, rule.looks[-1], case.baseline_runs, case.correlation, generator)
    shares = {}
    for ratio in RATIOS:
        ours, theirs = arms(drawn, case.population, -MARGIN, ratio)
        found = judge(ours, theirs, MARGIN, rule, shared=True)
        passed = found.status == PASS
        shares[ratio, "all looks"] = percent(passed)
        shares[ratio, "first look"] = percent(passed & (found.runs == rule.looks[0]))
        for runs in FIXED:
            # an alarm by location takes no PASS away at a single look, and its exact test takes time
            single = replace(rule, looks=(runs,), location_alarm=1e-12)
            fixed = judge(ours, theirs, MARGIN, single, shared=True)
            shares[ratio, f"fixed n = {runs}"] = percent(fixed.status == PASS)
    return shares


def limits_of(case: Case, shares: dict[tuple[float, str], tuple[float, float]]) -> list[Limit]:
    """Return the limits of what `measure` returns: of skewed populations, where both sides scatter alike."""
    most = SKEWED if case.population.skewed else ALPHA + ROOM
    return [
        Limit(f"false pass, {design}, {case.name(ratio)}", *share, most)
        for (ratio, design), share in shares.items()
        if ratio == 1 or not case.population.skewed
    ]


def sections(each: Callable[..., Iterable], rule: Rule, replicates: int) -> list[Section]:
    """Return the tables: over all looks, and the largest share of each design.

    Args:
        each: Map of a function over cases, in this process or in others.
        rule: The rule.
        replicates: Comparisons a case.
    """
    tried = cases()
    found = dict(zip(tried, each(measure, tried, [rule] * len(tried), [replicates] * len(tried)), strict=True))
    limits = [limit for case, shares in found.items() for limit in limits_of(case, shares)]
    rows = [
        [p.name, m, ratio, *(found[Case(p, m, rho)][ratio, "all looks"][0] for rho in CORRELATIONS)]
        for p in POPULATIONS
        for m in BASELINES
        for ratio in RATIOS
    ]
    largest = [
        [p.name, ratio]
        + [max(found[Case(p, m, rho)][ratio, d][0] for m in BASELINES for rho in CORRELATIONS) for d in DESIGNS]
        for p in POPULATIONS
        for ratio in RATIOS
    ]
    text = (
        f"PASS in percent of {replicates:,} comparisons a case, the candidate's true mean a margin (1.5 sd of the baseline) "
        "below the baseline's. Runs of one seed have normal scores of correlation rho before the population's shape is "
        "given; m: runs of the baseline; sd: that of the candidate over the baseline's. At most "
        f"{ALPHA + ROOM} %, with skewed scores {SKEWED} % where both sides scatter alike. No limit is set, and none would be "
        "kept, where left-skewed scores also scatter more: few runs then lie above their mean and close together more often "
        "than t allows for. Monte Carlo error at 8.5 %: "
        f"{100 * (0.085 * 0.915 / replicates) ** 0.5:.2f}."
    )
    return [
        Section(
            "False pass at the margin, over all looks",
            text,
            ["population", "m", "sd x", *map(_rho, CORRELATIONS)],
            rows,
            limits,
        ),
        Section(
            "False pass at the margin, by design",
            "The same comparisons; the largest share over m and rho. `first look`: PASS at the first of the looks.",
            ["population", "sd x", *DESIGNS],
            largest,
        ),
    ]


def _rho(correlation: float) -> str:
    return f"rho {correlation}"
