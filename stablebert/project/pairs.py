"""Head against base, both made in one job: the judgement of a cell's pairs, and of a session of such cells."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from stablebert.gate import Comparison, Policy, Verdict, pool, session_status
from stablebert.gate import judge_pairs as judge_drawn_pairs
from stablebert.project.judged import JudgedSession, comparisons_end
from stablebert.project.judging import MENDABLE, invalid, is_alone
from stablebert.project.project import Project
from stablebert.runs import Cell, RunRow

Pair = tuple[RunRow, RunRow]


@dataclass(frozen=True)
class JudgedPairs:
    """The verdict on a cell, and the pairs that it has drawn.

    Attributes:
        verdict: Of the cell.
        pairs: A base row and a head row of the same seed each, in seed order.
    """

    verdict: Verdict
    pairs: tuple[Pair, ...] = ()


def judge_pairs(project: Project, cell: Cell, pairs: Iterable[Pair], among: Collection[Cell] = ()) -> JudgedPairs:
    """Judge head against base by the project's rule and margin, drawing pairs only until a look decides.

    Args:
        project: Whose rule.
        cell: What both sides train.
        pairs: A base row and a head row of the same seed each, in seed order.
        among: The cells that the session judges; none: this one alone.
    """
    drawn: list[Pair] = []

    def noted() -> Iterator[Pair]:
        for pair in pairs:
            drawn.append(pair)
            yield pair

    try:
        margin = project.margin(cell)
    except MENDABLE as error:
        return unmade(project, cell, f"{error}; --margin says it")
    policy, alone = policy_of_pairs(project, among), is_alone(among)
    verdict = judge_drawn_pairs(noted(), policy, margin=margin, cell=cell.id, alone=alone)
    return JudgedPairs(verdict, tuple(drawn))


def unmade(project: Project, cell: Cell, reason: str) -> JudgedPairs:
    """Return the verdict on a cell whose pairs cannot be made; no command judges stored runs of two commits again."""
    return JudgedPairs(replace(invalid(project, cell, reason), command=""))


def policy_of_pairs(project: Project, among: Collection[Cell]) -> Policy:
    """Return the project's rule for pairs: nobody else's cells share the alarms of a session that names its own."""
    return replace(project.policy, pairing="paired", cells=max(1, len(set(among))))


def judge_session_of_pairs(project: Project, judged: Sequence[JudgedPairs], among: Collection[Cell]) -> JudgedSession:
    """Return what a session of pairs says: of its cells, and of all of them together where there are several.

    Args:
        project: Whose rule.
        judged: One a cell, at least one.
        among: The cells.
    """
    comparisons = []
    for one in judged:
        verdict = one.verdict
        if verdict.pairing != "identical" and verdict.runs:
            base, head = (tuple(rows) for rows in zip(*one.pairs, strict=True))
            comparisons.append(Comparison(head, base, verdict.margin, comparisons_end(verdict)))
    verdicts = tuple(one.verdict for one in judged)
    pooled = None if is_alone(among) or not comparisons else pool(comparisons, policy_of_pairs(project, among))
    return JudgedSession(session_status(verdicts, pooled), verdicts, pooled)
