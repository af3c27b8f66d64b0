"""Runs like the stored ones: the cells of the shipped grid, resampled and smoothed, and their frozen margins."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stablebert.baselines import read_baseline, read_grid
from stablebert.runs import Cell
from tests.calibration.arms import Arm, collapse_line

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "baselines"
PROFILE, ENCODER = "mini", "minilm"


@dataclass(frozen=True)
class Stored:
    """What a cell's stored runs say.

    Attributes:
        name: Task and method.
        sound: Scores and log-losses of the runs that are not lost, shape (runs, 2).
        lost: Scores of the lost runs, 0 where there is none.
        step: Smallest distance of two scores: their grid.
        margin: As frozen, in points; None: the cell has none.
        frozen_sd: Standard deviation as frozen beside it, or that of the rows where none is.
    """

    name: str
    sound: np.ndarray
    lost: np.ndarray
    step: float
    margin: float | None
    frozen_sd: float

    @property
    def failure_rate(self) -> float:
        """Of the runs, half a lost one added, so that no cell is taken to lose never."""
        return (len(self.lost) + 0.5) / (self.runs + 1)

    @property
    def runs(self) -> int:
        """Accepted runs."""
        return len(self.lost) + len(self.sound)

    @property
    def sd(self) -> float:
        """Standard deviation of what `draw` draws for a run that is not lost."""
        return float(np.hypot(self.sound[:, 0].std(), _bandwidth(self.sound)[0]))

    def draw(self, shape: tuple[int, int], generator: np.random.Generator, like: np.ndarray | None = None) -> Arm:
        """Return runs, each a stored one with a normal deviation of Silverman's bandwidth.

        Args:
            shape: Replicates and runs.
            generator: Of the numbers.
            like: Which stored run each is, as from `pick`; None: any.
        """
        chosen = self.pick(shape, generator) if like is None else like
        drawn = self.sound[chosen] + _bandwidth(self.sound) * generator.standard_normal((*shape, 2))
        failed = generator.random(shape) < self.failure_rate
        lost = generator.choice(self.lost, shape) if len(self.lost) else np.zeros(shape)
        scores = np.where(failed, lost, np.round(drawn[..., 0] / self.step) * self.step)
        return Arm(scores, failed, drawn[..., 1])

    def pick(self, shape: tuple[int, int], generator: np.random.Generator) -> np.ndarray:
        """Return numbers of stored runs."""
        return generator.integers(len(self.sound), size=shape)


def stored_cells() -> list[Stored]:
    """Return the cells of the mini profile's grid that have a baseline, in its order."""
    frozen = list(csv.DictReader((FOLDER / "margins.csv").read_text(encoding="utf-8").splitlines()))
    found = []
    for name in read_grid(FOLDER, PROFILE) or ():
        cell = Cell.named(name)
        path = FOLDER / ENCODER / cell.task / f"{cell.method}_{cell.length}.csv"
        if path.is_file():
            of_cell = {"encoder": ENCODER, "task": cell.task, "method": cell.method, "length": cell.length}
            rows = [row for row in frozen if all(row.get(key, value) == value for key, value in of_cell.items())]
            found.append(_stored(f"{cell.task} {cell.method}", path, rows[0] if rows else {}))
    return found


def _stored(name: str, path: Path, frozen: dict[str, str]) -> Stored:
    rows = read_baseline(path).rows
    scores = np.array([[row.test for row in rows]])
    failed = np.array([[row.failed for row in rows]])
    arm = Arm(scores, failed)
    lost = arm.lost(collapse_line(arm))[0]
    values = np.array([[row.test, row.log_loss] for row in rows])
    sound = values[~lost]
    gaps = np.diff(np.unique(sound[:, 0]))
    # accuracies computed as quotients differ by rounding where they are equal
    step = float(gaps[gaps > 1e-6].min())
    margin = float(frozen["margin"]) if frozen.get("margin") else None
    sd = float(frozen["sd"]) if frozen.get("sd") else float(sound[:, 0].std(ddof=1))
    return Stored(name, sound, np.nan_to_num(values[lost, 0]), step, margin, sd)


def _bandwidth(sound: np.ndarray) -> np.ndarray:
    """Return Silverman's bandwidth of each column."""
    quartiles = np.subtract(*np.percentile(sound, [75, 25], axis=0)) / 1.34
    return 0.9 * np.minimum(sound.std(0, ddof=1), quartiles) * len(sound) ** -0.2
