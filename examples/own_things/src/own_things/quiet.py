"""A method: start with a smaller pooler, so that the first updates say little."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from stablebert.methods import Method, Start


@dataclass(frozen=True)
class Quiet(Method):
    """Scale the pooler's matrix before fine-tuning.

    Attributes:
        factor: By how much, in (0, 1].
    """

    factor: float = 0.5

    def change_model(self, model: nn.Module, start: Start) -> dict[str, Any]:  # noqa: ARG002
        """Scale it, and name it: what is named is compared with what has moved."""
        name = "encoder.pooler.dense.weight"
        with torch.no_grad():
            model.get_parameter(name).mul_(self.factor)
        return {"reinitialized": [name]}
