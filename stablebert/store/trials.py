"""The runs of a search, and which of the values tried has won on validation.

A trial is a run, so one record serves whatever a search varies: the peak rate of an encoder, the number of updates that
`long` means for a method on a task (Section 6), or a method's parameters (Appendix H).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from stablebert.paper import METHOD_PARAMETERS
from stablebert.runs import Record, parse_method


@dataclass(frozen=True)
class Candidate:
    """What may win a search; the candidates of one search differ in one attribute.

    Attributes:
        method: Method text.
        length: Length id.
        learning_rate: Peak rate.
    """

    method: str
    length: str
    learning_rate: float


@dataclass(frozen=True)
class Trial:
    """One run of a search.

    Attributes:
        task: Task id.
        method: Method text.
        length: Length id.
        learning_rate: Peak rate.
        seed: Root seed.
        validation: Best validation score in points; not a number where the run diverged.
        failed: Whether the run has failed.
    """

    task: str
    method: str
    length: str
    learning_rate: float
    seed: int
    validation: float
    failed: bool

    @property
    def candidate(self) -> Candidate:
        """What was tried."""
        return Candidate(self.method, self.length, self.learning_rate)


def trial_of(record: Record) -> Trial:
    """Return the line of a search's record."""
    spec = record.spec
    # a run that diverged is scored at its last good checkpoint, which says nothing for the value tried
    diverged = not all(map(math.isfinite, record.steps.loss))
    return Trial(
        spec.task,
        spec.method,
        spec.length,
        spec.recipe.learning_rate,
        spec.seed,
        math.nan if diverged else record.best_validation,
        record.failed,
    )


def mean_by_candidate(trials: Sequence[Trial]) -> dict[Candidate, float]:
    """Return the mean over tasks of the mean validation score in points, by candidate, the smallest candidate first.

    Failed runs count as they scored; the mean of a candidate that diverged is not a number.
    """
    tasks = sorted({trial.task for trial in trials})
    return {
        candidate: fmean(
            fmean(trial.validation for trial in trials if (trial.candidate, trial.task) == (candidate, task))
            for task in tasks
        )
        for candidate in sorted({trial.candidate for trial in trials}, key=size_of)
    }


def winner(trials: Sequence[Trial]) -> Candidate:
    """Return the candidate with the best mean validation score; the smallest of equals, and never one that diverged.

    Raises:
        ValueError: there are no trials, not every candidate was tried once on every task and seed, or all diverged.
    """
    if not trials:
        raise ValueError("a search without trials has no winner")
    places = {(trial.task, trial.seed) for trial in trials}
    candidates = {trial.candidate for trial in trials}
    tried = {(trial.task, trial.seed, trial.candidate) for trial in trials}
    if not len(tried) == len(trials) == len(places) * len(candidates):
        raise ValueError("not every candidate was tried once on every task and seed; the means would not be comparable")
    means = {candidate: mean for candidate, mean in mean_by_candidate(trials).items() if math.isfinite(mean)}
    if not means:
        raise ValueError("every candidate of the search diverged; none has won")
    return max(means, key=lambda candidate: means[candidate])


def size_of(candidate: Candidate) -> tuple[tuple[float, ...], int, float]:
    """Return a key that sorts candidates from the smallest value tried; the defaults of a method count as written."""
    chosen = [
        {**METHOD_PARAMETERS.get(part.name, {}), **dict(part.parameters)} for part in parse_method(candidate.method)
    ]
    # a rate of None is the recipe's
    numbers = tuple(value or 0.0 for parameters in chosen for _, value in sorted(parameters.items()))
    return numbers, int(candidate.length[:-2]), candidate.learning_rate
