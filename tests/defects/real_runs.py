"""Planted changes in real runs, look by look: the verdict that each gets, and the number of seeds that it takes.

`python -m tests.defects.real_runs --store FOLDER` trains what the stores below FOLDER lack: the first look's seeds of
every arm and task, then the next look's of those that are not decided. It can be stopped and started again; what is
stored, or decided by rows in git, is not trained again. `--until N` ends with the look of N seeds; the first needs no
verdict, and so no baseline. `--package TREE` trains with the `stablebert` of another tree, while the rule is this one's.

`--collect` trains nothing and takes the rows of what is decided into `tests/defects/rows`; `--write` writes
`docs/sensitivity.md` from the rows in git.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from stablebert.gate import Status
from tests.defects.kept_rows import ROWS, RowsError, block_of, kept_rows, rows_so_far, trained_by, write_rows
from tests.defects.planted_runs import MOST_SEEDS, add_options, cell_of, train_planted
from tests.defects.sensitivity import outcomes, verdict_of
from tests.defects.sensitivity_page import PAGE, page
from tests.gate.power import ROOT, grid_policy

__all__ = ["ROWS", "cell_of", "train_planted", "verdict_of"]

# makes seeds of an arm on a task that are not stored, and says whether all could be made
Train = Callable[[str, str, range], bool]


def train_look_by_look(arms: Sequence[str], tasks: Sequence[str], store: Path, train: Train, until: int) -> bool:
    """Train arms on tasks until a look decides, all of them at one look before any goes on to the next.

    Returns whether every run could be made.

    Args:
        arms: Keys of `ARMS`.
        tasks: Task ids.
        store: Folder of all arms' stores.
        train: Makes what is missing.
        until: Seeds of the last look.
    """
    policy = grid_policy()
    made = True
    for look in (look for look in policy.looks if look <= until):
        for arm, task in ((arm, task) for arm in arms for task in tasks):
            if _is_open(arm, task, store, first=look == policy.looks[0]):
                there = len(kept_rows(arm, task))
                made &= there >= look or train(arm, task, block_of(arm, task)[there:look])
    return made


def train_with(package: Path | None, store: Path, jobs: int) -> Train:
    """Return what trains in a process of its own, with the `stablebert` of a tree.

    Args:
        package: The tree; None is this one.
        store: Folder of all arms' stores.
        jobs: Processes that train, one thread each.
    """

    def train(arm: str, task: str, seeds: range) -> bool:
        words = ["--store", store.resolve(), "--jobs", jobs, "--first", seeds.start, "--seeds", len(seeds)]
        program = [sys.executable, "-P", "-m", "tests.defects.planted_runs"]
        command = [*program, *map(str, words), "--only", arm, "--tasks", task]
        with TemporaryDirectory(prefix="stablebert-package-") as folder:
            paths = [str(ROOT)]
            if package is not None:
                # the tree's tests must not be found, so that its package comes alone
                Path(folder, "stablebert").symlink_to((package / "stablebert").resolve(), target_is_directory=True)
                paths.insert(0, folder)
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
            done = subprocess.run(command, env=environment, cwd=ROOT, check=False)
        return done.returncode == 0

    return train


def collect(arms: Sequence[str], tasks: Sequence[str], store: Path) -> None:
    """Take the rows of what is decided, or has all its seeds, into the rows in git; say what is left out and why."""
    for task in tasks:
        for arm in arms:
            try:
                rows = rows_so_far(arm, task, store)
            except RowsError as error:
                print(f"left out: {error}")
                continue
            verdict = verdict_of(task, rows)
            if verdict.status is Status.INVALID or (verdict.status is Status.INCONCLUSIVE and len(rows) < MOST_SEEDS):
                print(f"left out: {arm}, {task}: {verdict.sentence()}")
                continue
            write_rows(arm, task, rows, trained_by(arm, task, store))
            print(f"taken: {arm}, {task}: {verdict.sentence()}")


def _is_open(arm: str, task: str, store: Path, *, first: bool) -> bool:
    """Return whether a look needs runs of an arm; the first does where nothing can be said yet."""
    try:
        verdict = verdict_of(task, rows_so_far(arm, task, store))
    except LookupError as error:
        if not first:
            raise
        print(f"not judged: {error}", flush=True)
        return True
    # a run that could not be made leaves a gap, which is INVALID: what is missing is tried again
    return verdict.status not in (Status.PASS, Status.FAIL)


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser, store=False)
    parser.add_argument("--until", type=int, default=MOST_SEEDS, help=f"seeds of the last look (default: {MOST_SEEDS})")
    parser.add_argument("--package", type=Path, help="tree whose stablebert trains (default: this one)")
    parser.add_argument("--collect", action="store_true", help="train nothing: take the rows of what is decided")
    parser.add_argument("--write", action="store_true", help="write docs/sensitivity.md from the rows in git")
    given = parser.parse_args()
    if given.store is None and not given.write:
        parser.error("--store is needed for all but --write")
    if given.collect and given.store:
        collect(given.only, given.tasks, given.store)
    elif given.store:
        train = train_with(given.package, given.store, given.jobs)
        if not train_look_by_look(given.only, given.tasks, given.store, train, given.until):
            raise SystemExit("some runs could not be made: the same command tries them again")
    if given.write:
        found = outcomes()
        PAGE.write_text(page(found), encoding="utf-8")
        print("\n".join(outcome.problem for outcome in found if outcome.problem) or "every requirement is kept")


if __name__ == "__main__":
    _main()
