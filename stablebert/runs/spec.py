"""The frozen description of one fine-tuning run: a `Recipe` of hyperparameters inside a `RunSpec`."""

from dataclasses import dataclass, field, replace

_FIDELITIES = ("corrected", "released")
_PRECISIONS = ("fp32", "bf16", "fp16")


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


@dataclass(frozen=True)
class RunSpec:
    """One seed of one cell: everything that decides what a run computes, as plain data.

    Attributes:
        task: Task id, e.g. `trec` or `rte-1k`.
        method: Canonical method text, e.g. `debiased`, `reinit.blocks5`, `reinit+llrd` (see `method_text`).
        length: `3ep` (epochs), `800st` (steps), `long` or `own`.
        steps: Updates that `long` stands for, >= 1; None with any other length, and where no choice is recorded.
        encoder: Encoder id, e.g. `minilm`; `custom-` and six hex digits for a user's.
        precision: Resolved precision class: `fp32`, `bf16` or `fp16`.
        seed: Root seed, >= 0, of the initialisation streams and, where `data_seed` is None, of all streams.
        data_seed: Root seed of data order and dropout where held apart (Appendix B), else None.
        recipe: Hyperparameters.
        fidelity: `corrected` or `released` (the quirks of the authors' code).
        encoder_source: Hub name or folder of a `custom-` encoder, else None.
        optimizer: `package.module:Class` that replaces the method's optimizer, else None.
        optimizer_arguments: Its keyword arguments as canonical JSON.
        method_sources: Methods of others that `method` names, as canonical JSON from name to `package.module:Class`.

    Raises:
        ValueError: fidelity, precision, steps or a seed is outside its range.

    Example:
        >>> RunSpec(task="trec", method="debiased", encoder="minilm", seed=7).length
        '3ep'
    """

    task: str
    method: str = "debiased"
    length: str = "3ep"
    steps: int | None = None
    encoder: str = "minilm"
    precision: str = "fp32"
    seed: int = 0
    data_seed: int | None = None
    recipe: Recipe = field(default_factory=Recipe)
    fidelity: str = "corrected"
    encoder_source: str | None = None
    optimizer: str | None = None
    optimizer_arguments: str = "{}"
    method_sources: str = "{}"

    def __post_init__(self) -> None:
        if self.fidelity not in _FIDELITIES:
            raise ValueError(f"fidelity is {self.fidelity!r}; it must be one of {', '.join(_FIDELITIES)}")
        if self.precision not in _PRECISIONS:
            raise ValueError(f"precision is {self.precision!r}; it must be one of {', '.join(_PRECISIONS)}")
        if self.steps is not None and (self.length != "long" or self.steps < 1):
            raise ValueError(
                f"steps is {self.steps} at length {self.length!r}; only 'long' has steps, and they are >= 1"
            )
        for name in ("seed", "data_seed"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise ValueError(f"{name} is {value}; it must be >= 0")

    def with_seed(self, seed: int) -> "RunSpec":
        """Return the same cell's run of another seed."""
        return replace(self, seed=seed)
