"""What the rule can see of one cell, beside the figures of the design's simulations (`theirs`)."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
from scipy.stats import binom

from tests.calibration.arms import Arm, collapse_line
from tests.calibration.failures import boschloo
from tests.calibration.outcome import Outcome, outcome_of
from tests.calibration.rule import PASS, Rule, judge, locate
from tests.calibration.samples import CENTRE, POPULATIONS, SD, Population, arms, draw, stream
from tests.calibration.sides import Sides
from tests.calibration.spread import spread_p
from tests.calibration.tables import Section, percent

MOST_RUNS = 120
GRID = 4
MARGIN = 1.5

# pairing, baseline runs, correlation; and by theta the runs for 90 % (80 %) power of the design's simulations
NEEDED = {
    ("paired", None, 0.5): ("36 (27)", "21 (16)", "11 (8)", "6 (5)", "5 (4)"),
    ("paired", None, 0.7): ("22 (17)", "13 (10)", "7 (6)", "5 (4)", "4 (3)"),
    ("auto", 20, 0.0): ("never", "442 (48)", "17 (10)", "6 (4)", "3 (3)"),
    ("auto", 50, 0.0): ("112 (51)", "32 (20)", "11 (8)", "5 (3)", "3 (3)"),
    ("auto", 50, 0.5): ("33 (23)", "18 (13)", "9 (7)", "6 (5)", "5 (4)"),
    ("auto", 50, 0.7): ("21 (15)", "12 (9)", "7 (6)", "5 (4)", "4 (4)"),
}
THETAS = (0.5, 0.67, 1.0, 1.5, 2.0)
SHIFTS = (0.0, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0)
DESIGNS = {
    "alone, m = 50": (50, True),
    "one of four, m = 50": (50, False),
    "alone, m = 20": (20, True),
    "one of four, m = 20": (20, False),
}
SKEWED = ("normal", "t, 4 degrees", "gamma(4), left", "gamma(2), left", "exponential, left")
BOSCHLOO = {5: 0.47, 10: 0.65, 20: 0.83}
BROWN_FORSYTHE = {5: (0.20, 0.46, 0.80), 10: (0.40, 0.76, 0.97), 20: (0.60, 0.94, 1.0)}
RATIOS = (1.5, 2.0, 3.0)
MOVED = (0.0, 1.0, 2.0, 3.0, 4.0, 7.0)
DROPS = (0.0, 1.5, 3.0, 6.0)
PAIRED_RHO = (0.0, 0.5, 0.9)


def pair(
    replicates: int, runs: int, baseline_runs: int, correlation: float, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return standard normal scores of both sides that correlate on their first, common seeds."""
    x = generator.standard_normal((replicates, baseline_runs))
    y = generator.standard_normal((replicates, runs))
    both = min(runs, baseline_runs)
    y[:, :both] = correlation * x[:, :both] + np.sqrt(1 - correlation**2) * y[:, :both]
    return y, x


def runs_needed(design: tuple[str, int | None, float], theta: float, rule: Rule, replicates: int) -> str:
    """Return the least runs whose one test at alpha passes an equal candidate 9 (8) times of 10."""
    pairing, baseline_runs, correlation = design
    rule = replace(rule, pairing=pairing)
    y, x = pair(replicates, MOST_RUNS, baseline_runs or MOST_RUNS, correlation, stream("runs needed", *design))
    line = collapse_line(_sound(x))

    def power(runs: int) -> float:
        # seeds that the baseline lacks are none of the pairs
        shared = min(runs, x.shape[1])
        sides = Sides(_sound(y[:, :runs]), _sound(x), line)
        estimate, _ = locate(sides, sides.counted, rule, shared=shared == runs and correlation > 0)
        return float(np.mean(estimate.lower(np.array(rule.alpha)) > -theta))

    return f"{_least(power, 0.9)} ({_least(power, 0.8)})"


def _least(power: Callable[[int], float], wanted: float) -> str:
    low, high = 2, MOST_RUNS
    if power(high) < wanted:
        return f"> {MOST_RUNS}"
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power(middle) >= wanted else (middle, high)
    return str(high)


def sequential(design: tuple[int, bool], loss: float, rule: Rule, replicates: int) -> Outcome:
    """Return what is said of a candidate that loses so many of its baseline's standard deviations; margin 1.5 sd."""
    baseline_runs, alone = design
    y, x = pair(replicates, rule.looks[-1], baseline_runs, 0.0, stream("sequential", baseline_runs, loss))
    sides = [_sound(CENTRE + SD * scores) for scores in (y - loss, x)]
    return outcome_of(judge(*sides, MARGIN * SD, rule, alone=alone))


def by_look(population: Population, baseline_runs: int, corrected: bool, rule: Rule, replicates: int) -> str:
    """Return the share of equal candidates that have passed at each look, one cell of several."""
    drawn = draw(
        population, replicates, rule.looks[-1], baseline_runs, 0.0, stream("by look", population.name, baseline_runs)
    )
    found = judge(*arms(drawn, population), MARGIN * SD, replace(rule, corrected=corrected), alone=False)
    return " ".join(f"{percent((found.status == PASS) & (found.runs <= look))[0]:.1f}" for look in rule.looks)


def endpoint(moved: float, rule: Rule, replicates: int) -> Outcome:
    """Return what is said of a cell whose scores are equal and whose log-loss has moved by so many of its sd, m = 50."""
    generator = stream("endpoint", moved)
    y, x = pair(replicates, rule.looks[-1], 50, 0.0, generator)
    losses = pair(replicates, rule.looks[-1], 50, 0.0, generator)
    ours, theirs = (
        replace(_sound(CENTRE + SD * scores), log_loss=0.5 + 0.05 * loss)
        for scores, loss in zip((y, x), (losses[0] + moved, losses[1]), strict=True)
    )
    return outcome_of(judge(ours, theirs, MARGIN * SD, rule, alone=False))


def pairs(correlation: float, loss: float, rule: Rule, replicates: int) -> tuple[Outcome, float]:
    """Return what is said of pairs of head and base of one job, and the share that FAILs at the first look."""
    y, x = pair(replicates, rule.looks[-1], rule.looks[-1], correlation, stream("pairs", correlation, loss))
    sides = [_sound(CENTRE + SD * scores) for scores in (y - loss, x)]
    found = judge(*sides, MARGIN * SD, replace(rule, cells=1, pairing="paired", grows=True), shared=True)
    first = found.runs == rule.looks[0]
    return outcome_of(found), percent(first & (found.status != PASS))[0]


def _sound(scores: np.ndarray) -> Arm:
    return Arm(scores, np.zeros(scores.shape, dtype=bool))


def boschloo_power(runs: int) -> float:
    """Return the exact power at .05 of 30 % failures against 5 % of 50."""
    chance = np.outer(*(binom.pmf(np.arange(n + 1), n, rate) for n, rate in ((runs, 0.3), (50, 0.05))))
    return float(chance[boschloo(runs, 50) <= 0.05].sum())


def brown_forsythe_power(runs: int, ratio: float, replicates: int) -> float:
    """Return the power at .05 of a standard deviation that is a multiple of that of 50 baseline runs."""
    y, x = pair(replicates, runs, 50, 0.0, stream("spread", runs, ratio))
    return float(np.mean(spread_p(ratio * y, x) <= 0.05))


def sections(each: Callable[..., Iterable], rule: Rule, replicates: int) -> list[Section]:
    """Return the tables of power."""
    return [
        _sequential(each, replace(rule, cells=GRID), replicates),
        _by_look(each, replace(rule, cells=GRID), replicates),
        _endpoint(each, replace(rule, cells=GRID), replicates),
        _pairs(each, rule, replicates),
        _needed(each, rule, min(replicates, 4000)),
        _parts(min(replicates, 4000)),
    ]


def _sequential(each: Callable[..., Iterable], rule: Rule, replicates: int) -> Section:
    tried = [(design, loss) for design in DESIGNS.values() for loss in SHIFTS]
    found = dict(zip(tried, each(sequential, *zip(*tried, strict=True), *_same(tried, rule, replicates)), strict=True))
    rows = [[f"{loss:g} sd", *(found[design, loss].short() for design in DESIGNS.values())] for loss in SHIFTS]
    text = (
        f"PASS and FAIL in percent and mean seeds of {replicates:,} candidates that lose so much; margin {MARGIN} sd, normal "
        f"scores, a policy of {rule.cells} cells. Alone: the cell is the whole session, which must bound its rate of lost runs."
    )
    return Section("A loss in one cell", text, ["loses", *DESIGNS], rows)


def _by_look(each: Callable[..., Iterable], rule: Rule, replicates: int) -> Section:
    chosen = [population for population in POPULATIONS if population.name in SKEWED]
    tried = [(population, m, corrected) for population in chosen for m in (20, 50) for corrected in (False, True)]
    found = dict(zip(tried, each(by_look, *zip(*tried, strict=True), *_same(tried, rule, replicates)), strict=True))
    rows = [[p.name, m, found[p, m, False], found[p, m, True]] for p in chosen for m in (20, 50)]
    looks = ", ".join(map(str, rule.looks))
    text = (
        f"Share in percent of {replicates:,} equal candidates, one cell of several, margin {MARGIN} sd, that have passed by "
        f"each look ({looks} runs), with and without the correction for left skew."
    )
    return Section("What the correction for left skew costs", text, ["population", "m", "without", "with"], rows)


def _endpoint(each: Callable[..., Iterable], rule: Rule, replicates: int) -> Section:
    found = list(each(endpoint, MOVED, *_same([*MOVED], rule, replicates)))
    rows = [[f"{moved:g} sd", *one.row()] for moved, one in zip(MOVED, found, strict=True)]
    text = (
        f"PASS and FAIL in percent and mean seeds of {replicates:,} candidates with equal scores and a higher log-loss, one cell "
        f"of {rule.cells}, m = 50. It may FAIL beyond {rule.endpoint_far:g} sd of the baseline's."
    )
    return Section("The second endpoint", text, ["log-loss higher by", "PASS", "FAIL", "seeds"], rows)


def _pairs(each: Callable[..., Iterable], rule: Rule, replicates: int) -> Section:
    tried = [(rho, loss) for rho in PAIRED_RHO for loss in DROPS]
    found = dict(zip(tried, each(pairs, *zip(*tried, strict=True), *_same(tried, rule, replicates)), strict=True))
    rows = [[rho, f"{loss:g} sd", *found[rho, loss][0].row(), found[rho, loss][1]] for rho, loss in tried]
    text = (
        f"The same of {replicates:,} jobs that make pairs of head and base on one seed (`gate --base`), whose scores correlate "
        f"as rho; margin {MARGIN} sd. Last: FAIL at the first look."
    )
    return Section("Pairs of one job", text, ["rho", "loses", "PASS", "FAIL", "seeds", "FAIL at once"], rows)


def _needed(each: Callable[..., Iterable], rule: Rule, replicates: int) -> Section:
    tried = [(design, theta) for design in NEEDED for theta in THETAS]
    found = dict(zip(tried, each(runs_needed, *zip(*tried, strict=True), *_same(tried, rule, replicates)), strict=True))
    rows = [
        [
            pairing,
            m or "n",
            rho,
            *(f"{found[(pairing, m, rho), theta]}; {theirs}" for theta, theirs in zip(THETAS, row, strict=True)),
        ]
        for (pairing, m, rho), row in NEEDED.items()
    ]
    text = (
        f"One test at .05 of normal scores, {replicates:,} comparisons, up to {MOST_RUNS} runs: ours; theirs "
        "(the design's: Welch at rho 0, the anchored estimate at any n). `auto` anchors from 10 pairs on that correlate "
        "above .5, at most as many as the baseline has."
    )
    head = ["pairing", "m", "rho", *(f"theta {theta}" for theta in THETAS)]
    return Section("Runs needed to pass an equal candidate 9 (8) times of 10, margin theta sd", text, head, rows)


def _parts(replicates: int) -> Section:
    rows: list[list[object]] = [
        [f"Boschloo at .05, n = {runs}, 30 % failed", f"{boschloo_power(runs):.2f}; {theirs:.2f}", "", ""]
        for runs, theirs in BOSCHLOO.items()
    ]
    rows += [
        [f"Brown-Forsythe at .05, n = {runs}, sd x {', '.join(f'{ratio:g}' for ratio in RATIOS)}"]
        + [
            f"{brown_forsythe_power(runs, ratio, replicates):.2f}; {theirs:.2f}"
            for ratio, theirs in zip(RATIOS, row, strict=True)
        ]
        for runs, row in BROWN_FORSYTHE.items()
    ]
    text = (
        f"Chance to be seen against 50 runs (that fail at 5 %): ours; theirs (the design's). Boschloo's is exact, the others "
        f"from {replicates:,} comparisons."
    )
    return Section("Single tests", text, ["test", "", "", ""], rows)


def _same(tried: list, *values: object) -> list[list[object]]:
    return [[value] * len(tried) for value in values]
