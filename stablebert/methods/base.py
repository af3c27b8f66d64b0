"""Where in a run a method may act, and the parameter groups that it may split."""

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


def trainable_group(model: nn.Module, **options: Any) -> Groups:
    """Return one group of a model's trainable parameters, shared ones once, in the model's order.

    Args:
        model: Any model.
        options: Of the group, e.g. `lr`.
    """
    return [{"params": [tensor for tensor in model.parameters() if tensor.requires_grad], **options}]


def split_groups(groups: Groups, options_of: Callable[[nn.Parameter], dict[str, Any]]) -> Groups:
    """Split groups so that all parameters of one have equal options; order and membership stay.

    Args:
        groups: Torch parameter groups.
        options_of: From a parameter to the options that it shall have beside those of its group.

    Example:
        >>> one, two = nn.Parameter(), nn.Parameter()
        >>> parts = split_groups([{"params": [one, two]}], lambda tensor: {"lr": 1.0 if tensor is one else 0.5})
        >>> [part["lr"] for part in parts]
        [1.0, 0.5]
    """
    found: Groups = []
    for group in groups:
        parts: Groups = []
        for parameter in group["params"]:
            wanted = {**group, **options_of(parameter)}
            home = next((part for part in parts if _options(part) == _options(wanted)), None)
            if home is None:
                parts.append({**wanted, "params": [parameter]})
            else:
                home["params"].append(parameter)
        found += parts
    return found


def _options(group: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in group.items() if name != "params"}
