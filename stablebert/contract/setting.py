"""The settings in which laws are checked: groups, shapes, rates, decays, numbers from a seed; and how they are drawn.

A setting is plain data whose `repr` reads back, so a counterexample can be pasted into a debugger:

    >>> setting = Setting(groups=(Group(rate=0.1, decay=0.5, shapes=((1,),)),), steps=1)
    >>> [round(tensor.item(), 3) for tensor in setting.weights()]
    [1.91]
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

Gradients = list[list[Tensor]]

RATES = (0.1, 1e-3, 1e-5)
DECAYS = (0.5, 0.01, 0.0)
SHAPES = ((1,), (3,), (2, 2))
SCALES = (1.0, 1e4)
FACTORS = (2.0, 1e3, 1e6)
STEPS = 6


@dataclass(frozen=True)
class Group:
    """One parameter group.

    Attributes:
        rate: Learning rate, > 0.
        decay: Weight decay, >= 0.
        shapes: Of its parameters, one or more.
    """

    rate: float
    decay: float
    shapes: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Setting:
    """Everything that a check needs beside the optimizer.

    Attributes:
        groups: One or more.
        steps: Updates, >= 1.
        scale: Size of the gradients; a gradient is 0 or of size 0.5 to 2 times this.
        factor: What a law about scaling multiplies by; not 1.
        seed: Of weights and gradients.
        precision: Name of the dtype of weights and gradients.
    """

    groups: tuple[Group, ...]
    steps: int
    scale: float = 1.0
    factor: float = 2.0
    seed: int = 0
    precision: str = "float64"

    @property
    def dtype(self) -> torch.dtype:
        """The dtype of weights and gradients."""
        found: torch.dtype = getattr(torch, self.precision)
        return found

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """Shapes of all parameters in order."""
        return [shape for group in self.groups for shape in group.shapes]

    @property
    def rates(self) -> list[float]:
        """Rate of each parameter."""
        return [group.rate for group in self.groups for _ in group.shapes]

    def weights(self) -> list[Tensor]:
        """Return starting weights, one float64 tensor a parameter, of size 0.5 to 2."""
        return self._shaped(self._away_from_zero(1, torch.Generator().manual_seed(2 * self.seed)))[0]

    def origin(self) -> list[Tensor]:
        """Return starting weights of 0."""
        return [torch.zeros(shape, dtype=torch.float64) for shape in self.shapes]

    def gradients(self) -> Gradients:
        """Return one row of gradients an update, a float64 tensor a parameter; one element in eight is 0."""
        generator = torch.Generator().manual_seed(2 * self.seed + 1)
        sizes = self._away_from_zero(self.steps, generator)
        kept = torch.rand(sizes.shape, generator=generator) >= 0.125
        return self._shaped(self.scale * kept * sizes)

    def without_decay(self) -> "Setting":
        """Return the setting with a decay of 0 in every group."""
        return replace(self, groups=tuple(replace(group, decay=0.0) for group in self.groups))

    def with_rate(self, factor: float) -> "Setting":
        """Return the setting with every rate multiplied."""
        return replace(self, groups=tuple(replace(group, rate=group.rate * factor) for group in self.groups))

    def of_one(self, shape: tuple[int, ...], steps: int | None = None) -> "Setting":
        """Return the setting with one parameter, of the first group's rate and without decay."""
        group = replace(self.groups[0], decay=0.0, shapes=(shape,))
        return replace(self, groups=(group,), steps=self.steps if steps is None else steps)

    def one_parameter_a_group(self) -> "Setting":
        """Return the setting with each group split into groups of one parameter."""
        return replace(
            self, groups=tuple(replace(group, shapes=(shape,)) for group in self.groups for shape in group.shapes)
        )

    def reversed(self) -> "Setting":
        """Return the setting with groups, and parameters in them, in reverse order."""
        return replace(self, groups=tuple(replace(group, shapes=group.shapes[::-1]) for group in self.groups[::-1]))

    def _away_from_zero(self, rows: int, generator: torch.Generator) -> Tensor:
        shape = (rows, sum(math.prod(shape) for shape in self.shapes))
        numbers = 2 * torch.rand(shape, generator=generator, dtype=torch.float64) - 1
        return numbers.sign() * (0.5 + 1.5 * numbers.abs())

    def _shaped(self, rows: Tensor) -> Gradients:
        sizes = [math.prod(shape) for shape in self.shapes]
        return [[part.view(shape) for part, shape in zip(row.split(sizes), self.shapes, strict=True)] for row in rows]


def settings_strategy(precisions: Sequence[str] = ("float64",)) -> "SearchStrategy[Setting]":
    """Return a strategy for settings: one or two groups of one or two parameters, one to six updates.

    Corners come first, so that a counterexample shrinks to the plainest of them.

    Args:
        precisions: Names of the dtypes to draw from.
    """
    from hypothesis import strategies as st

    group = st.builds(
        Group,
        rate=st.sampled_from(RATES),
        decay=st.sampled_from(DECAYS),
        shapes=st.lists(st.sampled_from(SHAPES), min_size=1, max_size=2).map(tuple),
    )
    return st.builds(
        Setting,
        groups=st.lists(group, min_size=1, max_size=2).map(tuple),
        steps=st.integers(1, STEPS),
        scale=st.sampled_from(SCALES),
        factor=st.sampled_from(FACTORS),
        seed=st.integers(0, 99),
        precision=st.sampled_from(list(precisions)),
    )


def zeros_like(gradients: Gradients) -> Gradients:
    """Return gradients of 0."""
    return multiplied(gradients, 0.0)


def multiplied(gradients: Gradients, factor: float) -> Gradients:
    """Return the gradients times a factor."""
    return [[gradient * factor for gradient in row] for row in gradients]
