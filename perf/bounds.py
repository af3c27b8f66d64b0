"""Figures with a promise: what was measured, what it must not exceed, and the promise of a worker's memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

# so that eight workers fit a machine of this many GiB
WORKERS, MACHINE = 8, 16


@dataclass(frozen=True)
class Bound:
    """One figure and its limit.

    Attributes:
        name: What was measured.
        value: The figure.
        limit: The largest that keeps the promise, in the same unit.
        unit: E.g. `ms`.
        detail: How it came about, or the empty string.
    """

    name: str
    value: float
    limit: float
    unit: str
    detail: str = ""

    @property
    def holds(self) -> bool:
        """Whether the promise is kept; a value that is no number keeps none."""
        return self.value <= self.limit

    def __str__(self) -> str:
        """Return the line of the figure."""
        detail = f"  {self.detail}" if self.detail else ""
        return f"{self.name}: {self._figure} (at most {self.limit:g}){detail}{'' if self.holds else '  BROKEN'}"

    @property
    def _figure(self) -> str:
        return f"{self.value:.{0 if self.value >= 10 else 2}f} {self.unit}"


def broken_line(bounds: Sequence[Bound]) -> str | None:
    """Return one line that names every broken promise, or None where all are kept.

    Example:
        >>> broken_line([Bound("import", 31.0, 30.0, "ms"), Bound("session", 4.0, 5.0, "s")])
        'broken: import: 31 ms (at most 30)'
        >>> broken_line([])
    """
    found = [f"{bound.name}: {bound._figure} (at most {bound.limit:g})" for bound in bounds if not bound.holds]
    return f"broken: {'; '.join(found)}" if found else None


def beyond(times: Sequence[float], base: Sequence[float]) -> tuple[float, str]:
    """Return what something takes beyond a base, and the spread of it, in the unit of the times.

    The least times are compared: other processes of the machine only ever add.

    Args:
        times: Of the whole, one a repetition.
        base: Of the base, in turn with them.

    Example:
        >>> beyond([5.0, 4.0, 9.0], [1.0, 2.0, 1.5])
        (3.0, 'least of 3; by repetition, median 4.00 (2.00 to 7.50)')
    """
    pairs = [one - other for one, other in zip(times, base, strict=True)]
    spread = f"median {median(pairs):.2f} ({min(pairs):.2f} to {max(pairs):.2f})"
    return min(times) - min(base), f"least of {len(pairs)}; by repetition, {spread}"


def memory_bound(peaks: Sequence[float]) -> Bound:
    """Return the peak of a worker and its bound.

    Args:
        peaks: Largest resident memory so far after each run of the worker, in MiB.

    Example:
        >>> print(memory_bound([700.0, 768.0]))
        peak memory of a worker: 768 MiB (at most 2048)  eight workers: 6.0 GiB of 16
    """
    peak = max(peaks)
    together = f"eight workers: {WORKERS * peak / 1024:.1f} GiB of {MACHINE}"
    return Bound("peak memory of a worker", peak, 1024 * MACHINE / WORKERS, "MiB", together)
