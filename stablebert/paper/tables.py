"""The numbers that the paper prints, read from `baselines/paper`."""

import csv
from pathlib import Path


def read_table(number: int, folder: Path) -> list[dict[str, str]]:
    """Return a table of the paper, one dictionary a line, values as printed.

    Args:
        number: Number of the table, 1 to 7.
        folder: A `baselines` folder.

    Raises:
        ValueError: there is no such table.
    """
    path = folder / "paper" / f"table{number}.csv"
    if not path.is_file():
        raise ValueError(f"the paper's table {number} is not at {path}; there are tables 1 to 7")
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))
