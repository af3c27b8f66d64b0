"""A function of a seed, run look by look until the rule decides; a failed run is a result, counted and not averaged."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from inspect import iscoroutine
from numbers import Real
from types import NoneType
from typing import Any

from stablebert.gate import Policy, Verdict
from stablebert.scores.judgement import Terms, judge_scores, terms_of
from stablebert.scores.score_table import RawRow, ScoreTable, TableError, number_of, table_of

# from a seed to a score, or to `score` and, if known, `loss`, `failed`, `reason` and further columns
Train = Callable[[int], Any]
_WRITTEN = (str, bool, int, float, NoneType)


@dataclass(frozen=True)
class JudgedRuns:
    """A verdict with the runs that it took.

    Attributes:
        verdict: What is said.
        table: The runs, in the order in which they were made.
        terms: On which they were judged.
    """

    verdict: Verdict
    table: ScoreTable
    terms: Terms


def noninferior(
    train: Train,
    baseline: ScoreTable,
    *,
    margin: float | None = None,
    lower_is_better: bool = False,
    policy: Policy | None = None,
) -> Verdict:
    """Return whether a training function loses no more than a margin against a baseline: the gate, for a notebook.

    It is called with the baseline's seeds from the first on, until a look decides.

    Args:
        train: Takes a seed; returns a score, or a mapping with `score` and perhaps `loss`, `failed`, `reason` and more.
            An exception, or a score that is not finite, is a failed run.
        baseline: As from `measure` or `read_table`.
        margin: As in `terms_of`.
        lower_is_better: As in `terms_of`.
        policy: The rule; None is the default.

    Raises:
        TableError: the baseline is none, or what the function returns is no score.

    Example:
        >>> baseline = measure(lambda seed: 90 + seed % 7 / 10, range(20))
        >>> noninferior(lambda seed: 85 + seed % 5 / 10, baseline, margin=1.0).word
        'FAIL'
    """
    policy = policy or Policy()
    seeds = candidate_seeds(baseline, policy)
    judged = judge_runs(runs_of(train, seeds), baseline, policy, margin=margin, lower_is_better=lower_is_better)
    return judged.verdict


def measure(train: Train, seeds: Iterable[int], label: str = "baseline") -> ScoreTable:
    """Return the runs of a training function as a table: what `noninferior` takes for a baseline.

    Args:
        train: As in `noninferior`.
        seeds: Whole numbers.
        label: What verdicts call it.

    Raises:
        TableError: what the function returns is no score.
    """
    return table_of(label, list(runs_of(train, seeds)), place=label)


def runs_of(train: Train, seeds: Iterable[int]) -> Iterator[RawRow]:
    """Yield the runs of a training function, one a seed, each made when it is asked for."""
    for seed in seeds:
        yield RawRow(f"train({seed})", run_of(train, seed))


def run_of(train: Train, seed: int) -> dict[str, Any]:
    """Return one run as the row of a table. What ends a test or a process, as Ctrl-C does, is no failed run.

    Raises:
        TableError: what the function returns is no score.
    """
    if not callable(train):
        raise TableError(f"train is {train!r}; it must be a function of a seed")
    try:
        found = train(seed)
    except Exception as error:
        said = " ".join(str(error).split())
        return {"seed": seed, "score": math.nan, "failed": True, "failed_reason": f"{type(error).__name__}: {said}"}
    if iscoroutine(found):
        found.close()
        raise TableError(f"train({seed}) is async; it must be one that runs, as lambda seed: asyncio.run(train(seed))")
    values = {str(name): _plain(value) for name, value in found.items()} if isinstance(found, Mapping) else None
    values = {"score": _plain(found)} if values is None else values
    if "score" not in values:
        raise TableError(f"train({seed}) returned {found!r}; it must be a score, or a mapping that has one")
    if values.pop("seed", seed) != seed:
        raise TableError(f"train({seed}) returned {found!r}, which is of another seed")
    score = number_of(f"train({seed})", "score", values["score"])
    reason = str(values.pop("reason", "") or values.pop("failed_reason", "") or "")
    failed = values.pop("failed", False)
    if not math.isfinite(score) and not failed:
        failed, reason = True, f"the score is {score}"
    further = {name: value if isinstance(value, _WRITTEN) else str(value) for name, value in values.items()}
    return {"seed": seed, **further, "score": score, "failed": failed, "failed_reason": reason}


def candidate_seeds(baseline: ScoreTable, policy: Policy) -> range:
    """Return the seeds of a candidate: from the baseline's first on, as many as the last look asks for.

    Raises:
        TableError: the baseline's seeds are pairs, and a function takes one.
    """
    first = min(row.seed for row in baseline.rows)
    if not first.startswith("s"):
        raise TableError(
            f"{baseline.place}: seeds such as {first} are pairs; a training function takes one whole number"
        )
    start = int(first[1:])
    return range(start, start + policy.moments[-1])


def judge_runs(
    runs: Iterable[RawRow],
    baseline: ScoreTable,
    policy: Policy,
    *,
    margin: float | None = None,
    lower_is_better: bool = False,
    label: str = "candidate",
    made: Callable[[], bool] = lambda: True,
) -> JudgedRuns:
    """Judge runs look by look, drawing them only until one decides.

    Args:
        runs: In seed order; as many as the rule's first look at least.
        baseline: The baseline.
        policy: The rule.
        margin: As in `terms_of`.
        lower_is_better: As in `terms_of`.
        label: What the verdict calls the candidate.
        made: Whether a run was seen to be made: rows that are the baseline's then mean that nothing has changed.

    Raises:
        TableError: the baseline is none, or a run is no run.
    """
    drawn: list[RawRow] = []
    judged = _judge(drawn, baseline, policy, margin, lower_is_better, label, fresh=False)
    for run in runs:
        drawn.append(run)
        if len(drawn) in policy.moments:
            judged = _judge(drawn, baseline, policy, margin, lower_is_better, label, fresh=made())
            if not judged.verdict.is_open:
                break
    return judged


def _judge(
    drawn: Sequence[RawRow],
    baseline: ScoreTable,
    policy: Policy,
    margin: float | None,
    lower_is_better: bool,
    label: str,
    *,
    fresh: bool,
) -> JudgedRuns:
    table = table_of(label, drawn) if drawn else ScoreTable(label, (), frozenset(), (), label)
    terms = terms_of(baseline, [table], policy, margin=margin, lower_is_better=lower_is_better)
    return JudgedRuns(judge_scores(table, baseline, terms, fresh=fresh), table, terms)


def _plain(value: Any) -> Any:
    """Return the number or truth value of a library as Python's, so that it can be written; all else as it is."""
    # numpy's numbers, torch's tensors of one element
    with suppress(AttributeError, TypeError, ValueError, RuntimeError):
        return value.item()
    if isinstance(value, _WRITTEN) or not isinstance(value, Real | Decimal):
        return value
    return float(value)
