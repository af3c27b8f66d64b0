"""A method in the forms that `transformers.Trainer` takes: `model_init`, an optimizer over what it makes, callbacks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from stablebert.hf.preparing import Prepared, prepare
from stablebert.hf.watch import Watch
from stablebert.runs import Recipe


class TrainerForms:
    """A method for a Trainer that makes its model itself, as hyperparameter search and several seeds need.

    A Trainer with `model_init` makes a model when it is built and another when it trains, and refuses a pair of
    optimizer and schedule. Here every model that it makes is changed as the method says, and the optimizer is built
    over the last one; the schedule is the Trainer's own, linear as the paper's.

    Args:
        load: Returns a freshly loaded model with a head.
        method: As in `prepare`.
        total_steps: Updates in all, >= 1.
        recipe: Hyperparameters; None is the paper's.
        fidelity: As in `prepare`.
        seed: As in `prepare`.

    Raises:
        ValueError: as `prepare`, when a model is made.

    Example:
        >>> from transformers import BertConfig, BertForSequenceClassification
        >>> config = BertConfig(vocab_size=9, hidden_size=8, num_hidden_layers=2, num_attention_heads=2)
        >>> forms = TrainerForms(lambda: BertForSequenceClassification(config), "reinit+llrd", total_steps=96)
        >>> sorted(forms.options), forms.arguments["warmup_steps"]
        (['callbacks', 'model_init', 'optimizer_cls_and_kwargs'], 9)
        >>> # Trainer(args=TrainingArguments("out", **forms.arguments), train_dataset=..., **forms.options).train()
    """

    def __init__(
        self,
        load: Callable[[], nn.Module],
        method: str,
        *,
        total_steps: int,
        recipe: Recipe | None = None,
        fidelity: str = "corrected",
        seed: int = 0,
    ) -> None:
        self._load, self._method, self._total_steps = load, method, total_steps
        self._recipe, self._fidelity, self._seed = recipe or Recipe(), fidelity, seed
        self._latest: Prepared | None = None
        self._watch = Watch()

    @property
    def options(self) -> dict[str, Any]:
        """Keywords of `Trainer`."""
        return {
            "model_init": self.model_init,
            "optimizer_cls_and_kwargs": self.optimizer_cls_and_kwargs,
            "callbacks": [self._watch],
        }

    @property
    def arguments(self) -> dict[str, Any]:
        """Keywords of `TrainingArguments`: what the recipe says, every update logged."""
        recipe = self._recipe
        return {
            "max_steps": self._total_steps,
            "warmup_steps": int(recipe.warmup_ratio * self._total_steps),
            "lr_scheduler_type": "linear",
            "learning_rate": recipe.learning_rate,
            "weight_decay": recipe.weight_decay,
            "per_device_train_batch_size": recipe.batch_size,
            "max_grad_norm": recipe.max_grad_norm,
            "logging_steps": 1,
        }

    @property
    def optimizer_cls_and_kwargs(self) -> tuple[Callable[..., Any], dict[str, Any]]:
        """What `Trainer` builds its optimizer from: today's gives a factory the model, that of 5.0 the groups."""
        return self._factory, {}

    @property
    def census(self) -> dict[str, Any]:
        """What the method has changed in the last model that was made, by name; empty before there is one."""
        return {} if self._latest is None else self._latest.census

    def model_init(self) -> nn.Module:
        """Return a fresh model, changed as the method says."""
        model = self._load()
        self._latest = prepare(
            model,
            self._method,
            total_steps=self._total_steps,
            recipe=self._recipe,
            fidelity=self._fidelity,
            seed=self._seed,
        )
        self._watch.reinitialized = tuple(self.census.get("reinitialized", ()))
        # a classifier may take a number of items and return a mean all the same: parts of a batch would be added up
        object.__setattr__(model, "accepts_loss_kwargs", False)
        return model

    def _factory(self, groups: Sequence[Mapping[str, Any]] | None = None) -> Any:
        if groups is None:
            return self._optimizer_of
        return self._optimizer_over(tensor for group in groups for tensor in group["params"])

    def _optimizer_of(self, model: nn.Module) -> torch.optim.Optimizer:
        return self._optimizer_over(tensor for tensor in model.parameters() if tensor.requires_grad)

    def _optimizer_over(self, parameters: Iterable[torch.Tensor]) -> torch.optim.Optimizer:
        """Return the optimizer over the model that was made last, whose parameters must be those that are trained."""
        if self._latest is None:
            raise ValueError("no model was made: give Trainer this object's model_init, in place of a model")
        optimizer = self._latest.optimizer
        groups = {id(tensor) for group in optimizer.param_groups for tensor in group["params"]}
        if groups != {id(tensor) for tensor in parameters}:
            raise ValueError("the Trainer trains another model than the one that model_init has made last")
        # the schedule of `prepare` has set them to that of the first update
        for group in optimizer.param_groups:
            group["lr"] = group.pop("initial_lr", group["lr"])
        return optimizer
