"""Recorded searches as files: which values were tried on which tasks and seeds, why, and which won."""

from collections.abc import Collection, Sequence
from dataclasses import astuple, fields
from datetime import date
from pathlib import Path

from stablebert.baselines.sources import source_commit
from stablebert.baselines.tables import read_table, table_text
from stablebert.baselines.trials import Choice, Trial, size_of, winner
from stablebert.files import write_whole

# the search of an encoder's peak rate, one for all tasks
RATE = "search"


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
    rows = sorted(trials, key=lambda trial: (trial.task, size_of(trial.choice), trial.seed))
    path = folder / encoder / f"{name}.csv"
    write_whole(path, "".join(f"# {line}\n" for line in head) + table_text(Trial, rows))
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


def _what(trials: Sequence[Trial]) -> str:
    names = [field.name for field in fields(Choice)]
    columns = zip(*(astuple(trial.choice) for trial in trials), strict=True)
    values = [set(column) for column in columns]
    return ", ".join(
        f"{name} {'searched' if len(found) > 1 else next(iter(found))}"
        for name, found in zip(names, values, strict=True)
    )
