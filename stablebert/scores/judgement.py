"""Tables of runs judged: on which terms, and by the one rule that judges cells, `stablebert.gate.judge`."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median

from stablebert.baselines import DEVIATIONS, LARGEST, deviation_of, least_margin, sound_scores
from stablebert.gate import Policy, Status, Verdict, judge
from stablebert.runs import RunRow
from stablebert.scores.score_table import LEAST_RUNS, NUMBERS, STREAMS, ScoreRow, ScoreTable, TableError, number_of

_PERCENT = 100
# a loss with so many digits is that of one run alone; a score, a share of few examples, may be that of several
_TELLING = 6
# so many different scores in the order of another table are no accident
_NO_CHANCE = 6


@dataclass(frozen=True)
class Terms:
    """On which terms candidates are judged, fixed before any is looked at.

    Attributes:
        policy: The rule, its second endpoint left out where a table has no loss.
        margin: Largest loss that does not matter, in the unit of the verdicts; None: nothing can pass.
        factor: What scores are multiplied with: 100 for fractions, -1 where lower is better, else 1.
        notes: What the tables do not say, and what is supposed in its place, one sentence each.
    """

    policy: Policy
    margin: float | None
    factor: float
    notes: tuple[str, ...] = ()


def terms_of(
    baseline: ScoreTable,
    candidates: Sequence[ScoreTable],
    policy: Policy,
    *,
    margin: float | None = None,
    lower_is_better: bool = False,
) -> Terms:
    """Return on which terms candidates are judged.

    Scores of a baseline that all lie in [0, 1] are fractions, and are said in points (times 100) as all else is. Where
    no margin is given it is 1.5 standard deviations of the baseline's sound runs, and no more than 2 points where the
    scores may be points: higher is better, all in [0, 100].

    Args:
        baseline: At least three runs.
        candidates: Tables without rows are those that are still to come.
        policy: The rule.
        margin: In points where scores are fractions or points, else in their own unit; None takes the above.
        lower_is_better: Whether scores are losses; they are judged with their sign turned.

    Raises:
        TableError: the baseline has too few runs to be a distribution, the margin is no number, or no loss of points
            can exceed it.
    """
    baseline.check_is_distribution()
    if margin is not None:
        margin = number_of(baseline.place, "the margin", margin)
    tables = [baseline, *(one for one in candidates if one.rows)]
    fractions = not lower_is_better and _are_fractions(baseline.scores)
    factor = -1.0 if lower_is_better else float(_PERCENT) if fractions else 1.0
    rows = [_row(row, factor, "baseline") for row in baseline.rows]
    may_be_points = fractions or (not lower_is_better and all(0 <= score <= _PERCENT for score in baseline.scores))
    notes = [_unit_note(may_be_points, fractions, lower_is_better)]
    if not may_be_points:
        # in a unit of its own a point says nothing of what is far
        policy = replace(policy, least_far=0.0)
    if margin is None:
        margin = least_margin(deviation_of(sound_scores(rows, policy.least_far)), [LARGEST] if may_be_points else [])
        notes.append(_margin_note(margin, may_be_points))
    elif may_be_points:
        _check_can_be_lost(margin, rows, baseline.place)
    endpoint = policy.endpoint
    wanted = {"log_loss": "loss", "training_loss": "training_loss"}.get(endpoint)
    without = list(dict.fromkeys(one.place for one in tables if wanted and wanted not in one.columns))
    if without:
        notes.append(f"no column {wanted} in {', '.join(without)}: whether it is higher is not asked")
        policy = replace(policy, endpoint="none")
    notes += _column_notes(tables)
    return Terms(policy, margin, factor, tuple(notes))


def judge_scores(candidate: ScoreTable, baseline: ScoreTable, terms: Terms, *, fresh: bool = False) -> Verdict:
    """Return the verdict on a candidate's runs: what `stablebert.gate.judge` says of them.

    INVALID beside what is INVALID to it: the baseline's own runs given as a candidate, a side whose runs are all the
    same, fractions against points.

    Args:
        candidate: Its runs.
        baseline: The baseline's.
        terms: As from `terms_of`, for this baseline.
        fresh: Whether the candidate's runs were seen to be made: the same rows then mean that nothing has changed.
    """
    copied = _is_copy(candidate, baseline, terms.policy.looks[-1])
    problem = _problem(candidate, baseline, terms, copied=copied and not fresh)
    margin = terms.margin
    if problem:
        runs, digest = len(baseline.rows), terms.policy.digest
        return Verdict(candidate.label, Status.INVALID, problem, baseline_runs=runs, margin=margin, policy=digest)
    # what neither side says of its random streams is not said to be shared, unless all else is the same
    sides = ("baseline", "baseline" if copied else "candidate")
    theirs, ours = (
        [_row(row, terms.factor, side) for row in table.rows]
        for table, side in zip((baseline, candidate), sides, strict=True)
    )
    lost = _score_of_lost(theirs)
    theirs, ours = ([_with_score(row, lost) for row in rows] for rows in (theirs, ours))
    return judge(ours, theirs, terms.policy, margin=margin, cell=candidate.label)


def run_rows(table: ScoreTable, terms: Terms) -> list[RunRow]:
    """Return the runs of a table in the unit of its verdicts."""
    return [_row(row, terms.factor, table.label) for row in table.rows]


def _problem(candidate: ScoreTable, baseline: ScoreTable, terms: Terms, *, copied: bool) -> str | None:
    if copied:
        return f"the candidate's {len(candidate.rows)} runs are the baseline's own: the same table was given twice"
    for side, table in (("candidate", candidate), ("baseline", baseline)):
        if table.seeds_problem:
            return f"the {side}'s {table.seeds_problem}"
    if terms.factor == _PERCENT and any(abs(score) > 1 for score in candidate.scores):
        return "the baseline's scores are fractions, the candidate's are points"
    return None


def _is_copy(candidate: ScoreTable, baseline: ScoreTable, most: int) -> bool:
    """Return whether a candidate's runs are the baseline's, seed by seed, or in their order under other seeds.

    Of a candidate only as many count as the last look asks for: a table may go on where the baseline's ends. A stretch
    from the middle of the baseline is one of many, which a few coarse scores could repeat by chance.
    """
    looked_at = candidate.rows[:most]
    ours, theirs = ([row.numbers for row in rows] for rows in (looked_at, baseline.rows))
    if not ours:
        return False
    known = dict(zip((row.seed for row in baseline.rows), theirs, strict=True))
    by_seed = all(known.get(row.seed) == numbers for row, numbers in zip(looked_at, ours, strict=True))
    first = len(ours) >= LEAST_RUNS and len({*ours}) > 1 and ours == theirs[: len(ours)]
    # as if the baseline began anew at its end: it may have been turned round
    stretches = ([*theirs, *theirs][start : start + len(ours)] for start in range(len(theirs)))
    return by_seed or first or (len({*ours}) >= _NO_CHANCE and ours in stretches)


def _row(row: ScoreRow, factor: float, side: str) -> RunRow:
    numbers = {name: row.extras.get(name, math.nan) for name in NUMBERS}
    streams = dict.fromkeys(STREAMS, side)
    if all(row.extras.get(name) for name in STREAMS):
        streams = {name: str(row.extras[name]) for name in STREAMS}
    else:
        digits = 0 if row.loss is None else len(f"{row.loss!r}".partition("e")[0].strip("-0.").replace(".", ""))
        streams["losses"] = "/".join(row.numbers) if digits >= _TELLING else f"{side} {row.seed}"
    return RunRow(
        seed=row.seed,
        # multiplied with 1 a score stays what it is, to the last digit
        test=factor * row.score,
        log_loss=math.nan if row.loss is None else row.loss,
        failed=row.failed,
        failed_reason=row.reason,
        **{**numbers, **streams},
    )


def _score_of_lost(baseline: Sequence[RunRow]) -> float:
    """Return the score of a failed run that has none, where 0 would be a good one: twice as far down as the median."""
    scores = [row.test for row in baseline if not row.failed]
    middle = median(scores) if scores else 0.0
    return 2 * middle if middle < 0 else math.nan


def _with_score(row: RunRow, lost: float) -> RunRow:
    return replace(row, test=lost) if row.failed and not math.isfinite(row.test) else row


def _are_fractions(scores: Sequence[float]) -> bool:
    return any(scores) and all(abs(score) <= 1 for score in scores)


def _unit_note(may_be_points: bool, fractions: bool, lower_is_better: bool) -> str:
    if fractions:
        return "the scores lie in [0, 1]: they are taken as fractions and said in points (times 100), as the margin is"
    if lower_is_better:
        return "lower is better: scores are judged with their sign turned; 'points' are the table's own unit"
    if may_be_points:
        return "the unit of the scores is not known: they are taken as points (percent)"
    return "the scores are no percentages: 'points' are the table's own unit"


def _check_can_be_lost(margin: float, baseline: Sequence[RunRow], place: str) -> None:
    scores = sound_scores(baseline)
    # a correlation below 0 can go down to -100
    if scores and min(scores) >= 0 and margin >= fmean(scores):
        raise TableError(
            f"{place}: the margin is {margin:g} points of a mean of {fmean(scores):g}: not even a score of 0 loses "
            "more; it is the largest loss that does not matter, such as 1 or 2"
        )


def _margin_note(margin: float | None, may_be_points: bool) -> str:
    if margin is None:
        return "no margin: the baseline's runs do not differ; --margin says how large a loss does not matter"
    cap = f", at most {LARGEST:g} points" if may_be_points else "; no 2 points cap it, since the unit is another"
    return f"no margin is given: it is {margin:g}, {DEVIATIONS:g} sd of the baseline's sound runs{cap}"


def _column_notes(tables: Sequence[ScoreTable]) -> list[str]:
    without = list(dict.fromkeys(one.place for one in tables if "failed" not in one.columns))
    notes = [f"no column failed in {', '.join(without)}: every run there counts as not failed"] if without else []
    unread = sorted({name for one in tables for name in one.ignored})
    return [*notes, *([f"columns that are not judged: {', '.join(unread)}"] if unread else [])]
