"""`stablebert gate --base REF`: head against another commit of the same repository, both trained in one job."""

import argparse
import json
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from stablebert.cli.arguments import judged_of, reading_project
from stablebert.cli.exits import exit_of
from stablebert.project import Project
from stablebert.project.pairs import JudgedPairs, judge_pairs, judge_session_of_pairs, unmade
from stablebert.report import verdict_lines
from stablebert.runs import Cell, RunRow
from stablebert.workers.base_and_head import Tree, TreeError, base_tree, head_tree, run_pairs
from stablebert.workers.worktree import checked_out, commit_of, is_changed, repository_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("--base", metavar="REF", help="train seed by seed from this commit and from the working tree")


def work(arguments: argparse.Namespace) -> int:
    """Train and judge every cell, print each pair as it ends and the verdicts; exit as `gate` does.

    Raises:
        ValueError: there is no such commit, or what would be compared is not in the repository.
    """
    project = reading_project(arguments)
    repository = repository_of(Path.cwd())
    commit = commit_of(repository, arguments.base)
    store = project.store
    head = head_tree(repository, project.settings.optimizer, store)
    cells = list(dict.fromkeys(judged_of(word, project) for word in arguments.cells))
    changed = ", with changes that are not committed" if is_changed(repository) else ""
    _say(arguments, f"base: {arguments.base} ({commit[:12]}); head: {repository}{changed}; package {head.subject}")
    with _ended_by_a_signal(), checked_out(repository, commit) as folder:
        # another base has other code, which its records do not name
        base = base_tree(head, folder, store.parent / "base" / commit[:12])
        judged = [_judge(project, cell, cells, (base, head), arguments) for cell in cells]
    session = judge_session_of_pairs(project, judged, cells)
    if arguments.json:
        print(json.dumps([verdict.to_dict() for verdict in session.shown], indent=2))
    else:
        print("\n".join(verdict_lines(session.shown)))
    _say(arguments, f"session: {session.status}")
    return exit_of(session.status)


def _judge(
    project: Project, cell: Cell, cells: Sequence[Cell], trees: tuple[Tree, Tree], arguments: argparse.Namespace
) -> JudgedPairs:
    runs = project.specs(cell)[: project.policy.looks[-1]]

    def report(run: str, before: RunRow, after: RunRow) -> None:
        _say(arguments, f"{run}  base {_score(before)}  head {_score(after)}")

    try:
        return judge_pairs(project, cell, run_pairs(*trees, runs, report), cells)
    except TreeError as error:
        return unmade(project, cell, str(error))


def _score(row: RunRow) -> str:
    return "failed" if row.failed else f"{row.test:.2f}"


def _say(arguments: argparse.Namespace, line: str) -> None:
    print(line, file=sys.stderr if arguments.json else sys.stdout, flush=True)


@contextmanager
def _ended_by_a_signal() -> Iterator[None]:
    """Unwind on SIGTERM as on Ctrl-C, so that the checked-out tree goes."""

    def leave(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
