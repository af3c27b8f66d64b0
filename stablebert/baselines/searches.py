"""Recorded searches: which values were tried on which tasks and seeds, why, and which has won on validation.

A trial is a run, so one record serves whatever a search varies: the peak rate of an encoder, the number of updates that
`long` means for a method on a task (Section 6), or a method's parameters (Appendix H).
"""

import json
import math
from collections.abc import Collection, Sequence
from dataclasses import astuple, dataclass, fields, replace
from datetime import date
from pathlib import Path
from statistics import fmean

from stablebert.baselines.commit import source_commit
from stablebert.baselines.csv_tables import BaselineError, comment_lines, read_table, table_text
from stablebert.files import write_whole
from stablebert.paper import METHOD_PARAMETERS
from stablebert.runs import Record, RunSpec, parse_method

# the search of an encoder's peak rate, one for all tasks
RATE = "search"


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
        # an optimizer of others is given its rate
        json.loads(spec.optimizer_arguments).get("lr", spec.recipe.learning_rate),
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
        for choice in sorted({trial.choice for trial in trials}, key=_size_of)
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


def length_search(task: str, method: str) -> str:
    """Return the name of the search of what `long` means for a method on a task."""
    return f"searches/length/{task}_{method}"


def parameter_search(task: str, method: str) -> str:
    """Return the name of the search of a method's parameters on a task."""
    return f"searches/parameters/{task}_{method}"


def write_search(
    folder: Path,
    encoder: str,
    trials: Sequence[Trial],
    code: str,
    *,
    name: str = RATE,
    why: str = "the paper gives no rate for this encoder",
    machines: Collection[str] = (),
) -> Path:
    """Write `<encoder>/<name>.csv` below a `baselines` folder and return its path.

    Args:
        folder: The `baselines` folder.
        encoder: Encoder id.
        trials: All runs of the search.
        code: Digest of the code that made them.
        name: `RATE`, or as from `length_search` or `parameter_search`.
        why: The reason for the search, one line.
        machines: What trained them, a line each.

    Raises:
        ValueError: as `winner`, or the reason is empty or spans lines.
        OSError: it cannot be written; what was there before still stands.
    """
    if not why.strip() or "\n" in why:
        raise ValueError(f"the reason of a search is {why!r}; it must be one line of text")
    best = winner(trials)
    head = [
        "stablebert-search 2",
        f"what: {_what(trials)}; otherwise the recipe of {encoder}",
        "rule: best mean over tasks of the mean validation score; the smallest of equals, none that diverged",
        f"winner: {best.method} {best.length} at {best.learning_rate!r}",
        f"why: {why}",
        f"date: {date.today().isoformat()}",
        f"commit: {source_commit()}",
        f"code: {code}",
        *(f"machine: {machine}" for machine in machines),
    ]
    rows = sorted(trials, key=lambda trial: (trial.task, _size_of(trial.choice), trial.seed))
    path = folder / encoder / f"{name}.csv"
    write_whole(path, comment_lines(head) + table_text(Trial, rows))
    return path


def read_search(folder: Path, encoder: str, name: str = RATE) -> list[Trial]:
    """Return the recorded trials of a search, none where it was not made.

    Args:
        folder: The `baselines` folder.
        encoder: Encoder id.
        name: As in `write_search`.

    Raises:
        BaselineError: the file is damaged.
    """
    return read_table(Trial, folder / encoder / f"{name}.csv")


def searched_seeds(folder: Path, encoder: str) -> set[int]:
    """Return the seeds that any search of an encoder has used; no baseline may.

    Raises:
        BaselineError: a file is damaged.
    """
    home = folder / encoder
    files = (*home.glob("search.csv"), *home.glob("searches/*/*.csv"))
    return {trial.seed for path in files for trial in read_table(Trial, path)}


def with_recorded_steps(spec: RunSpec, folders: Sequence[Path]) -> RunSpec:
    """Return a run whose length `long` has the number of updates that was chosen for its task, method and rate.

    The quirks of the released code take the same number, so that nothing but they differ.

    Args:
        spec: Any run; one of another length comes back as it is, and so does one for which no choice is recorded, whose
            keys are then an error that names the command to record it.
        folders: `baselines` folders; the first with a record counts.

    Raises:
        BaselineError: the record is damaged, or is of another task, method or kind of length.
    """
    if spec.length != "long":
        return spec
    for folder in folders:
        trials = read_search(folder, spec.encoder, length_search(spec.task, spec.method))
        if not trials:
            continue
        if {(trial.task, trial.method) for trial in trials} != {(spec.task, spec.method)}:
            raise BaselineError(f"the search of 'long' for {spec.task} and {spec.method} in {folder} has other trials")
        try:
            best = winner(trials)
            steps = int(best.length.removesuffix("st"))
        except ValueError as error:
            raise BaselineError(
                f"the search of 'long' for {spec.task} and {spec.method} in {folder} chooses nothing: {error}"
            ) from error
        if best.learning_rate == spec.recipe.learning_rate:
            return replace(spec, steps=steps)
    return spec


def recorded_choice(folders: Sequence[Path], encoder: str, task: str, method: str, rate: float) -> str | None:
    """Return the method text that a recorded search of parameters has chosen for a task, None where there is none.

    Args:
        folders: `baselines` folders; the first with a record counts.
        encoder: Encoder id.
        task: Task id.
        method: Name of the method.
        rate: Peak rate that the encoder is trained at; a search at another rate chooses nothing for it.

    Raises:
        BaselineError: the record is damaged, is of another task or method, or chooses nothing.
    """
    for folder in folders:
        trials = read_search(folder, encoder, parameter_search(task, method))
        if not trials:
            continue
        place = f"the search of {method} on {task} in {folder}"
        if any(trial.task != task or [one.name for one in parse_method(trial.method)] != [method] for trial in trials):
            raise BaselineError(f"{place} has other trials")
        try:
            best = winner(trials)
        except ValueError as error:
            raise BaselineError(f"{place} chooses nothing: {error}") from error
        return best.method if best.learning_rate == rate else None
    return None


def _size_of(choice: Choice) -> tuple[tuple[float, ...], int, float]:
    # sorts choices from the smallest value tried; the defaults of a method count as written
    chosen = [{**METHOD_PARAMETERS.get(part.name, {}), **dict(part.parameters)} for part in parse_method(choice.method)]
    # a rate of None is the recipe's
    numbers = tuple(value or 0.0 for parameters in chosen for _, value in sorted(parameters.items()))
    return numbers, int(choice.length[:-2]), choice.learning_rate


def _what(trials: Sequence[Trial]) -> str:
    names = [field.name for field in fields(Choice)]
    columns = zip(*(astuple(trial.choice) for trial in trials), strict=True)
    values = [set(column) for column in columns]
    return ", ".join(
        f"{name} {'searched' if len(found) > 1 else next(iter(found))}"
        for name, found in zip(names, values, strict=True)
    )
