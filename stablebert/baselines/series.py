"""What each accepted run did on its way, beside its row: the series of its updates, evaluations and predictions.

One file a cell, JSON under gzip with a checksum, so that figures and probes of accepted runs need no training. Series
and distances keep 4 significant digits, scores and log-losses 6; the two lowest seeds have their first 30 updates and
their first evaluation in full. Of every test example it keeps the predicted class, or the predicted score as float16.
"""

import base64
import gzip
import hashlib
import json
import math
import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from stablebert.baselines.cells import Baseline, baseline_path
from stablebert.baselines.csv_tables import BaselineError
from stablebert.files import write_whole
from stablebert.runs import FIRST_UPDATES, Cell, Evaluation, Record, StepSeries, predictions_of, row_of

FULL_SEEDS = 2
_FORMAT = "stablebert-series 1"
_SUFFIX = ".series.json.gz"
# the longest of the paper's runs, 60 of a cell, have a tenth of it
_MOST = 256 << 20
_STEPS = tuple(field.name for field in fields(StepSeries))
# struct's letters: classes, classes of more than 256, scores
_BYTE, _WORD, _HALF = "B", "H", "e"


@dataclass(frozen=True)
class FirstUpdates:
    """The beginning of a run, to the last digit.

    Attributes:
        steps: Its first updates, at most 30.
        evaluation: Its first evaluation.
    """

    steps: StepSeries
    evaluation: Evaluation


@dataclass(frozen=True)
class RunSeries:
    """What one accepted run did on its way.

    Attributes:
        seed: As in its row.
        losses: Digest of its losses, as in its row.
        steps: One value an update, to 4 significant digits.
        evaluations: In order; scores in points, and log-losses, to 6 significant digits, distances to 4.
        predictions: One a test example, at the best checkpoint: a class, or a score in float16.
        first: Its beginning in full; of the cell's two lowest seeds only.
    """

    seed: str
    losses: str
    steps: StepSeries
    evaluations: tuple[Evaluation, ...]
    predictions: tuple[float, ...]
    first: FirstUpdates | None


def series_path(folder: Path, cell: Cell) -> Path:
    """Return where the series of a cell's accepted runs lie below a `baselines` folder.

    Example:
        >>> series_path(Path("baselines"), Cell("trec", "reinit")).as_posix()
        'baselines/minilm/trec/reinit_3ep.series.json.gz'
    """
    return series_beside(baseline_path(folder, cell))


def series_beside(path: Path) -> Path:
    """Return where the series of the runs of a file lie.

    Example:
        >>> series_beside(Path("baselines/minilm/trec/debiased_3ep.csv")).name
        'debiased_3ep.series.json.gz'
    """
    return path.with_suffix(_SUFFIX)


def write_series(
    path: Path, records: Sequence[Record], standing: Sequence[RunSeries] = (), write: Any = write_whole
) -> None:
    """Write the series of a cell's runs whole, sorted by seed, the same bytes for the same runs.

    Args:
        path: As from `series_path`.
        records: At least one, all of one cell.
        standing: Series of runs of that cell that were accepted before, kept as they are.
        write: What writes them, from path and content.

    Raises:
        ValueError: there is no record, a seed is there twice, or the runs are of several cells, blocks or sets of
            test examples.
        OSError: it cannot be written; what was there before still stands.
    """
    cells = {record.spec.cell.id for record in records}
    if len(cells) != 1:
        raise ValueError(f"series are of one cell, and these of {', '.join(sorted(cells)) or 'none'}")
    runs = sorted([*standing, *map(_series_of, records)], key=lambda run: run.seed)
    content = {"cell": cells.pop(), **_content(runs)}
    outer = {"format": _FORMAT, "sha256": _checksum(content), "content": content}
    # no time in the header: bytes follow from the runs alone
    write(path, gzip.compress(_canonical(outer), 9, mtime=0))


def read_series(path: Path) -> tuple[RunSeries, ...]:
    """Return the series that a file holds, one a run, in the order of the rows.

    Raises:
        BaselineError: it is missing, torn, edited or of another format.
    """
    try:
        outer = json.loads(_unzipped(path))
    except (OSError, EOFError, zlib.error, ValueError, RecursionError) as error:
        raise BaselineError(f"series {path} cannot be read: {error}") from error
    if not isinstance(outer, dict) or outer.get("format") != _FORMAT:
        raise BaselineError(f"series {path} is not of the format '{_FORMAT}'")
    content = outer.get("content", {})
    try:
        whole = outer.get("sha256") == _checksum(content)
    except RecursionError:
        whole = False
    if not whole:
        raise BaselineError(
            f"series {path} is not what was accepted (the checksum does not fit); take it from git again"
        )
    try:
        return _runs(content)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, struct.error) as error:
        raise BaselineError(f"series {path} is of another version of stablebert: {error}") from error


def find_series(baseline: Baseline) -> tuple[RunSeries, ...] | None:
    """Return the series beside accepted or collected runs, or None where there are none.

    Raises:
        BaselineError: they are damaged, or of other runs than the baseline's rows.
    """
    path = series_beside(baseline.path)
    if not path.is_file():
        return None
    runs = read_series(path)
    if [(run.seed, run.losses) for run in runs] != [(row.seed, row.losses) for row in baseline.rows]:
        raise BaselineError(f"series {path} are of other runs than {baseline.path.name}; accept the cell again")
    return runs


def _unzipped(path: Path) -> bytes:
    """Return what a file holds; a small one can stand for more than any machine has.

    Raises:
        ValueError: it holds more than any series.
    """
    with gzip.open(path) as stream:
        content = stream.read(_MOST + 1)
    if len(content) > _MOST:
        raise ValueError(f"it holds more than {_MOST >> 20} MiB")
    return content


def _series_of(record: Record) -> RunSeries:
    row = row_of(record)
    beginning = (getattr(record.steps, name)[:FIRST_UPDATES] for name in _STEPS)
    return RunSeries(
        row.seed,
        row.losses,
        record.steps,
        record.evaluations,
        tuple(map(_within_half, predictions_of(record))),
        FirstUpdates(StepSeries(*map(tuple, beginning)), record.evaluations[0]),
    )


def _content(runs: Sequence[RunSeries]) -> dict[str, Any]:
    seeds = [run.seed for run in runs]
    if len(set(seeds)) != len(seeds):
        raise ValueError(f"series are of one run a seed, and these of {', '.join(seeds)}")
    blocks = list(runs[0].evaluations[0].distance)
    return {
        "blocks": blocks,
        "runs": [[run.seed, run.losses] for run in runs],
        **{name: [_rounded(getattr(run.steps, name), 4) for run in runs] for name in _STEPS},
        "evaluations": [[_evaluation(one, blocks, 6, 4) for one in run.evaluations] for run in runs],
        # of seeds between those that stand there is no beginning any more
        "full": {run.seed: _beginning(run.first, blocks) for run in runs[:FULL_SEEDS] if run.first is not None},
        "predictions": _packed([run.predictions for run in runs]),
    }


def _runs(content: dict[str, Any]) -> tuple[RunSeries, ...]:
    blocks, predictions = content["blocks"], _unpacked(content["predictions"], len(content["runs"]))
    return tuple(
        RunSeries(
            seed,
            losses,
            StepSeries(*(tuple(content[name][place]) for name in _STEPS)),
            tuple(_evaluation_of(line, blocks) for line in content["evaluations"][place]),
            predictions[place],
            _beginning_of(content["full"].get(seed), blocks),
        )
        for place, (seed, losses) in enumerate(content["runs"])
    )


def _evaluation(one: Evaluation, blocks: Sequence[str], digits: int, of_distances: int) -> list[float]:
    if sorted(one.distance) != sorted(blocks):
        raise ValueError(f"distances are of {', '.join(one.distance)}, and elsewhere of {', '.join(blocks)}")
    distances = _rounded([one.distance[name] for name in blocks], of_distances)
    return [one.step, *_rounded([one.score, one.log_loss], digits), *distances]


def _evaluation_of(line: Sequence[Any], blocks: Sequence[str]) -> Evaluation:
    step, score, log_loss, *distances = line
    return Evaluation(step, score, log_loss, dict(zip(blocks, distances, strict=True)))


def _beginning(first: FirstUpdates, blocks: Sequence[str]) -> dict[str, Any]:
    steps = [list(getattr(first.steps, name)) for name in _STEPS]
    # 17 digits give every double back
    return {"steps": steps, "evaluation": _evaluation(first.evaluation, blocks, 17, 17)}


def _beginning_of(kept: dict[str, Any] | None, blocks: Sequence[str]) -> FirstUpdates | None:
    if kept is None:
        return None
    return FirstUpdates(StepSeries(*map(tuple, kept["steps"])), _evaluation_of(kept["evaluation"], blocks))


def _packed(predictions: Sequence[Sequence[float]]) -> dict[str, Any]:
    """Pack predictions example by example: runs mostly agree on one, and what repeats takes no room."""
    counts = {len(run) for run in predictions}
    kinds = {type(run[0]) for run in predictions}
    if len(counts) != 1 or len(kinds) != 1:
        raise ValueError(f"runs of one cell have predictions of {sorted(counts)} test examples")
    letter = _HALF if kinds == {float} else (_BYTE if max(map(max, predictions)) < 256 else _WORD)
    each = [run[place] for place in range(counts.pop()) for run in predictions]
    return {"kind": letter, "base64": base64.b64encode(struct.pack(f"<{len(each)}{letter}", *each)).decode()}


def _unpacked(packed: dict[str, Any], runs: int) -> list[tuple[float, ...]]:
    whole, letter = base64.b64decode(packed["base64"]), packed["kind"]
    values = struct.unpack(f"<{len(whole) // struct.calcsize(letter)}{letter}", whole)
    return [values[place::runs] for place in range(runs)]


def _within_half(value: float) -> float:
    # the largest float16; no class is beyond it
    return value if not abs(value) > 65504 else math.copysign(math.inf, value)


def _rounded(values: Iterable[float], digits: int) -> list[float]:
    return [float(f"{value:.{digits}g}") for value in values]


def _canonical(content: Any) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def _checksum(content: Any) -> str:
    return hashlib.sha256(_canonical(content)).hexdigest()
