"""Sessions in which nothing is wrong: how often one FAILs, by which part, how often it PASSes, and with how many runs."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from tests.calibration.arms import Arm
from tests.calibration.outcome import HEAD, Outcome, outcome_of
from tests.calibration.pooled import Cell, Session, judge_session
from tests.calibration.rule import FAIL, PASS, Rule, judge
from tests.calibration.samples import CENTRE, stream
from tests.calibration.stored import ENCODER, Stored, stored_cells
from tests.calibration.tables import Limit, Section, mean, percent, surely

SIZES = (1, 4, 12)
BASELINES = (50, 20)
MARGINS = (1.5, 1.0)
BLOCK = 1000
SHARES = (0.0, 0.5)
ALARM = 1.0
# of a session of one cell, and of four: most seeds a cell
MOST_SEEDS = {1: 13.0, 4: 7.0}
SHIPPED_PASS = 95.0
GUARDS = ("failure rate", "all runs", "held-out log-loss")
# of a FAIL by the second endpoint, a session: what the policy promises
ENDPOINT = 0.1
CELL_PARTS = ("failed runs", "location", "spread", "held-out log-loss")
POOLED_PARTS = ("failed runs", "location", "spread")


def normal_cell(
    margin: float, m: int, sessions: int, runs: int, generator: np.random.Generator, sd: float = 2.0
) -> Cell:
    """Return a cell with normal scores and log-losses in many sessions, both sides alike; the margin is in points."""
    arms = []
    for count in (runs, m):
        shape = (sessions, count)
        scores = CENTRE + sd * generator.standard_normal(shape)
        arms.append(Arm(scores, np.zeros(shape, dtype=bool), generator.normal(0.5, 0.05, shape)))
    return Cell(*arms, margin)


def normal_session(cells: int, margin: float, m: int, rule: Rule, sessions: int) -> tuple[Outcome, tuple[float, float]]:
    """Return what equal sessions come to, and the share in which the second endpoint of a cell FAILs."""
    generator = stream("equal normal", cells, margin, m)
    drawn = [normal_cell(2 * margin, m, sessions, rule.looks[-1], generator) for _ in range(cells)]
    found = judge_session(drawn, replace(rule, cells=cells))
    return outcome_of(found), percent(_fails_by(found, "held-out log-loss"))


def normal_surely(cells: int, margin: float, m: int, rule: Rule, sessions: int) -> tuple[Outcome, tuple[float, float]]:
    """Return what `normal_session` does, with more sessions where these leave a limit in doubt."""
    case = (cells, margin, m)
    return surely(
        lambda count: normal_session(*case, rule, count), lambda found: limits_of_normal(*case, *found), sessions
    )


def limits_of_normal(cells: int, margin: float, m: int, outcome: Outcome, endpoint: tuple[float, float]) -> list[Limit]:
    """Return the limits of the alarms, and of the seeds of the cells that are planned for."""
    name = f"{cells} equal cells, margin {margin:g} sd, m = {m}"
    limits = [outcome.limit(name, fails=ALARM), Limit(f"FAIL by the second endpoint of {name}", *endpoint, ENDPOINT)]
    if cells in MOST_SEEDS and (margin, m) == (1.5, 50):
        limits.append(Limit(f"seeds a cell of {name}", *outcome.seeds, MOST_SEEDS[cells]))
    return limits


def draw_cell(
    stored: Stored, sessions: int, runs: int, share: float, m: int, margin: float, generator: np.random.Generator
) -> Cell:
    """Return one cell in many sessions, candidate and baseline alike; a seed is the same stored run in a share of them."""
    theirs = stored.pick((sessions, m), generator)
    ours = stored.pick((sessions, runs), generator)
    both = min(runs, m)
    same = generator.random((sessions, both)) < share
    ours[:, :both] = np.where(same, theirs[:, :both], ours[:, :both])
    arms = [stored.draw(picked.shape, generator, picked) for picked in (ours, theirs)]
    return Cell(*arms, margin)


def session_block(block: int, share: float, cells: int, m: int, rule: Rule, sessions: int) -> Counter[str]:
    """Return how many of the sessions FAIL, by part, and how many PASS; margins are 1.5 sd."""
    generator = stream("equal sessions", share, cells, m, block)
    stored = stored_cells()
    grid = [stored[place % len(stored)] for place in range(cells)]
    drawn = [draw_cell(one, sessions, rule.looks[-1], share, m, 1.5 * one.sd, generator) for one in grid]
    found = judge_session(drawn, replace(rule, cells=cells), shared=share > 0)
    counts = Counter({f"{part} FAIL": int(_fails_by(found, part).sum()) for part in CELL_PARTS})
    for part in POOLED_PARTS:
        counts[f"pooled {part} FAIL"] = int(((found.pooled == FAIL) & (found.part == part)).sum())
    counts["session FAIL"] = int((found.status == FAIL).sum())
    counts["session PASS"] = int((found.status == PASS).sum())
    counts["seeds"] = int(found.seeds.sum())
    return counts


def _fails_by(found: Session, part: str) -> np.ndarray:
    return np.any([(cell.status == FAIL) & (cell.part == part) for cell in found.cells], axis=0)


def shipped(kind: str, m: int | None, rule: Rule, sessions: int) -> Outcome | None:
    """Return what an unchanged commit's bare session of the shipped grid comes to; None where no cell has a margin.

    Args:
        kind: `stored` (the accepted rows resampled) or `normal` (with the frozen sd).
        m: Runs of each baseline; None: as many as are accepted.
        rule: The rule.
        sessions: How many.
    """
    generator = stream("shipped", kind, m)
    grid = [stored for stored in stored_cells() if stored.margin is not None]
    if not grid:
        return None
    drawn = []
    for stored in grid:
        margin, runs = stored.margin or 0.0, m or stored.runs
        if kind == "stored":
            drawn.append(draw_cell(stored, sessions, rule.looks[-1], 0.0, runs, margin, generator))
        else:
            drawn.append(normal_cell(margin, runs, sessions, rule.looks[-1], generator, stored.frozen_sd))
    return outcome_of(judge_session(drawn, replace(rule, cells=len(grid))))


def shipped_surely(kind: str, m: int | None, rule: Rule, sessions: int) -> Outcome | None:
    """Return what `shipped` does, with more sessions where these leave the limit in doubt."""
    return surely(
        lambda count: shipped(kind, m, rule, count), lambda found: limits_of_shipped(kind, m, found), sessions
    )


def limits_of_shipped(kind: str, m: int | None, found: Outcome | None) -> list[Limit]:
    """Return the limit of the share of PASS against the runs that are accepted."""
    if found is None or m is not None:
        return []
    name = f"an unchanged commit on the shipped grid, {kind} runs"
    return [found.limit(name, passes=SHIPPED_PASS, least=True)]


def guard_cost(stored: Stored, guards: tuple[str, ...], rule: Rule, sessions: int) -> tuple[Outcome, dict[str, float]]:
    """Return what an equal cell alone comes to, without its pooled test, and what it ends undecided by, in percent."""
    generator = stream("guards", stored.name)
    cell = draw_cell(stored, sessions, rule.looks[-1], 0.0, 50, 1.5 * stored.sd, generator)
    found = judge(cell.candidate, cell.baseline, cell.margin, replace(rule, cells=1, guards=guards))
    undecided = {guard: percent((found.status != PASS) & (found.part == guard))[0] for guard in GUARDS}
    return outcome_of(found), undecided


def sections(each: Callable[..., Iterable], rule: Rule, sessions: int) -> list[Section]:
    """Return the tables of sessions in which nothing is wrong.

    Args:
        each: Map of a function, in this process or in others.
        rule: The rule; its cells are set to those of the session.
        sessions: How many, in whole blocks.
    """
    return [
        _normal(each, rule, sessions),
        _alarms(each, rule, sessions),
        _shipped(each, rule, sessions),
        _guards(each, rule, sessions),
    ]


def _normal(each: Callable[..., Iterable], rule: Rule, sessions: int) -> Section:
    tried = [(cells, margin, m) for cells in SIZES for margin in MARGINS for m in BASELINES]
    same = ([value] * len(tried) for value in (rule, sessions))
    found = dict(zip(tried, each(normal_surely, *zip(*tried, strict=True), *same), strict=True))
    rows = [
        [cells, f"{margin:g} sd", m, *found[cells, margin, m][0].row(), found[cells, margin, m][1][0]]
        for cells, margin, m in tried
    ]
    limits = [limit for case, one in found.items() for limit in limits_of_normal(*case, *one)]
    text = (
        f"PASS and FAIL in percent and mean seeds a cell of {sessions:,} sessions with normal scores and log-losses in which "
        "nothing is wrong; then FAIL of a cell by its second endpoint. m: runs of each baseline."
    )
    return Section("Nothing wrong", text, ["cells", "margin", "m", *HEAD, "endpoint FAIL"], rows, limits)


def _alarms(each: Callable[..., Iterable], rule: Rule, sessions: int) -> Section:
    blocks = max(1, sessions // BLOCK)
    sizes = [min(sessions, BLOCK)] * blocks
    tried = [(share, cells, m) for cells, m in ((12, 50), (12, 20), (4, 50)) for share in SHARES]
    counts = {
        case: sum(each(session_block, range(blocks), *([value] * blocks for value in (*case, rule)), sizes), Counter())
        for case in tried
    }
    total = sum(sizes)
    names = [
        *(f"{part} FAIL" for part in CELL_PARTS),
        *(f"pooled {part} FAIL" for part in POOLED_PARTS),
        "session FAIL",
        "session PASS",
    ]
    rows: list[list[object]] = []
    for name in names:
        shares = [percent(np.arange(total) < counts[case][name]) for case in tried]
        rows.append(
            [
                f"**{name}**" if name.startswith("session") else name,
                *(f"{value:.2f} ± {error:.2f}" for value, error in shares),
            ]
        )
    rows.append(["seeds a cell", *(f"{counts[case]['seeds'] / total / case[1]:.2f}" for case in tried)])
    limits = [
        Limit(
            f"FAIL of sessions of {cells} stored cells alike, m = {m}, shared share {share}",
            *percent(np.arange(total) < counts[share, cells, m]["session FAIL"]),
            ALARM,
        )
        for share, cells, m in tried
    ]
    text = (
        f"Percent of {total:,} sessions of the {len(stored_cells())} cells of the grid with a baseline of `baselines/{ENCODER}`, in "
        "turn, in which candidate and baseline are drawn anew from the same stored runs: a stored run's score and log-loss, "
        "each with a normal deviation of Silverman's bandwidth, scores on the grid of the stored ones; a run fails at the "
        "cell's stored rate of lost runs, half a lost run added. In a shared share of the seeds both sides are the same stored "
        "run. Margins are 1.5 sd. ± is the Monte Carlo error."
    )
    head = ["what", *(f"{cells} cells, m = {m}, shared {share}" for share, cells, m in tried)]
    return Section("False alarms with stored runs", text, head, rows, limits)


def _shipped(each: Callable[..., Iterable], rule: Rule, sessions: int) -> Section:
    tried = [(kind, m) for kind in ("stored", "normal") for m in (None, 50)]
    same = ([value] * len(tried) for value in (rule, sessions))
    found = dict(zip(tried, each(shipped_surely, *zip(*tried, strict=True), *same), strict=True))
    rows = [[kind, m or "accepted", *outcome.row()] for (kind, m), outcome in found.items() if outcome is not None]
    limits = [limit for case, one in found.items() for limit in limits_of_shipped(*case, one)]
    cells = "; ".join(
        f"{stored.name}: margin {stored.margin:g}, sd {stored.frozen_sd:.2f}, {stored.runs} runs"
        for stored in stored_cells()
        if stored.margin is not None
    )
    text = (
        f"{sessions:,} bare sessions of the shipped grid in which nothing has changed, with the margins of `baselines/margins.csv` "
        f"({cells}): the stored runs resampled as above, or normal ones of the same sd. m: runs of each baseline; the limit is asked of "
        "those that are accepted."
    )
    return Section("An unchanged commit", text, ["runs", "m", *HEAD], rows, limits)


def _guards(each: Callable[..., Iterable], rule: Rule, sessions: int) -> Section:
    cells, replicates = stored_cells(), min(sessions, 2 * BLOCK)
    tried = {
        "the rule": GUARDS,
        **{f"without {name}": tuple(g for g in GUARDS if g != name) for name in GUARDS},
        "without any": (),
    }
    rows = []
    for name, guards in tried.items():
        found = list(each(guard_cost, cells, *([value] * len(cells) for value in (guards, rule, replicates))))
        passed, seeds = (mean(np.array([getattr(one, what)[0] for one, _ in found]))[0] for what in ("passed", "seeds"))
        lost = [float(np.mean([undecided[guard] for _, undecided in found])) for guard in GUARDS]
        rows.append([name, passed, seeds, *lost])
    text = (
        f"Mean over the {len(cells)} stored cells, each alone against 50 runs and without its pooled test, {replicates:,} equal candidates "
        "each, drawn as above without shared seeds, margin 1.5 sd: PASS in percent, seeds used, and what withholds the rest."
    )
    head = ["", "PASS", "seeds", *(f"withheld: {guard}" for guard in GUARDS)]
    return Section("What the guards of a PASS cost an equal candidate", text, head, rows)
