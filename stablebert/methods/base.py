"""Where in a run a method may act."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from stablebert.paper import CORRECTED, Fidelity
from stablebert.runs import Recipe

Generators = Callable[[str], torch.Generator]
Groups = list[dict[str, Any]]


class MethodError(ValueError):
    """A method is unknown, has a parameter that it does not take, or does not go with another or with the model."""


@dataclass(frozen=True)
class Start:
    """What a method may use beside the model.

    Attributes:
        generators: From the name of a random stream to a generator at its start.
        pretrained: Pretrained values by parameter name, before any method acted; empty unless a method asks for them.
        fidelity: Which quirks of the released code it shall have.
    """

    generators: Generators
    pretrained: Mapping[str, Tensor] = field(default_factory=dict)
    fidelity: Fidelity = CORRECTED


@dataclass(frozen=True)
class Method:
    """One method of the paper with its hyperparameters; a hook that a method leaves alone does nothing.

    A method is a frozen record: what it does to a model it does through the arguments of its hooks. Hooks of composed
    methods run one after the other in the paper's order.

    Attributes:
        needs_pretrained: Whether it uses `Start.pretrained`.
        moves_unused_rows: Whether it moves rows of the embedding that no text of the run uses.
    """

    needs_pretrained: ClassVar[bool] = False
    moves_unused_rows: ClassVar[bool] = False

    def change_model(self, model: nn.Module, start: Start) -> dict[str, Any]:  # noqa: ARG002
        """Change the model before the optimizer is built.

        Args:
            model: A `Classifier` with its fresh head, or a model as from transformers' auto classes.
            start: What else may be used.

        Returns:
            The census: what was changed, as plain data.
        """
        return {}

    def refine_groups(self, groups: Groups, model: nn.Module, recipe: Recipe, fidelity: Fidelity) -> Groups:  # noqa: ARG002
        """Return torch parameter groups with their peak rates, split further: no parameter comes or goes."""
        return groups

    def build_optimizer(self, groups: Groups, recipe: Recipe) -> torch.optim.Optimizer | None:  # noqa: ARG002
        """Return the optimizer over the groups, or None for debiased Adam."""
        return None

    def wrap_optimizer(
        self,
        optimizer: torch.optim.Optimizer,
        model: nn.Module,  # noqa: ARG002
        start: Start,  # noqa: ARG002
    ) -> torch.optim.Optimizer:
        """Return the optimizer with something done at each of its steps."""
        return optimizer
