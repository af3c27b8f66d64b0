"""Tables in Markdown, and limits that their figures must keep."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from stablebert import tables

# Monte Carlo errors within which a figure is too near its limit, and how many times the replicates it then has
NEAR, MORE = 1.5, 5

Measured = TypeVar("Measured")


@dataclass(frozen=True)
class Limit:
    """A figure with the most, or the least, it may be.

    Attributes:
        name: What is measured, in words.
        value: What was found.
        error: Its Monte Carlo standard error.
        bound: The limit.
        least: Whether it is the least and not the most.
    """

    name: str
    value: float
    error: float
    bound: float
    least: bool = False

    @property
    def excess(self) -> float:
        """How far the figure lies on the wrong side of the limit; below 0 it is kept."""
        return self.bound - self.value if self.least else self.value - self.bound

    def broken(self, errors: float) -> bool:
        """Return whether the figure exceeds the limit by more than a number of Monte Carlo errors."""
        return not self.excess <= errors * self.error

    @property
    def doubtful(self) -> bool:
        """Whether so many replicates can hardly tell whether the limit is kept."""
        return not self.excess <= -NEAR * self.error

    def line(self) -> str:
        """Return the limit in words."""
        word = "least" if self.least else "most"
        return f"{self.name}: {self.value:.2f} (Monte Carlo error {self.error:.2f}), at {word} {self.bound:g}"


@dataclass(frozen=True)
class Section:
    """A part of the document: a title, what was done, a table, and its limits."""

    title: str
    text: str
    head: Sequence[str]
    rows: Sequence[Sequence[object]]
    limits: Sequence[Limit] = field(default=())

    def markdown(self) -> str:
        """Return the section as Markdown."""
        lines = [self.head, *(list(map(_cell, row)) for row in self.rows)]
        table = tables.markdown(lines, left=range(len(self.head)))
        kept = ""
        if self.limits:
            nearest = max(self.limits, key=lambda limit: limit.excess)
            kept = f"\n\nLimits: {len(self.limits)}. Nearest to its own: {nearest.line()}."
        return f"## {self.title}\n\n{self.text}\n\n{table}{kept}\n"


def surely(
    measure: Callable[[int], Measured], limits_of: Callable[[Measured], Sequence[Limit]], replicates: int
) -> Measured:
    """Return what is measured, with more replicates where the first ones leave a limit in doubt.

    Args:
        measure: Of a number of replicates.
        limits_of: The limits of what it returns.
        replicates: To begin with.
    """
    found = measure(replicates)
    return measure(MORE * replicates) if any(limit.doubtful for limit in limits_of(found)) else found


def percent(hits: np.ndarray) -> tuple[float, float]:
    """Return a share in percent and its Monte Carlo standard error."""
    share = float(np.mean(hits))
    return 100 * share, 100 * float(np.sqrt(share * (1 - share) / np.size(hits)))


def mean(values: np.ndarray) -> tuple[float, float]:
    """Return a mean and its Monte Carlo standard error."""
    return float(np.mean(values)), float(np.std(values, ddof=1) / np.sqrt(np.size(values)))


def _cell(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)
