"""What one run leaves behind, as plain data that goes to JSON and back without loss."""

import base64
import math
from array import array
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any

from stablebert.runs.spec import Recipe, RunSpec


@dataclass(frozen=True)
class Evaluation:
    """One evaluation on the validation set.

    Attributes:
        step: Updates done before it.
        score: The task's metric in points (percent scale; -100 to 100).
        log_loss: Mean cross-entropy in nats; regression: mean squared error.
        distance: L2 distance of the weights to the run's initial values, by block.
    """

    step: int
    score: float
    log_loss: float
    distance: dict[str, float]


@dataclass(frozen=True)
class StepSeries:
    """One value an update, in order.

    Attributes:
        loss: Training loss of the batch.
        rate: Learning rate of the first parameter group.
        gradient_norm: Global L2 norm before clipping; not finite where an fp16 update was skipped, or the run failed.
        update_norm: Global L2 norm of the change of all parameters; 0 where an update was skipped.
    """

    loss: tuple[float, ...]
    rate: tuple[float, ...]
    gradient_norm: tuple[float, ...]
    update_norm: tuple[float, ...]


@dataclass(frozen=True)
class Record:
    """The outcome of one run; scores are in points, as the paper prints them.

    Attributes:
        spec: What was run.
        metric: Name of the task's metric.
        data_digest: Digest of the rows of the splits.
        weights_digest: Digest of the encoder's weights.
        best_step: Updates before the first evaluation with the best validation score.
        best_validation: Validation score at `best_step`.
        best_test: Test score at `best_step`, the only checkpoint that sees the test set.
        last_validation: Validation score after the last update.
        evaluations: The evaluations in order.
        steps: Values of every update.
        test_logits: Test predictions at `best_step`, shape (examples, labels), float32 (see `encode_array`).
        census: What the method changed, by name.
        failed: Whether the run has failed, by `failed_reason`.
        failed_reason: The rule that says so, or None.
        at_most_majority: The paper's rule, stored as information: test score not above the majority class's.
        environment: Versions, processor and engine path: provenance.
        fingerprints: One digest a random stream.
        seconds: Wall-clock time; the only field that may differ between two runs of the same spec.
    """

    spec: RunSpec
    metric: str
    data_digest: str
    weights_digest: str
    best_step: int
    best_validation: float
    best_test: float
    last_validation: float
    evaluations: tuple[Evaluation, ...]
    steps: StepSeries
    test_logits: dict[str, Any]
    census: dict[str, Any]
    failed: bool
    failed_reason: str | None
    at_most_majority: bool
    environment: dict[str, Any]
    fingerprints: dict[str, str]
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Return nested plain data; `from_dict` is its inverse."""
        return asdict(self)

    @staticmethod
    def from_dict(data: dict[str, Any]) -> "Record":
        """Rebuild a record from `to_dict` or its JSON.

        Raises:
            ValueError: a field is missing or unknown.
        """
        expected = {field.name for field in fields(Record)}
        if set(data) != expected:
            raise ValueError(f"record: fields missing or unknown: {', '.join(sorted(expected ^ set(data)))}")
        recipe = dict(data["spec"]["recipe"])
        recipe["betas"] = tuple(recipe["betas"])
        return Record(
            **{
                **data,
                "spec": RunSpec(**{**data["spec"], "recipe": Recipe(**recipe)}),
                "evaluations": tuple(Evaluation(**item) for item in data["evaluations"]),
                "steps": StepSeries(**{name: tuple(values) for name, values in data["steps"].items()}),
            }
        )


def encode_array(values: Iterable[float], shape: tuple[int, ...]) -> dict[str, Any]:
    """Pack numbers as little-endian float32 in base64, exactly.

    Args:
        values: The elements, last axis fastest.
        shape: Lengths of the axes.

    Raises:
        ValueError: the number of values does not fit the shape.

    Example:
        >>> decode_array(encode_array([1.0, 2.0], (1, 2)))
        ([1.0, 2.0], (1, 2))
    """
    packed = array("f", values)
    size = 1
    for length in shape:
        size *= length
    if len(packed) != size:
        raise ValueError(f"{len(packed)} values do not fit the shape {shape}")
    if _big_endian():
        packed.byteswap()
    return {"float32": base64.b64encode(packed.tobytes()).decode(), "shape": list(shape)}


def decode_array(packed: dict[str, Any]) -> tuple[list[float], tuple[int, ...]]:
    """Return the values and the shape of a packed array, the inverse of `encode_array`."""
    values = array("f")
    values.frombytes(base64.b64decode(packed["float32"]))
    if _big_endian():
        values.byteswap()
    return list(values), tuple(packed["shape"])


def predictions_of(record: Record) -> tuple[float, ...]:
    """Return what a run predicts of each test example at its best checkpoint: a class, or of regression a score.

    Args:
        record: Of the run.

    Returns:
        Whole numbers for classes; floats, in the unit of the labels, where there is one logit an example.
    """
    values, (_, labels) = decode_array(record.test_logits)
    if labels == 1:
        return tuple(values)
    # a logit that is no number chooses nothing
    known = [-math.inf if math.isnan(value) else value for value in values]
    lines = (known[first : first + labels] for first in range(0, len(known), labels))
    return tuple(line.index(max(line)) for line in lines)


def _big_endian() -> bool:
    return array("H", [1]).tobytes() == b"\x00\x01"
