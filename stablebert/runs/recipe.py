"""The hyperparameters of one fine-tuning, and what each encoder's are."""

from dataclasses import dataclass

# the peak of the recorded search, baselines/minilm/search.csv; a test holds the two together
MINILM_LEARNING_RATE = 2e-4


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
