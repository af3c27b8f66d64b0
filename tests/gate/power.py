"""How often sessions resampled from the stored runs end in which verdict: why docs/gate.md says what the control is.

`python -m tests.gate.power` prints the table. A session draws 20 runs of a cell with replacement, gives each a seed and
a loss sequence of its own, and is judged against the debiased baseline by the rule as it is, on the grid as it is.
"""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

from stablebert.baselines import find_margin, read_baseline, read_grid
from stablebert.gate import Policy, judge
from stablebert.runs import Cell, RunRow

ROOT = Path(__file__).parents[2]
TASKS = ("trec", "intensity")
SESSIONS = 400
RUNS = 20


def outcomes(
    candidate: list[RunRow], baseline: list[RunRow], policy: Policy, margin: float, *, sessions: int, seed: int = 0
) -> Counter[tuple[str, int]]:
    """Return how many of the resampled sessions ended in a verdict at a number of seeds."""
    generator = np.random.default_rng(seed)
    counts: Counter[tuple[str, int]] = Counter()
    for _ in range(sessions):
        drawn = generator.integers(len(candidate), size=RUNS)
        rows = [
            replace(candidate[index], seed=f"s{100 + place}", losses=f"resampled {place}")
            for place, index in enumerate(drawn)
        ]
        verdict = judge(rows, baseline, policy, margin=margin)
        counts[str(verdict.status), verdict.runs] += 1
    return counts


def grid_policy() -> Policy:
    """Return the policy of the project's own bench."""
    return Policy(cells=len(read_grid(ROOT / "baselines", "mini")))


def _print() -> None:
    for task in TASKS:
        folder = ROOT / "baselines"
        cells = {name: read_baseline(folder / "minilm" / task / f"{name}_3ep.csv") for name in ("bertadam", "debiased")}
        margin = find_margin([folder], Cell(task))
        for name, cell in cells.items():
            counts = outcomes(
                list(cell.rows), list(cells["debiased"].rows), grid_policy(), margin.margin, sessions=SESSIONS
            )
            shown = ", ".join(f"{status} at {runs}: {count}" for (status, runs), count in sorted(counts.items()))
            print(f"{task} {name}, {SESSIONS} sessions: {shown}")


if __name__ == "__main__":
    _print()
