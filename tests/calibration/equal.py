"""Sessions in which nothing is wrong: how often one FAILs, by which part, and what a guard costs an equal candidate."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from tests.calibration.pooled import Cell, judge_pooled
from tests.calibration.rule import FAIL, PASS, Rule, judge
from tests.calibration.samples import stream
from tests.calibration.stored import PROFILE, Stored, stored_cells
from tests.calibration.tables import Limit, Section, percent

GRID = 12
BASELINE_RUNS = 20
THETA = 1.5
BLOCK = 1000
SHARES = (0.0, 0.5)
ALARM = 1.0
GUARDS = ("failure rate", "all runs", "log-loss")


def grid() -> list[Stored]:
    """Return the stored cells, taken in turn until there are twelve."""
    cells = stored_cells()
    return [cells[place % len(cells)] for place in range(GRID)]


def draw_cell(stored: Stored, sessions: int, runs: int, share: float, generator: np.random.Generator) -> Cell:
    """Return one cell in many sessions, candidate and baseline alike; a seed is the same stored run in a share of them."""
    theirs = stored.pick((sessions, BASELINE_RUNS), generator)
    ours = stored.pick((sessions, runs), generator)
    both = min(runs, BASELINE_RUNS)
    same = generator.random((sessions, both)) < share
    ours[:, :both] = np.where(same, theirs[:, :both], ours[:, :both])
    arms = [stored.draw(picked.shape, generator, picked) for picked in (ours, theirs)]
    return Cell(*arms, THETA * stored.sd)


def session_block(block: int, share: float, rule: Rule, sessions: int) -> Counter[str]:
    """Return how many of the sessions FAIL, by part, and how many PASS."""
    generator = stream("equal sessions", share, block)
    shared = share > 0
    cells = [draw_cell(stored, sessions, rule.looks[-1], share, generator) for stored in grid()]
    failing = {name: np.zeros(sessions, dtype=bool) for name in ("failed runs", "location", "spread")}
    passed = np.ones(sessions, dtype=bool)
    for cell in cells:
        found = judge(cell.candidate, cell.baseline, cell.margin, rule, shared=shared)
        for name, hit in failing.items():
            hit |= (found.status == FAIL) & (found.part == name)
        passed &= found.status == PASS
    status, part = judge_pooled(cells, rule, shared=shared)
    for name in ("failed runs", "location"):
        failing[f"pooled {name}"] = (status == FAIL) & (part == name)
    anyhow = np.logical_or.reduce(list(failing.values()))
    counts = Counter({name: int(hit.sum()) for name, hit in failing.items()})
    counts.update({"session": int(anyhow.sum()), "pooled PASS": int((status == PASS).sum())})
    counts.update({"every cell PASS": int(passed.sum())})
    return counts


def limit_of(counts: Counter[str], sessions: int, share: float) -> Limit:
    """Return the limit of the sessions that FAIL though nothing is wrong."""
    failing = percent(np.arange(sessions) < counts["session"])
    return Limit(f"session FAIL of equal sides, shared share {share}", *failing, ALARM)


def guard_cost(
    stored: Stored, guards: tuple[str, ...], rule: Rule, sessions: int
) -> tuple[float, float, dict[str, float]]:
    """Return the share of PASS of an equal cell, its mean seeds, and what it ends undecided by, in percent."""
    cell = draw_cell(stored, sessions, rule.looks[-1], 0.0, stream("guards", stored.name))
    found = judge(cell.candidate, cell.baseline, cell.margin, replace(rule, guards=guards))
    undecided = {guard: percent((found.status != PASS) & (found.part == guard))[0] for guard in GUARDS}
    return percent(found.status == PASS)[0], float(found.runs.mean()), undecided


def sections(each: Callable[..., Iterable], rule: Rule, sessions: int) -> list[Section]:
    """Return the tables of false alarms and of the guards.

    Args:
        each: Map of a function, in this process or in others.
        rule: The rule; its cells are set to those of the grid.
        sessions: How many, in whole blocks.
    """
    rule = replace(rule, cells=GRID)
    return [_alarms(each, rule, sessions), _guards(each, rule, sessions)]


def _alarms(each: Callable[..., Iterable], rule: Rule, sessions: int) -> Section:
    blocks = max(1, sessions // BLOCK)
    sizes = [min(sessions, BLOCK)] * blocks
    counts = {}
    for share in SHARES:
        counts[share] = sum(each(session_block, range(blocks), [share] * blocks, [rule] * blocks, sizes), Counter())
    total = sum(sizes)
    names = ["failed runs", "location", "spread", "pooled failed runs", "pooled location", "session"]
    rows = []
    for name in [*names, "pooled PASS", "every cell PASS"]:
        shares = [percent(np.arange(total) < counts[share][name]) for share in SHARES]
        label = f"**{name} FAIL**" if name == "session" else f"{name} FAIL" if name in names else name
        rows.append([label, *(f"{value:.2f} ± {error:.2f}" for value, error in shares)])
    limits = [limit_of(counts[share], total, share) for share in SHARES]
    cells = {stored.name for stored in grid()}
    text = (
        f"Percent of {total:,} sessions of {GRID} cells ({len(cells)} stored cells of `baselines/{PROFILE}`, in turn) in "
        f"which candidate and baseline ({BASELINE_RUNS} runs) are drawn anew from the same stored runs: a stored run's score "
        "and log-loss, each with a normal deviation of Silverman's bandwidth, scores on the grid of the stored ones; a run "
        "fails at the cell's stored rate, half a failed run added. In a shared share of the seeds both sides are the same "
        f"stored run. Margins are {THETA} sd. ± is the Monte Carlo error. A session FAILs if any cell or the pooled test does."
    )
    head = ["what", *(f"shared {share}" for share in SHARES)]
    return Section("False alarms of a session in which nothing is wrong", text, head, rows, limits)


def _guards(each: Callable[..., Iterable], rule: Rule, sessions: int) -> Section:
    cells, replicates = stored_cells(), min(sessions, 4 * BLOCK)
    tried = {
        "the rule": GUARDS,
        **{f"without {name}": tuple(g for g in GUARDS if g != name) for name in GUARDS},
        "without any": (),
    }
    rows = []
    for name, guards in tried.items():
        found = list(each(guard_cost, cells, *([value] * len(cells) for value in (guards, rule, replicates))))
        lost = [np.mean([undecided[guard] for _, _, undecided in found]) for guard in GUARDS]
        rows.append([name, *(float(np.mean([one[place] for one in found])) for place in (0, 1)), *map(float, lost)])
    text = (
        f"Mean over the {len(cells)} stored cells, {replicates:,} equal candidates each, drawn as above without shared "
        f"seeds: PASS in percent at the last look, seeds used, and what keeps the rest from a PASS, in percent."
    )
    head = ["", "PASS", "seeds", *(f"withheld: {guard}" for guard in GUARDS)]
    return Section("What the guards of a PASS cost an equal candidate", text, head, rows)
