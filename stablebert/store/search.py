"""Recorded searches: which values were tried on which tasks and seeds, and which won on validation.

A trial is a run, so one format serves whatever a search varies: the peak rate of an encoder, the number of updates that
`long` means for a method on a task (Section 6), or a method's parameters (Appendix H).
"""

import csv
import io
import math
import re
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass, fields
from datetime import date
from pathlib import Path
from statistics import fmean

from stablebert.paper import METHOD_PARAMETERS
from stablebert.runs import Record, parse_method
from stablebert.store.baselines import BaselineError
from stablebert.store.files import write_whole
from stablebert.store.sources import source_commit

# the search of an encoder's peak rate, one for all tasks
RATE = "search"


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


def length_search(task: str, method: str) -> str:
    """Return the name of the search of what `long` means for a method on a task."""
    return f"searches/length/{task}_{method}"


def parameter_search(task: str, method: str) -> str:
    """Return the name of the search of a method's parameters on a task."""
    return f"searches/parameters/{task}_{method}"


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
        for candidate in sorted({trial.candidate for trial in trials}, key=_size)
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


def write_search(
    folder: Path,
    encoder: str,
    trials: Sequence[Trial],
    code: str,
    *,
    name: str = RATE,
    why: str = "the paper gives no rate for this encoder",
) -> Path:
    """Write `<encoder>/<name>.csv` below a `baselines` folder and return its path.

    Args:
        folder: The `baselines` folder.
        encoder: Encoder id.
        trials: All runs of the search.
        code: Digest of the code that made them.
        name: `RATE`, or as from `length_search` or `parameter_search`.
        why: The reason for the search, one line.

    Raises:
        ValueError: as `winner`, or the reason is empty or spans lines.
        OSError: it cannot be written; what was there before still stands.
    """
    if not why.strip() or "\n" in why:
        raise ValueError(f"the reason of a search is {why!r}; it must be one line of text")
    best = winner(trials)
    stream = io.StringIO()
    stream.write(f"# stablebert-search 2\n# what: {_what(trials)}; otherwise the recipe of {encoder}\n")
    stream.write(
        "# rule: best mean over tasks of the mean validation score; the smallest of equals, none that diverged\n"
    )
    stream.write(f"# winner: {best.method} {best.length} at {best.learning_rate!r}\n")
    stream.write(f"# why: {why}\n# date: {date.today().isoformat()}\n# commit: {source_commit()}\n# code: {code}\n")
    table = csv.DictWriter(stream, [field.name for field in fields(Trial)], lineterminator="\n")
    table.writeheader()
    table.writerows(asdict(t) for t in sorted(trials, key=lambda t: (t.task, _size(t.candidate), t.seed)))
    path = folder / encoder / f"{name}.csv"
    write_whole(path, stream.getvalue())
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
    path = folder / encoder / f"{name}.csv"
    return _read(path) if path.is_file() else []


def searched_seeds(folder: Path, encoder: str) -> set[int]:
    """Return the seeds that any search of an encoder has used; no baseline may.

    Raises:
        BaselineError: a file is damaged.
    """
    home = folder / encoder
    return {trial.seed for path in (*home.glob("search.csv"), *home.glob("searches/*/*.csv")) for trial in _read(path)}


def _read(path: Path) -> list[Trial]:
    try:
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
        return [
            Trial(
                line["task"],
                line["method"],
                line["length"],
                float(line["learning_rate"]),
                int(line["seed"]),
                float(line["validation"]),
                {"True": True, "False": False}[line["failed"]],
            )
            for line in csv.DictReader(lines)
        ]
    except (KeyError, ValueError, TypeError) as error:
        raise BaselineError(f"{path} is damaged: {error}") from error


def _what(trials: Sequence[Trial]) -> str:
    names = [field.name for field in fields(Candidate)]
    columns = zip(*(astuple(trial.candidate) for trial in trials), strict=True)
    values = [set(column) for column in columns]
    return ", ".join(
        f"{name} {'searched' if len(found) > 1 else next(iter(found))}"
        for name, found in zip(names, values, strict=True)
    )


def _size(candidate: Candidate) -> tuple[tuple[float, ...], int, float]:
    """Return a key that sorts candidates from the smallest value tried; the defaults of a method count as written."""
    chosen = [{**METHOD_PARAMETERS[part.name], **dict(part.parameters)} for part in parse_method(candidate.method)]
    # a rate of None is the recipe's
    numbers = tuple(value or 0.0 for parameters in chosen for _, value in sorted(parameters.items()))
    number = re.match("[0-9]*", candidate.length)
    return numbers, int(number[0] or 0) if number else 0, candidate.learning_rate
