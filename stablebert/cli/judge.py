"""Judge tables of anyone's runs, seeds and scores, against one of a baseline; several candidates are ranked, too."""

import argparse
import json
from dataclasses import dataclass, replace
from pathlib import Path

from stablebert.analysis import Ranked, Side, rank
from stablebert.cli.arguments import add_options, add_printed, options_given
from stablebert.cli.exits import exit_status
from stablebert.files import sha256_of
from stablebert.gate import Status, Verdict, session_status
from stablebert.project.loading import settings_in
from stablebert.project.options import BY_NAME
from stablebert.project.pyproject import policy_of
from stablebert.project.repeating import command_line
from stablebert.report import SessionReport, ranking_lines, ranking_markdown, to_markdown, verdict_lines
from stablebert.scores import ScoreTable, judge_scores, read_table, run_rows, terms_of

_RULE = ("margin", "alpha", "looks", "futility", "anytime", "shown")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("baseline", type=Path, metavar="BASELINE", help="CSV, JSONL or parquet: seed, score, ...")
    parser.add_argument("candidates", type=Path, nargs="+", metavar="CANDIDATE", help="the same of what is judged")
    parser.add_argument("--score", metavar="NAME", help="column of the scores (default: score, else test)")
    parser.add_argument("--lower-is-better", action="store_true", help="scores are losses or errors")
    parser.add_argument(
        "--labels", action="store_true", help="seeds are mere labels: runs count in the order of the rows"
    )
    add_options(parser, *_RULE)
    add_printed(parser, markdown=True)


@dataclass(frozen=True)
class Judged:
    """What the tables of a command line come to.

    Attributes:
        verdicts: One a candidate.
        ranked: The baseline and several candidates in order; empty where one is no evidence.
        notes: What the tables do not say, and what is supposed.
        evidence: Digests of the files that each verdict follows from.
    """

    verdicts: tuple[Verdict, ...]
    ranked: tuple[Ranked, ...]
    notes: tuple[str, ...]
    evidence: dict[str, dict[str, str]]


def work(arguments: argparse.Namespace) -> int:
    """Print the verdicts; exit 0 PASS, 1 FAIL, 3 INCONCLUSIVE, 4 INVALID, the worst of them."""
    found = judged(arguments)
    _print(arguments, found)
    return exit_status(verdict.status for verdict in found.verdicts)


def judged(arguments: argparse.Namespace) -> Judged:
    """Return the verdicts of a command line.

    Raises:
        ValueError: a table or an option is none.
    """
    root, settings = settings_in(Path.cwd(), options_given(arguments))
    policy = policy_of(root, settings, cells=len(arguments.candidates))
    baseline, *candidates = _tables(arguments)
    terms = terms_of(baseline, candidates, policy, margin=settings.margin, lower_is_better=arguments.lower_is_better)
    command = _command(arguments)
    # no pooled test stands behind several candidates of one baseline: each keeps to the bounds of a whole session
    verdicts = tuple(replace(judge_scores(one, baseline, terms), command=command) for one in candidates)
    ranked: list[Ranked] = []
    # runs that are no evidence have no place in an order
    if len(candidates) > 1 and all(verdict.status is not Status.INVALID for verdict in verdicts):
        ranked = rank([Side(one.label, run_rows(one, terms)) for one in (baseline, *candidates)], alpha=policy.alpha)
    evidence = {
        one.label: {table.place: sha256_of(Path(table.place)) for table in (baseline, one)} for one in candidates
    }
    return Judged(verdicts, tuple(ranked), terms.notes, evidence)


def _tables(arguments: argparse.Namespace) -> list[ScoreTable]:
    paths: list[Path] = [arguments.baseline, *arguments.candidates]
    given = {"score": arguments.score, "labels": arguments.labels}
    stems = [path.stem for path in paths]
    if len({path.resolve() for path in arguments.candidates}) < len(arguments.candidates):
        raise ValueError(f"a candidate is named twice: {', '.join(map(str, arguments.candidates))}")
    return [read_table(path, label=path.stem if stems.count(path.stem) == 1 else str(path), **given) for path in paths]


def _command(arguments: argparse.Namespace) -> str:
    words = ["stablebert", "judge", str(arguments.baseline), *map(str, arguments.candidates)]
    words += ["--score", arguments.score] if arguments.score else []
    words += ["--lower-is-better"] if arguments.lower_is_better else []
    words += ["--labels"] if arguments.labels else []
    for name, value in options_given(arguments).items():
        words += [f"--{name}"] if BY_NAME[name].flag else [f"--{name}", str(value)]
    return command_line(words, {})


def _print(arguments: argparse.Namespace, found: Judged) -> None:
    status = session_status(found.verdicts, None)
    report = SessionReport(status, found.verdicts, notes=found.notes, evidence=found.evidence)
    if arguments.json:
        print(json.dumps({**report.to_dict(), "ranking": [one.to_dict() for one in found.ranked]}, indent=2))
    elif arguments.markdown:
        print(to_markdown(report), end="")
        print(ranking_markdown(found.ranked) if found.ranked else "", end="")
    else:
        said = [*verdict_lines(found.verdicts), *(f"note: {note}" for note in found.notes)]
        print("\n".join([*said, *(["", *ranking_lines(found.ranked)] if found.ranked else [])]))
