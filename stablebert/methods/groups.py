"""Parameter groups: one of everything that trains, split by what differs."""

from collections.abc import Callable
from typing import Any

from torch import nn

from stablebert.methods.base import Groups


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
