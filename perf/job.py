"""What is timed: one whole fine-tuning, as plain data that goes to another process and back."""

from dataclasses import dataclass, replace

from stablebert.runs import Recipe, RunSpec
from stablebert.tasks import Task

SYSTEMS = ("trainer", "plain", "ours")


@dataclass(frozen=True)
class Job:
    """One fine-tuning by one system: set-up, training, evaluations, test.

    Attributes:
        system: `trainer` (a), `plain` (b) or `ours` (c).
        task: Task id.
        seed: Root seed.
        precision: `fp32` or `bf16`; `trainer` is always fp32.
        steps: Updates, or None for three epochs.
        evaluations: Evaluations on the validation set.
        examples: Validation and test examples at the most, or None for all.
        dropout: Probability of every dropout.
        learning_rate: Peak rate.
        max_length: Tokens an example at the most; `trainer` pads to it.
        encoder_source: Folder of the encoder, or None for the embedded one.
    """

    system: str
    task: str
    seed: int = 0
    precision: str = "fp32"
    steps: int | None = None
    evaluations: int = 10
    examples: int | None = None
    dropout: float = 0.1
    learning_rate: float = 1e-4
    max_length: int = 128
    encoder_source: str | None = None

    def __post_init__(self) -> None:
        if self.system not in SYSTEMS:
            raise ValueError(f"system is {self.system!r}; it must be one of {', '.join(SYSTEMS)}")
        if self.steps is not None and self.steps < 1:
            raise ValueError(f"steps is {self.steps}; it must be >= 1")

    @property
    def spec(self) -> RunSpec:
        """The same run as stablebert describes it."""
        return RunSpec(
            task=self.task,
            length="3ep" if self.steps is None else f"{self.steps}st",
            encoder="minilm" if self.encoder_source is None else "custom-000000",
            encoder_source=self.encoder_source,
            precision=self.precision,
            seed=self.seed,
            recipe=Recipe(
                learning_rate=self.learning_rate,
                dropout=self.dropout,
                evaluations=self.evaluations,
                max_length=self.max_length,
            ),
        )


@dataclass(frozen=True)
class Outcome:
    """What one job took and gave.

    Attributes:
        seconds: Wall-clock time of set-up, training, evaluations and test; imports are not in it.
        losses: Training loss of every update.
        test: Test score of the best checkpoint, in points.
        gflop: Useful work in 10^9 floating-point operations (see `useful_gflop`).
        peak_mib: Largest resident memory of the worker so far, in MiB.
    """

    seconds: float
    losses: tuple[float, ...]
    test: float
    gflop: float
    peak_mib: float


def shortened(task: Task, examples: int | None) -> Task:
    """Return a task with at most so many validation and test examples."""
    if examples is None:
        return task
    validation, test = (part.select(range(min(examples, len(part)))) for part in (task.validation, task.test))
    return replace(task, validation=validation, test=test)


def useful_gflop(block_parameters: int, trained_tokens: int, evaluated_tokens: int) -> float:
    """Return the work of the blocks' matrix products on real tokens, in 10^9 operations.

    A weight costs two operations a token forwards and four backwards. Padding counts nothing; neither do attention
    scores, which are the same for everybody.

    Example:
        >>> useful_gflop(10_000_000, 1_000, 500)
        70.0
    """
    return block_parameters * (6 * trained_tokens + 2 * evaluated_tokens) / 1e9
