"""What the first updates say of each planted change: `python -m tests.defects.beginnings` prints the table of docs/unchanged.md.

Half a minute of one core a line; nothing is stored.
"""

import argparse

import pytest
import torch

from stablebert.project import load_project
from stablebert.project.unchanged import judge_unchanged
from stablebert.tables import markdown
from tests.defects.arms import ARMS
from tests.defects.planted_runs import TASKS, cell_of, defect_of
from tests.gate.power import ROOT


def say(arm: str, task: str) -> str:
    """Return the verdict on the first updates of a task's cell with a change planted in them."""
    defect = defect_of(arm)
    project = load_project(ROOT, expect="unchanged")
    with pytest.MonkeyPatch.context() as patch, torch.random.fork_rng():
        torch.manual_seed(0)
        if defect is not None:
            defect.plant(patch)
        verdict = judge_unchanged(project, cell_of(task).cell)
    return f"{verdict.status}: {verdict.reason}"


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=ARMS, nargs="+", default=tuple(ARMS), help="arms (default: all)")
    parser.add_argument("--tasks", choices=TASKS, nargs="+", default=TASKS, help="tasks (default: all)")
    given = parser.parse_args()
    lines = [("task", "planted", "what the first updates say")]
    for task in given.tasks:
        for arm in given.only:
            lines.append((f"`{task}`", arm, say(arm, task)))
            print(" | ".join(lines[-1]), flush=True)
    print(markdown(lines, left=range(3)))


if __name__ == "__main__":
    _main()
