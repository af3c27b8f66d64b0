"""Accepted scores as a file beside a test: raw seeds in CSV that a reviewer can read, with a checksum of the rows."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev

from stablebert.files import write_whole
from stablebert.scores.readers import read_table, rows_digest, text_of
from stablebert.scores.score_table import RawRow, ScoreTable, TableError, table_of

_FORMAT = "stablebert-scores 1"
_FIRST, _LAST = ("seed", "score", "loss"), ("failed", "failed_reason")


@dataclass(frozen=True)
class ScoreFile:
    """Accepted scores.

    Attributes:
        header: Facts by name: the test, the date, the reason.
        table: The runs.
    """

    header: dict[str, str]
    table: ScoreTable


def write_scores(path: Path, header: dict[str, str], rows: Sequence[RawRow]) -> ScoreTable:
    """Write a file of accepted scores whole, byte-stable, and return its table.

    Args:
        path: Where; its folder is made.
        header: Facts by name, one line each.
        rows: The runs.

    Raises:
        TableError: the runs can be no baseline: all have failed, or were not made one a seed.
        OSError: it cannot be written; what was there before still stands.
    """
    table = table_of(path.stem, rows, place=str(path))
    _check(table)
    body = rows_text(rows)
    facts = {
        **{name: " ".join(value.split()) for name, value in header.items()},
        "sha256": rows_digest(body.splitlines()),
    }
    write_whole(path, "".join(f"# {line}\n" for line in (_FORMAT, *(f"{k}: {v}" for k, v in facts.items()))) + body)
    return read_scores(path).table


def rows_text(rows: Sequence[RawRow]) -> str:
    r"""Return rows as CSV, byte-stable, floats to their last digit.

    Example:
        >>> rows_text([RawRow("row 1", {"failed": False, "seed": 1, "score": 90.5})])
        'seed,score,failed\n1,90.5,false\n'
    """
    given = dict.fromkeys(name for row in rows for name in row.values)
    columns = [name for name in _FIRST if name in given] + [name for name in given if name not in (*_FIRST, *_LAST)]
    columns += [name for name in _LAST if name in given]
    stream = io.StringIO()
    lines = csv.writer(stream, lineterminator="\n")
    lines.writerow(columns)
    lines.writerows([_text(row.values.get(name)) for name in columns] for row in rows)
    return stream.getvalue()


def read_scores(path: Path) -> ScoreFile:
    """Read a file of accepted scores.

    Raises:
        OSError: it cannot be read.
        TableError: it is of another format, damaged, or was edited.
    """
    lines = text_of(path).splitlines()
    header = dict(line[2:].split(": ", 1) for line in lines[1:] if line.startswith("# ") and ": " in line)
    if lines and lines[0] != f"# {_FORMAT}" and lines[0].startswith(f"# {_FORMAT.partition(' ')[0]} "):
        raise TableError(f"{path} is of another version of stablebert, {lines[0][2:]!r}; this one reads {_FORMAT!r}")
    if lines[:1] != [f"# {_FORMAT}"] or "sha256" not in header:
        raise TableError(f"{path} does not begin with '# {_FORMAT}' and a checksum; take it from git again")
    table = read_table(path)
    _check(table)
    return ScoreFile(header, table)


def summary_words(table: ScoreTable) -> str:
    """Return a table in a line: runs, mean, standard deviation, failed runs.

    Example:
        >>> summary_words(table_of("mine", [RawRow(str(n), {"seed": n, "score": 90 + n}) for n in (1, 2)]))
        '2 runs, mean 91.5, sd 0.7071, 0 failed'
    """
    scores = table.scores
    middle = f"mean {fmean(scores):.4g}, " if scores else ""
    spread = f"sd {stdev(scores):.4g}, " if len(scores) > 1 else ""
    return f"{len(table.rows)} runs, {middle}{spread}{len(table.rows) - len(scores)} failed"


def _check(table: ScoreTable) -> None:
    table.check_is_distribution()
    failed = [row for row in table.rows if row.failed]
    if len(failed) == len(table.rows):
        raise TableError(f"{table.place}: every run has failed, the first by {failed[0].reason or 'no reason given'}")
    if table.seeds_problem:
        raise TableError(f"{table.place}: its {table.seeds_problem}")


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    # one run is one line
    return "" if value is None else repr(value) if isinstance(value, float) else " ".join(str(value).split())
