"""Recorded searches as files: which values were tried on which tasks and seeds, why, and which won."""

import csv
import io
from collections.abc import Collection, Sequence
from dataclasses import asdict, astuple, fields
from datetime import date
from pathlib import Path

from stablebert.store.baselines import BaselineError
from stablebert.store.files import write_whole
from stablebert.store.sources import source_commit
from stablebert.store.trials import Candidate, Trial, size_of, winner

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
    stream = io.StringIO()
    stream.write(f"# stablebert-search 2\n# what: {_what(trials)}; otherwise the recipe of {encoder}\n")
    stream.write(
        "# rule: best mean over tasks of the mean validation score; the smallest of equals, none that diverged\n"
    )
    stream.write(f"# winner: {best.method} {best.length} at {best.learning_rate!r}\n")
    stream.write(f"# why: {why}\n# date: {date.today().isoformat()}\n# commit: {source_commit()}\n# code: {code}\n")
    stream.writelines(f"# machine: {machine}\n" for machine in machines)
    table = csv.DictWriter(stream, [field.name for field in fields(Trial)], lineterminator="\n")
    table.writeheader()
    table.writerows(asdict(t) for t in sorted(trials, key=lambda t: (t.task, size_of(t.candidate), t.seed)))
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
