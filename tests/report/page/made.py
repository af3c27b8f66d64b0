"""Content that no project was read for: as many runs as wanted, in every state, under any name."""

import math
from dataclasses import replace
from pathlib import Path

from stablebert.analysis import Measured, judge_claims, judge_targets
from stablebert.baselines import Baseline, RunSeries
from stablebert.gate import Policy, Status, Verdict, judge
from stablebert.gate.lost_runs import line_of, with_collapsed
from stablebert.paper import CLAIMS, printed_rows
from stablebert.project.claimed import Asked
from stablebert.report import SessionReport
from stablebert.report.page.content import JUDGED, Content, Document, Entry, SeenCell, in_order
from stablebert.runs import Cell, Evaluation, StepSeries
from tests.gate.exact_rows import exact_rows
from tests.report.verdicts import EVERY, POOLED
from tests.synthetic import synthetic_rows

BASELINES = Path(__file__).parents[3] / "baselines"
TASKS = ("trec", "intensity")
METHODS = ("bertadam", "debiased", "reinit")
MEANS = {"bertadam": 82.0, "debiased": 90.0, "reinit": 90.6}
BLOCKS = ("block01", "block02", "embeddings", "head", "pooler")
UPDATES = 96


def made(tasks=TASKS, methods=METHODS, *, seeds=20, word=""):
    """Return content with something in every part; a word is put wherever a page takes text from elsewhere."""
    cells = [Cell(task, method) for task in tasks for method in methods]
    rows = {cell: tuple(_rows(cell, seeds)) for cell in cells}
    seen = in_order([SeenCell(cell, with_collapsed(found, line_of(found))) for cell, found in rows.items()])
    judged = [cell for cell in cells if cell.method == "debiased"][:2]
    paths = {cell.id: _path(cell, rows[cell], shift) for cell, shift in zip(judged, (-0.25, -3.0), strict=False)}
    hostile = Verdict(f"{word}_cell", Status.INVALID, f"{word}: it has no baseline", command=f"echo '{word}'")
    verdicts = [*(path[-1] for path in paths.values()), POOLED, *([hostile] if word else [])]
    printed = printed_rows([BASELINES])
    measured = [Measured(printed[0], "rte_debiased_3ep_bert-large_fp32", exact_rows(69.5, 2.5))]
    return Content(
        session=SessionReport(
            Status.FAIL,
            verdicts,
            [{"law": "a-law", "optimizer": word, "status": "broken", "detail": f"{word}x"}],
            [f"{word}a note"],
        ),
        cells=seen,
        judged=tuple(SeenCell(cell, tuple(synthetic_rows(89.0, range(100, 112))), JUDGED) for cell in judged),
        paths=paths,
        series={cell: tuple(_series(row, word) for row in found) for cell, found in rows.items()},
        margins=dict.fromkeys(cells, 1.2),
        accepted=tuple(Baseline(Path("x"), {"cell": cell.id}, found) for cell, found in rows.items() if not word),
        claims=tuple(judge_claims(CLAIMS, Asked("minilm", "fp32", _as_named).by_arm(rows))),
        targets=tuple(judge_targets(measured, printed)),
        printed=tuple(printed),
        ledger=(Entry("2026-11-29", f"{word}trec", f"{word}none -> some | more"),),
        documents=(Document(Path("calibration.md"), f"{word}How often", f"{word}It errs.", (("a", "b"), (word, "2"))),),
    )


def every_verdict():
    """Return content of a session with a verdict of every kind."""
    return Content(session=SessionReport(Status.FAIL, list(EVERY.values())))


def _as_named(task, method, encoder):
    return method


def _rows(cell, seeds):
    lost = cell.method == "bertadam"
    failed = frozenset(range(0, seeds, 5)) if lost else frozenset()
    rows = synthetic_rows(MEANS.get(cell.method, 85.0), range(seeds), sd=3.0 if lost else 0.6, failed=failed)
    # one that has collapsed, and one that has no score at all
    rows[1] = replace(rows[1], test=45.0)
    if lost:
        rows[0] = replace(rows[0], test=math.nan)
    return rows


def _path(cell, baseline, shift):
    rows = [replace(row, test=row.test + shift) for row in synthetic_rows(90.0, range(100, 120))]
    path = []
    for look in Policy().looks:
        path.append(judge(rows[:look], baseline, Policy(), margin=0.5, cell=cell.id, alone=False))
        if not path[-1].is_open:
            break
    return tuple(path)


def _series(row, word):
    number = int(row.seed[1:])
    level = 1.8 if row.failed else 0.2
    losses = tuple(
        level + (1.8 - level) * math.exp(-step / 20) + 0.01 * ((number * 7 + step) % 5) for step in range(UPDATES)
    )
    distance = {f"{word}{block}": 2.0 + place + 0.01 * number for place, block in enumerate(BLOCKS)}
    steps = StepSeries(losses, losses, losses, losses)
    return RunSeries(row.seed, row.losses, steps, (Evaluation(UPDATES, row.test, 0.1, distance),), (), None)
