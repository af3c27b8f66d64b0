"""How often a candidate passes whose true mean lies at the margin."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from tests.calibration.outcome import Outcome, outcome_of
from tests.calibration.rule import PASS, Rule, judge
from tests.calibration.samples import POPULATIONS, SD, Population, arms, draw, stream
from tests.calibration.tables import Limit, Section, percent, surely

MARGIN = 1.5 * SD
BASELINES = (20, 50)
CORRELATIONS = (0.0, 0.3, 0.5, 0.7, 0.9)
RATIOS = (1.0, 1.5, 2.0, 3.0)
# beyond it the limit is not asked for, and the share is printed
MOST_RATIO = 2.0
FIXED = (6, 12, 20)
DESIGNS = ("all looks", "first look", *(f"fixed n = {runs}" for runs in FIXED))
ALPHA, ROOM, SKEWED = 5.0, 1.5, 8.5
# cells that share the alarms: the more there are, the less a FAIL takes a bad candidate's later chances away
GRID = 12


@dataclass(frozen=True)
class Case:
    """One population of both sides; every ratio of the standard deviations and every design is tried on it."""

    population: Population
    baseline_runs: int
    correlation: float

    def name(self, ratio: float) -> str:
        """Return the case in words."""
        return f"{self.population.name}, m = {self.baseline_runs}, rho = {self.correlation}, sd x {ratio}"


def most_of(population: Population) -> float:
    """Return the largest share of PASS in percent that is let pass."""
    return SKEWED if population.skewed else ALPHA + ROOM


def cases() -> list[Case]:
    """Return every combination."""
    return [Case(p, m, rho) for p in POPULATIONS for m in BASELINES for rho in CORRELATIONS]


def measure_surely(case: Case, rule: Rule, replicates: int) -> dict[tuple[float, str], tuple[float, float] | Outcome]:
    """Return what `measure` does, with more replicates where these leave a limit in doubt."""
    return surely(lambda count: measure(case, rule, count), lambda shares: limits_of(case, shares), replicates)


def measure(case: Case, rule: Rule, replicates: int) -> dict[tuple[float, str], tuple[float, float] | Outcome]:
    """Return the shares of PASS in percent, with their errors, by ratio and design; of all looks the outcome."""
    generator = stream("false pass", case.population.name, case.baseline_runs, case.correlation)
    drawn = draw(case.population, replicates, rule.looks[-1], case.baseline_runs, case.correlation, generator)
    shares: dict[tuple[float, str], tuple[float, float] | Outcome] = {}
    for ratio in RATIOS:
        ours, theirs = arms(drawn, case.population, -MARGIN, ratio)
        # one cell of several: a cell alone asks for more runs before it passes, and is wrong less often
        found = judge(ours, theirs, MARGIN, rule, shared=True, alone=False)
        shares[ratio, "all looks"] = outcome_of(found)
        shares[ratio, "first look"] = percent((found.status == PASS) & (found.runs == rule.looks[0]))
        for runs in FIXED:
            # an alarm by location takes no PASS away at a single look, and its exact test takes time
            single = replace(rule, looks=(runs,), location_alarm=1e-12, shown_alpha=1e-12)
            fixed = judge(ours, theirs, MARGIN, single, shared=True, alone=False)
            shares[ratio, f"fixed n = {runs}"] = percent(fixed.status == PASS)
    return shares


def share_of(figure: tuple[float, float] | Outcome) -> tuple[float, float]:
    """Return the share of PASS of what `measure` returns."""
    return figure.passed if isinstance(figure, Outcome) else figure


def limits_of(case: Case, shares: dict[tuple[float, str], tuple[float, float] | Outcome]) -> list[Limit]:
    """Return the limits of what `measure` returns."""
    return [
        Limit(f"false pass, {design}, {case.name(ratio)}", *share_of(share), most_of(case.population))
        for (ratio, design), share in shares.items()
        if ratio <= MOST_RATIO
    ]


def sections(each: Callable[..., Iterable], rule: Rule, replicates: int) -> list[Section]:
    """Return the tables: over all looks, and the largest share of each design.

    Args:
        each: Map of a function over cases, in this process or in others.
        rule: The rule.
        replicates: Comparisons a case.
    """
    rule, tried = replace(rule, cells=GRID), cases()
    found = dict(zip(tried, each(measure_surely, tried, [rule] * len(tried), [replicates] * len(tried)), strict=True))
    limits = [limit for case, shares in found.items() for limit in limits_of(case, shares)]
    rows = [
        [p.name, m, ratio, *(found[Case(p, m, rho)][ratio, "all looks"].short() for rho in CORRELATIONS)]
        for p in POPULATIONS
        for m in BASELINES
        for ratio in RATIOS
    ]
    largest = [
        [p.name, ratio, *(max(share_of(found[case][ratio, d])[0] for case in _of(p)) for d in DESIGNS)]
        for p in POPULATIONS
        for ratio in RATIOS
    ]
    text = (
        f"PASS in percent, FAIL in percent and mean seeds of {replicates:,} comparisons a case, the candidate's true mean a "
        f"margin (1.5 sd of the baseline) below the baseline's; the cell is one of {GRID}. Runs of one seed have normal scores "
        "of correlation rho before the population's shape is given; m: runs of the baseline; sd: that of the candidate over the "
        f"baseline's. PASS at most {ALPHA + ROOM} %, with skewed scores {SKEWED} %, up to {MOST_RATIO:g} times the sd; beyond "
        f"it is printed only. Monte Carlo error at 8.5 %: {100 * (0.085 * 0.915 / replicates) ** 0.5:.2f}."
    )
    head = ["population", "m", "sd x", *(f"rho {correlation}" for correlation in CORRELATIONS)]
    return [
        Section("False pass at the margin, over all looks", text, head, rows, limits),
        Section(
            "False pass at the margin, by design",
            "PASS of the same comparisons; the largest share over m and rho. `first look`: PASS at the first of the looks.",
            ["population", "sd x", *DESIGNS],
            largest,
        ),
    ]


def _of(population: Population) -> list[Case]:
    return [case for case in cases() if case.population == population]
