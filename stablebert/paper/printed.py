"""What the paper prints, from `baselines/paper`: its tables, and the means and standard deviations with their cells."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stablebert.paper.printed_tables import paper_table
from stablebert.runs import Cell

_TABLES = (1, 2, 4, 5, 7)
METHODS = {"standard": "debiased", "int_task": "transfer", "pretrained_wd": "prior", "wd": "wdecay"}
# Table 2 prints longer training as a method; its runs are those of debiased Adam
METHODS["longer"] = "debiased"
_LENGTHS = {"3": "3ep", "longer": "long"}
_PRECISIONS = {"mixed": ("fp16", "bf16"), "full": ("fp32",)}
# Appendix C: the precision makes no difference, so every row but Table 4's takes any
_ANY = ("fp16", "bf16", "fp32")
_SEEDS = 20
_MNLI_SEEDS = 3
_MAJORITY = "majority_baseline"
_MARGINS = {"rte": 1.5, "mrpc": 1.0, "stsb": 0.5, "cola": 1.5}


@dataclass(frozen=True)
class PrintedRow:
    """Mean and standard deviation of one cell as printed, in points.

    Attributes:
        table: Number of the table.
        task: Task id.
        method: Method id, in its default parameters; the values that the paper chose are not stated.
        length: `3ep`, `long` or `own` (Table 7: the model's own recipe).
        encoder: Encoder id.
        precisions: Precision classes that the row is about.
        score: `test`, or `validation` for the dev half of Table 5.
        metric: Name of the metric as in the tables: acc, f1, scc or mcc.
        mean: Printed mean over all runs, failed ones included.
        sd: Printed standard deviation; whether it is the sample's is not stated, and it is taken as that.
        runs: Runs behind the row: 20, and 3 in Table 5. Table 7 does not restate it.
        majority: What the majority class scores (Table 3), in points: runs that learned nothing.
        table_rows: Rows of its table, which share the error of a FAIL.
    """

    table: int
    task: str
    method: str
    length: str
    encoder: str
    precisions: tuple[str, ...]
    score: str
    metric: str
    mean: float
    sd: float
    runs: int
    majority: float
    table_rows: int

    @property
    def place(self) -> str:
        """Where it stands, in words."""
        return f"Table {self.table}{' dev' if self.score == 'validation' else ''}"

    @property
    def of_any_precision(self) -> bool:
        """Whether the row is about no precision class."""
        return self.precisions == _ANY

    def is_of(self, cell: Cell) -> bool:
        """Return whether the row is of a cell."""
        ours = (cell.task, cell.method, cell.length, cell.encoder)
        return ours == (self.task, self.method, self.length, self.encoder) and cell.precision in self.precisions


def printed_rows(folders: Sequence[Path]) -> list[PrintedRow]:
    """Return the rows of Tables 1, 2, 4, 5 and 7, in this order.

    Args:
        folders: `baselines` folders; the first that has the paper's tables is read.

    Raises:
        ValueError: no folder has them, or one of them is missing or damaged.
    """
    folder = next((folder for folder in folders if (folder / "paper").is_dir()), None)
    if folder is None:
        raise ValueError(f"the paper's tables are in none of {', '.join(map(str, folders))}")
    with paper_table(3, folder) as lines:
        said = [line for line in lines if line["field"].startswith(_MAJORITY)]
        majority = {(line["dataset"], line["field"]): _points(line["value"]) for line in said}
    rows = []
    for number in _TABLES:
        with paper_table(number, folder) as lines:
            rows += [_row(number, line, majority, len(lines)) for line in lines]
    return rows


def target_among(row: PrintedRow, cells: Iterable[Cell], precision: str) -> Cell | None:
    """Return the one cell that a row is the target of, None where it is of none of them.

    A row that is about several precision classes is of one: the session's own, else the first that it names.

    Args:
        row: The row.
        cells: Those that were run.
        precision: Class that the session trains in where nothing else is asked for.

    Example:
        >>> figures = ("test", "acc", 71.8, 2.1, 20, 52.5, 8)
        >>> row = PrintedRow(4, "rte", "debiased", "3ep", "bert-large", ("fp16", "bf16"), *figures)
        >>> cells = [Cell("rte", encoder="bert-large", precision=one) for one in ("fp32", "bf16", "fp16")]
        >>> target_among(row, cells, "bf16").precision, target_among(row, cells, "fp32").precision
        ('bf16', 'fp16')
    """
    order = (precision, *row.precisions)
    there = [cell for cell in cells if row.is_of(cell)]
    return min(there, key=lambda cell: (order.index(cell.precision), cell.fidelity, cell.id), default=None)


def paper_margin(task: str) -> float:
    """Return the largest loss on a task that does not matter beside the paper's numbers, in points.

    Example:
        >>> paper_margin("rte-1k"), paper_margin("mnli")
        (1.5, 1.0)
    """
    return _MARGINS.get(task.removesuffix("-1k"), 1.0)


def _row(number: int, line: dict[str, str], majority: Mapping[tuple[str, str], float], table_rows: int) -> PrintedRow:
    dev = line.get("split") == "dev"
    place = line["dataset"], f"{_MAJORITY}_{'val' if dev else 'test'}"
    if place not in majority:
        raise ValueError(f"table3.csv has no {' '.join(place)}")
    method = line.get("method") or ("bertadam" if line["bias_correction"] == "no" else "standard")
    return PrintedRow(
        table=number,
        task=line["dataset"] + ("-1k" if line["train_size"] == "1k" else ""),
        method=METHODS.get(method, method),
        length="own" if number == 7 else _LENGTHS[line.get("epochs", "3")],
        encoder=f"{line['model']}-large" if number == 7 else "bert-large",
        precisions=_PRECISIONS.get(line.get("precision", ""), _ANY),
        score="validation" if dev else "test",
        metric=line["metric"],
        mean=_points(line["mean"]),
        sd=_points(line["std"]),
        runs=_MNLI_SEEDS if number == 5 else _SEEDS,
        majority=majority[place],
        table_rows=table_rows,
    )


def _points(text: str) -> float:
    if not math.isfinite(found := float(text)):
        raise ValueError(f"{text} is no score")
    return found
