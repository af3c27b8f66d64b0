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
class Choice:
    """What may win a search; the choices of one search differ in one attribute.

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
    def choice(self) -> Choice:
        """What was tried."""
        return Choice(self.method, self.length, self.learning_rate)


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


def mean_by_choice(trials: Sequence[Trial]) -> dict[Choice, float]:
    """Return the mean over tasks of the mean validation score in points, by choice, the smallest choice first.

    Failed runs count as they scored; the mean of a choice that diverged is not a number.
    """
    tasks = sorted({trial.task for trial in trials})
    return {
        choice: fmean(
            fmean(trial.validation for trial in trials if (trial.choice, trial.task) == (choice, task))
            for task in tasks
        )
        for choice in sorted({trial.choice for trial in trials}, key=size_of)
    }


def winner(trials: Sequence[Trial]) -> Choice:
    """Return the choice with the best mean validation score; the smallest of equals, and never one that diverged.

    Raises:
        ValueError: there are no trials, not every choice was tried once on every task and seed, or all diverged.
    """
    if not trials:
        raise ValueError("a search without trials has no winner")
    places = {(trial.task, trial.seed) for trial in trials}
    choices = {trial.choice for trial in trials}
    tried = {(trial.task, trial.seed, trial.choice) for trial in trials}
    if not len(tried) == len(trials) == len(places) * len(choices):
        raise ValueError("not every choice was tried once on every task and seed; the means would not be comparable")
    means = {choice: mean for choice, mean in mean_by_choice(trials).items() if math.isfinite(mean)}
    if not means:
        raise ValueError("every choice of the search diverged; none has won")
    return max(means, key=lambda choice: means[choice])


def size_of(choice: Choice) -> tuple[tuple[float, ...], int, float]:
    """Return a key that sorts choices from the smallest value tried; the defaults of a method count as written."""
    chosen = [{**METHOD_PARAMETERS.get(part.name, {}), **dict(part.parameters)} for part in parse_method(choice.method)]
    # a rate of None is the recipe's
    numbers = tuple(value or 0.0 for parameters in chosen for _, value in sorted(parameters.items()))
    return numbers, int(choice.length[:-2]), choice.learning_rate
