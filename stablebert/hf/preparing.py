"""The paper's methods for `transformers.Trainer`, or for any loop that steps an optimizer and a scheduler."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

from stablebert import methods
from stablebert.encoders.parts import pretrained_values
from stablebert.optim import linear_warmup_decay
from stablebert.paper import fidelity_of
from stablebert.runs import Recipe
from stablebert.training.seeding import Streams


@dataclass(frozen=True)
class Prepared:
    """What a model was prepared with.

    Attributes:
        optimizer: Over every trainable parameter, with the method's groups, rates and decays.
        scheduler: Linear warm-up and decay, to be stepped after every update.
        census: What the method changed in the model, by name.
    """

    optimizer: torch.optim.Optimizer
    scheduler: LambdaLR
    census: dict[str, Any]

    @property
    def optimizers(self) -> tuple[torch.optim.Optimizer, LambdaLR]:
        """The pair that `Trainer(optimizers=...)` takes."""
        return self.optimizer, self.scheduler


def prepare(
    model: nn.Module,
    method: str,
    *,
    total_steps: int,
    warmup_steps: int | None = None,
    recipe: Recipe | None = None,
    fidelity: str = "corrected",
    seed: int = 0,
) -> Prepared:
    """Change a freshly loaded model as a method says, and build the optimizer and the schedule that go with it.

    What is left to the caller is what `Trainer` does by itself: batches of `recipe.batch_size`, and clipping to
    `recipe.max_grad_norm` (1.0 is its default too). The model has the dropout of its configuration; `mixout` turns it
    off. Call it before anything is trained or moved to a device: pretrained values are those that the encoder has now,
    and what is drawn is drawn on the CPU.

    Args:
        model: As from transformers' auto classes, with a head, e.g. `AutoModelForSequenceClassification`.
        method: Method text as in ids, e.g. `debiased`, `reinit.blocks2+llrd`.
        total_steps: Updates in all, >= 1, as `TrainingArguments(max_steps=...)`.
        warmup_steps: Updates with a rising rate; None is the recipe's share, rounded down.
        recipe: Hyperparameters; None is the paper's.
        fidelity: `corrected`, or `released`: with the quirks of the authors' code that concern method and optimizer.
        seed: Root of the streams of `reinit` and `mixout`.

    Raises:
        ValueError: the method or a value is unknown, nothing is known of the model's family, or the method is
            `transfer`, whose first stage is a run of its own: load its encoder instead.

    Example:
        >>> from transformers import BertConfig, BertForSequenceClassification
        >>> config = BertConfig(vocab_size=9, hidden_size=8, num_hidden_layers=2, num_attention_heads=2)
        >>> model = BertForSequenceClassification(config)
        >>> prepared = prepare(model, "reinit.blocks0+llrd.decay0.5", total_steps=100, recipe=Recipe(learning_rate=1.0))
        >>> prepared.census
        {'reinitialized': ['bert.pooler.dense.weight', 'bert.pooler.dense.bias']}
        >>> [group["initial_lr"] for group in prepared.optimizer.param_groups]
        [0.25, 0.5, 1.0]
        >>> # Trainer(model, TrainingArguments(..., max_steps=100), optimizers=prepared.optimizers)
    """
    chosen = methods.resolve(method)
    if any(isinstance(each, methods.METHODS["transfer"]) for each in chosen):
        raise methods.MethodError(
            f"method {method!r}: the first stage of transfer is a run of its own; fine-tune on the intermediate task, "
            "load that encoder and leave transfer out"
        )
    recipe = recipe or Recipe()
    warmup = int(recipe.warmup_ratio * total_steps) if warmup_steps is None else warmup_steps
    linear_warmup_decay(0, total_steps, warmup)
    needed = any(each.needs_pretrained for each in chosen)
    pretrained = pretrained_values(model) if needed else {}
    start = methods.Start(Streams(seed, seed).generator, pretrained, fidelity_of(fidelity))
    census = methods.change_model(chosen, model, start)
    optimizer = methods.build_optimizer(chosen, model, recipe, start=start)
    scheduler = LambdaLR(optimizer, lambda step: linear_warmup_decay(step, total_steps, warmup))
    return Prepared(optimizer, scheduler, census)
