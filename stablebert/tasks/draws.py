"""The fixed draws of examples: half splits and 1k samples, as the released code draws them."""

from collections.abc import Sequence

import numpy as np

from stablebert.tasks.cards import TaskError


def half_split(labels: Sequence[int | float]) -> tuple[list[int], list[int]]:
    """Divide a dev set into validation and test halves, label by label (Appendix A; the draw is the released code's).

    Examples are grouped by label in order of first appearance; every group is shuffled by a fresh
    `numpy.random.RandomState(1)`; its first half, rounded down, is validation. Scores of a regression count as labels.

    Args:
        labels: One a row of the dev set, shape (rows,).

    Returns:
        Validation indices and test indices, disjoint, together all rows.

    Example:
        >>> validation, test = half_split([0, 1, 0, 1, 1])
        >>> len(validation), len(test)
        (2, 3)
    """
    validation: list[int] = []
    test: list[int] = []
    for group in _by_label(labels):
        np.random.RandomState(1).shuffle(group)
        middle = len(group) // 2
        validation += group[:middle].tolist()
        test += group[middle:].tolist()
    return validation, test


def downsample(labels: Sequence[int | float], size: int, seed: int = 0) -> list[int]:
    """Draw a class-balanced sample, the same for every seed of a run (the released code's 1k training sets).

    One legacy generator shuffles the label groups in turn; the first `size // classes` of each are taken.

    Args:
        labels: One a row, shape (rows,).
        size: Examples wanted; fewer come back where it does not divide by the classes, or a class is smaller.
        seed: Seed of the draw.

    Raises:
        TaskError: there are fewer rows than examples wanted.

    Example:
        >>> sorted(downsample([0, 0, 1, 1], 4))
        [0, 1, 2, 3]
    """
    return _take_by_label(labels, size, seed, last=False)


def hold_out(labels: Sequence[int | float], size: int, seed: int = 0) -> list[int]:
    """Draw extra validation examples from a training set: as `downsample`, the last of each label's group."""
    return _take_by_label(labels, size, seed, last=True)


def downsample_plainly(rows: int, size: int) -> list[int]:
    """Draw a sample without regard to labels: the released code's 1k training set of a regression."""
    import torch

    if rows < size:
        raise TaskError(f"cannot draw {size} examples from {rows}")
    draw: list[int] = torch.randperm(rows, generator=torch.Generator().manual_seed(0))[:size].tolist()
    return draw


def _by_label(labels: Sequence[int | float]) -> list[np.ndarray]:
    groups: dict[int | float, list[int]] = {}
    for index, label in enumerate(labels):
        groups.setdefault(label, []).append(index)
    return [np.array(group) for group in groups.values()]


def _take_by_label(labels: Sequence[int | float], size: int, seed: int, *, last: bool) -> list[int]:
    if len(labels) < size:
        raise TaskError(f"cannot draw {size} examples from {len(labels)}")
    generator = np.random.RandomState(seed)
    groups = _by_label(labels)
    share = size // len(groups)
    taken: list[int] = []
    for group in groups:
        generator.shuffle(group)
        taken += (group[len(group) - share :] if last else group[:share]).tolist()
    return taken
