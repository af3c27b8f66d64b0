"""Two sessions of one commit whose every run is trained: the tiny model of examples/digits, judged as anyone's runs are.

`python -m tests.calibration.trained` prints the table alone, in some minutes.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from runpy import run_path
from statistics import stdev

import numpy as np

from stablebert.gate import Status
from stablebert.scores import measure, noninferior
from tests.calibration.flips import MOST_OPPOSED, Flips
from tests.calibration.tables import Limit, Section, percent

DIGITS = Path(__file__).parents[2] / "examples" / "digits" / "digits.py"
PAIRS, ACCEPTED, APART = 100, 20, 100
# the margin of an accepted cell, where nothing else is known of it
DEVIATIONS = 1.5
COMMITS = {"nothing": {}, "bias correction is left out": {"bias_correction": False}}
MOST_FAILED = 1.0


def pair_of_sessions(number: int, commit: str) -> tuple[Status, Status]:
    """Return what two sessions of a commit say, both against 20 runs that were accepted, no seed used twice.

    Args:
        number: Of the pair: it has 300 seeds of its own.
        commit: One of `COMMITS`.
    """
    train = run_path(str(DIGITS))["train"]
    first = 3 * APART * number
    accepted = measure(partial(_from, train, first), range(ACCEPTED))
    margin = DEVIATIONS * stdev(row.score for row in accepted.rows)
    changed = partial(train, **COMMITS[commit])
    one, other = (
        noninferior(partial(_from, changed, first + start), accepted, margin=margin).status
        for start in (APART, 2 * APART)
    )
    return one, other


def flips_of(pairs: list[tuple[Status, Status]]) -> Flips:
    """Return how often they say what."""
    one, other = np.array(pairs, dtype=object).T
    both = np.concatenate([one, other])
    opposed = ((one == Status.PASS) & (other == Status.FAIL)) | ((one == Status.FAIL) & (other == Status.PASS))
    return Flips(percent(both == Status.PASS), percent(both == Status.FAIL), percent(one != other), percent(opposed))


def limits_of(commit: str, found: Flips) -> list[Limit]:
    """Return the limits: of a commit that changes nothing, and of one that must FAIL."""
    if COMMITS[commit]:
        return [Limit(f"PASS where {commit}, trained", *found.passed, 0.0)]
    return [
        Limit("PASS and FAIL of one commit, trained", *found.opposed, MOST_OPPOSED),
        Limit("FAIL of an unchanged commit, trained", *found.failed, MOST_FAILED),
    ]


def sections(each: Callable[..., Iterable]) -> list[Section]:
    """Return the table of sessions that were trained."""
    found = {commit: flips_of(list(each(pair_of_sessions, range(PAIRS), [commit] * PAIRS))) for commit in COMMITS}
    rows = [[commit, *(f"{value[0]:.2f}" for value in vars(flips).values())] for commit, flips in found.items()]
    text = (
        f"{PAIRS} pairs of sessions a commit, each run of them trained: the small network of `examples/digits`, judged by "
        f"`stablebert.scores.noninferior` against {ACCEPTED} runs of the pair's own, at a margin of {DEVIATIONS} of their standard "
        "deviations; no seed is used twice. Columns as above."
    )
    head = ["what the commit changes", "PASS", "FAIL", "differ", "PASS and FAIL"]
    limits = [limit for commit, flips in found.items() for limit in limits_of(commit, flips)]
    return [Section("Two sessions of one commit, trained", text, head, rows, limits)]


def _from(train: Callable[[int], object], first: int, seed: int) -> object:
    return train(first + seed)


if __name__ == "__main__":
    with ProcessPoolExecutor(2) as pool:
        print(*(section.markdown() for section in sections(pool.map)))
