"""What the rule can see, beside the figures of the design's simulations (`theirs`)."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
from scipy.stats import binom

from tests.calibration.arms import Arm
from tests.calibration.failures import boschloo
from tests.calibration.rule import FAIL, PASS, Rule, judge, locate, spread_p
from tests.calibration.samples import CENTRE, CHANCE, SD, stream
from tests.calibration.tables import Limit, Section, mean, percent

MOST_RUNS = 120
MOST_SEEDS = 7.0
GRID = 12

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
# theta: PASS and mean runs at Pocock's looks of a paired t
POCOCK = {
    -1.0: ".000, 5.2",
    -0.5: ".002, 6.7",
    0.0: ".048, 11.6",
    0.5: ".56, 14.6",
    0.75: ".87, 12.4",
    1.0: ".98, 9.8",
    1.5: "1.0, 7.0",
    2.0: "1.0, 5.7",
}
SEQUENTIAL = {"paired, rho 0.5": ("paired", 20, 0.5), "m = 20": ("auto", 20, 0.0), "m = 50": ("auto", 50, 0.0)}
BOSCHLOO = {5: 0.47, 10: 0.65, 20: 0.83}
BROWN_FORSYTHE = {5: (0.20, 0.46, 0.80), 10: (0.40, 0.76, 0.97), 20: (0.60, 0.94, 1.0)}
RATIOS = (1.5, 2.0, 3.0)
RATES = (0.3, 0.5, 0.8)


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

    def power(runs: int) -> float:
        # seeds that the baseline lacks are none of the pairs
        shared = min(runs, x.shape[1])
        estimate, _ = locate(y[:, :runs], x, rule, shared=shared == runs and correlation > 0)
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


def sequential(
    design: tuple[str, int, float], theta: float, rule: Rule, replicates: int
) -> tuple[tuple[float, float], tuple[float, float], tuple[float, float]]:
    """Return PASS and FAIL in percent and mean seeds of a candidate theta sd above the margin (1.5 sd)."""
    pairing, baseline_runs, correlation = design
    y, x = pair(replicates, rule.looks[-1], baseline_runs, correlation, stream("sequential", *design, theta))
    sides = [_sound(CENTRE + SD * scores) for scores in (y + theta - 1.5, x)]
    found = judge(*sides, 1.5 * SD, replace(rule, pairing=pairing), shared=correlation > 0)
    return percent(found.status == PASS), percent(found.status == FAIL), mean(found.runs)


def alarms(rate: float, ratio: float, rule: Rule, replicates: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return FAIL in percent and mean seeds of a candidate equal but for its failures or its spread, m = 50."""
    generator = stream("alarms", rate, ratio)
    y, x = pair(replicates, rule.looks[-1], 50, 0.0, generator)
    sides = []
    for scores, chance in ((ratio * y, rate), (x, 0.05 if rate else 0.0)):
        failed = generator.random(scores.shape) < chance
        sides.append(Arm(np.where(failed, CHANCE, CENTRE + SD * scores), failed))
    found = judge(*sides, 1.5 * SD, rule)
    return percent(found.status == FAIL), mean(found.runs)


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
    rule = replace(rule, cells=GRID)
    return [
        _needed(each, rule, min(replicates, 4000)),
        _sequential(each, rule, replicates),
        _failing(rule, min(replicates, 4000)),
        _spread(rule, min(replicates, 4000)),
    ]


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


def _sequential(each: Callable[..., Iterable], rule: Rule, replicates: int) -> Section:
    tried = [(design, theta) for design in SEQUENTIAL.values() for theta in POCOCK]
    found = dict(zip(tried, each(sequential, *zip(*tried, strict=True), *_same(tried, rule, replicates)), strict=True))

    def shown(design: tuple[str, int, float], theta: float) -> str:
        (passed, _), (failed, _), (seeds, _) = found[design, theta]
        return f"{passed:.1f}, {failed:.1f}, {seeds:.2f}"

    rows = [
        [theta, *(shown(design, theta) for design in SEQUENTIAL.values()), theirs] for theta, theirs in POCOCK.items()
    ]
    limits = [
        Limit(f"mean seeds of an equal candidate at theta 1.5, {name}", *found[SEQUENTIAL[name], 1.5][2], MOST_SEEDS)
        for name in ("m = 20", "m = 50")
    ]
    text = (
        f"PASS and FAIL in percent, mean seeds; margin 1.5 sd, theta: true difference plus the margin in sd (1.5: equal), "
        f"normal scores, {replicates:,} comparisons, a grid of {GRID} cells. Theirs (the design's): share of PASS and mean runs "
        "of a paired t at Pocock's looks with stops for futility, whose sd is that of the pairs."
    )
    return Section("Over the looks", text, ["theta", *SEQUENTIAL, "theirs"], rows, limits)


def _failing(rule: Rule, replicates: int) -> Section:
    rows = [
        [f"Boschloo at .05, n = {runs}, 30 %", boschloo_power(runs), f"{theirs:.2f}"]
        for runs, theirs in BOSCHLOO.items()
    ]
    for rate in RATES:
        (share, _), (seeds, _) = alarms(rate, 1.0, rule, replicates)
        rows.append(
            [f"FAIL by the rule over the looks, {100 * rate:.0f} %", f"{share / 100:.2f}, {seeds:.1f} seeds", ""]
        )
    text = (
        f"Chance to be seen when the baseline's 50 runs fail at 5 %. Boschloo's is exact; the rule's from {replicates:,} "
        f"comparisons in a grid of {GRID} cells, all else equal (the rest PASSes or stays undecided). Theirs: the design's."
    )
    return Section("More failed runs", text, ["", "ours", "theirs"], rows)


def _spread(rule: Rule, replicates: int) -> Section:
    rows: list[list[object]] = [
        [f"Brown-Forsythe at .05, n = {runs}"]
        + [
            f"{brown_forsythe_power(runs, ratio, replicates):.2f}; {theirs:.2f}"
            for ratio, theirs in zip(RATIOS, row, strict=True)
        ]
        for runs, row in BROWN_FORSYTHE.items()
    ]
    found = [alarms(0.0, ratio, rule, replicates) for ratio in RATIOS]
    rows.append(
        [
            "FAIL by the rule over the looks",
            *(f"{share / 100:.2f}, {seeds:.1f} seeds" for (share, _), (seeds, _) in found),
        ]
    )
    text = (
        f"Chance to be seen, against 50 runs: ours; theirs (the design's). {replicates:,} comparisons; the rule in a grid of "
        f"{GRID} cells, margin 1.5 sd of the baseline."
    )
    return Section("More spread", text, ["", *(f"sd x {ratio}" for ratio in RATIOS)], rows)


def _same(tried: list, *values: object) -> list[list[object]]:
    return [[value] * len(tried) for value in values]
