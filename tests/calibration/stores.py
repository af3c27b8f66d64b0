"""Stores that no training made: rows for `stablebert.gate`, and the same numbers as arrays."""

from dataclasses import dataclass, replace

import numpy as np

from stablebert.runs import RunRow
from tests.calibration.arms import Arm
from tests.calibration.pooled import Cell
from tests.calibration.samples import STEP, stream

STREAMS = ("head", "order", "dropout", "reinit")
LAST = 20
# how often a candidate has a lower mean, more spread, failed runs, collapsed ones, a higher log-loss
WRONG = (0.8, 0.4, 0.6, 0.4, 0.4)
# how often all cells of a session have the same accepted runs
ALIKE = 0.3


@dataclass(frozen=True)
class Store:
    """One comparison.

    Attributes:
        candidate: Its runs, one replicate.
        baseline: The accepted runs.
        margin: In points, or None.
        shared: Whether equal columns are equal seeds with equal streams.
        alone: Whether the cell is the whole session.
        policy: Fields of the policy and of the rule.
    """

    candidate: Arm
    baseline: Arm
    margin: float | None
    shared: bool
    alone: bool
    policy: dict[str, object]


def rows_of(arm: Arm, first_seed: int) -> list[RunRow]:
    """Return the rows of one side; equal seeds drew from equal streams."""
    (scores,), (failed,), (losses,) = arm.scores, arm.failed, arm.log_loss
    return [
        RunRow(
            seed=f"s{seed:03d}",
            test=float(score),
            validation=0.0,
            last_validation=0.0,
            best_step=1,
            log_loss=float(loss),
            training_loss=0.5,
            failed=bool(fails),
            failed_reason="made so" if fails else "",
            losses=f"made of {seed}",
            **{name: f"{name} {seed}" for name in STREAMS},
        )
        for seed, score, fails, loss in zip(
            range(first_seed, first_seed + arm.width), scores, failed, losses, strict=True
        )
    ]


def store(number: int) -> Store:
    """Return one of the stores."""
    generator = stream("agreement", number)
    m = int(generator.choice([20, 50]))
    shared = bool(generator.random() < 0.6)
    policy = _policy(generator)
    if policy["pairing"] == "paired" and generator.random() < 0.5:
        shared = True
    candidate, baseline = sides(m, shared, generator, generator.random(len(WRONG)) < 0.6 * np.array(WRONG))
    margin = (None, 1.5, 3.0, 5.0)[generator.choice(4, p=[0.07, 0.31, 0.31, 0.31])]
    alone = bool(generator.random() < 0.4)
    policy["alarm_margin"] = float(generator.choice([0.0, 0.5]))
    return Store(candidate, baseline, margin, shared, alone, policy)


def session(number: int) -> tuple[list[Cell], dict[str, object]]:
    """Return the cells of one of the sessions, one replicate each, and the fields of the policy."""
    generator = stream("agreement of sessions", number)
    count = int(generator.choice([1, 2, 4, 6]))
    # what is wrong in all cells, or now and then in one
    together = np.arange(len(WRONG)) == generator.integers(len(WRONG)) if generator.random() < 0.6 else None
    seldom = np.array(WRONG) * generator.choice([0.0, 0.3])
    cells = []
    for _ in range(count):
        wrong = generator.random(len(WRONG)) < seldom if together is None else together
        candidate, baseline = sides(int(generator.choice([20, 50])), False, generator, wrong)
        margin = None if generator.random() < 0.03 else float(generator.choice([1.5, 3.0, 5.0]))
        cells.append(Cell(candidate, baseline, margin))
    anytime, alarm_margin = bool(generator.random() < 0.2), float(generator.choice([0.0, 0.5]))
    if generator.random() < ALIKE:
        cells = [replace(cell, baseline=cells[0].baseline) for cell in cells]
    return cells, {"cells": count, "anytime": anytime, "alarm_margin": alarm_margin}


def sides(m: int, shared: bool, generator: np.random.Generator, wrong: np.ndarray) -> tuple[Arm, Arm]:
    """Return a candidate and a baseline of m runs.

    Args:
        m: Runs of the baseline.
        shared: Whether runs of one seed correlate.
        generator: Of the numbers.
        wrong: Which of `WRONG` the candidate has.
    """
    baseline_scores, ours = generator.standard_normal((1, m)), generator.standard_normal((1, LAST))
    if shared:
        rho = generator.choice([0.3, 0.7, 0.95])
        ours = rho * baseline_scores[:, :LAST] + np.sqrt(1 - rho**2) * ours
    if generator.random() < 0.3:
        baseline_scores, ours = -np.exp(baseline_scores), -np.exp(ours)
    worse, wider, fails, falls, loss = wrong
    shift = generator.choice([-1.5, -3, -6]) if worse else 0.0
    scale = generator.choice([4, 9]) if wider else 2.0
    scores = [80 + shift + scale * ours, 80 + 2 * baseline_scores]
    if generator.random() < 0.3:
        scores = [np.round(values / STEP) * STEP for values in scores]
    rates = generator.choice([[0.2, 0.3], [0.25, 0.25], [0.25, 0.25], [0.3, 0.05], [0.8, 0.1]]) if fails else (0.0, 0.0)
    low = generator.choice([[0.15, 0.0], [0.1, 0.05], [0.4, 0.0]]) if falls else (0.0, 0.02)
    # candidates that fail deeper than baselines do are what the mean of all runs is for
    deeper = generator.random() < 0.5
    made = [_arm(*given, generator) for given in zip(scores, rates, low, (False, deeper), strict=True)]
    made[0].log_loss[:] += generator.choice([0.1, 0.2, 0.5]) if loss else 0.0
    if generator.random() < 0.1:
        made[0].log_loss[0, int(generator.integers(LAST))] = generator.choice([np.nan, np.inf])
    # a few of the baseline far above its others, or one too many to be few
    if generator.random() < 0.2:
        above = slice(int(generator.choice([1, m // 10, m // 10 + 1])))
        made[1].scores[0, above] = 95 + np.arange(m)[above]
        made[1].log_loss[0, above] += generator.choice([0.0, 5.0])
    return made[0], made[1]


def _arm(scores: np.ndarray, rate: float, falls: float, mild: bool, generator: np.random.Generator) -> Arm:
    """Return runs of which some have failed, without a score or at chance or mildly, and some have collapsed."""
    failed = generator.random(scores.shape) < rate
    lost = 70.0 if mild else np.where(generator.random(scores.shape) < 0.5, np.nan, 50.0)
    low = np.where(generator.random(scores.shape) < falls, generator.uniform(20, 50, scores.shape), scores)
    return Arm(np.where(failed, lost, low), failed, generator.normal(0.5, 0.1, scores.shape))


def _policy(generator: np.random.Generator) -> dict[str, object]:
    pairing = str(generator.choice(["auto", "auto", "auto", "auto", "welch", "moderated", "paired", "anchored"]))
    looks = [(6, 9, 12, 20), (6, 9, 12, 20), (6, 9, 12, 20), (6, 12, 20), (10,), (3, 8, 20)][generator.integers(6)]
    return {
        "cells": int(generator.choice([1, 4, 12])),
        "pairing": pairing,
        "looks": looks,
        "anytime": bool(generator.random() < 0.1),
        "shown": str(generator.choice(["pass", "pass", "pass", "fail"])),
    }
