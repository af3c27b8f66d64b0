"""How an optimizer wants to be driven: its parameters, its modes, its schedule, its rate.

Most optimizers take every parameter and the recipe's rate and schedule, and need nothing said. What else is known here
is found from the class: torch's Muon takes matrices only; pytorch_optimizer's relatives of it want each group to say
whether it goes to the matrices' rule (`use_muon`); Schedule-Free brings its own schedule; D-Adaptation and Prodigy find
their rate, so that theirs is a factor near 1. An optimizer of your own that is none of these says so itself:

class MyMuon(torch.optim.Optimizer):
    stablebert_adapter = Adapter(matrices="only")
"""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import torch

# attribute of a class that says how it wants to be driven
ADAPTER = "stablebert_adapter"
ONLY = "only"
_FLAG = "use_muon"


class OptimizerError(ValueError):
    """An optimizer of others does not import, is not an optimizer, does not take its arguments, or cannot be driven."""


@dataclass(frozen=True)
class Adapter:
    """How an optimizer wants to be driven.

    Attributes:
        matrices: Empty for an optimizer of all parameters; `only` where it takes matrices and the rest goes to AdamW;
            else the name of a key that is True in groups of matrices and False in the others.
        own_schedule: Whether the rate shall stay at its peak after the warm-up.
        own_rate: The peak rate in place of the recipe's, > 0, for one whose rate has another meaning; or None.
        presets: Arguments that make the recipe's rate mean what it means for Adam; given ones come before.

    Raises:
        ValueError: the rate is not above 0.

    Example:
        >>> adapter_of(torch.optim.Muon).matrices
        'only'
    """

    matrices: str = ""
    own_schedule: bool = False
    own_rate: float | None = None
    presets: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        if self.own_rate is not None and not self.own_rate > 0:
            raise ValueError(f"own_rate is {self.own_rate!r}; it must be > 0")


def adapter_of(kind: type) -> Adapter:
    """Return how an optimizer wants to be driven: what its class says, else what is known or seen of it.

    Args:
        kind: Class of the optimizer.

    Raises:
        OptimizerError: it cannot be driven by a loop that computes gradients and then calls `step()`; or what it says
            is no `Adapter`.

    Example:
        >>> adapter_of(torch.optim.AdamW) == Adapter()
        True
        >>> adapter_of(torch.optim.LBFGS)  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        stablebert.optim.adapter.OptimizerError: LBFGS cannot be driven: its step asks for a closure, and ...
    """
    declared = getattr(kind, ADAPTER, None)
    if declared is not None:
        if not isinstance(declared, Adapter):
            raise OptimizerError(f"{kind.__name__}.{ADAPTER} is a {type(declared).__name__}; it must be an Adapter")
        return declared
    _check_step(kind)
    takes = accepted(kind)
    if "lr" not in takes:
        raise OptimizerError(f"{kind.__name__} cannot be driven: it takes no lr, so that no schedule sets its rate")
    # torch before 2.9 has none
    if issubclass(kind, getattr(torch.optim, "Muon", ())):
        # its other rule makes an update many times as large as Adam's at the same rate
        return Adapter(matrices=ONLY, presets=MappingProxyType({"adjust_lr_fn": "match_rms_adamw"}))
    if "adamw_lr" in takes:
        presets = {"use_adjusted_lr": True} if "use_adjusted_lr" in takes else {}
        return Adapter(matrices=_FLAG, presets=MappingProxyType(presets))
    # else it sets its rate by the number of updates and the size of the weights
    presets = {"relative_step": False, "warmup_init": False} if "relative_step" in takes else {}
    finds_its_rate = "d0" in takes or issubclass(kind, torch.optim.Adadelta)
    return Adapter(
        own_schedule=has_modes(kind) and "weight_lr_power" in takes,
        own_rate=float(takes["lr"]) if finds_its_rate else None,
        presets=MappingProxyType({name: value for name, value in presets.items() if name in takes}),
    )


def accepted(kind: type) -> dict[str, Any]:
    """Return the keyword arguments of an optimizer with their defaults, also those that it passes on to its bases.

    Args:
        kind: Class of the optimizer; an argument without default has `inspect.Parameter.empty`.

    Example:
        >>> accepted(torch.optim.AdamW)["weight_decay"]
        0.01
    """
    found: dict[str, Any] = {}
    for base in kind.__mro__:
        if "__init__" not in vars(base) or base is object:
            continue
        parameters = list(inspect.signature(vars(base)["__init__"]).parameters.values())[2:]
        named = {
            each.name: each.default for each in parameters if each.kind not in (each.VAR_KEYWORD, each.VAR_POSITIONAL)
        }
        found = named | found
        if not any(each.kind is each.VAR_KEYWORD for each in parameters):
            break
    # the two arguments of torch's own base, for a class that passes on all that it is given
    return {name: default for name, default in found.items() if name != "defaults"}


def has_modes(kind: object) -> bool:
    """Return whether an optimizer, or its class, has other weights for training than for evaluation."""
    return callable(getattr(kind, "train", None)) and callable(getattr(kind, "eval", None))


def _check_step(kind: type) -> None:
    step = getattr(kind, "step", None)
    if not callable(step):
        raise OptimizerError(f"{kind.__name__} cannot be driven: it has no step")
    needed = [
        parameter.name
        for parameter in list(inspect.signature(step).parameters.values())[1:]
        if parameter.default is parameter.empty
        and parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
    ]
    if needed:
        raise OptimizerError(
            f"{kind.__name__} cannot be driven: its step asks for a {needed[0]}, and a batch has one forward and one "
            "backward here"
        )
