"""How often runs are told from what the paper prints: `python -m tests.calibration.printed`, --write puts it on the page.

What is printed is drawn as well as what is judged: of each row as many runs as the paper has made, about the printed
mean with the printed standard deviation, and rounded as in print.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from stablebert.analysis import Measured, TargetOutcome, judge_target
from stablebert.analysis.printed import ROUNDING
from stablebert.gate import Status
from stablebert.paper import PrintedRow, paper_margin, printed_rows
from stablebert.runs import Cell
from stablebert.stats import Sample, detectable_loss
from tests.calibration.tables import Limit
from tests.gate.exact_rows import rows_of

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "paper.md"
SEED, STORES = 20, 50
BLOCK = re.compile(r"(<!-- study: python -m tests.calibration.printed -->\n```text\n).*?(```)", re.DOTALL)
PASS, INCONCLUSIVE, FAIL = Status.PASS, Status.INCONCLUSIVE, Status.FAIL
# five tables have an error of .05 each, over 124 rows
WRONG = 5 * 0.05 / 124


@dataclass(frozen=True)
class Case:
    """What is drawn.

    Attributes:
        name: In words.
        lowered: By how many printed standard deviations the runs lie lower; None: by what a PASS rules out.
        stretch: Their standard deviation over the printed one.
        failing: Share of runs, of both sides, that score what the majority class does.
        most: Largest share of rows that may end so, and how.
    """

    name: str
    lowered: float | None = 0.0
    stretch: float = 1.0
    failing: float = 0.0
    most: tuple[tuple[float, Status], ...] = ()


CASES = (
    Case("the same", most=((WRONG, FAIL), (0.15, INCONCLUSIVE))),
    Case("higher by 1 sd", -1.0, most=((WRONG, FAIL),)),
    Case("lower by 0.5 sd", 0.5),
    Case("lower by 1 sd", 1.0),
    Case("lower by what a PASS rules out", None, most=((0.06, PASS),)),
    Case("lower by 2 sd", 2.0),
    Case("lower by 3 sd", 3.0, most=((0.04, PASS), (0.05, INCONCLUSIVE))),
    Case("spread 1.5 times as wide", stretch=1.5),
    Case("spread 3 times as wide", stretch=3.0),
    Case("the same, 5 % of all runs fail", failing=0.05, most=((0.01, FAIL),)),
)


def judged(
    row: PrintedRow, case: Case, generator: np.random.Generator, judge: Callable[[Measured], TargetOutcome]
) -> Status:
    """Return what is said of one draw of a row and of our runs of it."""
    largest = Sample(row.mean, row.sd + ROUNDING, row.runs)
    ruled_out = max(paper_margin(row.task), ROUNDING + detectable_loss(largest, row.runs))
    loss = ruled_out if case.lowered is None else case.lowered * row.sd

    def drawn(mean: float, sd: float) -> tuple[np.ndarray, np.ndarray]:
        failed = generator.random(row.runs) < case.failing
        return np.where(failed, row.majority, generator.normal(mean, sd, row.runs)), np.flatnonzero(failed)

    theirs, _ = drawn(row.mean, row.sd)
    printed = replace(row, mean=round(float(theirs.mean()), 1), sd=round(float(theirs.std(ddof=1)), 1))
    scores, failed = drawn(row.mean - loss, case.stretch * row.sd)
    cell = Cell(row.task, row.method, row.length, row.encoder, precision=row.precisions[0])
    return judge(Measured(printed, cell.id, rows_of(scores, failed=failed, validation=scores))).status


def share(case: Case, stores: int, judge: Callable[[Measured], TargetOutcome] = judge_target) -> dict[Status, float]:
    """Return the share of the rows that end so, over so many stores of all printed rows."""
    generator = np.random.default_rng((SEED, *case.name.encode()))
    rows = printed_rows([ROOT / "baselines"])
    found = Counter(judged(row, case, generator, judge) for _ in range(stores) for row in rows)
    return {status: found[status] / (stores * len(rows)) for status in (PASS, INCONCLUSIVE, FAIL)}


def limits_of(case: Case, found: dict[Status, float], stores: int) -> list[Limit]:
    """Return the limits of a case with what was found."""
    draws = stores * len(printed_rows([ROOT / "baselines"]))
    return [
        Limit(f"{case.name}: {status}", found[status], float(np.sqrt(most * (1 - most) / draws)), most)
        for most, status in case.most
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the study and print its table; exit status 1 and a line each where a limit is exceeded."""
    parser = argparse.ArgumentParser(prog="python -m tests.calibration.printed", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the table to docs/paper.md, too")
    given = parser.parse_args(arguments)
    found = [(case, share(case, STORES)) for case in CASES]
    lines = [f"{'rows, in %':<32}{'PASS':>8}{'INCONCLUSIVE':>14}{'FAIL':>8}"]
    lines += [
        f"{case.name:<32}{_of(one, PASS):>8}{_of(one, INCONCLUSIVE):>14}{_of(one, FAIL):>8}" for case, one in found
    ]
    print("\n".join(lines))
    if given.write:
        table = "".join(f"{line}\n" for line in lines)
        PAGE.write_text(BLOCK.sub(lambda block: block[1] + table + block[2], PAGE.read_text()), encoding="utf-8")
    broken = [limit.line() for case, one in found for limit in limits_of(case, one, STORES) if limit.broken(3)]
    for line in broken:
        print(f"limit exceeded: {line}", file=sys.stderr)
    return 1 if broken else 0


def _of(found: dict[Status, float], status: Status) -> str:
    return f"{100 * found[status]:.2f}"


if __name__ == "__main__":
    sys.exit(main())
