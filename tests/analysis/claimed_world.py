"""Runs that agree with every claim of the paper: what is known of each arm, as a few numbers that a test may change."""

from dataclasses import dataclass, replace

import numpy as np

from stablebert.analysis import Beside
from stablebert.paper import Arm
from stablebert.runs import Evaluation
from tests.gate.exact_rows import exact_rows

TASKS = ("rte", "mrpc", "stsb", "cola", "mnli-1k")
RUNS = 20


@dataclass(frozen=True)
class Behaviour:
    """What the runs of an arm do; scores in points."""

    mean: float
    sd: float = 1.0
    near_random: float = 0.0
    failed: int = 0
    over_validation: float = 1.0
    training_loss: float = 0.3
    best_step: int = 80
    course: float = 60.0
    top: float = 2.0
    bottom: float = 1.0
    order: float = 0.0


_BERTADAM = Behaviour(66.0, 1.0, near_random=0.5, failed=10, over_validation=2.0, training_loss=0.6, course=40.0)
_REINIT = Behaviour(72.0, 0.6, best_step=60, course=65.0, top=1.5, bottom=0.8)
WORLD = {
    Arm("bertadam"): _BERTADAM,
    Arm("debiased"): Behaviour(70.0),
    Arm("reinit"): _REINIT,
    Arm("reinit.blocks0"): Behaviour(71.0),
    **{Arm(f"reinit.blocks{blocks}"): _REINIT for blocks in (1, 3)},
    Arm("bertadam", "long"): Behaviour(72.0, 0.6),
    Arm("debiased", "long"): Behaviour(72.5, 0.5, best_step=400),
    Arm("reinit", "long"): Behaviour(73.5, 0.4, best_step=300),
    **{Arm(method): Behaviour(70.1) for method in ("llrd", "mixout", "wdecay", "prior")},
    Arm("transfer"): Behaviour(75.0),
    Arm("debiased", grid=True): Behaviour(70.0, 2.0),
    Arm("reinit.blocks5", grid=True): Behaviour(74.0, 0.5),
    **{Arm("debiased", precision=one): Behaviour(70.0) for one in ("fp32", "bf16", "fp16")},
    Arm("bertadam", encoder="bert-large"): _BERTADAM,
    Arm("debiased", encoder="bert-large"): Behaviour(70.0),
    Arm("reinit.blocks10", encoder="bert-large"): replace(_REINIT, bottom=1.5),
    **{Arm("debiased", "own", encoder=f"{one}-large"): Behaviour(70.0, 6.0) for one in ("xlnet", "roberta")},
    **{Arm("debiased", "own", encoder=f"{one}-large"): Behaviour(70.0, 6.0) for one in ("electra", "bart")},
    **{Arm("reinit", "own", encoder=f"{one}-large"): Behaviour(78.0) for one in ("xlnet", "roberta")},
    **{Arm("reinit", "own", encoder=f"{one}-large"): Behaviour(78.0) for one in ("electra", "bart")},
}


def rows_of_arm(what):
    """Return the rows of an arm on any task: scores at normal quantiles, a share of them near random."""
    few = round(RUNS * what.near_random)
    rows = exact_rows(what.mean, what.sd, RUNS)
    return tuple(
        replace(
            row,
            test=52.0 + 0.1 * place if place < few else row.test,
            validation=what.over_validation * (52.0 + 0.1 * place if place < few else row.test),
            failed=place < what.failed,
            training_loss=what.training_loss + 0.01 * (place % 3),
            best_step=what.best_step + place % 5,
        )
        for place, row in enumerate(rows)
    )


def grid_of_arm(what):
    """Return the rows of a five by five grid whose scores vary with the sum of both seeds, and more with the order."""
    noise = np.random.default_rng(4).normal(0, 1, 25)
    rows = exact_rows(what.mean, 1.0, 25)
    return tuple(
        replace(
            row,
            seed=f"i{place // 5:03d}d{place % 5:03d}",
            test=what.mean + what.sd * noise[place] + what.order * (place % 5 - 2),
        )
        for place, row in enumerate(rows)
    )


def course_of_arm(what, rows):
    """Return the evaluations of its runs, by seed; blocks 1 and 4 are the outer quarters."""
    noise = np.random.default_rng(3).normal(0, 0.05, len(rows))
    return {
        row.seed: (
            Evaluation(9, what.course + wobble, 1.0, {}),
            Evaluation(
                96,
                what.course + wobble,
                1.0,
                {"block01": what.bottom + wobble, "block02": 1.0, "block03": 1.0, "block04": what.top + wobble},
            ),
        )
        for row, wobble in zip(rows, noise, strict=True)
    }


def runs_in(world, *, also=None):
    """Return rows and evaluations by task and arm.

    Args:
        world: What each arm does on every task.
        also: What an arm does on a task alone.
    """
    each = {(task, arm): what for task in TASKS for arm, what in world.items()}
    each |= {("mnli", Arm(method)): Behaviour(86.0, 0.3) for method in ("bertadam", "debiased")}
    each |= also or {}
    cells = {key: grid_of_arm(what) if key[1].grid else rows_of_arm(what) for key, what in each.items()}
    return cells, Beside(courses={key: course_of_arm(each[key], rows) for key, rows in cells.items()})
