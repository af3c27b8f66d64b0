"""What is measured beside the score: how far the weights have moved, in all and by block (Figures 7, 15 to 18)."""

import math

import torch
from torch import Tensor

from stablebert.encoders.blocks import parameter_blocks
from stablebert.encoders.classifier import Classifier
from stablebert.training.native import kernels


class Displacement:
    """L2 distances of a model's trainable parameters to two earlier states: the run's start and the last update.

    Args:
        model: The classifier after re-initialisation, so that a redrawn block starts at its drawn values.
    """

    def __init__(self, model: Classifier) -> None:
        parameters: dict[str, Tensor] = dict(model.named_parameters())
        self._blocks = {
            block: [parameters[name] for name in names if parameters[name].requires_grad]
            for block, names in parameter_blocks(model).items()
        }
        self._initial = {block: _copies(members) for block, members in self._blocks.items()}
        self._all: list[Tensor] = [parameter for parameter in model.parameters() if parameter.requires_grad]
        self._previous = _copies(self._all)
        self._native = all(kernels.knows(tensor) for tensor in self._all)

    def by_block(self) -> dict[str, float]:
        """Return the distance of every block to its initial values."""
        return {block: _distance(members, self._initial[block]) for block, members in self._blocks.items() if members}

    @torch.no_grad()
    def of_update(self) -> float:
        """Return the distance of all parameters to where they were at the last call (or at the start)."""
        if self._native:
            # one pass over the weights in place of three
            return math.sqrt(sum(map(kernels.move, self._previous, self._all)))
        norm = _distance(self._all, self._previous)
        torch._foreach_copy_(self._previous, self._all)
        return norm


@torch.no_grad()
def _distance(now: list[Tensor], then: list[Tensor]) -> float:
    differences = torch._foreach_sub(now, then)
    return float(torch.stack(torch._foreach_norm(differences)).norm())


def _copies(parameters: list[Tensor]) -> list[Tensor]:
    return [parameter.detach().clone() for parameter in parameters]
