"""One optimizer over fresh parameters, driven by given gradients, and how two outcomes are compared."""

import math
from collections.abc import Sequence
from copy import deepcopy
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from stablebert.contract.law import BreachError
from stablebert.contract.setting import Gradients, Setting
from stablebert.contract.subject import OptimizerUnderTest
from stablebert.optim.driving import set_rate

# a weight of a few units is rounded at each of a few operations an update
_ROUNDINGS = 32
# of numbers about 1 that went through a root and a division, and 1 - beta2 rounded
_FLOAT32 = 2e-4

Row = Sequence[Tensor | None]


class Trial:
    """An optimizer over the parameters of a setting.

    Args:
        subject: The optimizer.
        setting: Groups, rates, decays; starting weights where none are given.
        weights: Starting weights, one a parameter.
        dtypes: Of the parameters, taken in turn; the setting's where none are given.
        options: Keyword arguments of the optimizer.
    """

    def __init__(
        self,
        subject: OptimizerUnderTest,
        setting: Setting,
        weights: Sequence[Tensor] | None = None,
        dtypes: Sequence[torch.dtype] = (),
        **options: Any,
    ) -> None:
        dtypes = dtypes or (setting.dtype,)
        values = setting.weights() if weights is None else weights
        self.parameters = [
            torch.nn.Parameter(value.to(dtypes[place % len(dtypes)], copy=True)) for place, value in enumerate(values)
        ]
        left = iter(self.parameters)
        groups = [
            {"params": [next(left) for _ in group.shapes], "lr": group.rate, "weight_decay": group.decay}
            for group in setting.groups
        ]
        self.optimizer = subject.build(groups, **options)
        self._peaks = [float(group["lr"]) for group in self.optimizer.param_groups]

    def set_rates(self, factor: float) -> None:
        """Set every group's rate to its first one times a factor, as a schedule does."""
        for group, peak in zip(self.optimizer.param_groups, self._peaks, strict=True):
            set_rate(group, peak * factor)

    def step(self, row: Row) -> None:
        """Do one update with these gradients; None leaves a parameter without."""
        self.give(row)
        self.optimizer.step()

    def give(self, row: Row) -> None:
        """Set the gradients."""
        for parameter, gradient in zip(self.parameters, row, strict=True):
            parameter.grad = None if gradient is None else gradient.to(parameter.dtype, copy=True)

    def weights(self) -> list[Tensor]:
        """Return a copy of the weights."""
        return [parameter.detach().clone() for parameter in self.parameters]

    def saved(self) -> dict[str, Any]:
        """Return a copy of the optimizer's state."""
        return deepcopy(self.optimizer.state_dict())


def path_of(trial: Trial, gradients: Sequence[Row]) -> list[list[Tensor]]:
    """Return the weights at the start and after each update."""
    path = [trial.weights()]
    for row in gradients:
        trial.step(row)
        path.append(trial.weights())
    return path


def updates_of(
    subject: OptimizerUnderTest,
    setting: Setting,
    gradients: Gradients | None = None,
    weights: Sequence[Tensor] | None = None,
    **options: Any,
) -> list[list[Tensor]]:
    """Return each update over its rate: numbers about 1, whatever the rate.

    Epsilon is negligible unless given. In float32 weights start at 0 unless given, where they round off nothing.
    """
    if weights is None and setting.dtype is not torch.float64:
        weights = setting.origin()
    trial = Trial(subject, setting, weights, **negligible_epsilon(subject) | options)
    path = path_of(trial, setting.gradients() if gradients is None else gradients)
    return in_rates(path, setting)


def negligible_epsilon(subject: OptimizerUnderTest) -> dict[str, Any]:
    """Return the argument that makes epsilon negligible, for an optimizer that takes it."""
    # far below every gradient, and far above what float64 can tell from 0
    return {} if subject.lacks("eps") else {"eps": 1e-20}


def in_rates(path: Sequence[Sequence[Tensor]], setting: Setting) -> list[list[Tensor]]:
    """Return the differences along a path, over the rate of their group."""
    return [
        [(new - old) / rate for old, new, rate in zip(before, after, setting.rates, strict=True)]
        for before, after in pairwise(path)
    ]


def require_same_updates(
    found: Sequence[Sequence[Tensor]],
    wanted: Sequence[Sequence[Tensor]],
    setting: Setting,
    what: str,
    tolerance: float,
) -> None:
    """Compare updates over their rates, as closely as rounding to the setting's precision lets one see.

    Args:
        found: What came out.
        wanted: What the law says.
        setting: What they were made in.
        what: Noun for the message.
        tolerance: Absolute and relative, in float64.

    Raises:
        BreachError: an element differs by more.
    """
    share = tolerance_in(setting, tolerance)
    eps = torch.finfo(setting.dtype).eps
    # a weight that has gone far is rounded where it has come to
    lost = [_ROUNDINGS * eps * max(1.0, rate * _way(wanted, place)) / rate for place, rate in enumerate(setting.rates)]
    require_close(found, wanted, what, share, extra=lost)


def _way(updates: Sequence[Sequence[Tensor]], place: int) -> float:
    """Return how far a parameter's elements may have come at the most, in its rates; 0 where that is no number."""
    way = sum(float(row[place].abs().max()) for row in updates if row[place].numel())
    return way if math.isfinite(way) else 0.0


def tolerance_in(setting: Setting, tolerance: float) -> float:
    """Return a relative tolerance of float64, or what float32 keeps where that is more."""
    return tolerance if setting.dtype is torch.float64 else max(tolerance, _FLOAT32)


def require_close(
    found: Sequence[Sequence[Tensor]],
    wanted: Sequence[Sequence[Tensor]],
    what: str,
    tolerance: float,
    relative: float | None = None,
    extra: Sequence[float] = (),
) -> None:
    """Compare tensors, one row an update and one tensor a parameter.

    Args:
        found: What came out.
        wanted: What the law says.
        what: Noun for the message.
        tolerance: Absolute; relative too, unless that is given.
        relative: Relative tolerance.
        extra: What is added to the absolute tolerance, a number a parameter; none where empty.

    Raises:
        BreachError: an element differs by more; NaN differs from everything.
    """
    share = tolerance if relative is None else relative
    for step, (left, right) in enumerate(zip(found, wanted, strict=True), 1):
        for place, (here, there) in enumerate(zip(left, right, strict=True)):
            absolute = tolerance + (extra[place] if extra else 0.0)
            apart = ~torch.isclose(here, there.to(here.dtype), rtol=share, atol=absolute)
            if bool(apart.any()):
                index = tuple(apart.nonzero()[0].tolist())
                values = f"{here[index].item():.10g}, wanted {there[index].item():.10g}"
                raise BreachError(f"{what} {step}, parameter {place}, element {index}: {values}")


def require_equal(found: Sequence[Sequence[Tensor]], wanted: Sequence[Sequence[Tensor]], what: str) -> None:
    """Compare tensors bit for bit, NaN equal to nothing.

    Raises:
        BreachError: an element differs.
    """
    require_close(found, wanted, what, 0.0)
