"""The frozen description of one fine-tuning run: a cell, a `Recipe` of hyperparameters, seeds."""

from dataclasses import dataclass, replace

from stablebert.runs.cell import FIDELITIES, PRECISIONS, Cell
from stablebert.runs.recipe import Recipe, default_recipe


@dataclass(frozen=True)
class RunSpec:
    """One seed of one cell: everything that decides what a run computes, as plain data.

    Attributes:
        task: Task id, e.g. `trec` or `rte-1k`.
        method: Canonical method text, e.g. `debiased`, `reinit.blocks5`, `reinit+llrd` (see `method_text`).
        length: `3ep` (epochs), `800st` (steps) or `long`.
        steps: Updates that `long` stands for, >= 1; None with any other length, and where no choice is recorded.
        encoder: Encoder id, e.g. `minilm`; `custom-` and six hex digits for a user's.
        precision: Resolved precision class: `fp32`, `bf16` or `fp16`.
        seed: Root seed, >= 0, of the initialisation streams and, where `data_seed` is None, of all streams.
        data_seed: Root seed of data order and dropout where held apart (Appendix B), else None.
        recipe: Hyperparameters; None stands for those that are recorded for the encoder.
        fidelity: `corrected` or `released` (the quirks of the authors' code).
        encoder_source: Hub name or folder of a `custom-` encoder, else None.
        optimizer: `package.module:Class` that replaces the method's optimizer, else None.
        optimizer_arguments: Its keyword arguments as canonical JSON.
        method_sources: Methods of others that `method` names, as canonical JSON from name to `package.module:Class`.
        task_source: Where a task of the user's comes from, as canonical JSON, else None.

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

    def __post_init__(self) -> None:
        object.__setattr__(self, "recipe", self.recipe or default_recipe(self.encoder))
        if self.fidelity not in FIDELITIES:
            raise ValueError(f"fidelity is {self.fidelity!r}; it must be one of {', '.join(FIDELITIES)}")
        if self.precision not in PRECISIONS:
            raise ValueError(f"precision is {self.precision!r}; it must be one of {', '.join(PRECISIONS)}")
        if self.steps is not None and (self.length != "long" or self.steps < 1):
            raise ValueError(
                f"steps is {self.steps} at length {self.length!r}; only 'long' has steps, and they are >= 1"
            )
        for name in ("seed", "data_seed"):
            value = getattr(self, name)
            if value is not None and value < 0:
                raise ValueError(f"{name} is {value}; it must be >= 0")

    @property
    def cell(self) -> Cell:
        """The cell that it is a run of."""
        return Cell(self.task, self.method, self.length, self.encoder, self.precision, self.fidelity)

    def with_seed(self, seed: int) -> "RunSpec":
        """Return the same cell's run of another seed."""
        return replace(self, seed=seed)
