"""What claims compare: each effect turns the runs of an arm into one value a run, whose mean is the arm's.

Where an effect is of all runs together, its values are jackknife pseudo-values: n T - (n - 1) T without the run. Their
mean and spread are those of a statistic T as if it were a mean (Tukey 1958), so that one contrast serves every effect.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median, stdev

from stablebert.gate.evidence import Rows
from stablebert.runs import Evaluation, RunRow

Scores = list[float]
Course = Sequence[Evaluation]
# the paper's bound of a run of RTE that is close to random, and the share of runs below it that is stated
_NEAR_RANDOM, _STATED = 55.0, 48.0
# the paper recommends "5 or 10" trials
_FEW, _MANY = 5, 10
_LEAST_OF_A_GRID = 3


@dataclass(frozen=True)
class Effect:
    """One effect.

    Attributes:
        unit: What a difference of it is called in a table.
        of_rows: Its values from the rows of an arm, one each.
        of_course: Its value of one run from its evaluations; then the rows are not asked.
        margin: What `not more` and `same` allow, in its unit; None: the margin of the task, of scores.
        least: Runs of an arm that it needs; with fewer the arm counts as not run.
    """

    unit: str
    of_rows: Callable[[Rows], Scores] | None = None
    of_course: Callable[[Course], float] | None = None
    margin: float | None = None
    least: int = 0


def values_of(effect: Effect, rows: Rows, courses: Mapping[str, Course]) -> Scores:
    """Return the values of an arm's runs.

    Args:
        effect: Which.
        rows: The runs, in seed order.
        courses: The evaluations of each run, by its seed.

    Raises:
        ValueError: the evaluations of a run are not known, or a value is not finite.
    """
    if effect.of_rows is not None:
        values = effect.of_rows(rows)
    else:
        lacking = [row.seed for row in rows if row.seed not in courses]
        if lacking or effect.of_course is None:
            raise ValueError(f"no evaluations of runs {', '.join(lacking)} are kept")
        values = [effect.of_course(courses[row.seed]) for row in rows]
    if not all(map(math.isfinite, values)):
        raise ValueError("a run has no score, and a mean over all runs needs one of each")
    return values


def pseudo_values(statistic: Callable[[Sequence[RunRow]], float], rows: Rows) -> Scores:
    """Return one value a run whose mean is a statistic of all runs, but for its bias.

    Args:
        statistic: Of at least one run.
        rows: At least two.

    Example:
        >>> from types import SimpleNamespace
        >>> runs = [SimpleNamespace(test=score) for score in (1.0, 2.0, 6.0)]
        >>> pseudo_values(lambda some: fmean(run.test for run in some), runs)
        [1.0, 2.0, 6.0]
    """
    whole, size = statistic(rows), len(rows)
    return [size * whole - (size - 1) * statistic([*rows[:place], *rows[place + 1 :]]) for place in range(len(rows))]


def _tests(rows: Rows) -> Scores:
    return [row.test for row in rows]


def _deviations(rows: Rows) -> Scores:
    """Return the deviations from the median (Brown and Forsythe), enlarged: few runs lie near their own median."""
    scores = _tests(rows)
    middle, size = median(scores), len(scores) / (len(scores) - 1)
    return [size * abs(score - middle) for score in scores]


def _chosen(chosen_by: Scores, scores: Scores, trials: int) -> float:
    """Return the expected score of the best of so many of the runs, drawn without replacement."""
    from stablebert.stats import expected_test

    mean, _ = expected_test(chosen_by, scores, [trials], replacement=False)
    return float(mean[0])


def _worst_less_best(rows: Rows) -> float:
    scores = [row.test for row in rows]
    return _chosen([-score for score in scores], scores, _FEW) - _chosen(scores, scores, _FEW)


def _gain(rows: Rows, most: int, fewest: int, score: str = "test") -> float:
    """Return what the best by validation of more runs scores over that of fewer."""
    validation, scores = [row.validation for row in rows], [getattr(row, score) for row in rows]
    return _chosen(validation, scores, most) - _chosen(validation, scores, fewest)


def _groups(rows: Rows, *, by_order: bool) -> list[Scores]:
    """Return the scores of a grid's runs that share their initialisation, or their data order, three of each or more.

    Raises:
        ValueError: it is no grid, or a smaller one.
    """
    groups: dict[str, Scores] = defaultdict(list)
    for row in rows:
        initialisation, _, order = row.seed.partition("d")
        groups[order if by_order else initialisation].append(row.test)
    large = [scores for _, scores in sorted(groups.items()) if len(scores) >= _LEAST_OF_A_GRID]
    if len(large) < _LEAST_OF_A_GRID:
        raise ValueError(
            f"a grid has at least {_LEAST_OF_A_GRID} initialisations and data orders; {len(large)} are there"
        )
    return large


def _spread_difference(rows: Rows) -> Scores:
    pairs = zip(_groups(rows, by_order=False), _groups(rows, by_order=True), strict=False)
    return [stdev(one) - stdev(other) for one, other in pairs]


def _blocks(course: Course) -> Scores:
    """Return the distances of a run's blocks at its last evaluation, bottom first."""
    distance = course[-1].distance
    return [distance[name] for name in sorted(name for name in distance if name.startswith("block"))]


def _outer(course: Course, *, top: bool) -> float:
    blocks = _blocks(course)
    if not blocks:
        return math.nan
    # the paper's blocks 18 to 24 of 24
    size = max(1, round(len(blocks) / 4))
    return fmean(blocks[-size:] if top else blocks[:size])


EFFECTS: Mapping[str, Effect] = {
    "mean": Effect("mean", _tests),
    "spread": Effect("spread", _deviations),
    # counted, not averaged
    "failures": Effect("failed runs, %", lambda rows: [100.0 * row.failed for row in rows]),
    "training loss": Effect("training loss", lambda rows: [row.training_loss for row in rows]),
    "updates": Effect("updates to best", lambda rows: [float(row.best_step) for row in rows]),
    "below 55, less 48 %": Effect(
        "runs, %", lambda rows: [100.0 * (row.test < _NEAR_RANDOM) - _STATED for row in rows], margin=25.0
    ),
    "worst less best": Effect("worst, best of 5", lambda rows: pseudo_values(_worst_less_best, rows), least=_FEW + 1),
    "gain of ten": Effect(
        "gain of 10", lambda rows: pseudo_values(lambda some: _gain(some, _MANY, 1), rows), least=_MANY + 1
    ),
    "gain beyond five": Effect(
        "gain, 5 to 10", lambda rows: pseudo_values(lambda some: _gain(some, _MANY, _FEW), rows), least=_MANY + 1
    ),
    "gain of validation over test": Effect(
        "gains",
        lambda rows: pseudo_values(lambda some: _gain(some, _MANY, 1, "validation") - _gain(some, _MANY, 1), rows),
        least=_MANY + 1,
    ),
    # of a grid, one value a group: the runs of one are no independent ones
    "mean at one initialisation": Effect("mean", lambda rows: [*map(fmean, _groups(rows, by_order=False))]),
    "mean at one data order": Effect("mean", lambda rows: [*map(fmean, _groups(rows, by_order=True))]),
    "spread at one initialisation": Effect("sd", lambda rows: [*map(stdev, _groups(rows, by_order=False))]),
    "spread at one data order": Effect("sd", lambda rows: [*map(stdev, _groups(rows, by_order=True))]),
    "spread at one initialisation, less data order": Effect("sd", _spread_difference),
    "course": Effect("course", of_course=lambda course: fmean(one.score for one in course)),
    "top distance": Effect("distance", of_course=lambda course: _outer(course, top=True)),
    "bottom distance": Effect("distance", of_course=lambda course: _outer(course, top=False)),
}
