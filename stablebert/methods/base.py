"""Where in a run a method may act."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from stablebert.encoders.classifier import Classifier
from stablebert.runs import Recipe

Generators = Callable[[str], torch.Generator]


class MethodError(ValueError):
    """A method is unknown, has a parameter that it does not take, or does not go with another or with the model."""


@dataclass(frozen=True)
class Method:
    """One method of the paper with its hyperparameters; a hook that a method leaves alone does nothing.

    A method is a frozen record: what it does to a model it does through the arguments of its hooks.
    """

    def change_model(self, model: Classifier, generators: Generators) -> dict[str, Any]:  # noqa: ARG002
        """Change the model before the optimizer is built.

        Args:
            model: The classifier with its fresh head.
            generators: From the name of a random stream to a generator at its start.

        Returns:
            The census: what was changed, as plain data.
        """
        return {}

    def parameter_groups(self, model: Classifier, recipe: Recipe) -> list[dict[str, Any]] | None:  # noqa: ARG002
        """Return torch parameter groups with their peak rates, or None for one group of all parameters."""
        return None

    def build_optimizer(self, groups: list[dict[str, Any]], recipe: Recipe) -> torch.optim.Optimizer | None:  # noqa: ARG002
        """Return the optimizer over the groups, or None for debiased Adam."""
        return None
