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
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from stablebert.baselines.cells import Baseline, baseline_path
from stablebert.baselines.csv_tables import BaselineError
from stablebert.files import write_whole
from stablebert.runs import Cell, Evaluation, Record, StepSeries, row_of
from stablebert.runs.record import decode_array

FULL_SEEDS = 2
FULL_UPDATES = 30
_FORMAT = "stablebert-series 1"
_SUFFIX = ".series.json.gz"
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
    return baseline_path(folder, cell).with_suffix(_SUFFIX)


def write_series(path: Path, records: Sequence[Record]) -> None:
    """Write the series of a cell's runs whole, the same bytes for the same records.

    Args:
        path: As from `series_path`.
        records: At least one, all of one cell, in the order of their rows.

    Raises:
        ValueError: there is no record, or the runs are of several cells, blocks or sets of test examples.
        OSError: it cannot be written; what was there before still stands.
    """
    content = _content(records)
    outer = {"format": _FORMAT, "sha256": _checksum(content), "content": content}
    # no time in the header: bytes follow from the records alone
    write_whole(path, gzip.compress(_canonical(outer), 9, mtime=0))


def read_series(path: Path) -> tuple[RunSeries, ...]:
    """Return the series that a file holds, one a run, in the order of the rows.

    Raises:
        BaselineError: it is missing, torn, edited or of another format.
    """
    try:
        outer = json.loads(gzip.decompress(path.read_bytes()))
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise BaselineError(f"series {path} cannot be read: {error}") from error
    if not isinstance(outer, dict) or outer.get("format") != _FORMAT:
        raise BaselineError(f"series {path} is not of the format '{_FORMAT}'")
    content = outer.get("content", {})
    if outer.get("sha256") != _checksum(content):
        raise BaselineError(
            f"series {path} is not what was accepted (the checksum does not fit); take it from git again"
        )
    return _runs(content)


def find_series(baseline: Baseline) -> tuple[RunSeries, ...] | None:
    """Return the series beside an accepted baseline, or None where it was accepted without.

    Raises:
        BaselineError: they are damaged, or of other runs than the baseline's rows.
    """
    path = baseline.path.with_suffix(_SUFFIX)
    if not path.is_file():
        return None
    runs = read_series(path)
    if [(run.seed, run.losses) for run in runs] != [(row.seed, row.losses) for row in baseline.rows]:
        raise BaselineError(f"series {path} are of other runs than {baseline.path.name}; accept the cell again")
    return runs


def _content(records: Sequence[Record]) -> dict[str, Any]:
    cells = {record.spec.cell.id for record in records}
    if len(cells) != 1:
        raise ValueError(f"series are of one cell, and these of {', '.join(sorted(cells)) or 'none'}")
    rows = [row_of(record) for record in records]
    blocks = list(records[0].evaluations[0].distance)
    full = sorted(range(len(records)), key=lambda place: rows[place].seed)[:FULL_SEEDS]
    return {
        "cell": cells.pop(),
        "blocks": blocks,
        "runs": [[row.seed, row.losses] for row in rows],
        **{name: [_rounded(getattr(record.steps, name), 4) for record in records] for name in _STEPS},
        "evaluations": [[_evaluation(one, blocks, 6, 4) for one in record.evaluations] for record in records],
        "full": {rows[place].seed: _beginning(records[place], blocks) for place in full},
        "predictions": _packed([decode_array(record.test_logits) for record in records]),
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


def _beginning(record: Record, blocks: Sequence[str]) -> dict[str, Any]:
    steps = [list(getattr(record.steps, name)[:FULL_UPDATES]) for name in _STEPS]
    # 17 digits give every double back
    return {"steps": steps, "evaluation": _evaluation(record.evaluations[0], blocks, 17, 17)}


def _beginning_of(kept: dict[str, Any] | None, blocks: Sequence[str]) -> FirstUpdates | None:
    if kept is None:
        return None
    return FirstUpdates(StepSeries(*map(tuple, kept["steps"])), _evaluation_of(kept["evaluation"], blocks))


def _packed(logits: Sequence[tuple[list[float], tuple[int, ...]]]) -> dict[str, Any]:
    """Pack predictions example by example: runs mostly agree on one, and what repeats takes no room."""
    shapes = {shape for _, shape in logits}
    if len(shapes) != 1:
        raise ValueError(f"runs of one cell have predictions of the shapes {sorted(shapes)}")
    examples, labels = shapes.pop()
    letter, of_run = (_HALF, _scores) if labels == 1 else (_BYTE if labels <= 256 else _WORD, _classes(labels))
    each = [of_run(values) for values, _ in logits]
    whole = struct.pack(f"<{examples * len(each)}{letter}", *(run[place] for place in range(examples) for run in each))
    return {"kind": letter, "base64": base64.b64encode(whole).decode()}


def _unpacked(packed: dict[str, Any], runs: int) -> list[tuple[float, ...]]:
    whole, letter = base64.b64decode(packed["base64"]), packed["kind"]
    values = struct.unpack(f"<{len(whole) // struct.calcsize(letter)}{letter}", whole)
    return [values[place::runs] for place in range(runs)]


def _classes(labels: int) -> Callable[[Sequence[float]], list[float]]:
    def of_run(values: Sequence[float]) -> list[float]:
        # a logit that is no number chooses nothing
        known = [-math.inf if math.isnan(value) else value for value in values]
        lines = (known[first : first + labels] for first in range(0, len(known), labels))
        return [line.index(max(line)) for line in lines]

    return of_run


def _scores(values: Sequence[float]) -> list[float]:
    # the largest float16
    return [value if not abs(value) > 65504 else math.copysign(math.inf, value) for value in values]


def _rounded(values: Iterable[float], digits: int) -> list[float]:
    return [float(f"{value:.{digits}g}") for value in values]


def _canonical(content: Any) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def _checksum(content: Any) -> str:
    return hashlib.sha256(_canonical(content)).hexdigest()
