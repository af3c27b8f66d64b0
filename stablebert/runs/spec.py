"""The frozen description of one fine-tuning run: a cell, a `Recipe` of hyperparameters, seeds; and its updates."""

import math
import re
from dataclasses import dataclass, replace

from stablebert.runs.cell import (
    FIDELITIES,
    NAMED_LENGTHS,
    Cell,
    MethodChoice,
    format_method,
    parse_method,
    parse_precision,
)

# the peak of the recorded search, baselines/minilm/search.csv; a test holds the two together
MINILM_LEARNING_RATE = 2e-4
_LENGTH = re.compile(r"([1-9][0-9]*)(ep|st)")


@dataclass(frozen=True)
class Recipe:
    """The hyperparameters of one fine-tuning; the defaults are the paper's for BERT-large (Section 3).

    Attributes:
        learning_rate: Peak rate of the schedule, > 0.
        batch_size: Examples an update, >= 1; the last batch of an epoch may be smaller and is not dropped.
        warmup_ratio: Share of the updates with a rising rate, in [0, 1]; `int(warmup_ratio * total)` updates.
        max_grad_norm: Global gradient norm after clipping, > 0.
        dropout: Probability of every dropout of the encoder and the head, in [0, 1).
        max_length: Tokens an example at the most, special tokens included.
        evaluations: Evaluations on the validation set during a run, >= 1.
        weight_decay: Decoupled weight decay, >= 0 (not stated in the paper; the released code uses 0).
        betas: Adam's decay rates, each in [0, 1).
        eps: Adam's epsilon, > 0 (not stated in the paper; the released code uses 1e-8).

    Raises:
        ValueError: a value lies outside its range.

    Example:
        >>> Recipe(learning_rate=1e-4).batch_size
        32
    """

    learning_rate: float = 2e-5
    batch_size: int = 32
    warmup_ratio: float = 0.1
    max_grad_norm: float = 1.0
    dropout: float = 0.1
    max_length: int = 128
    evaluations: int = 10
    weight_decay: float = 0.0
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8

    def __post_init__(self) -> None:
        checks = {
            "learning_rate": (self.learning_rate > 0, "> 0"),
            "batch_size": (self.batch_size >= 1, ">= 1"),
            "warmup_ratio": (0 <= self.warmup_ratio <= 1, "in [0, 1]"),
            "max_grad_norm": (self.max_grad_norm > 0, "> 0"),
            "dropout": (0 <= self.dropout < 1, "in [0, 1)"),
            "max_length": (self.max_length >= 3, ">= 3"),
            "evaluations": (self.evaluations >= 1, ">= 1"),
            "weight_decay": (self.weight_decay >= 0, ">= 0"),
            "betas": (len(self.betas) == 2 and all(0 <= beta < 1 for beta in self.betas), "two values in [0, 1)"),
            "eps": (self.eps > 0, "> 0"),
        }
        for name, (right, wanted) in checks.items():
            if not right:
                raise ValueError(f"recipe: {name} is {getattr(self, name)!r}; it must be {wanted}")


def default_recipe(encoder: str) -> Recipe:
    """Return the paper's recipe (Section 3); for `minilm` the same with the peak rate that its search chose.

    Args:
        encoder: Encoder id; an encoder of the user's gets the paper's recipe for BERT-large.

    Example:
        >>> default_recipe("bert-large").learning_rate
        2e-05
    """
    return Recipe(learning_rate=MINILM_LEARNING_RATE) if encoder == "minilm" else Recipe()


@dataclass(frozen=True)
class RunSpec:
    """One seed of one cell: everything that decides what a run computes, as plain data.

    Attributes:
        task: Task id, e.g. `trec` or `rte-1k`.
        method: Canonical method text, e.g. `debiased`, `reinit.blocks5`, `reinit+llrd` (see `parse_method`).
        length: `3ep` (epochs), `800st` (steps), `long`, or `own`: the encoder's own recipe (Appendix F, Table 6).
        steps: Updates that `long` or `own` stands for, >= 1; None with any other length, and where none is known.
        encoder: Encoder id, e.g. `minilm`; `custom-` and six hex digits for a user's.
        precision: Resolved precision class: `fp32`, `bf16` or `fp16`; `fp32x4` of seeds trained four side by side.
        seed: Root seed, >= 0, of the initialisation streams and, where `data_seed` is None, of all streams.
        data_seed: Root seed of data order and dropout where held apart (Appendix B), else None.
        recipe: Hyperparameters; None stands for those that are recorded for the encoder.
        fidelity: `corrected` or `released` (the quirks of the authors' code).
        encoder_source: Hub name or folder of a `custom-` encoder, else None.
        optimizer: `package.module:Class` that replaces the method's optimizer, else None.
        optimizer_arguments: Its keyword arguments as canonical JSON.
        method_sources: Methods of others that `method` names, as canonical JSON from name to `package.module:Class`.
        task_source: Where a task of the user's comes from, as canonical JSON, else None.
        epochs: Epochs that `own` stands for where its recipe counts in them, >= 1, else None.
        layerwise_decay: Factor of layer-wise learning-rate decay that `own` brings, in (0, 1], else None.

    Raises:
        ValueError: fidelity, precision, steps or a seed is outside its range.

    Example:
        >>> RunSpec(task="trec", seed=7).recipe.learning_rate
        0.0002
    """

    task: str
    method: str = "debiased"
    length: str = "3ep"
    steps: int | None = None
    encoder: str = "minilm"
    precision: str = "fp32"
    seed: int = 0
    data_seed: int | None = None
    recipe: Recipe = None  # type: ignore[assignment]
    fidelity: str = "corrected"
    encoder_source: str | None = None
    optimizer: str | None = None
    optimizer_arguments: str = "{}"
    method_sources: str = "{}"
    task_source: str | None = None
    epochs: int | None = None
    layerwise_decay: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "recipe", self.recipe or default_recipe(self.encoder))
        if self.fidelity not in FIDELITIES:
            raise ValueError(f"fidelity is {self.fidelity!r}; it must be one of {', '.join(FIDELITIES)}")
        parse_precision(self.precision)
        self._check_length()
        for name in ("seed", "data_seed"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise ValueError(f"{name} is {value}; it must be >= 0")

    def _check_length(self) -> None:
        for name, lengths in (("steps", NAMED_LENGTHS), ("epochs", ("own",)), ("layerwise_decay", ("own",))):
            value = getattr(self, name)
            if value is not None and not (self.length in lengths and value > 0):
                wanted = " and ".join(map(repr, lengths))
                raise ValueError(f"{name} is {value} at length {self.length!r}; only {wanted} has it, and it is > 0")
        if self.steps is not None and self.epochs is not None:
            raise ValueError(f"steps is {self.steps} and epochs is {self.epochs}; a length is counted in one of them")

    @property
    def cell(self) -> Cell:
        """The cell that it is a run of."""
        return Cell(self.task, self.method, self.length, self.encoder, self.precision, self.fidelity)

    @property
    def arithmetic(self) -> str:
        """How products are computed: its precision class without the seeds side by side."""
        return parse_precision(self.precision)[0]

    @property
    def stack(self) -> "tuple[RunSpec, ...]":
        """The runs that it is trained side by side with, itself among them: by its class and seed, whoever asks."""
        _, seeds = parse_precision(self.precision)
        if seeds == 1:
            return (self,)
        first = self.seed - self.seed % seeds
        return tuple(replace(self, seed=seed) for seed in range(first, first + seeds))

    def with_seed(self, seed: int) -> "RunSpec":
        """Return the same cell's run of another seed."""
        return replace(self, seed=seed)


def training_length(spec: RunSpec) -> str:
    """Return the length that a run is trained for: the one in its id, or what `long` or `own` stands for.

    Args:
        spec: Any run.

    Raises:
        ValueError: the length is `long` and no choice is recorded for the run's task, method and rate, or `own` and its
            recipe is not in the run.

    Example:
        >>> training_length(RunSpec(task="trec", length="long", steps=800))
        '800st'
    """
    if spec.length not in NAMED_LENGTHS:
        return spec.length
    if spec.epochs is not None:
        return f"{spec.epochs}ep"
    if spec.steps is not None:
        return f"{spec.steps}st"
    if spec.length == "long":
        raise ValueError(
            f"how many updates 'long' means for {spec.task} and {spec.method} at rate {spec.recipe.learning_rate:g} is "
            f"not recorded; `stablebert search --lengths --encoder {spec.encoder} --tasks {spec.task} "
            f"--methods {spec.method}` chooses it on validation"
        )
    raise ValueError(
        f"what 'own' means for {spec.encoder} on {spec.task} is not in the run; "
        "`stablebert.paper.with_own_recipe` puts the recipe of Table 6 there"
    )


def training_method(spec: RunSpec) -> str:
    """Return the method text that a run is trained by: the one in its id, and the decay that `own` brings.

    Args:
        spec: Any run.

    Example:
        >>> training_method(RunSpec(task="rte", encoder="electra-large", length="own", epochs=10, layerwise_decay=0.9))
        'llrd.decay0.9'
    """
    choices = parse_method(spec.method)
    if spec.layerwise_decay is not None and all(choice.name != "llrd" for choice in choices):
        # beside another method the standard one goes without saying
        others = [choice for choice in choices if choice.name != "debiased"]
        choices = (*others, MethodChoice("llrd", (("decay", spec.layerwise_decay),)))
    return format_method(choices)


def total_steps(length: str, examples: int, batch_size: int) -> int:
    """Return the number of updates of a run.

    Args:
        length: `3ep` (epochs; the last, partial batch of an epoch counts) or `800st` (steps).
        examples: Training examples, >= 1.
        batch_size: Examples an update, >= 1.

    Raises:
        ValueError: the length is of neither form; `training_length` resolves `long` and `own`.

    Example:
        >>> total_steps("3ep", examples=1000, batch_size=32)
        96
    """
    match = _LENGTH.fullmatch(length)
    if match is None:
        raise ValueError(f"length {length!r} is not a number of epochs (3ep) or steps (800st)")
    number = int(match[1])
    return number if match[2] == "st" else number * math.ceil(examples / batch_size)
