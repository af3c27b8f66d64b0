"""The part of a run in which its methods change the model, and what they say of it is checked."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from stablebert.methods.base import Method, MethodError, Start


def change_model(methods: Sequence[Method], model: nn.Module, start: Start) -> dict[str, Any]:
    """Let methods change a model, one after the other, and return the census of all.

    Args:
        methods: As from `resolve`.
        model: The classifier with its fresh head.
        start: What else they may use.

    Raises:
        MethodError: a method has changed values that it does not name as `reinitialized`, or names a matrix that it has
            left as it was: its census would say what was not done.
    """
    census: dict[str, Any] = {}
    for method in methods:
        if type(method).change_model is Method.change_model:
            continue
        before = {name: tensor.detach().clone() for name, tensor in model.named_parameters()}
        found = method.change_model(model, start)
        _check(type(method).__name__, before, model, found.get("reinitialized", ()))
        census |= found
    return census


def _check(method: str, before: dict[str, torch.Tensor], model: nn.Module, said: Sequence[str]) -> None:
    now = dict(model.named_parameters())
    changed = {name for name, value in before.items() if name in now and not _equal(value, now[name].detach())}
    # a bias of zeros is redrawn as zeros; a matrix never comes out as it was
    still = [name for name in said if name not in changed and (name not in before or before[name].ndim > 1)]
    if still:
        raise MethodError(f"method {method} says that it has redrawn {_some(still)}, which did not move")
    silent = sorted(changed - set(said))
    if silent:
        raise MethodError(f"method {method} has changed {_some(silent)} and does not name it as 'reinitialized'")


def _equal(one: torch.Tensor, other: torch.Tensor) -> bool:
    # the first comparison is cheap and nearly always enough; the second takes one NaN for another
    return torch.equal(one, other) or torch.equal(torch.nan_to_num(one), torch.nan_to_num(other))


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
