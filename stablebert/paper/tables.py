"""The numbers that the paper prints, read from `baselines/paper`."""

import csv
from dataclasses import dataclass
from pathlib import Path

_STANDARD = {"standard": "debiased", "int_task": "transfer", "pretrained_wd": "prior", "wd": "wdecay"}


@dataclass(frozen=True)
class PrintedCell:
    """Mean and standard deviation over 20 seeds as printed, in points.

    Attributes:
        task: Task id.
        method: Method id.
        length: `3ep` or `long`.
        metric: Name of the metric as in the tables: acc, f1, scc or mcc.
        mean: Printed mean.
        sd: Printed standard deviation; whether it is the sample's is not stated.
    """

    task: str
    method: str
    length: str
    metric: str
    mean: float
    sd: float


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


def printed_cell(task: str, method: str, length: str, folder: Path) -> PrintedCell | None:
    """Return what Table 1 prints for a cell, or None where it prints nothing.

    Args:
        task: Task id; `-1k` selects the down-sampled training set.
        method: Method id, in its default parameters.
        length: `3ep` or `long`.
        folder: A `baselines` folder.
    """
    size = "1k" if task.endswith("-1k") else "full"
    for line in read_table(1, folder):
        found = (line["dataset"], line["train_size"], _STANDARD.get(line["method"], line["method"]))
        printed_length = "3ep" if line["epochs"] == "3" else "long"
        if found == (task.removesuffix("-1k"), size, method) and printed_length == length:
            return PrintedCell(task, method, length, line["metric"], float(line["mean"]), float(line["std"]))
    return None
