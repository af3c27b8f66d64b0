r"""BERTAdam: Adam without bias correction (Section 4, Algorithm 1 without lines 9 and 10).

The update of BERTAdam at step t, with m and v Adam's moments, is

    p -= lr * m_t / (sqrt(v_t) + eps)

and torch's Adam does

    p -= lr' / (1 - beta1^t) * m_t / (sqrt(v_t) / sqrt(1 - beta2^t) + eps')

so BERTAdam is torch's Adam with lr' = lr (1 - beta1^t) / sqrt(1 - beta2^t) and eps' = eps / sqrt(1 - beta2^t): the
library's own foreach and fused kernels serve, and nothing is written twice. Decoupled decay goes with the schedule's
rate, p *= 1 - lr wd, which is torch's p *= 1 - lr' wd' with wd' = wd lr / lr'.
"""

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor


def bias_ratio(step: int, betas: tuple[float, float] = (0.9, 0.999)) -> float:
    """Return the size of BERTAdam's update over debiased Adam's (Figure 1), epsilon aside.

    Args:
        step: 1-based update.
        betas: Decay rates, each in [0, 1).

    Raises:
        ValueError: step < 1 or a decay rate outside [0, 1).

    Example:
        >>> round(bias_ratio(1), 2), round(bias_ratio(10), 2), round(bias_ratio(10_000), 2)
        (3.16, 6.53, 1.0)
    """
    if step < 1 or not all(0 <= beta < 1 for beta in betas):
        raise ValueError(f"step {step}, betas {betas}: wanted step >= 1 and decay rates in [0, 1)")
    return (1 - betas[0] ** step) / math.sqrt(1 - betas[1] ** step)


class BertAdam(torch.optim.AdamW):
    """Adam without bias correction, with decoupled weight decay: what BERT was released with.

    Weight decay follows the schedule's rate and comes before the update, p *= 1 - lr * weight_decay, as in AdamW.
    Groups, schedulers, `state_dict` and `torch.amp.GradScaler` work as with AdamW. CUDA graphs (`capturable`) do not:
    the rate of a step is computed on the host.

    Args:
        params: Parameters or parameter groups.
        lr: Learning rate, a number or a tensor of one element.
        betas: Decay rates of the moments, each in [0, 1).
        eps: Added to the root of the second moment, >= 0.
        weight_decay: Decoupled decay, >= 0.
        foreach: As in `torch.optim.AdamW`.
        fused: As in `torch.optim.AdamW`.

    Raises:
        ValueError: a hyperparameter is outside its range.

    Example:
        >>> weight = torch.nn.Parameter(torch.zeros(1))
        >>> weight.grad = torch.ones(1)
        >>> BertAdam([weight], lr=1e-3).step()
        >>> round(weight.item(), 6)  # the debiased step would be -0.001
        -0.003162
    """

    def __init__(
        self,
        params: Iterable[Tensor] | Iterable[dict[str, Any]] | Iterable[tuple[str, Tensor]],
        lr: float | Tensor = 2e-5,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        fused: bool | None = None,
    ) -> None:
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, foreach=foreach, fused=fused)

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Do one update.

        Args:
            closure: Re-evaluates the model and returns the loss, or None.

        Raises:
            ValueError: a group says `capturable` or `differentiable`.
        """
        for group in self.param_groups:
            for name in ("capturable", "differentiable"):
                if group[name]:
                    raise ValueError(f"BertAdam computes the rate of a step on the host: {name} is True, must be False")
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        whole = self.param_groups
        try:
            self.param_groups = [part for group in whole for part in self._parts_at_equal_step(group)]
            _adamw_step()(self)
        finally:
            self.param_groups = whole
        return loss

    def _parts_at_equal_step(self, group: dict[str, Any]) -> list[dict[str, Any]]:
        """Split a group by step count, with the rate, epsilon and decay that undo the correction at that step."""
        by_step: dict[int, list[Tensor]] = {}
        for parameter in group["params"]:
            if parameter.grad is not None:
                state = self.state[parameter]
                by_step.setdefault(int(state["step"]) + 1 if state else 1, []).append(parameter)
        return [
            {
                **group,
                "params": parameters,
                "lr": group["lr"] * ratio,
                "eps": group["eps"] / math.sqrt(1 - group["betas"][1] ** step),
                "weight_decay": group["weight_decay"] / ratio,
            }
            for step, parameters in by_step.items()
            for ratio in [bias_ratio(step, group["betas"])]
        ]


def _adamw_step() -> Callable[[torch.optim.Optimizer], Any]:
    # torch wraps the step of every class that is constructed with its hooks; ours has them already
    step: Any = torch.optim.AdamW.step
    while getattr(step, "hooked", False):
        step = step.__wrapped__
    return step  # type: ignore[no-any-return]
