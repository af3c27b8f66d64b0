"""The files of `baselines/paper`: what is wrong with one, also where it is read on, names the file."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def table_lines(path: Path) -> Iterator[list[dict[str, str]]]:
    """Give the lines of a table, one dictionary each, values as printed; within, what does not fit is an error of it.

    Args:
        path: Its file.

    Raises:
        ValueError: it cannot be read, or what is done with its lines does not fit them.

    Example:
        >>> with table_lines(Path("baselines/paper/table1.csv")) as lines:
        ...     lines[0]["dataset"]
        'rte'
    """
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            lines = [_whole(line) for line in csv.DictReader(stream)]
        yield lines
    except (OSError, LookupError, TypeError, ValueError, AttributeError, ArithmeticError, csv.Error) as error:
        raise ValueError(f"{path} is not the paper's table: {type(error).__name__}: {error}") from error


@contextmanager
def paper_table(number: int, folder: Path) -> Iterator[list[dict[str, str]]]:
    """Give the lines of a numbered table of the paper, as `table_lines` does.

    Args:
        number: Number of the table, 1 to 7.
        folder: A `baselines` folder.

    Raises:
        ValueError: there is no such table, or as `table_lines`.
    """
    path = folder / "paper" / f"table{number}.csv"
    if not path.is_file():
        raise ValueError(f"the paper's table {number} is not at {path}; there are tables 1 to 7")
    with table_lines(path) as lines:
        yield lines


def _whole(line: dict[str, str]) -> dict[str, str]:
    # what is too short or too long for the columns has None among its values or its names
    if None in line.values() or None in line:
        raise ValueError(f"its line of {next(iter(line.values()))!r} has more or fewer values than there are columns")
    return line
