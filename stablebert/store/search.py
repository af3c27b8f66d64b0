"""The recorded search of a peak rate: which rates were tried on which seeds, and which won."""

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from statistics import fmean

from stablebert.runs import Recipe, Record
from stablebert.store.baselines import BaselineError
from stablebert.store.files import write_whole
from stablebert.store.sources import source_commit


@dataclass(frozen=True)
class Trial:
    """One run of a search.

    Attributes:
        task: Task id.
        learning_rate: Peak rate.
        seed: Root seed.
        validation: Best validation score in points.
        failed: Whether the run has failed.
    """

    task: str
    learning_rate: float
    seed: int
    validation: float
    failed: bool


def trial_of(record: Record) -> Trial:
    """Return the line of a search's record."""
    spec = record.spec
    return Trial(spec.task, spec.recipe.learning_rate, spec.seed, record.best_validation, record.failed)


def mean_by_rate(trials: Sequence[Trial]) -> dict[float, float]:
    """Return the mean over tasks of the mean validation score, by rate, in points; failed runs count as they scored."""
    rates = sorted({trial.learning_rate for trial in trials})
    tasks = sorted({trial.task for trial in trials})
    return {
        rate: fmean(
            fmean(trial.validation for trial in trials if (trial.learning_rate, trial.task) == (rate, task))
            for task in tasks
        )
        for rate in rates
    }


def winner(trials: Sequence[Trial]) -> float:
    """Return the rate with the best mean validation score; the smallest of equals. A diverged rate never wins.

    Raises:
        ValueError: there are no trials, or not every rate was tried once on every task and seed.
    """
    if not trials:
        raise ValueError("a search without trials has no winner")
    places = {(trial.task, trial.seed) for trial in trials}
    rates = {trial.learning_rate for trial in trials}
    tried = {(trial.task, trial.seed, trial.learning_rate) for trial in trials}
    if not len(tried) == len(trials) == len(places) * len(rates):
        raise ValueError("not every rate was tried once on every task and seed; the means would not be comparable")
    means = mean_by_rate(trials)
    return max(sorted(means), key=lambda rate: means[rate] if math.isfinite(means[rate]) else -math.inf)


def write_search(
    folder: Path,
    encoder: str,
    trials: Sequence[Trial],
    code: str,
    why: str = "the paper gives no rate for this encoder",
) -> Path:
    """Write `<encoder>/search.csv` below a `baselines` folder and return its path.

    Args:
        folder: The `baselines` folder.
        encoder: Encoder id.
        trials: All runs of the search.
        code: Digest of the code that made them.
        why: The reason for the search, one line.

    Raises:
        ValueError: as `winner`, or the reason is empty or spans lines.
        OSError: it cannot be written; what was there before still stands.
    """
    if not why.strip() or "\n" in why:
        raise ValueError(f"the reason of a search is {why!r}; it must be one line of text")
    stream = io.StringIO()
    stream.write("# stablebert-search 1\n")
    stream.write(f"# what: peak learning rate of method debiased at length 3ep, otherwise {Recipe.__name__} defaults\n")
    stream.write(f"# rule: best mean over tasks of the mean validation score\n# winner: {winner(trials)!r}\n")
    stream.write(f"# why: {why}\n# date: {date.today().isoformat()}\n# commit: {source_commit()}\n# code: {code}\n")
    table = csv.DictWriter(stream, [field.name for field in fields(Trial)], lineterminator="\n")
    table.writeheader()
    table.writerows(asdict(trial) for trial in sorted(trials, key=lambda t: (t.task, t.learning_rate, t.seed)))
    path = folder / encoder / "search.csv"
    write_whole(path, stream.getvalue())
    return path


def read_search(folder: Path, encoder: str) -> list[Trial]:
    """Return the recorded trials of an encoder, none where there was no search.

    Raises:
        BaselineError: the file is damaged.
    """
    path = folder / encoder / "search.csv"
    if not path.is_file():
        return []
    try:
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
        return [
            Trial(
                line["task"],
                float(line["learning_rate"]),
                int(line["seed"]),
                float(line["validation"]),
                {"True": True, "False": False}[line["failed"]],
            )
            for line in csv.DictReader(lines)
        ]
    except (KeyError, ValueError, TypeError) as error:
        raise BaselineError(f"{path} is damaged: {error}") from error


def searched_seeds(folder: Path, encoder: str) -> set[int]:
    """Return the seeds that a search has used; no baseline may."""
    return {trial.seed for trial in read_search(folder, encoder)}
