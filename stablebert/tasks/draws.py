"""The fixed draws of examples: half splits and 1k samples as the released code draws them, and splits of one table."""

import itertools
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from stablebert.tasks.cards import TaskError
from stablebert.tasks.rows import Row, Splits, pick

SMALL = 1000
HELD_OUT = 1000
SIZES = (1000, 500, 2000)


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


def small_sample(labels: Sequence[int | float], *, stratified: bool) -> list[int]:
    """Draw the 1,000 training examples of a `-1k` task: balanced by class, or plainly for a regression."""
    return downsample(labels, SMALL) if stratified else downsample_plainly(len(labels), SMALL)


def split_rows(rows: Sequence[Row], *, stratified: bool, sizes: tuple[int, int, int] = SIZES) -> Splits:
    """Draw train, validation and test from one table, the same for every run.

    Args:
        rows: Distinct texts; where there are fewer than the sizes ask for, every split shrinks in proportion.
        stratified: Whether every label has the same share in each split, to within one example.
        sizes: Examples of the three splits.
    """
    scale = min(1.0, len(rows) / sum(sizes))
    return Splits(*cut(rows, [int(size * scale) for size in sizes], stratified=stratified))


def complete_splits(found: Mapping[str, Sequence[Row]], *, stratified: bool) -> tuple[Splits, str]:
    """Return the splits of tables of one's own, those not given drawn, the same for every run, and how they came about.

    From `train` alone come the distinct texts as `split_rows` draws them. Where only `test` lacks, it and `validation`
    are the halves of the validation table; where only `validation` lacks, it is a fifth of `train`, 1,000 at the most.

    Args:
        found: Rows by split; `train` is there.
        stratified: Whether labels are classes.
    """
    train, validation, test = found["train"], found.get("validation"), found.get("test")
    if validation is None and test is None:
        return split_rows(distinct(train), stratified=stratified), f"drawn from one table of {len(train):,}"
    if validation is None:
        held = min(HELD_OUT, len(train) // 5)
        validation, train = cut(train, (held, len(train) - held), stratified=stratified)
        return Splits(train, validation, tuple(test or ())), "validation drawn from the training table"
    if test is None:
        # scores hardly ever repeat, so that groups of equal ones could not be halved
        halves = half_split([row.label if stratified else 0 for row in validation])
        return Splits(tuple(train), *(pick(validation, half) for half in halves)), "the validation table halved"
    return Splits(tuple(train), tuple(validation), tuple(test)), "split as given"


def cut(rows: Sequence[Row], sizes: Sequence[int], *, stratified: bool) -> list[tuple[Row, ...]]:
    """Draw parts of the sizes given, disjoint, the same for every run; rows that are left over are in none.

    Args:
        rows: What to draw from.
        sizes: Rows of each part.
        stratified: Whether every label has the same share in each part, to within one row.
    """
    order = np.random.RandomState(0).permutation(len(rows)).tolist()
    if stratified:
        order = _interleave_labels(rows, order)
    edges = np.cumsum([0, *sizes]).tolist()
    return [pick(rows, order[start:end]) for start, end in itertools.pairwise(edges)]


def distinct(rows: Iterable[Row]) -> list[Row]:
    """Return the rows without those whose texts stood before, blanks around a text aside."""
    seen: dict[tuple[str, str], Row] = {}
    for row in rows:
        seen.setdefault(row.texts, row)
    return list(seen.values())


def _interleave_labels(rows: Sequence[Row], order: list[int]) -> list[int]:
    """Sort a random order so that every stretch of it holds every label in proportion."""
    members: dict[int | float, list[int]] = {}
    for index in order:
        members.setdefault(rows[index].label, []).append(index)
    place = {index: (at + 0.5) / len(group) for group in members.values() for at, index in enumerate(group)}
    return sorted(order, key=lambda index: place[index])


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
