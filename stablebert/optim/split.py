"""One optimizer for the matrices and another for the rest, to a scheduler or a checkpoint one optimizer."""

from collections.abc import Callable, Sequence
from typing import Any

import torch

_PART = "part"


class Split(torch.optim.Optimizer):
    """Several optimizers, each over groups of its own, in one list of groups and one state.

    A group says in `part` whose it is. Schedulers, gradient scalers, `state_dict` and `load_state_dict` see one
    optimizer.

    Args:
        matrices: Over parameters of two dimensions.
        rest: Over all others.

    Example:
        >>> matrix, vector = torch.nn.Parameter(torch.ones(2, 2)), torch.nn.Parameter(torch.ones(2))
        >>> split = Split(torch.optim.Muon([matrix], lr=0.1), torch.optim.AdamW([vector], lr=0.1))
        >>> [group["part"] for group in split.param_groups]
        [0, 1]
    """

    def __init__(self, matrices: torch.optim.Optimizer, rest: torch.optim.Optimizer) -> None:
        self.parts: Sequence[torch.optim.Optimizer] = (matrices, rest)
        groups = [{**group, _PART: place} for place, part in enumerate(self.parts) for group in part.param_groups]
        super().__init__(groups, {})

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Do one update of every part.

        Args:
            closure: Re-evaluates the model and returns the loss, or None.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for place, part in enumerate(self.parts):
            # handed over at each step, since loading a state replaces both
            part.param_groups = [group for group in self.param_groups if group[_PART] == place]
            part.state = self.state
            part.step()
        return loss

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group, its matrices to the first part and the rest to the second."""
        if _PART in param_group:
            super().add_param_group(param_group)
            return
        given = param_group["params"]
        parameters = [given] if isinstance(given, torch.Tensor) else list(given)
        for place, part in enumerate(self.parts):
            chosen = [tensor for tensor in parameters if (tensor.ndim == 2) == (place == 0)]
            if chosen:
                part.add_param_group({**param_group, "params": chosen})
                super().add_param_group({**part.param_groups[-1], _PART: place})

    def __getstate__(self) -> dict[str, Any]:
        inherited: dict[str, Any] = super().__getstate__()
        return {**inherited, "parts": self.parts}
